"""The examples, compiled, deployed and run: which states, which requests, which output, on every path."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from moto.awslambda.models import lambda_backends
from moto.events.models import EventPattern

from . import Cloud, Databricks, Execution, Stack, iam
from .compiled import EXAMPLES, connect, deploy
from .databricks_stub import FAILED, RUNNING, SUCCEEDED
from .lambdas import run as invoke
from .template import ACCOUNT, REGION

INPUT = {"run_date": "2026-01-05", "market": "de", "assortment": "fashion"}
SERVED = "risk-test-de-fashion"
FRESH = r"[0-9a-f]{12}"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """With the fields that are seen to work and not documented: the examples use DataProcessing of a transform job."""
    with Cloud(allow_seen_working=True) as running:
        yield running


@pytest.fixture
def worked(cloud: Cloud, databricks: Databricks) -> Stack:
    return deploy(cloud, EXAMPLES / "worked_example" / "pipeline.zflow", connect(cloud, databricks))


@pytest.fixture
def risk(cloud: Cloud, databricks: Databricks) -> Stack:
    parameters = {**connect(cloud, databricks), "Data": "lake"}
    return deploy(cloud, EXAMPLES / "payments_risk" / "pipeline.zflow", parameters)


def run(cloud: Cloud, stack: Stack, data: Any = None, **arguments: Any) -> Execution:
    """Run, and check that the role of the machine allows every call that was made."""
    execution = cloud.run(stack.machine(), data, **arguments)
    assert execution.expression_errors == []
    assert iam.missing(cloud, stack.machine(), execution) == []
    return execution


def score(cloud: Cloud, stack: Stack, auc: float = 0.95, **changed: Any) -> Execution:
    """One run of the risk pipeline whose training reaches this metric."""
    cloud.sagemaker.metrics_next(auc=auc)
    return run(cloud, stack, {**INPUT, **changed})


def events(cloud: Cloud, action: str) -> list[dict[str, Any]]:
    """The events of the Databricks function that ask for an action."""
    return [call.event for call in cloud.invocations if call.event.get("action") == action]


# ---- the worked example --------------------------------------------------------------------------------------------


def test_worked_example(cloud: Cloud, databricks: Databricks, worked: Stack) -> None:
    execution = run(cloud, worked)
    assert (execution.status, execution.output) == ("SUCCEEDED", {})
    assert execution.states == [
        "data_processing.submit",
        "data_processing.status",
        "data_processing.poll",
        "data_processing.poll.wait",
        "data_processing.status",
        "data_processing.poll",
        "training",
        "batch_inference.registered",
        "batch_inference.job",
    ]
    assert [call.action for call in cloud.sagemaker.calls] == ["CreateTrainingJob", "CreateModel", "CreateTransformJob"]
    assert cloud.waits == [28]


def test_worked_example_requests(cloud: Cloud, databricks: Databricks, worked: Stack) -> None:
    run(cloud, worked)
    (submitted,) = databricks.of("run-now")
    assert submitted.body["job_id"] == 4711
    assert 36 <= len(submitted.body["idempotency_token"]) <= 64
    training, model, transform = (call.parameters for call in cloud.sagemaker.calls)
    image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/demand:1.4"
    key = training["OutputDataConfig"]["KmsKeyId"]
    assert key.startswith("arn:aws:kms:us-east-1:123456789012:key/")
    job = training.pop("TrainingJobName")
    assert re.fullmatch(f"example-pipeline-training-{FRESH}", job)
    assert ":role/test-ExamplePipelineTrainingJobRole-" in training.pop("RoleArn")
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": "s3://example-data/processed/",
        "S3DataDistributionType": "FullyReplicated",
    }
    assert training == {
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
        "OutputDataConfig": {"S3OutputPath": "s3://example-data/models/", "KmsKeyId": key},
        "ResourceConfig": {
            "InstanceType": "ml.m5.xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 30,
            "VolumeKmsKeyId": key,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
        "EnableNetworkIsolation": True,
    }
    artifact = f"s3://example-data/models/{job}/output/model.tar.gz"
    assert model["PrimaryContainer"] == {"Image": image, "ModelDataUrl": artifact}
    assert transform["ModelName"] == model["ModelName"]
    assert transform["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"] == "s3://example-data/processed/"
    assert transform["TransformOutput"] == {"S3OutputPath": "s3://example-data/predictions/", "KmsKeyId": key}


def test_failing_training_ends_the_run(cloud: Cloud, worked: Stack) -> None:
    cloud.sagemaker.fail_next("createTrainingJob", "States.TaskFailed", "AlgorithmError: out of memory")
    execution = run(cloud, worked)
    assert (execution.status, execution.error) == ("FAILED", "States.TaskFailed")
    assert execution.cause_json()["FailureReason"] == "AlgorithmError: out of memory"
    assert execution.states[-1] == "training"
    assert [call.action for call in cloud.sagemaker.calls] == ["CreateTrainingJob"]


def test_quota_error_is_waited_for(cloud: Cloud, worked: Stack) -> None:
    cloud.sagemaker.fail_next("createTrainingJob", "SageMaker.ResourceLimitExceededException", "quota", times=2)
    assert run(cloud, worked).status == "SUCCEEDED"
    names = cloud.sagemaker.names("createTrainingJob")
    assert len(names) == len(set(names)) == 3
    assert [call.error for call in cloud.sagemaker.of("createTrainingJob")][-1] is None
    assert cloud.backoffs == [60, 90]


def test_other_errors_are_not_retried(cloud: Cloud, worked: Stack) -> None:
    cloud.sagemaker.fail_next("createTrainingJob", "SageMaker.AmazonSageMakerException", "ValidationException")
    assert run(cloud, worked).error == "SageMaker.AmazonSageMakerException"
    assert len(cloud.sagemaker.calls) == 1


def test_names_are_fresh_in_each_run(cloud: Cloud, worked: Stack) -> None:
    for _ in range(2):
        assert run(cloud, worked).status == "SUCCEEDED"
    for action in ("createTrainingJob", "createModel", "createTransformJob"):
        assert len(set(cloud.sagemaker.names(action))) == 2


def test_databricks_run_that_fails(cloud: Cloud, databricks: Databricks, worked: Stack) -> None:
    databricks.next_run([RUNNING, FAILED])
    execution = run(cloud, worked)
    assert (execution.status, execution.error) == ("FAILED", "RunFailed")
    assert "Workload failed" in execution.cause_json()["errorMessage"]
    assert cloud.sagemaker.calls == []
    assert len(databricks.runs) == 1


def test_lost_answer_does_not_start_a_second_run(cloud: Cloud, databricks: Databricks, worked: Stack) -> None:
    databricks.refuse_next("run-now", 503, after=True)
    assert run(cloud, worked).status == "SUCCEEDED"
    tokens = [request.body["idempotency_token"] for request in databricks.of("run-now")]
    assert len(tokens) == 2 and len(set(tokens)) == 1
    assert len(databricks.runs) == 1


def test_denied_token_fails_at_once(cloud: Cloud, databricks: Databricks, worked: Stack) -> None:
    cloud.client("secretsmanager").put_secret_value(SecretId="databricks/token", SecretString="dapi-wrong")
    execution = run(cloud, worked)
    assert (execution.status, execution.error) == ("FAILED", "DatabricksDenied")
    assert len(events(cloud, "submit")) == 1
    assert "dapi-wrong" not in str(execution.cause)


def test_databricks_timeout_cancels_the_run(cloud: Cloud, databricks: Databricks) -> None:
    """The worked example with less patience: three minutes."""
    source = (EXAMPLES / "worked_example" / "pipeline.zflow").read_text(encoding="utf-8")
    impatient = source.replace("job: 4711", "job: 4711\n        timeout: 3m")
    assert impatient != source
    stack = deploy(cloud, impatient, connect(cloud, databricks))
    databricks.next_run([RUNNING])
    execution = run(cloud, stack)
    assert (execution.status, execution.error) == ("FAILED", "RunTimedOut")
    assert execution.cause == "cancelled: the run took longer than 3 minutes"
    assert execution.states[-2:] == ["data_processing.cancel", "data_processing.fail RunTimedOut"]
    assert cloud.waits == [26, 27, 29, 30, 32, 33]   # three minutes, less and less often
    assert len(databricks.of("runs/cancel")) == 1
    assert [run.states[0]["result_state"] for run in databricks.runs.values()] == ["CANCELED"]
    assert cloud.sagemaker.calls == []


def one_time(cloud: Cloud, databricks: Databricks) -> Stack:
    """The worked example with a notebook instead of a job: what Databricks itself ends when its time is over."""
    source = (EXAMPLES / "worked_example" / "pipeline.zflow").read_text(encoding="utf-8")
    notebook = source.replace("job: 4711", 'notebook: "/Shared/prepare"\n        timeout: 3m')
    assert notebook != source
    return deploy(cloud, notebook, connect(cloud, databricks))


def test_databricks_ends_a_one_time_run_itself(cloud: Cloud, databricks: Databricks) -> None:
    stack = one_time(cloud, databricks)
    databricks.next_run([RUNNING, {"life_cycle_state": "TERMINATED", "result_state": "TIMEDOUT", "state_message": "too long"}])
    execution = run(cloud, stack)
    assert (execution.status, execution.error) == ("FAILED", "RunTimedOut")
    (submitted,) = databricks.of("runs/submit")
    assert submitted.body["timeout_seconds"] == 180
    assert databricks.of("runs/cancel") == []


def test_one_time_run_that_is_not_ended_is_given_up(cloud: Cloud, databricks: Databricks) -> None:
    """Ten minutes after its time; what still runs is cancelled like after any other failure."""
    stack = one_time(cloud, databricks)
    databricks.next_run([RUNNING])
    execution = run(cloud, stack)
    assert (execution.status, execution.error) == ("FAILED", "RunTimedOut")
    assert execution.states[-1] == "data_processing.fail RunTimedOut"
    assert execution.cause == "given up: the run took longer than 3 minutes"
    assert 13 * 60 - 30 <= sum(cloud.waits) <= 14 * 60
    clean_up(cloud, stack, execution)
    assert [run.states[0]["result_state"] for run in databricks.runs.values()] == ["CANCELED"]


def test_stopped_execution_leaves_no_run(cloud: Cloud, databricks: Databricks, worked: Stack) -> None:
    databricks.next_run([RUNNING])
    arn = cloud.start(worked.machine())
    end = time.monotonic() + 60
    while not databricks.of("runs/get"):
        assert time.monotonic() < end
        time.sleep(0.05)
    cloud.client("stepfunctions").stop_execution(executionArn=arn, error="Stopped", cause="by hand")
    execution = cloud.wait(arn)
    assert execution.status == "ABORTED"
    assert databricks.of("runs/cancel") == []
    clean_up(cloud, worked, execution)
    assert [run.states[0]["result_state"] for run in databricks.runs.values()] == ["CANCELED"]


def test_run_that_nobody_looks_at_any_more_is_cancelled(cloud: Cloud, databricks: Databricks, worked: Stack) -> None:
    """The question for its state is refused, so the execution fails while the run goes on."""
    databricks.refuse_next("runs/get", 400, message="gone", times=1)
    execution = run(cloud, worked)
    assert (execution.status, execution.error) == ("FAILED", "DatabricksRejected")
    assert databricks.of("runs/cancel") == []
    clean_up(cloud, worked, execution)
    (cancelled,) = databricks.of("runs/cancel")
    assert cancelled.body["run_id"] == next(iter(databricks.runs))


def test_finished_run_is_not_cancelled(cloud: Cloud, databricks: Databricks, worked: Stack) -> None:
    cloud.sagemaker.fail_next("createTrainingJob", "States.TaskFailed")
    clean_up(cloud, worked, run(cloud, worked))
    assert databricks.of("runs/cancel") == []


def clean_up(cloud: Cloud, stack: Stack, execution: Execution) -> None:
    """Send the event to the function as the stack's rule does: the rule has to fit the event."""
    detail = {"executionArn": execution.arn, "stateMachineArn": stack.machine(), "status": execution.status}
    event = {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": detail}
    (rule,) = [name for name, kind in stack.types.items() if kind == "AWS::Events::Rule"]
    found = cloud.client("events").describe_rule(Name=stack.resources[rule])
    assert matches(found["EventPattern"], event)
    assert not matches(found["EventPattern"], {**event, "detail": {**detail, "status": "SUCCEEDED"}})
    (target,) = cloud.client("events").list_targets_by_rule(Rule=stack.resources[rule])["Targets"]
    function = lambda_backends[ACCOUNT][REGION].get_function(target["Arn"])
    invocation = invoke(function, event, {**cloud.endpoint.environment, **cloud.lambda_environment})
    assert not invocation.failed, invocation.result


def matches(pattern: str, event: dict[str, Any]) -> bool:
    return EventPattern.load(pattern).matches_event(event)


# ---- the risk pipeline ---------------------------------------------------------------------------------------------

TO_THE_GATE = [
    "check input",
    "history.attempts.first",
    "history.submit",
    "history.status",
    "history.poll",
    "history.poll.wait",
    "history.status",
    "history.poll",
    "vectors.registered",
    "vectors.job",
    "train",
    "evaluate.registered",
    "evaluate.job",
    "report.submit",
    "report.status",
    "report.poll",
    "report.poll.wait",
    "report.status",
    "report.poll",
    "if train.metrics.auc >= 0.92",
]


def test_good_model_is_served(cloud: Cloud, databricks: Databricks, risk: Stack) -> None:
    execution = score(cloud, risk)
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause)
    report = "s3://lake/reports/de/fashion/2026-01-05/"
    assert execution.output == {"endpoint": SERVED, "report": report, "auc": 0.95}
    assert execution.states[: len(TO_THE_GATE)] == TO_THE_GATE
    assert "serve.create" in execution.states and "serve.update" not in execution.states
    (config,) = cloud.sagemaker.of("createEndpointConfig")
    (created,) = cloud.sagemaker.of("createEndpoint")
    assert created.parameters["EndpointName"] == SERVED
    assert created.parameters["EndpointConfigName"] == config.parameters["EndpointConfigName"]
    assert config.parameters["ProductionVariants"][0]["ModelName"] == cloud.sagemaker.names("createModel")[-1]
    (scaled,) = cloud.sagemaker.scaled.values()
    assert (scaled["target"]["MinCapacity"], scaled["target"]["MaxCapacity"]) == (1, 4)
    assert scaled["policy"]["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 9000


def test_requests_of_the_risk_pipeline(cloud: Cloud, databricks: Databricks, risk: Stack) -> None:
    score(cloud, risk)
    history, report = databricks.of("run-now")[0].body, databricks.of("runs/submit")[0].body
    values = {"date": "2026-01-05", "market": "de", "assortment": "fashion", "environment": "test"}
    assert (history["job_id"], history["job_parameters"]) == (4711, values)
    notebook = report["tasks"][0]["notebook_task"]
    predictions = "s3://lake/predictions/de/fashion/2026-01-05/"
    assert notebook["notebook_path"] == "/Shared/risk/report"
    assert notebook["base_parameters"] == {"predictions": predictions, "market": "de", "assortment": "fashion"}
    assert report["timeout_seconds"] == 7200
    assert history["idempotency_token"] != report["idempotency_token"]
    vectors, evaluate = (call.parameters for call in cloud.sagemaker.of("createTransformJob"))
    features = "s3://lake/features/de/fashion/2026-01-05/"
    assert vectors["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"] == "s3://lake/orders/de/fashion/2026-01-05/"
    assert vectors["TransformOutput"]["S3OutputPath"] == features
    assert vectors["TransformResources"]["InstanceCount"] == 2
    assert evaluate["DataProcessing"] == {"JoinSource": "Input"}
    assert evaluate["TransformOutput"]["S3OutputPath"] == predictions
    training = cloud.sagemaker.of("createTrainingJob")[0].parameters
    assert training["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] == features
    assert training["HyperParameters"] == {
        "objective": "binary:logistic",
        "max_depth": "6",
        "eta": "0.2",
        "num_round": "200",
    }
    assert training["AlgorithmSpecification"]["MetricDefinitions"] == [
        {"Name": "auc", "Regex": "validation-auc: ([0-9.]+)"}
    ]


def test_one_container_serves_the_job_and_the_endpoint(cloud: Cloud, risk: Stack) -> None:
    score(cloud, risk)
    batch, evaluation, served = (call.parameters for call in cloud.sagemaker.of("createModel"))
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/risk/features:1.4"
    assert batch["PrimaryContainer"] == {"Image": image}
    assert served["Containers"] == [{"Image": image}, evaluation["PrimaryContainer"]]


@pytest.mark.parametrize(("auc", "status"), [(0.92, "SUCCEEDED"), (0.9199, "FAILED"), (0.5, "FAILED")])
def test_gate(cloud: Cloud, risk: Stack, auc: float, status: str) -> None:
    execution = score(cloud, risk, auc)
    assert execution.status == status
    if status == "FAILED":
        assert execution.error == "ModelTooWeak"
        assert execution.cause == f"auc {auc} of de is below 0.92, the endpoint stays as it is"
        assert cloud.sagemaker.of("createEndpointConfig") == []


def test_missing_metric_does_not_serve(cloud: Cloud, risk: Stack) -> None:
    """A training without the metric is neither good nor bad: the run fails, and the endpoint stays as it is."""
    execution = cloud.run(risk.machine(), INPUT)
    assert execution.status == "FAILED"
    assert execution.states[-1] == "if train.metrics.auc >= 0.92"
    assert cloud.sagemaker.of("createEndpointConfig") == []


def test_second_run_updates_the_endpoint(cloud: Cloud, risk: Stack) -> None:
    assert score(cloud, risk).status == "SUCCEEDED"
    second = score(cloud, risk)
    assert second.status == "SUCCEEDED", (second.error, second.cause)
    assert "serve.update" in second.states and "serve.create" not in second.states
    configs = cloud.sagemaker.names("createEndpointConfig")
    assert len(set(configs)) == 2
    (updated,) = cloud.sagemaker.of("updateEndpoint")
    assert (updated.parameters["EndpointName"], updated.parameters["EndpointConfigName"]) == (SERVED, configs[1])
    assert updated.parameters["RetainAllVariantProperties"] is True   # as many instances as scaling came to
    assert len(cloud.sagemaker.of("createEndpoint")) == 1
    assert len(set(cloud.sagemaker.names("createModel"))) == 6


def test_update_that_is_rolled_back(cloud: Cloud, risk: Stack) -> None:
    assert score(cloud, risk).status == "SUCCEEDED"
    (old,) = cloud.sagemaker.names("createEndpointConfig")
    cloud.sagemaker.roll_back_next_update()
    execution = score(cloud, risk)
    assert (execution.status, execution.error) == ("FAILED", "EndpointRolledBack")
    assert execution.cause == f"the update of endpoint {SERVED} was rolled back; it serves {old}"
    described = cloud.sagemaker.call("describeEndpoint", {"EndpointName": SERVED}, optimised=False, sync=False)
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", old)
    assert list(cloud.sagemaker.scaled) == [f"endpoint/{SERVED}/variant/main"]   # the old one goes on scaling


def test_endpoint_that_fails(cloud: Cloud, risk: Stack) -> None:
    cloud.sagemaker.next_endpoint_change(["Creating", "Failed"], failure_reason="image not found")
    execution = score(cloud, risk)
    assert (execution.status, execution.error) == ("FAILED", "EndpointFailed")
    assert execution.cause == f"endpoint {SERVED} is Failed: image not found"


def test_endpoint_that_never_gets_ready(cloud: Cloud, risk: Stack) -> None:
    cloud.sagemaker.next_endpoint_change(["Creating"])
    execution = score(cloud, risk)
    assert (execution.status, execution.error) == ("FAILED", "Poll.TimedOut")


def test_retried_databricks_stage_is_a_new_run(cloud: Cloud, databricks: Databricks, risk: Stack) -> None:
    """Each attempt of the stage has a token of its own; the tries of one call have the same."""
    databricks.refuse_next("run-now", 503, times=7)
    execution = score(cloud, risk)
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause)
    tokens = [request.body["idempotency_token"] for request in databricks.of("run-now")]
    assert len(tokens) == 8
    assert len(set(tokens[:7])) == 1 and tokens[7] != tokens[0]
    assert 300 in cloud.waits


def test_attempts_of_a_databricks_stage_end(cloud: Cloud, databricks: Databricks, risk: Stack) -> None:
    databricks.refuse_next("run-now", 503, times=21)
    execution = run(cloud, risk, INPUT)
    assert (execution.status, execution.error) == ("FAILED", "DatabricksTransient")
    assert len({request.body["idempotency_token"] for request in databricks.of("run-now")}) == 3
    assert cloud.sagemaker.calls == []


def test_run_that_failed_is_not_retried_as_transient(cloud: Cloud, databricks: Databricks, risk: Stack) -> None:
    databricks.next_run([FAILED])
    databricks.next_run([SUCCEEDED])
    assert run(cloud, risk, INPUT).error == "RunFailed"
    assert len(databricks.of("run-now")) == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"run_date": "yesterday"}, "run_date"),
        ({"run_date": 20260105}, "run_date"),
        ({"market": "DE"}, "market"),
        ({"market": "deu"}, "market"),
        ({"market": None}, "market"),
        ({"assortment": "x" * 17}, "assortment"),
        ({"assortment": "a b"}, "assortment"),
        ({"assortment": ["a"]}, "assortment"),
        ({"assortment": "fashion\n"}, "assortment"),
    ],
)
def test_invalid_input_is_refused_first(cloud: Cloud, risk: Stack, changed: dict[str, Any], field: str) -> None:
    execution = run(cloud, risk, {**INPUT, **changed})
    assert (execution.status, execution.error) == ("FAILED", "InvalidInput")
    assert execution.cause is not None and execution.cause.startswith(field)
    assert execution.states == ["check input", "invalid input"]


@pytest.mark.parametrize("name", ["run_date", "market", "assortment"])
def test_missing_input_is_named(cloud: Cloud, risk: Stack, name: str) -> None:
    execution = run(cloud, risk, {key: value for key, value in INPUT.items() if key != name})
    assert execution.error == "InvalidInput"
    assert execution.cause is not None and name in execution.cause


def test_schedule_starts_the_machine(cloud: Cloud, risk: Stack) -> None:
    """What the schedule sends, with the time that EventBridge puts in, is a valid input."""
    (schedule,) = [item for item in risk.template["Resources"].values() if item["Type"] == "AWS::Scheduler::Schedule"]
    text = schedule["Properties"]["Target"]["Input"].replace("<aws.scheduler.scheduled-time>", "2026-01-05T03:00:00Z")
    cloud.sagemaker.metrics_next(auc=0.95)
    execution = run(cloud, risk, json.loads(text))
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause)
    assert execution.output["report"] == "s3://lake/reports/de/fashion/2026-01-05/"


# ---- rights --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", ["worked", "risk"])
def test_role_has_no_more_than_its_states_need(cloud: Cloud, example: str, request: pytest.FixtureRequest) -> None:
    stack: Stack = request.getfixturevalue(example)
    assert iam.superfluous(cloud, stack.machine()) == []


def test_function_may_read_the_secret_and_nothing_else(cloud: Cloud, worked: Stack) -> None:
    (function,) = [name for name, kind in worked.types.items() if kind == "AWS::Lambda::Function"]
    role = cloud.client("lambda").get_function_configuration(FunctionName=worked.resources[function])["Role"]
    policies = iam.statements(cloud, role)
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:"
    assert iam.allows(policies, iam.Need("secretsmanager:GetSecretValue", arn + "databricks/token-a1B2c3"))
    assert not iam.allows(policies, iam.Need("secretsmanager:GetSecretValue", arn + "databricks/token-two-a1B2c3"))
    assert not iam.allows(policies, iam.Need("secretsmanager:GetSecretValue", arn + "other-a1B2c3"))
