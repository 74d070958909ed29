"""Calls that wait for somebody's answer, calls by a text, other machines, HTTPS APIs."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from . import Cloud, Execution, iam
from .apis import Answer, Request
from .compiled import BREAKER, CompileError, compile_text, deploy

QUEUE = "resource work = queue {}\n"
ANSWERING = '''
resource worker = function {
    source: """
        import json
        import boto3
        def handler(event, context):
            client = boto3.client("stepfunctions")
            if event["message"]["n"] < 0:
                client.send_task_failure(taskToken=event["task_token"], error="Negative", cause="n is below 0")
            else:
                client.send_task_success(taskToken=event["task_token"], output=json.dumps({"m": event["message"]["n"] + 1}))
        """
}
'''


def taken(cloud: Cloud, queue: str) -> dict[str, Any]:
    """The next message of a queue, which is gone from it then."""
    client = cloud.client("sqs")
    for _ in range(500):
        wanted = {"QueueUrl": queue, "MaxNumberOfMessages": 1, "AttributeNames": ["All"]}
        found = client.receive_message(**wanted).get("Messages")
        if found:
            client.delete_message(QueueUrl=queue, ReceiptHandle=found[0]["ReceiptHandle"])
            return found[0]
        time.sleep(0.01)
    raise AssertionError("nobody has sent a message")


def message(cloud: Cloud, queue: str) -> str:
    return taken(cloud, queue)["Body"]


def answer(cloud: Cloud, token: str, output: Any) -> None:
    cloud.client("stepfunctions").send_task_success(taskToken=token, output=json.dumps(output))


def checked(cloud: Cloud, machine: str, execution: Execution) -> Execution:
    """The execution, when its expressions were right and the machine has the rights it used and no others."""
    assert execution.expression_errors == []
    assert iam.missing(cloud, machine, execution) == []
    assert iam.superfluous(cloud, machine) == []
    return execution


# ---- answers -------------------------------------------------------------------------------------------------------


def test_callback_by_queue(cloud: Cloud) -> None:
    source = f"""stack calls {{}}
    {QUEUE}
    pipeline main(n: Int) {{
        stage asked = callback_job {{ to: work, message: {{ n }}, timeout: 1h, heartbeat: 10m }}
        let reply: {{ m: Int }} = asked.result
        return reply.m + n
    }}"""
    stack = deploy(cloud, source)
    machine = stack.machine()
    arn = cloud.start(machine, {"n": 4})
    sent = json.loads(message(cloud, stack.resources["WorkQueue"]))
    assert sent["message"] == {"n": 4}
    answer(cloud, sent["task_token"], {"m": 38})
    execution = checked(cloud, machine, cloud.wait(arn))
    assert (execution.status, execution.output) == ("SUCCEEDED", 42)


def test_callback_by_an_ordered_queue(cloud: Cloud) -> None:
    source = """stack calls {}
    resource work = queue { fifo: true }
    pipeline main(n: Int) {
        stage asked = callback_job { to: work, message: { n }, timeout: 1h, group: "g${n}" }
        stage ok = approval { to: work, question: "Go on?", timeout: 1h, group: "all" }
        return { result: asked.result, ok: ok.approved }
    }"""
    stack = deploy(cloud, source)
    machine = stack.machine()
    arn = cloud.start(machine, {"n": 4})
    for expected, reply in [("g4", {"m": 1}), ("all", {"approved": True})]:
        found = taken(cloud, stack.resources["WorkQueue"])
        assert found["Attributes"]["MessageGroupId"] == expected
        asked = re.search("--task-token \'([^\']+)\'", found["Body"])
        answer(cloud, asked[1] if asked else json.loads(found["Body"])["task_token"], reply)
    execution = checked(cloud, machine, cloud.wait(arn))
    assert (execution.status, execution.output) == ("SUCCEEDED", {"result": {"m": 1}, "ok": True})


@pytest.mark.parametrize(("n", "expected"), [(4, 5), (-1, "Negative: n is below 0")])
def test_callback_by_function(cloud: Cloud, n: int, expected: Any) -> None:
    source = f"""stack calls {{}}
    {ANSWERING}
    pipeline main(n: Int) {{
        try {{
            stage asked = callback_job {{ to: worker, message: {{ n }}, timeout: 1h }}
            let reply: {{ m: Int }} = asked.result
            return reply.m
        }} catch Negative as problem {{
            return "${{problem.error}}: ${{problem.cause}}"
        }}
    }}"""
    machine = deploy(cloud, source).machine()
    execution = checked(cloud, machine, cloud.run(machine, {"n": n}))
    assert (execution.status, execution.output) == ("SUCCEEDED", expected)


APPROVAL = f"""stack calls {{}}
{QUEUE}
pipeline main(n: Int) {{
    try {{
        stage ok = approval {{ to: work, question: "Release ${{n}} 'rows'?", timeout: TIMEOUT }}
        let by = ok.by ?? "nobody"
        let approved = ok.approved
    }} catch Approval.TimedOut as problem {{
        let by = problem.cause
        let approved = false
    }}
    return {{ approved, by }}
}}"""


@pytest.mark.parametrize("approved", [True, False])
def test_approval(cloud: Cloud, approved: bool) -> None:
    stack = deploy(cloud, APPROVAL.replace("TIMEOUT", "1h"))
    machine = stack.machine()
    arn = cloud.start(machine, {"n": 7})
    text = message(cloud, stack.resources["WorkQueue"])
    assert text.startswith("Release 7 'rows'?\n\nTo approve:\naws stepfunctions send-task-success --region us-east-1 ")
    commands = re.findall(r"--task-token '([^']+)' --task-output '([^']+)'", text)
    token, output = commands[0 if approved else 1]
    assert json.loads(output)["approved"] is approved
    answer(cloud, token, {**json.loads(output), "by": "Ada"})
    execution = checked(cloud, machine, cloud.wait(arn))
    assert execution.output == {"approved": approved, "by": "Ada"}


def test_approval_in_time(cloud: Cloud) -> None:
    machine = deploy(cloud, APPROVAL.replace("TIMEOUT", "1s")).machine()
    execution = checked(cloud, machine, cloud.run(machine, {"n": 7}))
    assert execution.output == {"approved": False, "by": "nobody has answered in time: Release 7 'rows'?"}


def test_activity(cloud: Cloud) -> None:
    source = """stack calls {}
    resource labels = activity {}
    pipeline main(n: Int) {
        stage label = activity_job { activity: labels, input: { n }, timeout: 1h }
        let found: { label: String } = label.result
        return found.label
    }"""
    stack = deploy(cloud, source)
    machine = stack.machine()
    arn = cloud.start(machine, {"n": 4})
    token, data = cloud.activities.next_task(next(iter(cloud.activities.by_arn)))
    assert json.loads(data) == {"n": 4}
    answer(cloud, token, {"label": "cat"})
    execution = checked(cloud, machine, cloud.wait(arn))
    assert (execution.status, execution.output) == ("SUCCEEDED", "cat")


# ---- calls by a text -----------------------------------------------------------------------------------------------


def test_described_sdk_call(cloud: Cloud) -> None:
    cloud.client("ssm").put_parameter(Name="/limits/rows", Value="7", Type="String")
    source = """stack calls {}
    pipeline main {
        stage limit = aws_call { service: "ssm", action: "getParameter", arguments: { Name: "/limits/rows" } }
        return limit.result.Parameter?.Value ?? "none"
    }"""
    machine = deploy(cloud, source).machine()
    execution = checked(cloud, machine, cloud.run(machine))
    assert execution.output == "7"


def test_undescribed_sdk_call(cloud: Cloud) -> None:
    source = """stack calls {}
    pipeline main(name: String) {
        grant { actions: ["ssm:PutParameter"], resources: [arn("ssm", "parameter/runs/*")] }
        stage kept = aws_call { service: "ssm", action: "putParameter", arguments: { Name: "/runs/${name}", Value: "x", Type: "String" } }
        let answer: { Version: Int } = kept.result
        return answer.Version
    }"""
    machine = deploy(cloud, source).machine()
    execution = cloud.run(machine, {"name": "a"})
    assert execution.expression_errors == []
    assert (execution.status, execution.output) == ("SUCCEEDED", 1)
    assert cloud.client("ssm").get_parameter(Name="/runs/a")["Parameter"]["Value"] == "x"


def test_misspelt_sdk_call() -> None:
    source = 'stack calls {}\npipeline main { stage a = aws_call { service: "s3", action: "getObjct" } }'
    with pytest.raises(CompileError, match='did you mean "getObject"'):
        compile_text(source)


def test_raw_states(cloud: Cloud) -> None:
    source = """stack calls {}
    pipeline main(n: Int) {
        stage pause = raw_state { state: { Type: "Wait", Seconds: 1 } }
        try {
            stage both = raw_state { state: {
                Type: "Parallel"
                Branches: [
                    { StartAt: "Left", States: { Left: { Type: "Pass", Output: "{% 'l' & $states.context.Execution.Input.n %}", End: true } } }
                    , { StartAt: "Right", States: { Right: { Type: "Choice", Choices: [{ Condition: "{% $states.context.Execution.Input.n > 9 %}", Next: "Bad" }], Default: "Good" }
                        Bad: { Type: "Fail", Error: "TooMuch" }, Good: { Type: "Pass", Output: "{% 'r' %}", End: true } } }
                ]
            } }
            let out: List<String> = both.result
            let text = join(out, "-")
        } catch TooMuch {
            let text = "too much"
        }
        return text
    }"""
    machine = deploy(cloud, source).machine()
    assert checked(cloud, machine, cloud.run(machine, {"n": 3})).output == "l3-r"
    assert checked(cloud, machine, cloud.run(machine, {"n": 10})).output == "too much"


def test_raw_resource(cloud: Cloud) -> None:
    source = """stack calls {}
    resource inbox = queue {}
    resource rows = raw_resource {
        type: "AWS::DynamoDB::Table", depends_on: [inbox], retain: true
        properties: { BillingMode: "PAY_PER_REQUEST", AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }], KeySchema: [{ AttributeName: "id", KeyType: "HASH" }] }
    }
    output rows_at = rows.Arn
    pipeline main {
        call put = dynamodb.putItem { TableName: rows.Ref, Item: { id: { S: "a" } } }
        return rows["Arn"]
    }"""
    stack = deploy(cloud, source)
    assert stack.template["Resources"]["RowsRaw"]["DependsOn"] == ["InboxQueue"]
    assert stack.template["Resources"]["RowsRaw"]["UpdateReplacePolicy"] == "Retain"
    execution = cloud.run(stack.machine())
    assert (execution.status, execution.output) == ("SUCCEEDED", stack.outputs["RowsAtOutput"])


# ---- other machines ------------------------------------------------------------------------------------------------

CHILD = """
pipeline child(n: Int) {
    if n < 0 { fail Negative "below 0" }
    return { m: n + 1, text: "n is ${n}" }
}
"""


def test_pipeline_that_waits(cloud: Cloud) -> None:
    source = f"""stack calls {{}}
    pipeline main(n: Int) {{
        try {{
            stage c = child {{ n }}
            let sum = c.output.m + 1
            let text = c.output.text
        }} catch States.TaskFailed {{
            let sum = 0
            let text = "failed"
        }}
        return {{ sum, text }}
    }}
    {CHILD}"""
    stack = deploy(cloud, source)
    machine = stack.machine("MainPipeline")
    assert checked(cloud, machine, cloud.run(machine, {"n": 3})).output == {"sum": 5, "text": "n is 3"}
    assert cloud.run(machine, {"n": -3}).output == {"sum": 0, "text": "failed"}


def test_pipeline_that_goes_on(cloud: Cloud) -> None:
    source = f"""stack calls {{}}
    pipeline main(n: Int) {{
        stage c = child {{ n, wait: false }}
        return c.execution
    }}
    {CHILD}"""
    machine = deploy(cloud, source).machine("MainPipeline")
    execution = checked(cloud, machine, cloud.run(machine, {"n": 3}))
    assert cloud.wait(execution.output).output == {"m": 4, "text": "n is 3"}


def test_machine_of_another_stack(cloud: Cloud) -> None:
    child = cloud.deploy(compile_text(f"stack other {{}}\n{CHILD}"), name="other").machine()
    source = """stack calls {}
    param other: Arn
    pipeline main(n: Int) {
        stage c = run_machine { machine: other, input: { n } }
        let answer: { m: Int } = c.output
        stage d = run_machine { machine: other, input: { n }, wait: false }
        return { m: answer.m, at: d.execution }
    }"""
    machine = deploy(cloud, source, {"Other": child}).machine()
    execution = cloud.run(machine, {"n": 3})
    assert execution.output["m"] == 4
    assert execution.output["at"].startswith(child.replace("stateMachine", "execution"))


# ---- HTTPS APIs ----------------------------------------------------------------------------------------------------

PARTNER = """stack calls {}
secret partner_key = "partner/key"
resource partner = connection { login: KeyLogin(secret: partner_key, field: "token") }
"""


def flaky(times: int, last: Answer) -> Callable[[Request], Answer]:
    """An API that is overloaded a few times."""
    left = [Answer(status=503)] * times
    return lambda _: left.pop() if left else last


def test_http_call(cloud: Cloud) -> None:
    source = (
        PARTNER
        + """
    pipeline main(n: Int) {
        stage made = http_call { connection: partner, url: "https://api.example.com/rows", method: "POST", body: { n }, query: { dry: true }, headers: { "X-Team": "a" } }
        let row: { id: String } = made.body
        try {
            stage gone = http_call { connection: partner, url: "https://api.example.com/gone" }
            let found = "there"
        } catch Http.NotFound {
            let found = "gone"
        }
        return { id: row.id, status: made.status, found }
    }"""
    )
    cloud.http.on("POST", "https://api.example.com/rows", flaky(2, Answer({"id": "r1"}, 201)))
    stack = deploy(cloud, source)
    execution = cloud.run(stack.machine(), {"n": 5})
    assert execution.output == {"id": "r1", "status": 201, "found": "gone"}
    assert [r.url[-4:] for r in cloud.http.requests] == ["rows"] * 3 + ["gone"]
    request = cloud.http.requests[0]
    sent = {"Content-Type": "application/json", "X-Team": "a"}
    assert (request.body, request.query, request.headers) == ({"n": 5}, {"dry": True}, sent)
    login = stack.template["Resources"]["PartnerConnection"]["Properties"]["AuthParameters"]["ApiKeyAuthParameters"]
    assert login == {"ApiKeyName": "Authorization", "ApiKeyValue": "Bearer {{resolve:secretsmanager:partner/key:SecretString:token}}"}


# ---- Express -------------------------------------------------------------------------------------------------------


def test_express(cloud: Cloud) -> None:
    source = f"""stack calls {{}}
    {BREAKER}
    pipeline quick(error: String, n: Int) {{
        express: true
        stage tried = lambda_job {{ function: breaker, payload: {{ error, n }} }}
        let answer: {{ n: Int }} = tried.result
        return {{ twice: answer.n * 2 }}
    }}
    pipeline main(error: String) {{
        try {{
            stage q = quick {{ error, n: 21 }}
            let out = "${{q.output.twice}}"
        }} catch Execution.Failed as problem {{
            let out = problem.cause
        }}
        return out
    }}"""
    stack = deploy(cloud, source)
    assert stack.template["Resources"]["QuickPipeline"]["Properties"]["StateMachineType"] == "EXPRESS"
    machine = stack.machine("MainPipeline")
    assert checked(cloud, machine, cloud.run(machine, {"error": ""})).output == "42"
    assert cloud.run(machine, {"error": "Odd"}).output.startswith("Odd: ")


# ---- Databricks over HTTPS -----------------------------------------------------------------------------------------

JOBS = "https://x.cloud.databricks.com/api/2.2/jobs"


def databricks(cloud: Cloud, *results: str, run_id: int = 1071354871926371) -> None:
    """A workspace where a run goes through these states."""
    states = [{"life_cycle_state": "PENDING"}, {"life_cycle_state": "RUNNING"}]
    states += [{"life_cycle_state": "TERMINATED", "result_state": name, "state_message": "so"} for name in results]

    def status(request: Request) -> Answer:
        assert request.query == {"run_id": run_id}
        state = states.pop(0) if len(states) > 1 else states[0]
        return Answer({"state": state, "run_page_url": "https://run", "tasks": [{"run_id": 5}, {"run_id": 6}]})

    cloud.http.on("POST", f"{JOBS}/run-now", Answer({"run_id": run_id}))
    cloud.http.on("GET", f"{JOBS}/runs/get", status)
    cloud.http.on("GET", f"{JOBS}/runs/get-output", lambda r: Answer({"notebook_output": {"result": f"of {r.query['run_id']}"}}))
    cloud.http.on("POST", f"{JOBS}/runs/cancel", Answer({}))


HTTP_JOB = """stack calls {}
secret token = "databricks/token"
resource workspace = connection { login: KeyLogin(secret: token) }
pipeline main(day: Date) {
    try {
        stage a = databricks_http_job {
            connection: workspace, host: "x.cloud.databricks.com", job: 4711, parameters: { day, n: 3 }, writes: "s3://data/out/", timeout: 1h
        }
        let out = "${a.output!.uri} ${a.result ?? "nothing"}"
    } catch Databricks.Failed, Databricks.Canceled, Databricks.TimedOut as problem {
        let out = "${problem.error} ${problem.cause}"
    }
    return out
}
"""


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (["SUCCESS"], "s3://data/out/ of 6"),
        (["FAILED"], "RunFailed FAILED: so (https://run)"),
        (["CANCELED"], "RunCanceled CANCELED: so (https://run)"),
        ([], "RunTimedOut cancelled: the run took longer than 60 minutes"),
    ],
)
def test_databricks_http_job(cloud: Cloud, results: list[str], expected: str) -> None:
    databricks(cloud, *results)
    machine = deploy(cloud, HTTP_JOB).machine()
    execution = cloud.run(machine, {"day": "2026-01-31"})
    assert (execution.status, execution.output) == ("SUCCEEDED", expected)
    body = cloud.http.requests[0].body
    assert (body["job_id"], body["job_parameters"]) == (4711, {"day": "2026-01-31", "n": "3"})
    assert len(body["idempotency_token"]) <= 64
    cancelled = any(request.url.endswith("/cancel") for request in cloud.http.requests)
    assert cancelled == (not results)
