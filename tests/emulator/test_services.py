"""Stages and resources of the services around SageMaker and Databricks, run on every path."""

from __future__ import annotations

import json
from typing import Any

import pytest

from . import Cloud, Execution, iam
from .cloud import Stack
from .compiled import CompileError, compile_text, deploy
from .sagemaker import ServiceError


def run(cloud: Cloud, source: str, data: Any = None, parameters: dict[str, str] | None = None) -> tuple[Stack, Execution]:
    """Deploy and run a program with one pipeline, and check the rights of its machine both ways."""
    stack = deploy(cloud, source, parameters)
    execution = cloud.run(stack.machine(), data)
    assert execution.expression_errors == []
    assert iam.missing(cloud, stack.machine(), execution) == []
    assert iam.superfluous(cloud, stack.machine()) == []
    return stack, execution


def succeed(cloud: Cloud, source: str, data: Any = None, parameters: dict[str, str] | None = None) -> Any:
    """The output of a program that has to succeed."""
    _, execution = run(cloud, source, data, parameters)
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause, execution.states)
    return execution.output


# ---- items -----------------------------------------------------------------------------------------------------------

TABLE = 'stack s {}\nresource runs = table { key: "market", sort: "day", indexes: [{ name: "by_day", key: "day" }] }\n'


def test_item_is_written_read_changed_and_deleted(cloud: Cloud) -> None:
    source = TABLE + """
    pipeline p(market: String, note: String? = none) {
        stage put = put_item { table: runs, item: { market, day: "2026-01-31", count: 3, share: 0.5, ok: true, note } }
        stage got = get_item { table: runs, key: { market, day: "2026-01-31" } }
        let row: { count: Int, share: Float, ok: Bool, note: String? }? = got.item
        stage changed = update_item {
            table: runs, key: { market, day: "2026-01-31" }
            set: { share: (row?.share ?? 0) + 1 }, add: { count: 2 }, remove: ["ok"], when: { ok: true }
        }
        stage found = query_items { table: runs, key: { day: "2026-01-31" }, index: "by_day" }
        stage drop = delete_item { table: runs, key: { market, day: "2026-01-31" } }
        stage gone = get_item { table: runs, key: { market, day: "2026-01-31" } }
        let nothing: { count: Int }? = gone.item
        return { count: row?.count ?? 0, note: row?.note ?? "none", changed: changed.item, found: found.items, all: found.complete, gone: nothing == none }
    }"""
    changed = {"market": "de", "day": "2026-01-31", "count": 5, "share": 1.5}
    expected = {"count": 3, "note": "none", "changed": changed, "found": [changed], "all": True, "gone": True}
    assert succeed(cloud, source, {"market": "de"}) == expected


def test_note_that_is_there_is_written(cloud: Cloud) -> None:
    source = TABLE + """
    pipeline p(note: String? = none) {
        stage put = put_item { table: runs, item: { market: "de", day: "x", note, more: { note, n: 1 }, list: ["a", 2, [true]] } }
        stage got = get_item { table: runs, key: { market: "de", day: "x" } }
        return got.item
    }"""
    fixed = {"market": "de", "day": "x", "list": ["a", 2, [True]]}
    stack, execution = run(cloud, source, {"note": "it's \"quoted\""})
    assert execution.output == {**fixed, "note": "it's \"quoted\"", "more": {"note": "it's \"quoted\"", "n": 1}}
    assert cloud.run(stack.machine(), {}).output == {**fixed, "more": {"n": 1}}


def test_any_value_survives_a_table(cloud: Cloud) -> None:
    source = TABLE + """
    pipeline p(value: Json) {
        stage put = put_item { table: runs, item: { market: "de", day: "x", value } }
        stage got = get_item { table: runs, key: { market: "de", day: "x" } }
        let row: { value: Json } = got.item
        return row.value
    }"""
    machine = deploy(cloud, source).machine()
    values = ["text", 3, 0.25, True, False, [], [1], [[1]], [[1, 2], ["a"]], [[[]]], {}, {"a": {"b": [None, 1]}}, {"x y": "z"}, [{"a": 1}]]
    for value in values:
        execution = cloud.run(machine, {"value": value})
        assert (execution.status, execution.output) == ("SUCCEEDED", value), (value, execution.output, execution.cause)


def test_item_that_exists_is_not_replaced(cloud: Cloud) -> None:
    source = TABLE + """
    pipeline p {
        for i in [1, 2] (at_most: 1) {
            try {
                stage put = put_item { table: runs, item: { market: "de", day: "x", i }, unless_exists: "market" }
            } catch DynamoDB.ConditionFailed { wait 7s }
        }
        stage got = get_item { table: runs, key: { market: "de", day: "x" } }
        let row: { i: Int } = got.item
        return row.i
    }"""
    assert succeed(cloud, source) == 1
    assert cloud.waits == [7]


# ---- metrics ---------------------------------------------------------------------------------------------------------


def test_metrics_are_written(cloud: Cloud) -> None:
    source = """stack s {}
    pipeline p(market: String, drift: Float) {
        stage put = put_metrics { namespace: "risk/model", values: { drift, rows: 3 }, dimensions: { market } }
    }"""
    run(cloud, source, {"market": "de", "drift": 0.25})
    metrics = cloud.client("cloudwatch").list_metrics(Namespace="risk/model")["Metrics"]
    assert sorted(metric["MetricName"] for metric in metrics) == ["drift", "rows"]
    assert all(metric["Dimensions"] == [{"Name": "market", "Value": "de"}] for metric in metrics)


@pytest.mark.parametrize(("setting", "problem"), [("AWS/Lambda", "belong to the services"), (":risk", "pattern")])
def test_namespaces_of_others_are_refused(setting: str, problem: str) -> None:
    source = f'stack s {{}}\npipeline p {{ stage put = put_metrics {{ namespace: "{setting}", values: {{ a: 1 }} }} }}'
    with pytest.raises(CompileError, match=problem):
        compile_text(source)


# ---- objects and parameters ------------------------------------------------------------------------------------------


def test_objects(cloud: Cloud) -> None:
    cloud.client("s3").create_bucket(Bucket="my-data")
    source = """stack s {}
    pipeline p(name: String, where: S3) {
        stage put = put_object { location: s3("my-data", "a/${name}.txt"), content: "some ${name}" }
        stage list = put_object { location: s3("my-data", "a/list.json"), content: { name, n: [1] } }
        stage copy = copy_object { from: put.location, to: s3("my-data", "b/copy.txt") }
        stage all = list_objects { location: s3("my-data", "a/") }
        let texts = for o in all.objects {
            stage one = read_object { location: s3("my-data", "a/${after(o.key, "a/")}") }
            yield { key: o.key, size: o.size, at: o.location, text: one.text }
        }
        stage gone = delete_object { location: put.location }
        stage left = list_objects { location: s3("my-data", "") }
        return { texts, complete: all.complete, left: [for o in left.objects: o.key], bucket: where.bucket, key: where.key }
    }"""
    assert succeed(cloud, source, {"name": "text", "where": "s3://other/x/y/z.csv"}) == {
        "texts": [
            {"key": "a/list.json", "size": 23, "at": "s3://my-data/a/list.json", "text": '{"name":"text","n":[1]}'},
            {"key": "a/text.txt", "size": 9, "at": "s3://my-data/a/text.txt", "text": "some text"},
        ],
        "complete": True,
        "left": ["a/list.json", "b/copy.txt"],
        "bucket": "other",
        "key": "x/y/z.csv",
    }


def test_object_that_is_missing_is_an_error_with_a_name(cloud: Cloud) -> None:
    source = """stack s {}
    resource results = bucket {}
    pipeline p {
        try { stage one = read_object { location: s3(results, "a.txt") } } catch Storage.Missing { wait 3s }
    }"""
    assert succeed(cloud, source) is not None or cloud.waits == [3]
    assert cloud.waits == [3]


def test_secret(cloud: Cloud) -> None:
    cloud.client("secretsmanager").create_secret(Name="partner/login", SecretString='{"user": "u", "password": "p"}')
    source = """stack s {}
    secret login = "partner/login"
    pipeline p {
        stage read = read_secret { secret: login, reveal: true }
        let account: { user: String, password: String } = read_json(read.text)
        return "${account.user}:${account.password}"
    }"""
    assert succeed(cloud, source) == "u:p"


KEYS = """stack s { encryption: vault }
resource vault = key { alias: "s/vault", rotation_days: 90, keep: false }
resource apart = key { keep: false, wait_days: 7 }
resource results = bucket { key: apart }
resource work = queue { key: apart }
resource people = table { key: "id", encrypt_with: apart }
pipeline p(id: String) {
    stage text = read_object { location: s3(results, "in/${id}.txt") }
    stage sent = send_message { queue: work, message: { text: text.text } }
    stage put = put_item { table: people, item: { id } }
    stage out = put_object { location: s3(results, "out/${id}.txt"), content: text.text }
}"""


def test_rights_on_what_has_a_key_of_its_own(cloud: Cloud) -> None:
    stack = deploy(cloud, KEYS)
    resources = stack.resources
    cloud.client("s3").put_object(Bucket=resources["ResultsBucket"], Key="in/a.txt", Body=b"text")
    execution = cloud.run(stack.machine(), {"id": "a"})
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause)
    vault, apart = (iam.arn("kms", f"key/{resources[name]}") for name in ("VaultKey", "ApartKey"))
    aliases = {alias["AliasName"]: alias.get("TargetKeyId") for alias in cloud.client("kms").list_aliases()["Aliases"]}
    assert aliases["alias/s/vault"] == resources["VaultKey"]
    policies = iam.statements(cloud, iam.machine_role(cloud, stack.machine()))
    for key in (vault, apart):
        for action in ("kms:Decrypt", "kms:GenerateDataKey"):
            assert iam.allows(policies, iam.Need(action, key)), (action, key)
    default = cloud.client("s3").get_bucket_encryption(Bucket=resources["ResultsBucket"])
    rule = default["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]
    assert rule == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": apart}


def test_a_bucket_that_is_watched_tells_of_its_objects() -> None:
    source = """stack s {}
    resource inbox = bucket {}
    resource quiet = bucket {}
    pipeline p(where: S3(bucket: inbox)) {
        on: object_created(inbox, input: { where: s3(event.detail.bucket.name, event.detail.object.key) })
        stage copy = copy_object { from: where, to: s3(quiet, "copy") }
    }"""
    resources = compile_text(source)["Resources"]
    on = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    assert resources["InboxBucket"]["Properties"]["NotificationConfiguration"] == on
    assert "NotificationConfiguration" not in resources["QuietBucket"]["Properties"]


def test_a_secret_is_not_read_without_saying_what_that_means() -> None:
    source = 'stack s {}\nsecret t = "t"\npipeline p { stage read = read_secret { secret: t }\n return read.text }'
    with pytest.raises(CompileError, match="reveal: true"):
        compile_text(source)


def test_parameter(cloud: Cloud) -> None:
    cloud.client("ssm").put_parameter(Name="/risk/threshold", Value="0.9", Type="String")
    source = """stack s {}
    pipeline p {
        stage threshold = read_parameter { name: "/risk/threshold" }
        return { limit: number(threshold.value), version: threshold.version }
    }"""
    assert succeed(cloud, source) == {"limit": 0.9, "version": 1}


# ---- messages and events ---------------------------------------------------------------------------------------------


def received(cloud: Cloud, url: str) -> list[dict[str, Any]]:
    found = cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"])
    return found.get("Messages", [])


def test_messages_to_a_queue(cloud: Cloud) -> None:
    source = """stack s {}
    resource inbox = queue {}
    pipeline p(n: Int, note: String? = none) {
        stage record = send_message { queue: inbox, message: { n, note, list: [n] }, attributes: { kind: "test" } }
        stage text = send_message { queue: inbox, message: "just text" }
        return record.id
    }"""
    stack, execution = run(cloud, source, {"n": 3})
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause)
    bodies = [message["Body"] for message in received(cloud, stack.resources["InboxQueue"])]
    assert json.loads(bodies[0]) == {"n": 3, "list": [3]}
    assert bodies[1] == "just text"


def test_ordered_queue(cloud: Cloud) -> None:
    source = """stack s {}
    resource inbox = queue { fifo: true }
    pipeline p(market: String) {
        stage sent = send_message { queue: inbox, message: "hello", group: market }
    }"""
    stack, execution = run(cloud, source, {"market": "de"})
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause)
    messages = received(cloud, stack.resources["InboxQueue"])
    assert [message["Attributes"]["MessageGroupId"] for message in messages] == ["de"]


def resources(stack: Stack, kind: str) -> dict[str, dict[str, Any]]:
    """The properties of all resources of a type, by logical id."""
    items = stack.template["Resources"].items()
    return {name: item["Properties"] for name, item in items if item["Type"] == kind}


def test_topic_with_a_queue_and_a_function(cloud: Cloud) -> None:
    source = """stack s {}
    resource news = topic {}
    resource inbox = queue { topics: [news] }
    resource tell = function { source: "def handler(event, context): return event", topics: [news] }
    pipeline p(day: Date) {
        stage shout = publish { topic: news, message: "ready: ${day}", subject: "ready" }
        return shout.id
    }"""
    stack = deploy(cloud, source)
    other = cloud.client("sqs").create_queue(QueueName="other")["QueueUrl"]
    cloud.client("sns").subscribe(TopicArn=stack.resources["NewsTopic"], Protocol="sqs", Endpoint=iam.arn("sqs", "other"))
    execution = cloud.run(stack.machine(), {"day": "2026-01-31"})
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause)
    assert iam.missing(cloud, stack.machine(), execution) == [] == iam.superfluous(cloud, stack.machine())
    body = json.loads(received(cloud, other)[0]["Body"])
    assert (body["Message"], body["Subject"]) == ("ready: 2026-01-31", "ready")
    news = {"Ref": "NewsTopic"}
    assert resources(stack, "AWS::SNS::Subscription") == {
        "InboxNewsTopicSubscription": {"TopicArn": news, "Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["InboxQueue", "Arn"]}},
        "TellNewsTopicSubscription": {"TopicArn": news, "Protocol": "lambda", "Endpoint": {"Fn::GetAtt": ["TellFunction", "Arn"]}},
    }
    (permission,) = resources(stack, "AWS::Lambda::Permission").values()
    assert (permission["Principal"], permission["SourceArn"]) == ("sns.amazonaws.com", news)
    statements = resources(stack, "AWS::SQS::QueuePolicy")["InboxPolicy"]["PolicyDocument"]["Statement"]
    assert statements[-1]["Condition"] == {"ArnEquals": {"aws:SourceArn": news}}


def test_events(cloud: Cloud) -> None:
    source = """stack s {}
    pipeline p(day: Date) {
        stage put = put_events { source: "risk", events: [{ name: "Ready", detail: { day } }, { name: "Done", detail: {} }] }
        return length(put.ids)
    }"""
    assert succeed(cloud, source, {"day": "2026-01-31"}) == 2


# ---- functions, alarms -----------------------------------------------------------------------------------------------

WORKER = '''stack s {}
param data: Bucket
resource jobs = queue { visibility_timeout: 6m }
resource others = queue { visibility_timeout: 6m }
resource scores = table { key: "sku" }
resource oncall = topic {}
resource worker = function {
    source: """
        def handler(event, context):
            return {"batchItemFailures": []}
        """
    queues: [jobs, { queue: others, batch: 5 }]
    reads: [s3(data, "features/")]
    writes: [s3(data, "answers/")]
    writes_tables: [scores]
    reads_features: ["sku"]
}
resource stuck = alarm { metric: dead_letters(jobs), at_least: 1, to: [oncall, worker] }
resource slow = alarm { metric: function_duration(worker), above: 500, periods: 3, to: [oncall] }
pipeline p { stage s = send_message { queue: jobs, message: { sku: 1 } } }
'''


def test_function_handles_the_messages_of_its_queues(cloud: Cloud) -> None:
    stack = deploy(cloud, WORKER, {"Data": "my-data"})
    execution = cloud.run(stack.machine())
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause)
    assert [json.loads(call.event["Records"][0]["body"]) for call in cloud.invocations] == [{"sku": 1}]
    mappings = resources(stack, "AWS::Lambda::EventSourceMapping").values()
    assert [mapping["BatchSize"] for mapping in mappings] == [10, 5]
    assert all(mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for mapping in mappings)


def test_rights_of_a_function_are_those_it_says(cloud: Cloud) -> None:
    stack = deploy(cloud, WORKER, {"Data": "my-data"})
    role = cloud.client("iam").get_role(RoleName=stack.resources["WorkerRole"])["Role"]["Arn"]
    policies = iam.statements(cloud, role)
    table = iam.arn("dynamodb", f"table/{stack.resources['ScoresTable']}")
    allowed = [
        iam.Need("s3:GetObject", "arn:aws:s3:::my-data/features/a.csv"),
        iam.Need("s3:PutObject", "arn:aws:s3:::my-data/answers/a.csv"),
        iam.Need("dynamodb:PutItem", table),
        iam.Need("sagemaker:GetRecord", iam.arn("sagemaker", "feature-group/sku")),
        *[iam.Need("sqs:ReceiveMessage", iam.arn("sqs", stack.resources[q].rsplit("/", 1)[1])) for q in ("JobsQueue", "OthersQueue")],
    ]
    refused = [
        iam.Need("s3:PutObject", "arn:aws:s3:::my-data/features/a.csv"),
        iam.Need("s3:GetObject", "arn:aws:s3:::my-data/answers/a.csv"),
        iam.Need("s3:DeleteObject", "arn:aws:s3:::my-data/answers/a.csv"),
        iam.Need("dynamodb:GetItem", table),
        iam.Need("sagemaker:PutRecord", iam.arn("sagemaker", "feature-group/sku")),
        iam.Need("sqs:SendMessage", iam.arn("sqs", stack.resources["JobsQueue"].rsplit("/", 1)[1])),
    ]
    assert [str(need) for need in allowed if not iam.allows(policies, need)] == []
    assert [str(need) for need in refused if iam.allows(policies, need)] == []


def test_alarms(cloud: Cloud) -> None:
    alarms = resources(deploy(cloud, WORKER, {"Data": "my-data"}), "AWS::CloudWatch::Alarm")
    stuck, slow = alarms["StuckAlarm"], alarms["SlowAlarm"]
    assert stuck["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["JobsDead", "QueueName"]}}]
    assert (stuck["Threshold"], stuck["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")
    assert stuck["AlarmActions"] == [{"Ref": "OncallTopic"}, {"Fn::GetAtt": ["WorkerFunction", "Arn"]}]
    assert (slow["ExtendedStatistic"], slow["EvaluationPeriods"]) == ("p99", 3)


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ("resource q = queue {}\nresource f = function { source: \"x\", queues: [q] }", "visibility_timeout"),
        ("resource q = queue { fifo: true, visibility_timeout: 6m }\nresource f = function { source: \"x\", queues: [{ queue: q, batch: 20, wait: 1s }] }", "FIFO"),
        ("resource f = function { source: \"x\", image: \"123456789012.dkr.ecr.eu-central-1.amazonaws.com/a:1\" }", "one of"),
        ("resource t = topic { fifo: true, emails: [\"a@example.com\"] }", "queues only"),
        ("resource a = alarm { metric: Metric(namespace: \"n\", name: \"m\") }", "one of `above`"),
    ],
)
def test_settings_that_do_not_go_together(resources: str, message: str) -> None:
    with pytest.raises(CompileError, match=message):
        compile_text(f"stack s {{}}\n{resources}\npipeline p {{ wait 1s }}\n")


# ---- jobs of other services ------------------------------------------------------------------------------------------


def test_glue_job(cloud: Cloud) -> None:
    source = """stack s {}
    pipeline p(day: Date) {
        stage etl = glue_job { job: "prepare", arguments: { day, limit: 3 }, writes: s3("my-data", "prepared/${day}/") }
        return { at: etl.output, run: etl.run, seconds: etl.seconds }
    }"""
    assert succeed(cloud, source, {"day": "2026-01-31"}) == {"at": "s3://my-data/prepared/2026-01-31/", "run": "run-1", "seconds": 60}
    assert cloud.jobs.of("startJobRun") == [{"JobName": "prepare", "Arguments": {"--day": "2026-01-31", "--limit": "3"}, "Timeout": 2880}]


def test_glue_job_that_was_stopped(cloud: Cloud) -> None:
    cloud.jobs.answer("startJobRun", {"Id": "r", "JobRunState": "STOPPED"})
    _, execution = run(cloud, 'stack s {}\npipeline p { stage etl = glue_job { job: "prepare" } }')
    assert (execution.status, execution.error) == ("FAILED", "GlueJobStopped")
    assert execution.cause == "run r of prepare is STOPPED: no reason given"


def test_glue_job_waits_for_its_turn(cloud: Cloud) -> None:
    cloud.jobs.answer("startJobRun", ServiceError("Glue.ConcurrentRunsExceededException", "busy"))
    assert succeed(cloud, 'stack s {}\npipeline p { stage etl = glue_job { job: "prepare" }\nreturn etl.run }') == "run-2"


ATHENA = """stack s {}
pipeline p(day: Date, market: String) {
    stage ask = athena_query {
        sql: "SELECT market, n FROM orders WHERE day = ? AND market = ? AND n > ?"
        parameters: [day, market, 3]
        output: s3("my-data", "athena/"), database: "risk", reads: [s3("my-data", "orders/")], rows: 10
    }
    return { at: ask.output, rows: ask.rows, scanned: ask.scanned }
}"""


def test_athena_query(cloud: Cloud) -> None:
    cell = [{"VarCharValue": "market"}, {"VarCharValue": "n"}]
    rows = [{"Data": cell}, {"Data": [{"VarCharValue": "de"}, {}]}, {"Data": [{"VarCharValue": "fr"}, {"VarCharValue": "2"}]}]
    columns = {"ColumnInfo": [{"Name": "market", "Type": "varchar"}, {"Name": "n", "Type": "bigint"}]}
    cloud.jobs.answer("getQueryResults", {"ResultSet": {"Rows": rows, "ResultSetMetadata": columns}})
    assert succeed(cloud, ATHENA, {"day": "2026-01-31", "market": "o'x"}) == {
        "at": "s3://my-data/athena/run-1.csv",
        "rows": [{"market": "de", "n": ""}, {"market": "fr", "n": "2"}],
        "scanned": 1024,
    }
    (request,) = cloud.jobs.of("startQueryExecution")
    assert request["ExecutionParameters"] == ["'2026-01-31'", "'o''x'", "3"]
    assert request["QueryExecutionContext"] == {"Database": "risk"}
    assert request["ResultConfiguration"]["EncryptionConfiguration"]["EncryptionOption"] == "SSE_KMS"


@pytest.mark.parametrize("lines", [[], [["de", "1"]]])
def test_athena_query_with_few_rows(cloud: Cloud, lines: list[list[str]]) -> None:
    rows = [{"Data": [{"VarCharValue": text} for text in line]} for line in [["market", "n"], *lines]]
    columns = {"ColumnInfo": [{"Name": name, "Type": "varchar"} for name in ("market", "n")]}
    cloud.jobs.answer("getQueryResults", {"ResultSet": {"Rows": rows, "ResultSetMetadata": columns}})
    found = succeed(cloud, ATHENA, {"day": "2026-01-31", "market": "de"})["rows"]
    assert found == [{"market": market, "n": n} for market, n in lines]


def test_emr_serverless_job(cloud: Cloud) -> None:
    source = """stack s {}
    pipeline p(day: Date) {
        stage spark = emr_serverless_job {
            application: "00abc", program: s3("my-data", "code/main.py"), arguments: ["--day", day]
            spark: { "spark.executor.memory": "4g" }, reads: [s3("my-data", "orders/")], writes: s3("my-data", "out/${day}/")
            logs: s3("my-data", "logs/")
        }
        return { at: spark.output, run: spark.run }
    }"""
    stack, execution = run(cloud, source, {"day": "2026-01-31"})
    assert execution.output == {"at": "s3://my-data/out/2026-01-31/", "run": "run-1"}, (execution.error, execution.cause)
    (request,) = cloud.jobs.of("startJobRun")
    submit = request["JobDriver"]["SparkSubmit"]
    assert submit["EntryPointArguments"] == ["--day", "2026-01-31"]
    assert submit["SparkSubmitParameters"] == "--conf spark.executor.memory=4g"
    policies = iam.statements(cloud, request["ExecutionRoleArn"])
    assert iam.allows(policies, iam.Need("s3:GetObject", "arn:aws:s3:::my-data/code/main.py"))
    assert iam.allows(policies, iam.Need("s3:PutObject", "arn:aws:s3:::my-data/out/2026-01-31/part-0"))
    assert not iam.allows(policies, iam.Need("s3:PutObject", "arn:aws:s3:::my-data/orders/x"))


def test_batch_job(cloud: Cloud) -> None:
    source = """stack s {}
    pipeline p(day: Date) {
        stage heavy = batch_job {
            definition: "simulate:3", queue: "big", command: ["run", day], environment: { DAY: day }
            cpus: 2, memory: 4GiB, copies: 10, attempts: 2, timeout: 2h
        }
        return heavy.job
    }"""
    assert succeed(cloud, source, {"day": "2026-01-31"}) == "run-1"
    (request,) = cloud.jobs.of("submitJob")
    assert request["ArrayProperties"] == {"Size": 10}
    assert request["Timeout"] == {"AttemptDurationSeconds": 7200}
    overrides = request["ContainerOverrides"]
    assert overrides["ResourceRequirements"] == [{"Type": "VCPU", "Value": "2"}, {"Type": "MEMORY", "Value": "4096"}]
    assert overrides["Environment"] == [{"Name": "DAY", "Value": "2026-01-31"}]


def test_ecs_task(cloud: Cloud) -> None:
    source = """stack s {}
    param subnet: String(pattern: "subnet-[0-9a-f]+")
    pipeline p(day: Date) {
        stage small = ecs_task {
            definition: "convert", cluster: "tools", network: { subnets: [subnet], security_groups: ["sg-1"] }
            container: "main", command: ["run", day], environment: { DAY: day }
        }
        return small.task
    }"""
    assert str(succeed(cloud, source, {"day": "2026-01-31"}, {"Subnet": "subnet-1"})).endswith("task/tools/run-1")
    (request,) = cloud.jobs.of("runTask")
    assert request["NetworkConfiguration"]["AwsvpcConfiguration"]["Subnets"] == ["subnet-1"]
    assert request["Overrides"]["ContainerOverrides"][0]["Command"] == ["run", "2026-01-31"]
