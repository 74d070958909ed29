"""Two halves of one product in one stack: a weekly forecast, a daily recommendation, and a worker that answers requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from . import Cloud, Databricks, Execution, Stack, iam
from .compiled import EXAMPLES, compile_file, connect
from .databricks_stub import FAILED
from .iam import Need

FOLDER = EXAMPLES / "supply_chain"
VECTORS, SETTINGS = "sku-vectors", "sku-settings"
WEEK, DAY = "2026-01-05", "2026-01-07"
VECTOR = {"sku_id": "a-1", "forecast_12_weeks": "840", "stock": "20", "in_transit": "10"}
REQUEST = {"request_id": "r1", "sku_id": "a-1", "service_level": 0.5, "lead_days": 7}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud(allow_seen_working=True) as running:
        running.client("s3").create_bucket(Bucket="lake")
        yield running


@pytest.fixture
def stack(cloud: Cloud, databricks: Databricks) -> Stack:
    """The worker runs from the source that is in its image: there is no container engine."""
    template = compile_file(FOLDER / "pipeline.zflow")
    worker = template["Resources"]["WorkerFunction"]["Properties"]
    assert worker.pop("PackageType") == "Image" and worker.pop("ImageConfig")["Command"] == ["worker.handler"]
    code = {"ZipFile": (FOLDER / "worker.py").read_text()}
    worker |= {"Code": code, "Handler": "index.handler", "Runtime": "python3.13"}
    return cloud.deploy(template, {**connect(cloud, databricks), "Lake": "lake"})


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    return compile_file(FOLDER / "pipeline.zflow")["Resources"]


def have_report(cloud: Cloud, kind: str, day: str, report: Any) -> None:
    """What the last processing job would have written."""
    cloud.client("s3").put_object(Bucket="lake", Key=f"reports/{kind}/{day}/report.json", Body=json.dumps(report))


def succeed(cloud: Cloud, machine: str, data: Any) -> Execution:
    execution = cloud.run(machine, data)
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause, execution.states)
    assert execution.expression_errors == []
    assert iam.missing(cloud, machine, execution) == []
    assert iam.superfluous(cloud, machine) == []
    return execution


def written(cloud: Cloud, namespace: str) -> dict[str, float]:
    """The metrics of a namespace."""
    data = cloud.client("cloudwatch")
    names = [metric["MetricName"] for metric in data.list_metrics(Namespace=namespace)["Metrics"]]
    values = {}
    for name in names:
        period = {"StartTime": "2020-01-01", "EndTime": "2100-01-01", "Period": 3600}
        found = data.get_metric_statistics(Namespace=namespace, MetricName=name, Statistics=["Average"], **period)
        values[name] = found["Datapoints"][0]["Average"]
    return values


# ---- weekly --------------------------------------------------------------------------------------------------------


def test_weekly_forecast(cloud: Cloud, databricks: Databricks, stack: Stack) -> None:
    report = {"wape": 0.31, "bias": -0.02, "skus": 5_000_000}
    have_report(cloud, "forecast", WEEK, report)
    execution = succeed(cloud, stack.machine("ForecastPipeline"), {"week": WEEK})
    assert execution.output == {"forecast": f"s3://lake/forecast/{WEEK}/", "report": report}
    (submitted,) = databricks.of("runs/submit")
    cluster = submitted.body["tasks"][0]["new_cluster"]
    assert cluster["autoscale"] == {"min_workers": 4, "max_workers": 16}
    assert "existing_cluster_id" not in submitted.body["tasks"][0]
    training = cloud.sagemaker.of("createTrainingJob")[0].parameters
    assert training["HyperParameters"] == {"horizon": "12", "target": f"s3://lake/forecast/{WEEK}/"}
    assess = cloud.sagemaker.of("createProcessingJob")[1].parameters
    read = {one["InputName"]: one["S3Input"]["S3Uri"] for one in assess["ProcessingInputs"]}
    assert read["forecast"] == f"s3://lake/forecast/{WEEK}/"
    assert written(cloud, "supply-chain/forecast") == report
    assert cloud.sagemaker.of("createModel") == []


def test_a_failing_cluster_ends_the_run(cloud: Cloud, databricks: Databricks, stack: Stack) -> None:
    databricks.next_run([FAILED])
    execution = cloud.run(stack.machine("ForecastPipeline"), {"week": WEEK})
    assert (execution.status, execution.error) == ("FAILED", "RunFailed")
    assert cloud.sagemaker.calls == []


@pytest.mark.parametrize(("report", "error"), [(None, "S3.NoSuchKeyException"), ({"wape": "good"}, "Content.Invalid")])
def test_a_report_that_is_missing_or_wrong(cloud: Cloud, stack: Stack, report: Any, error: str) -> None:
    if report:
        have_report(cloud, "forecast", WEEK, report)
    execution = cloud.run(stack.machine("ForecastPipeline"), {"week": WEEK})
    assert (execution.status, execution.error) == ("FAILED", error), execution.cause


def test_a_report_that_is_no_json(cloud: Cloud, stack: Stack) -> None:
    cloud.client("s3").put_object(Bucket="lake", Key=f"reports/forecast/{WEEK}/report.json", Body=b"<html>")
    execution = cloud.run(stack.machine("ForecastPipeline"), {"week": WEEK})
    assert (execution.error, execution.cause) == ("Content.Invalid", "report is not JSON")


def test_a_forecast_waits_for_instances_and_can_be_made_again(cloud: Cloud, databricks: Databricks, stack: Stack) -> None:
    have_report(cloud, "forecast", WEEK, {"wape": 0.31, "bias": -0.02, "skus": 5})
    cloud.sagemaker.fail_next("createTrainingJob", "SageMaker.ResourceLimitExceededException", "quota")
    databricks.refuse_next("runs/submit", 503)
    for _ in range(2):
        succeed(cloud, stack.machine("ForecastPipeline"), {"week": WEEK})
    names = [*cloud.sagemaker.names("createTrainingJob"), *cloud.sagemaker.names("createProcessingJob")]
    assert len(names) == len(set(names)) == 3 + 4
    tokens = [request.body["idempotency_token"] for request in databricks.of("runs/submit")]
    assert (len(tokens), len(set(tokens))) == (3, 2)


# ---- daily ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "folder"), [({}, "latest"), ({"forecast_of": WEEK}, WEEK)])
def test_daily_recommendations(
    cloud: Cloud, databricks: Databricks, stack: Stack, given: dict[str, str], folder: str
) -> None:
    have_report(cloud, "replenishment", DAY, {"drift": 0.05, "skus": 7})
    execution = succeed(cloud, stack.machine("ReplenishmentPipeline"), {"day": DAY, **given})
    assert execution.output["recommendations"] == f"s3://lake/recommendations/{DAY}/"
    parameters = databricks.of("runs/submit")[0].body["tasks"][0]["notebook_task"]["base_parameters"]
    assert parameters == {"day": DAY, "forecast": f"s3://lake/forecast/{folder}/"}
    jobs = [call.action for call in cloud.sagemaker.calls]
    processing = "CreateProcessingJob"
    assert jobs == [processing, processing, "CreateModel", "CreateTransformJob", processing]
    vectorise, store, _ = (call.parameters for call in cloud.sagemaker.of("createProcessingJob"))
    vectors = vectorise["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    assert store["ProcessingInputs"][0]["S3Input"]["S3Uri"] == vectors == f"s3://lake/vectors/{DAY}/"
    assert store["Environment"] == {"FEATURE_GROUP": VECTORS}
    transform = cloud.sagemaker.of("createTransformJob")[0].parameters
    assert transform["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"] == vectors
    assert written(cloud, "supply-chain/replenishment") == {"drift": 0.05, "skus": 7}


def test_what_is_no_forecast_is_refused(cloud: Cloud, databricks: Databricks, stack: Stack) -> None:
    execution = cloud.run(stack.machine("ReplenishmentPipeline"), {"day": DAY, "forecast_of": "../secret"})
    assert (execution.status, execution.error) == ("FAILED", "InvalidInput")
    assert databricks.of("runs/submit") == []


def test_nothing_is_recommended_without_features(cloud: Cloud, stack: Stack) -> None:
    cloud.sagemaker.succeed_next("createProcessingJob")
    cloud.sagemaker.fail_next("createProcessingJob", "States.TaskFailed", "PutRecord was refused")
    execution = cloud.run(stack.machine("ReplenishmentPipeline"), {"day": DAY})
    assert (execution.status, execution.error) == ("FAILED", "States.TaskFailed")
    assert cloud.sagemaker.of("createTransformJob") == []


# ---- on request ----------------------------------------------------------------------------------------------------


def ask(cloud: Cloud, stack: Stack, *requests: Any) -> dict[str, Any]:
    """What the worker answers to one batch of messages."""
    records = [{"messageId": f"m{i}", "body": json.dumps(request)} for i, request in enumerate(requests)]
    name = stack.resources["WorkerFunction"]
    answer = cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps({"Records": records}))
    assert "FunctionError" not in answer, answer["Payload"].read()
    return json.loads(answer["Payload"].read())


def have_vector(cloud: Cloud) -> None:
    features = [{"FeatureName": name, "ValueAsString": value} for name, value in VECTOR.items()]
    cloud.sagemaker.records.append({"FeatureGroupName": VECTORS, "Record": features})


def test_worker_answers_requests(cloud: Cloud, stack: Stack) -> None:
    have_vector(cloud)
    assert ask(cloud, stack, REQUEST, {**REQUEST, "request_id": "r2", "lead_days": 14}) == {"batchItemFailures": []}
    orders = {}
    for name in ("r1", "r2"):
        found = cloud.client("s3").get_object(Bucket="lake", Key=f"recommendations/on_request/a-1/{name}.json")
        orders[name] = json.loads(found["Body"].read())["order"]
    assert orders == {"r1": 40, "r2": 110}
    kept = [record for record in cloud.sagemaker.records if record["FeatureGroupName"] == SETTINGS]
    assert len(kept) == 2 and all("TargetStores" not in record for record in kept)   # both stores
    assert ("events", "POST /") in cloud.endpoint.calls


def test_only_the_messages_that_failed_come_again(cloud: Cloud, stack: Stack) -> None:
    have_vector(cloud)
    unknown = {**REQUEST, "sku_id": "b-2"}
    failed = ask(cloud, stack, unknown, REQUEST, {"sku_id": "a-1"})
    assert failed == {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m2"}]}


def test_worker_may_do_this_and_nothing_else(cloud: Cloud, stack: Stack) -> None:
    worker = cloud.client("lambda").get_function(FunctionName=stack.resources["WorkerFunction"])["Configuration"]
    policies = iam.statements(cloud, worker["Role"])
    vectors, settings = (iam.arn("sagemaker", f"feature-group/{name}") for name in (VECTORS, SETTINGS))
    queue = iam.arn("sqs", stack.resources["RequestsQueue"].rsplit("/", 1)[1])
    may = [
        Need("sagemaker:GetRecord", vectors),
        Need("sagemaker:PutRecord", settings),
        Need("s3:PutObject", "arn:aws:s3:::lake/recommendations/on_request/a-1/r1.json"),
        Need("events:PutEvents", iam.arn("events", "event-bus/default")),
        Need("sqs:ReceiveMessage", queue),
        Need("sqs:DeleteMessage", queue),
    ]
    may_not = [
        Need("sagemaker:PutRecord", vectors),
        Need("s3:GetObject", "arn:aws:s3:::lake/series/2026-01-05/x"),
        Need("s3:PutObject", "arn:aws:s3:::lake/recommendations/2026-01-05/x"),
        Need("sagemaker:CreateTransformJob", "*"),
    ]
    assert [str(need) for need in may if not iam.allows(policies, need)] == []
    assert [str(need) for need in may_not if iam.allows(policies, need)] == []


def test_one_optimiser_for_both_halves(cloud: Cloud, stack: Stack, resources: dict[str, Any]) -> None:
    have_report(cloud, "replenishment", DAY, {"drift": 0.05, "skus": 7})
    succeed(cloud, stack.machine("ReplenishmentPipeline"), {"day": DAY})
    batch = cloud.sagemaker.of("createModel")[0].parameters["PrimaryContainer"]
    online = resources["WorkerFunction"]["Properties"]
    assert online["Code"]["ImageUri"]["Fn::Sub"].endswith("/supply/optimiser:1.8")
    assert batch["Image"].endswith("/supply/optimiser:1.8")
    assert batch["Environment"].items() <= online["Environment"]["Variables"].items() and len(batch["Environment"]) == 2


def test_queue_and_worker_are_linked(resources: dict[str, Any]) -> None:
    (link,) = (r["Properties"] for r in resources.values() if r["Type"] == "AWS::Lambda::EventSourceMapping")
    assert link["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert link["BatchSize"] == 10 and link["ScalingConfig"] == {"MaximumConcurrency": 20}
    queue = resources["RequestsQueue"]["Properties"]
    assert queue["VisibilityTimeout"] == 6 * resources["WorkerFunction"]["Properties"]["Timeout"]
    assert "deadLetterTargetArn" in queue["RedrivePolicy"]


# ---- alarms --------------------------------------------------------------------------------------------------------


def test_alarms_call_the_alert_function(resources: dict[str, Any]) -> None:
    alarms = {name: r["Properties"] for name, r in resources.items() if r["Type"] == "AWS::CloudWatch::Alarm"}
    lost = "ApproximateNumberOfMessagesVisible"
    wanted = {"ForecastIsOffAlarm": "wape", "VectorsDriftAlarm": "drift", "RequestsAreLostAlarm": lost}
    assert {name: alarms[name]["MetricName"] for name in wanted} == wanted
    for name in wanted:
        assert alarms[name]["AlarmActions"] == [{"Fn::GetAtt": ["AlertFunction", "Arn"]}]
    callers = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::Lambda::Permission"]
    assert sum(p["Principal"] == "lambda.alarms.cloudwatch.amazonaws.com" for p in callers) == 3


def test_the_team_is_told(cloud: Cloud, stack: Stack) -> None:
    sqs, sns = cloud.client("sqs"), cloud.client("sns")
    inbox = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    sns.subscribe(TopicArn=stack.resources["TeamTopic"], Protocol="sqs", Endpoint=iam.arn("sqs", "inbox"))
    state = {"value": "ALARM", "timestamp": "2026-01-05T05:00:00.000+0000", "reason": "0.5 was greater than 0.45"}
    event = {"source": "aws.cloudwatch", "alarmData": {"alarmName": "forecast-is-off", "state": state}}
    answer = cloud.client("lambda").invoke(FunctionName=stack.resources["AlertFunction"], Payload=json.dumps(event))
    assert "FunctionError" not in answer, answer["Payload"].read()
    message = json.loads(sqs.receive_message(QueueUrl=inbox)["Messages"][0]["Body"])
    assert message["Subject"] == "forecast-is-off" and "0.5 was greater" in message["Message"]


# ---- the stack -----------------------------------------------------------------------------------------------------


def test_schedules_start_their_own_machine_only(resources: dict[str, Any]) -> None:
    schedules = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::Scheduler::Schedule"]
    assert {s["ScheduleExpression"] for s in schedules} == {"cron(0 2 ? * MON *)", "cron(30 3 * * ? *)"}
    for schedule in schedules:
        role = schedule["Target"]["RoleArn"]["Fn::GetAtt"][0]
        policies = [r["Properties"] for r in resources.values() if {"Ref": role} in r.get("Properties", {}).get("Roles", [])]
        allowed = [s for p in policies for s in p["PolicyDocument"]["Statement"] if s["Action"] == "states:StartExecution"]
        own = resources[schedule["Target"]["Arn"]["Ref"]]["Properties"]["StateMachineName"]["Fn::Sub"]
        assert len(allowed) == 1 and allowed[0]["Resource"]["Fn::Sub"].endswith(f":stateMachine:{own}")


def test_the_whole_run_is_limited(resources: dict[str, Any]) -> None:
    machines = {name: r["Properties"] for name, r in resources.items() if r["Type"] == "AWS::StepFunctions::StateMachine"}
    limits = {name: json.loads(machine["DefinitionString"])["TimeoutSeconds"] for name, machine in machines.items()}
    assert limits == {"ForecastPipeline": 6 * 3600, "ReplenishmentPipeline": 8 * 3600}


def test_everything_is_encrypted_without_a_word(cloud: Cloud, stack: Stack, resources: dict[str, Any]) -> None:
    source = (FOLDER / "pipeline.zflow").read_text().lower()
    assert "encrypt" not in source and "kms" not in source
    members = {
        "AWS::SQS::Queue": ["KmsMasterKeyId"],
        "AWS::SNS::Topic": ["KmsMasterKeyId"],
        "AWS::Logs::LogGroup": ["KmsKeyId"],
        "AWS::Lambda::Function": ["KmsKeyArn"],
        "AWS::SageMaker::FeatureGroup": ["OnlineStoreConfig", "OfflineStoreConfig"],
        "AWS::StepFunctions::StateMachine": ["EncryptionConfiguration"],
    }
    found = [r for r in resources.values() if r["Type"] in members]
    assert {r["Type"] for r in found} == set(members)
    open_ones = [r for r in found for m in members[r["Type"]] if "EncryptionKey" not in json.dumps(r["Properties"].get(m, ""))]
    assert open_ones == []
    have_report(cloud, "forecast", WEEK, {"wape": 0.3, "bias": 0, "skus": 1})
    succeed(cloud, stack.machine("ForecastPipeline"), {"week": WEEK})
    job = cloud.sagemaker.of("createTrainingJob")[0].parameters
    assert "KmsKeyId" in job["OutputDataConfig"] and "VolumeKmsKeyId" in job["ResourceConfig"]
