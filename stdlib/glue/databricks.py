"""Databricks runs for Step Functions (python3.13): submit, poll, cancel, and cancel what a stopped execution left."""
import base64, hashlib, http.client, json, re, time, urllib.parse
import boto3

LIMIT = 102400  # bytes of notebook output
TOKENS = {}  # (host, secret) -> (bearer token, time it ends)


# Class names are the error names in Step Functions; only DatabricksTransient is worth a retry.
class DatabricksTransient(Exception): pass
class DatabricksRejected(Exception): pass
class DatabricksDenied(Exception): pass
class RunFailed(Exception): pass
class RunCanceled(Exception): pass
class RunTimedOut(Exception): pass


def send(host: str, path: str, auth: str, body=None, media="application/json") -> dict:
    """One exchange. Redirects are not followed: the token reaches `host` only."""
    url = urllib.parse.urlsplit(host if "://" in host else "https://" + host)
    kind = http.client.HTTPSConnection
    if url.scheme == "http" and url.hostname in ("localhost", "127.0.0.1"):
        kind = http.client.HTTPConnection
    elif url.scheme != "https":
        raise DatabricksRejected(f"not https: {host}")
    link = kind(url.netloc, timeout=30)
    try:
        link.request("POST" if body else "GET", path, body, {"Authorization": auth, "Content-Type": media})
        answer = link.getresponse()
        status, text = answer.status, answer.read()
    except (OSError, http.client.HTTPException) as err:
        raise DatabricksTransient(f"{path}: {type(err).__name__}") from None
    finally:
        link.close()
    try:
        data = dict(json.loads(text))
        if status == 200:
            return data
    except (ValueError, TypeError):
        data = {"error": "not a JSON object"}
    said = " ".join(str(data[k]) for k in ("error_code", "error", "message", "error_description") if k in data)
    why = f"{path}: HTTP {status} {said}".replace(auth.split()[1], "***")
    error = {401: DatabricksDenied, 403: DatabricksDenied, 429: DatabricksTransient}
    raise error.get(status, DatabricksTransient if status >= 500 else DatabricksRejected)(why)


def login(host: str, secret: str) -> tuple:
    try:
        text = boto3.client("secretsmanager").get_secret_value(SecretId=secret).get("SecretString", "").strip()
    except Exception as err:
        final = re.search("Denied|NotFound|Invalid|Decrypt", str(err))
        raise (DatabricksDenied if final else DatabricksTransient)(f"secret {secret}: {err}") from None
    try:
        data = dict(json.loads(text))
    except (ValueError, TypeError):
        data = {"token": text}
    token, life = data.get("token"), float("inf")
    if "client_secret" in data:
        basic = base64.b64encode(f"{data['client_id']}:{data['client_secret']}".encode()).decode()
        data = send(host, "/oidc/v1/token", "Basic " + basic, "grant_type=client_credentials&scope=all-apis",
                    "application/x-www-form-urlencoded")
        token, life = data["access_token"], data["expires_in"] - 60
    # http.client would quote a malformed token in its error
    if not re.fullmatch(r"[\w.~+/=-]+", str(token or ""), re.A):
        raise DatabricksDenied(f"secret {secret}: no token in it")
    return token, time.time() + life


def call(event: dict, path: str, body=None) -> dict:
    key = event["host"], event["secret"]
    for last in (False, True):
        if last or TOKENS.get(key, ("", 0))[1] <= time.time():
            TOKENS[key] = login(*key)
        try:
            return send(key[0], "/api/2.2/jobs/" + path, "Bearer " + TOKENS[key][0], body and json.dumps(body))
        except DatabricksDenied:
            if last:
                raise


def submit(event: dict) -> dict:
    task, token = event.get("task"), event.get("token") or ""
    values = {k: v if isinstance(v, str) else json.dumps(v) for k, v in (event.get("parameters") or {}).items()}
    if task:
        if values:
            note = task["notebook_task"]
            task = task | {"notebook_task": note | {"base_parameters": note.get("base_parameters", {}) | values}}
        path, body = "runs/submit", {"tasks": [{"task_key": "main"} | task]}
        body |= {k: event[k] for k in ("run_name", "timeout_seconds") if event.get(k)}
    else:
        path, body = "run-now", {"job_id": int(str(event["job"])), "job_parameters": values}
    if token:
        body["idempotency_token"] = token if len(token) <= 64 else hashlib.sha256(token.encode()).hexdigest()
    return {"run_id": str(call(event, path, body)["run_id"])}


def poll(event: dict) -> dict:
    run_id = int(str(event["run_id"]))
    run = call(event, f"runs/get?run_id={run_id}")
    state, result, message = (run["state"].get(k, "") for k in ("life_cycle_state", "result_state", "state_message"))
    url, done = run.get("run_page_url", ""), state in ("TERMINATED", "SKIPPED", "INTERNAL_ERROR")
    if done and (state, result) != ("TERMINATED", "SUCCESS"):
        error = {"CANCELED": RunCanceled, "TIMEDOUT": RunTimedOut}.get(result, RunFailed)
        raise error(f"{state} {result}: {message} ({url})")
    answer = {"run_id": str(run_id), "done": done, "state": state, "result": result, "message": message, "url": url,
              "seconds": (run.get("execution_duration") or run.get("run_duration") or 0) / 1000}
    if done and event.get("output"):
        last = max(run.get("tasks") or [answer], key=lambda task: task.get("end_time", 0))
        answer["output"] = output(call(event, f"runs/get-output?run_id={last['run_id']}").get("notebook_output", {}))
    return answer


def output(found: dict):
    text = found.get("result") or "null"
    if found.get("truncated") or len(text.encode()) > LIMIT:
        raise DatabricksRejected(f"notebook output over {LIMIT} bytes: write it to S3")
    try:
        json.dumps(value := json.loads(text), allow_nan=False)
        return value
    except ValueError:
        return text


def cancel(event: dict) -> dict:
    try:
        call(event, "runs/cancel", {"run_id": int(str(event["run_id"]))})
    except DatabricksRejected as err:
        if "HTTP 404" not in str(err):
            raise
    return {}


def unfinished(arn: str, function: str) -> dict:
    """run_id -> cancel event of each run in the history that was not seen to end."""
    runs, calls = {}, {}
    pages = boto3.client("stepfunctions").get_paginator("get_execution_history")
    for item in pages.paginate(executionArn=arn, includeExecutionData=True, maxResults=1000).search("events"):
        sent = calls.get(item.get("previousEventId"), {})
        if item["type"] == "TaskScheduled":
            data = json.loads(item["taskScheduledEventDetails"]["parameters"])
            # only calls of this function: no other task may name a host for the token
            sent = data["Payload"] if function in str(data.get("FunctionName")).split(":") else {}
        elif sent and item["type"] in ("TaskSucceeded", "TaskFailed"):
            got = json.loads(item.get("taskSucceededEventDetails", {}).get("output", "{}")).get("Payload", {})
            if sent["action"] == "submit" and got:
                runs[got["run_id"]] = sent | got
            elif got.get("done") or item.get("taskFailedEventDetails", {}).get("error", "").startswith("Run"):
                runs.pop(str(sent["run_id"]), None)
        calls[item["id"]] = sent
    return runs


def clean(detail: dict, function: str):
    left = []
    if detail["status"] in ("ABORTED", "TIMED_OUT", "FAILED"):
        for run_id, event in unfinished(detail["executionArn"], function).items():
            try:
                cancel(event)
            except Exception as err:
                left.append(f"run {run_id}: {type(err).__name__}: {err}")
    if left:  # logged, and the asynchronous invocation is repeated
        raise DatabricksTransient(f"not canceled: {'; '.join(left)}")


def handler(event: dict, context):
    if "detail" in event:
        return clean(event["detail"], context.function_name)
    try:
        return {"submit": submit, "poll": poll, "cancel": cancel}[event["action"]](event)
    except (KeyError, TypeError, ValueError) as err:
        raise DatabricksRejected(f"bad event or answer: {err!r}") from None
