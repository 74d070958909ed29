"""Tests of the Databricks glue Lambda against a workspace stub on loopback and faked AWS clients."""
import ast
import base64
import hashlib
import http.server
import importlib.util
import json
import pathlib
import re
import sys
import threading
import time
import types
import urllib.parse

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "stdlib" / "glue" / "databricks.py"
PAT = "dapi0123456789abcdef"
BIG = 2**53 + 1
ARN = "arn:aws:states:eu-central-1:111122223333:execution:flow:one"
FUNCTION = "flow-databricks"
FUNCTION_ARN = f"arn:aws:lambda:eu-central-1:111122223333:function:{FUNCTION}"
CONTEXT = types.SimpleNamespace(function_name=FUNCTION)


class Workspace:
    """Answers by path: a list of (status, body) used up to its last one; keeps the requests it got."""

    def __init__(self):
        self.answers, self.requests = {}, []
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                path, _, query = self.path.partition("?")
                name = path.removeprefix("/api/2.2/jobs/")
                stub.requests.append(types.SimpleNamespace(
                    name=name, method=self.command, query=dict(urllib.parse.parse_qsl(query)), body=body,
                    auth=self.headers.get("Authorization"), kind=self.headers.get("Content-Type")))
                answers = stub.answers.get(name, [(404, {"error_code": "NOT_STUBBED"})])
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                answer = answer(stub.requests[-1]) if callable(answer) else answer
                status, data = answer[:2]
                data = data if isinstance(data, bytes) else json.dumps(data).encode()
                self.send_response(status)
                for key, value in (answer[2] if len(answer) > 2 else {}).items():
                    self.send_header(key, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                try:
                    self.wfile.write(data)
                except OSError:
                    pass

            do_GET = do_POST = handle_any

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def on(self, name, *answers):
        self.answers[name] = list(answers)

    def sent(self, name):
        return [json.loads(request.body) for request in self.requests if request.name == name]


class ServiceError(Exception):
    """Looks like botocore's ClientError."""

    def __init__(self, code):
        super().__init__(f"An error occurred ({code}) when calling the GetSecretValue operation: no")


class Aws:
    """Stands for the boto3 module."""

    def __init__(self):
        self.secret, self.reads, self.pages, self.history_calls = PAT, 0, [], []

    def client(self, service):
        return {"secretsmanager": Secrets, "stepfunctions": States}[service](self)


class Secrets:
    def __init__(self, aws):
        self.aws = aws

    def get_secret_value(self, SecretId):
        self.aws.reads += 1
        if isinstance(self.aws.secret, Exception):
            raise self.aws.secret
        return self.aws.secret if isinstance(self.aws.secret, dict) else {"SecretString": self.aws.secret}


class States:
    def __init__(self, aws):
        self.aws = aws

    def get_paginator(self, operation):
        assert operation == "get_execution_history"
        return self

    def paginate(self, **options):
        self.aws.history_calls.append(options)
        return self

    def search(self, expression):
        assert expression == "events"
        for page in self.aws.pages:
            yield from page


@pytest.fixture
def workspace():
    stub = Workspace()
    yield stub
    stub.close()


@pytest.fixture
def aws():
    return Aws()


@pytest.fixture
def glue(aws, monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3", aws)
    spec = importlib.util.spec_from_file_location("index", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def ask(glue, workspace):
    def run(action, **fields):
        return glue.handler({"action": action, "host": workspace.url, "secret": "db", **fields}, CONTEXT)
    return run


def state(life="TERMINATED", result="SUCCESS", **more):
    at = {"life_cycle_state": life, "state_message": "a message"} | ({"result_state": result} if result else {})
    return 200, {"run_id": BIG, "state": at, "run_page_url": "https://ws/run/1", "execution_duration": 1500} | more


# The source itself

def test_source_is_small_and_fits_its_python():
    text = SOURCE.read_text()
    assert len(text.encode()) < 8192
    assert text.isascii() and max(map(len, text.splitlines())) <= 120
    named = tuple(map(int, re.search(r"python(\d+)\.(\d+)", text).groups()))
    ast.parse(text, feature_version=min(named, sys.version_info[:2]))
    compile(text, "index.py", "exec")
    ast.parse(text, feature_version=(3, 10))


def test_imports_are_standard_library_and_boto3():
    names = {alias.name.split(".")[0] for node in ast.walk(ast.parse(SOURCE.read_text()))
             if isinstance(node, ast.Import) for alias in node.names}
    assert names - set(sys.stdlib_module_names) == {"boto3"}


# submit

def test_submit_job(ask, workspace):
    workspace.on("run-now", (200, {"run_id": BIG, "number_in_job": 1}))
    answer = ask("submit", job=str(BIG), parameters={"day": "2024-01-02", "n": 3, "all": True}, token="t1")
    assert answer == {"run_id": str(BIG)}
    assert workspace.sent("run-now") == [{
        "job_id": BIG, "job_parameters": {"day": "2024-01-02", "n": "3", "all": "true"}, "idempotency_token": "t1"}]
    request = workspace.requests[0]
    assert (request.method, request.auth, request.kind) == ("POST", f"Bearer {PAT}", "application/json")


def test_submit_numeric_job_without_parameters_or_token(ask, workspace):
    workspace.on("run-now", (200, {"run_id": 1}))
    assert ask("submit", job=7, parameters=None) == {"run_id": "1"}
    assert workspace.sent("run-now") == [{"job_id": 7, "job_parameters": {}}]


def test_submit_notebook_task(ask, workspace):
    workspace.on("runs/submit", (200, {"run_id": 5}))
    task = {"notebook_task": {"notebook_path": "/a", "base_parameters": {"x": "1", "y": "2"}},
            "new_cluster": {"num_workers": 2}, "libraries": [{"pypi": {"package": "p"}}]}
    kept = json.dumps(task)
    ask("submit", task=task, parameters={"y": "3"}, run_name="flow", timeout_seconds=60)
    assert workspace.sent("runs/submit") == [{"run_name": "flow", "timeout_seconds": 60, "tasks": [{
        "task_key": "main", "new_cluster": {"num_workers": 2}, "libraries": [{"pypi": {"package": "p"}}],
        "notebook_task": {"notebook_path": "/a", "base_parameters": {"x": "1", "y": "3"}}}]}]
    assert json.dumps(task) == kept


def test_submit_other_task_takes_no_parameters(ask, workspace, glue):
    workspace.on("runs/submit", (200, {"run_id": 5}))
    task = {"spark_python_task": {"python_file": "s3://b/x.py", "parameters": ["1"]}}
    ask("submit", task=task, parameters={})
    assert workspace.sent("runs/submit") == [{"tasks": [{"task_key": "main"} | task]}]
    with pytest.raises(glue.DatabricksRejected, match="notebook_task"):
        ask("submit", task=task, parameters={"a": "b"})


@pytest.mark.parametrize("fields", [{}, {"job": "name"}, {"job": 1.5}])
def test_submit_refuses_a_bad_event(ask, glue, fields):
    with pytest.raises(glue.DatabricksRejected):
        ask("submit", **fields)


def test_unknown_action(ask, glue):
    with pytest.raises(glue.DatabricksRejected, match="start"):
        ask("start")


def test_idempotency_token_is_at_most_64_characters(ask, workspace):
    workspace.on("run-now", (200, {"run_id": 1}))
    long = "arn:aws:states:" + "x" * 80
    for token in ("a" * 64, long, long):
        ask("submit", job=1, token=token)
    tokens = [body["idempotency_token"] for body in workspace.sent("run-now")]
    digest = hashlib.sha256(long.encode()).hexdigest()
    assert tokens == ["a" * 64, digest, digest] and len(digest) == 64


# poll

@pytest.mark.parametrize("life", ["QUEUED", "PENDING", "RUNNING", "TERMINATING", "BLOCKED", "WAITING_FOR_RETRY"])
def test_poll_running(ask, workspace, life):
    workspace.on("runs/get", state(life, None))
    assert ask("poll", run_id=str(BIG), output=True) == {
        "run_id": str(BIG), "done": False, "state": life, "result": "", "message": "a message",
        "url": "https://ws/run/1", "seconds": 1.5}
    assert workspace.requests[0].query == {"run_id": str(BIG)} and workspace.requests[0].method == "GET"


def test_poll_success(ask, workspace):
    workspace.on("runs/get", state())
    answer = ask("poll", run_id=BIG)
    assert (answer["run_id"], answer["done"], answer["result"]) == (str(BIG), True, "SUCCESS")
    assert "output" not in answer
    json.dumps(answer, allow_nan=False)


@pytest.mark.parametrize("life, result, name", [
    ("TERMINATED", "FAILED", "RunFailed"), ("TERMINATED", "SUCCESS_WITH_FAILURES", "RunFailed"),
    ("TERMINATED", "UPSTREAM_FAILED", "RunFailed"), ("TERMINATED", "UPSTREAM_CANCELED", "RunFailed"),
    ("TERMINATED", "EXCLUDED", "RunFailed"), ("TERMINATED", "DISABLED", "RunFailed"),
    ("TERMINATED", "MAXIMUM_CONCURRENT_RUNS_REACHED", "RunFailed"), ("TERMINATED", None, "RunFailed"),
    ("SKIPPED", None, "RunFailed"), ("INTERNAL_ERROR", None, "RunFailed"), ("INTERNAL_ERROR", "FAILED", "RunFailed"),
    ("INTERNAL_ERROR", "SUCCESS", "RunFailed"), ("TERMINATED", "CANCELED", "RunCanceled"),
    ("TERMINATED", "TIMEDOUT", "RunTimedOut"), ("INTERNAL_ERROR", "TIMEDOUT", "RunTimedOut")])
def test_poll_unsuccessful_run_raises(ask, workspace, glue, life, result, name):
    workspace.on("runs/get", state(life, result))
    with pytest.raises(Exception) as caught:
        ask("poll", run_id="1")
    assert type(caught.value) is getattr(glue, name)
    for part in (life, result or "", "a message", "https://ws/run/1"):
        assert part in str(caught.value)


def test_poll_without_state_is_not_taken_for_running(ask, workspace, glue):
    workspace.on("runs/get", (200, {"run_id": 1}))
    with pytest.raises(glue.DatabricksRejected):
        ask("poll", run_id="1")


@pytest.mark.parametrize("run_id", ["", "1&x=2", None, 1.5])
def test_poll_refuses_a_bad_run_id(ask, workspace, glue, run_id):
    with pytest.raises(glue.DatabricksRejected):
        ask("poll", run_id=run_id)
    assert not workspace.requests


@pytest.mark.parametrize("text, value", [
    ('{"rows": 3}', {"rows": 3}), ("plain words", "plain words"), ("12", 12), (None, None), ("NaN", "NaN"),
    ("[1e999]", "[1e999]"), ("\u00fc", "\u00fc")])
def test_poll_output(ask, workspace, text, value):
    workspace.on("runs/get", state(tasks=[{"run_id": 11, "end_time": 5}, {"run_id": BIG + 2, "end_time": 9},
                                          {"run_id": 13, "end_time": 7}]))
    workspace.on("runs/get-output", (200, {"notebook_output": {"result": text} if text else {}}))
    assert ask("poll", run_id="1", output=True)["output"] == value
    assert workspace.requests[-1].query == {"run_id": str(BIG + 2)}


def test_poll_output_without_tasks_uses_the_run(ask, workspace):
    workspace.on("runs/get", state())
    workspace.on("runs/get-output", (200, {"error": ""}))
    assert ask("poll", run_id="9", output=True)["output"] is None
    assert workspace.requests[-1].query == {"run_id": "9"}


@pytest.mark.parametrize("found", [{"result": "x" * 102401}, {"result": "x", "truncated": True}])
def test_poll_output_too_big(ask, workspace, glue, found):
    workspace.on("runs/get", state())
    workspace.on("runs/get-output", (200, {"notebook_output": found}))
    with pytest.raises(glue.DatabricksRejected, match="102400"):
        ask("poll", run_id="9", output=True)


# cancel

def test_cancel(ask, workspace):
    workspace.on("runs/cancel", (200, {}))
    assert ask("cancel", run_id=str(BIG)) == {}
    assert workspace.sent("runs/cancel") == [{"run_id": BIG}]


def test_cancel_of_an_unknown_run_is_fine_other_errors_are_not(ask, workspace, glue):
    workspace.on("runs/cancel", (404, {"error_code": "RESOURCE_DOES_NOT_EXIST"}), (400, {"error_code": "BAD"}))
    assert ask("cancel", run_id="1") == {}
    with pytest.raises(glue.DatabricksRejected, match="BAD"):
        ask("cancel", run_id="1")


# Errors

@pytest.mark.parametrize("status, name", [
    (429, "DatabricksTransient"), (500, "DatabricksTransient"), (503, "DatabricksTransient"),
    (400, "DatabricksRejected"), (404, "DatabricksRejected"), (409, "DatabricksRejected"),
    (401, "DatabricksDenied"), (403, "DatabricksDenied")])
def test_http_errors(ask, workspace, glue, status, name):
    workspace.on("run-now", (status, {"error_code": "SOME_CODE", "message": f"some words {PAT}"}))
    with pytest.raises(Exception) as caught:
        ask("submit", job=1)
    assert type(caught.value) is getattr(glue, name)
    assert f"HTTP {status} SOME_CODE some words ***" in str(caught.value) and PAT not in str(caught.value)
    assert len(workspace.requests) == (2 if status in (401, 403) else 1)


def test_html_error_pages(ask, workspace, glue):
    workspace.on("run-now", (502, b"<html>"), (200, b"<html>login"), (200, b'"text"'))
    with pytest.raises(glue.DatabricksTransient):
        ask("submit", job=1)
    for _ in range(2):
        with pytest.raises(glue.DatabricksRejected):
            ask("submit", job=1)


def test_timeout_is_transient(ask, workspace, glue, monkeypatch):
    connection = glue.http.client.HTTPConnection
    seen = []

    def quick(host, timeout):
        seen.append(timeout)
        return connection(host, timeout=0.1)
    monkeypatch.setattr(glue.http.client, "HTTPConnection", quick)
    workspace.on("run-now", lambda request: time.sleep(0.4) or (200, {"run_id": 1}))
    with pytest.raises(glue.DatabricksTransient, match="TimeoutError"):
        ask("submit", job=1)
    assert seen == [30]


def test_closed_port_is_transient(ask, workspace, glue):
    workspace.close()
    with pytest.raises(glue.DatabricksTransient, match="ConnectionRefused"):
        ask("submit", job=1)


def test_redirects_are_not_followed(ask, workspace, glue):
    other = Workspace()
    workspace.on("run-now", (307, {}, {"Location": other.url + "/api/2.2/jobs/run-now"}))
    with pytest.raises(glue.DatabricksRejected, match="HTTP 307"):
        ask("submit", job=1)
    assert not other.requests
    other.close()


@pytest.mark.parametrize("host", [
    "http://example.com", "http://127.0.0.1.example.com", "http://localhost@example.com", "ftp://127.0.0.1", "file:///x"])
def test_only_https_hosts(ask, glue, host):
    with pytest.raises(glue.DatabricksRejected, match="not https"):
        ask("submit", job=1, host=host)


@pytest.mark.parametrize("host", ["dbc-1.cloud.databricks.com", "https://dbc-1.cloud.databricks.com/"])
def test_https_is_the_default(ask, glue, monkeypatch, host):
    seen = []

    class Refused:
        def __init__(self, name, timeout):
            seen.append((name, timeout))

        def request(self, *args):
            raise ConnectionResetError

        def close(self):
            pass
    monkeypatch.setattr(glue.http.client, "HTTPSConnection", Refused)
    with pytest.raises(glue.DatabricksTransient):
        ask("submit", job=1, host=host)
    assert seen == [("dbc-1.cloud.databricks.com", 30)]


# Secrets and tokens

@pytest.mark.parametrize("secret", [PAT, PAT + "\n", json.dumps({"token": PAT})])
def test_token_secret_forms_and_cache(ask, workspace, aws, secret):
    aws.secret = secret
    workspace.on("runs/get", state())
    ask("poll", run_id=1)
    ask("poll", run_id=2)
    assert aws.reads == 1 and {request.auth for request in workspace.requests} == {f"Bearer {PAT}"}


@pytest.mark.parametrize("secret", [
    "", "two words" + PAT, f"{PAT}\nX: {PAT}", '{"token": "' + PAT, "{}", '{"token": ""}', "[]", {"SecretBinary": b"x"},
    PAT + "\u00fc", json.dumps({"token": PAT + "\n"})])
def test_unusable_secret_is_denied_and_not_shown(ask, workspace, aws, glue, secret):
    aws.secret = secret
    with pytest.raises(glue.DatabricksDenied) as caught:
        ask("poll", run_id=1)
    assert PAT not in str(caught.value) and not workspace.requests


@pytest.mark.parametrize("code, name", [
    ("AccessDeniedException", "DatabricksDenied"), ("ResourceNotFoundException", "DatabricksDenied"),
    ("DecryptionFailure", "DatabricksDenied"), ("InvalidRequestException", "DatabricksDenied"),
    ("ThrottlingException", "DatabricksTransient"), ("InternalServiceError", "DatabricksTransient")])
def test_secrets_manager_errors(ask, aws, glue, code, name):
    aws.secret = ServiceError(code)
    with pytest.raises(Exception, match=code) as caught:
        ask("poll", run_id=1)
    assert type(caught.value) is getattr(glue, name)


def test_rotated_token_is_read_again_once(ask, workspace, aws):
    workspace.on("runs/get", lambda request: state() if request.auth.endswith(aws.secret) else (403, {}))
    ask("poll", run_id=1)
    aws.secret = "dapinew"
    ask("poll", run_id=1)
    assert aws.reads == 2
    assert [request.auth for request in workspace.requests] == [f"Bearer {PAT}"] * 2 + ["Bearer dapinew"]


def test_oauth(ask, workspace, aws, glue, monkeypatch):
    aws.secret = json.dumps({"client_id": "id", "client_secret": "s3cr3t"})
    workspace.on("/oidc/v1/token", (200, {"access_token": "one", "token_type": "Bearer", "expires_in": 3600}),
                 (200, {"access_token": "two", "expires_in": 3600}))
    workspace.on("runs/get", state())
    ask("poll", run_id=1)
    ask("poll", run_id=1)
    login = workspace.requests[0]
    assert login.auth == "Basic " + base64.b64encode(b"id:s3cr3t").decode()
    assert (login.method, login.kind) == ("POST", "application/x-www-form-urlencoded")
    assert dict(urllib.parse.parse_qsl(login.body)) == {"grant_type": "client_credentials", "scope": "all-apis"}
    assert [request.auth for request in workspace.requests[1:]] == ["Bearer one"] * 2
    later = time.time() + 3550
    monkeypatch.setattr(glue.time, "time", lambda: later)
    ask("poll", run_id=1)
    assert workspace.requests[-1].auth == "Bearer two"


@pytest.mark.parametrize("status, name", [
    (400, "DatabricksRejected"), (401, "DatabricksDenied"), (503, "DatabricksTransient")])
def test_oauth_errors(ask, workspace, aws, glue, status, name):
    aws.secret = json.dumps({"client_id": "id", "client_secret": "s3cr3t"})
    workspace.on("/oidc/v1/token", (status, {"error": "invalid_client", "error_description": "no such client"}))
    with pytest.raises(getattr(glue, name), match="invalid_client no such client") as caught:
        ask("poll", run_id=1)
    assert "s3cr3t" not in str(caught.value)


def test_tokens_are_kept_per_host(ask, workspace, aws):
    other = Workspace()
    aws.secret = json.dumps({"client_id": "id", "client_secret": "s"})
    for stub, token in ((workspace, "one"), (other, "two")):
        stub.on("/oidc/v1/token", (200, {"access_token": token, "expires_in": 3600}))
        stub.on("runs/get", state())
        ask("poll", run_id=1, host=stub.url)
        assert stub.requests[-1].auth == f"Bearer {token}"
    other.close()


# Stopped executions

class History:
    """Builds the events of an execution, with interleaved branches when `after` says so."""

    def __init__(self, host):
        self.host, self.events = host, []

    def add(self, kind, after=None, **details):
        number = len(self.events) + 1
        event = {"id": number, "previousEventId": number - 1 if after is None else after, "type": kind}
        if details:
            event[kind[0].lower() + kind[1:] + "EventDetails"] = details
        self.events.append(event)
        return number

    def schedule(self, payload, function=FUNCTION_ARN, after=None):
        payload = {"host": self.host, "secret": "db"} | payload if isinstance(payload, dict) else payload
        self.add("TaskStateEntered", after, name="s", input="{}")
        self.add("TaskScheduled", resourceType="lambda", resource="invoke", region="eu-central-1",
                 parameters=json.dumps({"FunctionName": function, "Payload": payload}))
        return self.add("TaskStarted", resourceType="lambda", resource="invoke")

    def succeed(self, output, after=None):
        self.add("TaskSucceeded", after, resourceType="lambda", resource="invoke",
                 output=json.dumps({"ExecutedVersion": "$LATEST", "Payload": output, "StatusCode": 200}))
        self.add("TaskStateExited", name="s", output="{}")

    def fail(self, error):
        self.add("TaskFailed", resourceType="lambda", resource="invoke", error=error, cause="{}")

    def submit(self, run_id, **options):
        self.schedule({"action": "submit", "job": 1, "token": "t"}, **options)
        self.succeed({"run_id": run_id})

    def poll(self, run_id, done):
        self.schedule({"action": "poll", "run_id": run_id})
        self.succeed({"run_id": run_id, "done": done, "state": "X"})


@pytest.fixture
def stop(glue, aws, workspace):
    workspace.on("runs/cancel", (200, {}))
    history = History(workspace.url)

    def run(status="ABORTED", page=1000):
        aws.pages = [history.events[at:at + page] for at in range(0, len(history.events), page)]
        event = {"detail-type": "Step Functions Execution Status Change",
                 "detail": {"executionArn": ARN, "status": status}}
        glue.handler(event, CONTEXT)
        return [body["run_id"] for body in workspace.sent("runs/cancel")]
    run.history = history
    return run


@pytest.mark.parametrize("page", [1, 2, 7, 1000])
def test_stopped_execution_cancels_open_runs(stop, aws, page):
    history = stop.history
    history.add("ExecutionStarted", input="{}")
    history.submit(str(BIG))
    history.poll(str(BIG), False)
    history.submit("20")
    history.poll("20", False)
    history.poll("20", True)
    for run_id, error in (("30", "RunFailed"), ("31", "RunCanceled"), ("32", "RunTimedOut")):
        history.submit(run_id)
        history.schedule({"action": "poll", "run_id": run_id})
        history.fail(error)
    history.submit("40")
    history.schedule({"action": "poll", "run_id": "40"})
    history.fail("DatabricksTransient")
    history.add("ExecutionAborted")
    assert stop(page=page) == [BIG, 40]
    assert aws.history_calls == [{"executionArn": ARN, "includeExecutionData": True, "maxResults": 1000}]


def test_parallel_branches_are_told_apart(stop):
    history = stop.history
    history.add("ParallelStateStarted")
    first = history.schedule({"action": "submit", "job": 1}, after=1)
    second = history.schedule({"action": "submit", "job": 2}, after=1)
    history.succeed({"run_id": "2"}, after=second)
    history.succeed({"run_id": "1"}, after=first)
    assert sorted(stop("TIMED_OUT")) == [1, 2]


def test_other_functions_and_tasks_are_not_believed(stop, workspace):
    history, evil = stop.history, {"action": "submit", "host": "https://evil.example", "secret": "db"}
    for name in ("other", FUNCTION_ARN + "-not", f"arn:aws:lambda:eu-central-1:1:function:x{FUNCTION}"):
        history.schedule(evil, function=name)
        history.succeed({"run_id": "66"})
    history.schedule("text", function="other")
    history.succeed(["run_id"])
    history.add("TaskScheduled", resourceType="sqs", parameters=json.dumps({"QueueUrl": "q"}))
    history.add("TaskSucceeded", resourceType="sqs", output="{}")
    history.add("LambdaFunctionScheduled", resource="x", input="{}")
    history.add("LambdaFunctionSucceeded", output="3")
    history.submit("1", function=FUNCTION)
    history.submit("2", function=FUNCTION_ARN + ":live")
    assert stop("FAILED") == [1, 2]


def test_failed_submit_leaves_nothing(stop):
    stop.history.schedule({"action": "submit", "job": 1})
    stop.history.fail("DatabricksRejected")
    stop.history.add("ExecutionFailed", error="RunOther", cause="x")
    assert stop("FAILED") == []


def test_a_fail_state_does_not_hide_an_open_run(stop):
    stop.history.submit("1")
    stop.history.poll("1", False)
    stop.history.add("ExecutionFailed", error="RunTooLong", cause="x")
    assert stop("FAILED") == [1]


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED", "PENDING_REDRIVE"])
def test_other_statuses_cancel_nothing(stop, aws, status):
    stop.history.submit("1")
    assert stop(status) == [] and not aws.history_calls


def test_one_failing_cancel_does_not_stop_the_others(stop, workspace, glue, capsys):
    for run_id in ("1", "2", "3", "4"):
        stop.history.submit(run_id)
    workspace.on("runs/cancel", (403, {"message": PAT}), (403, {"message": PAT}), (500, {}), (404, {}), (200, {}))
    with pytest.raises(glue.DatabricksTransient) as caught:
        stop()
    assert [body["run_id"] for body in workspace.sent("runs/cancel")] == [1, 1, 2, 3, 4]
    said = str(caught.value)
    assert "run 1: DatabricksDenied" in said and "run 2: DatabricksTransient" in said and "run 3" not in said
    assert PAT not in said + "".join(capsys.readouterr())


# Nothing secret in any text

@pytest.mark.parametrize("answer", [(400, {"message": PAT}), (403, {"error": PAT}), (500, PAT.encode()), (200, b"x")])
def test_no_token_in_error_texts_or_logs(ask, workspace, answer, capsys, caplog):
    workspace.on("run-now", answer)
    with pytest.raises(Exception) as caught:
        ask("submit", job=1)
    error, texts = caught.value, []
    while error:
        texts.append(repr(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert PAT not in "".join([*texts, caplog.text, *capsys.readouterr()])
