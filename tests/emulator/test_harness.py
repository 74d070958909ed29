"""The emulator, proved on a reference machine that trains, registers and deploys a model."""

from __future__ import annotations

import copy
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from moto.cloudformation.parsing import get_model_map

from . import Cloud, Databricks, Stack
from .databricks_stub import FAILED, RUNNING, SUCCEEDED
from .sagemaker import SageMaker, ServiceError
from .small import FUNCTION_ARN, function, invoke, machine, template
from .template import DROPPED_TYPES, TemplateError, load

REFERENCE = Path(__file__).parent / "fixtures" / "reference.json"
PARAMETERS = {
    "Bucket": "models-bucket",
    "TrainImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/train:1",
    "ServeImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/serve:1",
    "JobRoleArn": "arn:aws:iam::123456789012:role/jobs",
}
INPUT = {"trainUri": "s3://data/train"}
CREATES = ["Train", "CreateModel", "CreateEndpointConfig", "FindEndpoint", "CreateEndpoint"]


@pytest.fixture
def reference(cloud: Cloud) -> Stack:
    return cloud.deploy(REFERENCE, PARAMETERS)


def changed_reference(change: Any) -> dict[str, Any]:
    """The reference template after ``change`` has worked on its states."""
    result = load(REFERENCE)
    properties = result["Resources"]["Machine"]["Properties"]
    definition = json.loads(properties["DefinitionString"])
    change(definition["States"])
    properties["DefinitionString"] = json.dumps(definition)
    return result


def run_one(cloud: Cloud, states: dict[str, Any], start: str, data: Any = None) -> Any:
    """Deploy one machine and run it once."""
    return cloud.run(cloud.deploy(template(Machine=machine(states, start))).machine(), data)


# ---- the reference machine ---------------------------------------------------------------------------------------


def test_first_run_creates_the_endpoint(cloud: Cloud, reference: Stack) -> None:
    run = cloud.run(reference.machine(), INPUT)
    assert (run.status, run.output) == ("SUCCEEDED", {"endpoint": "demo-endpoint"})
    assert run.states[:5] == CREATES
    assert run.states[-1] == "Done"
    assert run.expression_errors == []
    assert cloud.waits == [60, 60]
    train = cloud.sagemaker.of("createTrainingJob")[0].parameters
    assert train["OutputDataConfig"]["S3OutputPath"] == "s3://models-bucket/models"
    model = cloud.sagemaker.of("createModel")[0].parameters
    assert model["PrimaryContainer"]["ModelDataUrl"].startswith("s3://models-bucket/models/demo-train-")
    assert ("Train", "TaskSubmitted") in run.history


def test_deployment_lists_what_was_changed(reference: Stack) -> None:
    assert reference.dropped == {"Alarm": "AWS::CloudWatch::Alarm"}
    assert reference.outputs["MachineArn"] == reference.machine()


def test_second_run_uses_fresh_names_and_updates(cloud: Cloud, reference: Stack) -> None:
    first, second = (cloud.run(reference.machine(), INPUT) for _ in range(2))
    assert (first.status, second.status) == ("SUCCEEDED", "SUCCEEDED")
    for action in ("createTrainingJob", "createModel", "createEndpointConfig"):
        assert len(set(cloud.sagemaker.names(action))) == 2
    assert "UpdateEndpoint" in second.states


def test_failed_job_is_caught(cloud: Cloud, reference: Stack) -> None:
    cloud.sagemaker.fail_next("createTrainingJob", "States.TaskFailed", "AlgorithmError: no data")
    run = cloud.run(reference.machine(), INPUT)
    assert (run.status, run.error, run.states) == ("FAILED", "Pipeline.Failed", ["Train", "Failed"])
    failed = next(event for event in run.events if event["type"] == "TaskFailed")["taskFailedEventDetails"]
    assert json.loads(failed["cause"])["FailureReason"] == "AlgorithmError: no data"


def test_retry_gets_a_fresh_name_and_succeeds(cloud: Cloud, reference: Stack) -> None:
    cloud.sagemaker.fail_next("createTrainingJob", "SageMaker.ResourceLimitExceededException", "quota", times=2)
    run = cloud.run(reference.machine(), INPUT)
    assert run.status == "SUCCEEDED"
    assert len(set(cloud.sagemaker.names("createTrainingJob"))) == 3
    assert [call.attempt for call in cloud.sagemaker.of("createTrainingJob")] == [1, 2, 3]
    assert len(cloud.backoffs) == 2


def test_rolled_back_update_is_noticed(cloud: Cloud, reference: Stack) -> None:
    cloud.run(reference.machine(), INPUT)
    cloud.sagemaker.roll_back_next_update()
    run = cloud.run(reference.machine(), INPUT)
    assert (run.status, run.error) == ("FAILED", "Pipeline.Failed")
    assert run.states.count("DescribeEndpoint") == 3


def test_disallowed_field_is_refused_and_cannot_be_caught(cloud: Cloud) -> None:
    def add_field(states: dict[str, Any]) -> None:
        states["Train"]["Arguments"]["RetryStrategy"] = {"MaximumRetryAttempts": 2}

    stack = cloud.deploy(changed_reference(add_field), PARAMETERS)
    run = cloud.run(stack.machine(), INPUT)
    assert (run.status, run.error) == ("FAILED", "States.Runtime")
    assert 'The field "RetryStrategy" is not supported' in (run.cause or "")


def test_invalid_request_is_refused(cloud: Cloud) -> None:
    def break_request(states: dict[str, Any]) -> None:
        states["Train"]["Arguments"]["TrainingJobName"] = "under_score"
        del states["Train"]["Catch"]

    stack = cloud.deploy(changed_reference(break_request), PARAMETERS)
    run = cloud.run(stack.machine(), INPUT)
    assert run.error == "SageMaker.AmazonSageMakerException"
    assert "TrainingJobName" in (run.cause or "")


def test_reused_job_name_is_refused(cloud: Cloud) -> None:
    def fix_name(states: dict[str, Any]) -> None:
        states["Train"]["Arguments"]["TrainingJobName"] = "always-the-same"

    stack = cloud.deploy(changed_reference(fix_name), PARAMETERS)
    cloud.run(stack.machine(), INPUT)
    assert cloud.run(stack.machine(), INPUT).status == "FAILED"
    assert "ResourceInUse" in (cloud.sagemaker.of("createTrainingJob")[1].cause or "")


def test_time_out(cloud: Cloud, reference: Stack) -> None:
    cloud.sagemaker.time_out_next("createTrainingJob")
    run = cloud.run(reference.machine(), INPUT)
    assert run.status == "FAILED"
    assert ("Train", "TaskTimedOut") in run.history


def test_missing_input_is_a_query_evaluation_error(cloud: Cloud) -> None:
    def no_catch(states: dict[str, Any]) -> None:
        del states["Train"]["Catch"]

    stack = cloud.deploy(changed_reference(no_catch), PARAMETERS)
    run = cloud.run(stack.machine(), {})
    assert (run.status, run.error) == ("FAILED", "States.QueryEvaluationError")
    assert "returned nothing (undefined)" in (run.cause or "")


# ---- the SageMaker stand-in --------------------------------------------------------------------------------------


def job_state(action: str, **arguments: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{action}", "Arguments": arguments, "End": True}


TUNING = {
    "HyperParameterTuningJobName": "tune-1",
    "HyperParameterTuningJobConfig": {
        "Strategy": "Bayesian",
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 1},
    },
}


def test_tuning_job_reports_the_scripted_best_job(cloud: Cloud) -> None:
    cloud.sagemaker.best_training_job_next("tune-1-001", "auc", 0.9, eta="0.1")
    best = "{% $states.result.BestTrainingJob.TrainingJobName %}"
    states = {
        "Tune": job_state("sagemaker:createHyperParameterTuningJob.sync", **TUNING) | {"Next": "Best", "Output": best},
        "Best": job_state("aws-sdk:sagemaker:describeTrainingJob", TrainingJobName="{% $states.input %}"),
    }
    del states["Tune"]["End"]
    run = run_one(cloud, states, "Tune")
    assert run.output["ModelArtifacts"]["S3ModelArtifacts"] == "s3://tuning/tune-1-001/output/model.tar.gz"


def test_long_tuning_name_is_refused(cloud: Cloud) -> None:
    arguments = {**TUNING, "HyperParameterTuningJobName": "x" * 33}
    run = run_one(cloud, {"Tune": job_state("sagemaker:createHyperParameterTuningJob.sync", **arguments)}, "Tune")
    assert "at most 32" in (run.cause or "")


def test_metrics_of_a_training_job(cloud: Cloud) -> None:
    def keep_metric(states: dict[str, Any]) -> None:
        states["Train"] |= {"Output": "{% $states.result.FinalMetricDataList[MetricName='auc'].Value %}", "End": True}
        del states["Train"]["Next"]
        for name in list(states):
            if name not in ("Train", "Failed"):
                del states[name]

    cloud.sagemaker.metrics_next(auc=0.91, loss=0.2)
    stack = cloud.deploy(changed_reference(keep_metric), PARAMETERS)
    assert cloud.run(stack.machine(), INPUT).output == 0.91


def test_allow_list_can_be_widened() -> None:
    arguments = {"TrainingJobName": "a", "EnableManagedSpotTraining": True}
    with pytest.raises(ServiceError, match="States.Runtime"):
        SageMaker().call("createTrainingJob", arguments, optimised=True, sync=True)
    with pytest.raises(ServiceError, match="ValidationException"):
        SageMaker(allow_seen_working=True).call("createTrainingJob", arguments, optimised=True, sync=True)


def test_job_through_the_sdk_is_polled(cloud: Cloud) -> None:
    train = {
        "TrainingJobName": "sdk-1",
        "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
        "RoleArn": PARAMETERS["JobRoleArn"],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
        "RetryStrategy": {"MaximumRetryAttempts": 1},
    }
    standing = cloud.sagemaker
    standing.succeed_next("createTrainingJob", ["InProgress", "Stopping", "Stopped"], FailureReason="by hand")
    assert "TrainingJobArn" in standing.call("createTrainingJob", train, optimised=False, sync=False)
    name = {"TrainingJobName": "sdk-1"}
    seen = [standing.call("describeTrainingJob", name, False, False)["TrainingJobStatus"] for _ in range(4)]
    assert seen == ["InProgress", "Stopping", "Stopped", "Stopped"]


# ---- the language ------------------------------------------------------------------------------------------------


def test_assign_and_output_see_the_values_at_entry(cloud: Cloud) -> None:
    states = {
        "Start": {"Type": "Pass", "Assign": {"n": 1}, "Next": "Change"},
        "Change": {"Type": "Pass", "Assign": {"n": "{% $n + 1 %}"}, "Output": {"before": "{% $n %}"}, "Next": "End"},
        "End": {"Type": "Pass", "Output": {"before": "{% $states.input.before %}", "after": "{% $n %}"}, "End": True},
    }
    assert run_one(cloud, states, "Start").output == {"before": 1, "after": 2}


def test_awkward_text_survives_variables(cloud: Cloud) -> None:
    text = 'a "quoted" \\ line\nnext {"x": 1} 😀'
    states = {
        "Keep": {"Type": "Pass", "Assign": {"kept": "{% $states.input.text %}"}, "Next": "Give"},
        "Give": {"Type": "Pass", "Output": {"text": "{% $kept & '!' %}"}, "End": True},
    }
    assert run_one(cloud, states, "Keep", {"text": text}).output == {"text": text + "!"}


def test_expressions_that_moto_alone_misreads(cloud: Cloud) -> None:
    output = {
        "quotient": "{% $states.input.n / $length($states.context.State.Name) / 2 %}",
        "large": "{% $states.input.list[$ > 1] %}",
        "caught": "{% $exists($states.errorOutput) %}",
    }
    run = run_one(cloud, {"Two": {"Type": "Pass", "Output": output, "End": True}}, "Two", {"n": 12, "list": [1, 2, 3]})
    assert run.output == {"quotient": 2, "large": [2, 3], "caught": False}


def test_choice_rules_assign_and_output(cloud: Cloud) -> None:
    rule = {
        "Condition": "{% $states.input.n > 1 %}",
        "Assign": {"size": "large"},
        "Output": {"from": "rule"},
        "Next": "End",
    }
    choice = {
        "Type": "Choice",
        "Choices": [rule],
        "Default": "Other",
        "Assign": {"size": "small"},
        "Output": {"from": "default"},
    }
    end = {"Type": "Pass", "Output": "{% $merge([$states.input, {'size': $size}]) %}", "End": True}
    states = {"Pick": choice, "End": end, "Other": end}
    stack = cloud.deploy(template(Machine=machine(states, "Pick")))
    assert cloud.run(stack.machine(), {"n": 2}).output == {"from": "rule", "size": "large"}
    assert cloud.run(stack.machine(), {"n": 0}).output == {"from": "default", "size": "small"}


def test_catch_assign_and_output(cloud: Cloud) -> None:
    cloud.sagemaker.fail_next("describeEndpoint", "SageMaker.SageMakerException", '{"why": "it \\"broke\\""}')
    catch = {
        "ErrorEquals": ["SageMaker.SageMakerException"],
        "Assign": {"why": "{% $parse($states.errorOutput.Cause).why %}"},
        "Output": {"error": "{% $states.errorOutput.Error %}", "input": "{% $states.input %}"},
        "Next": "End",
    }
    describe = job_state("aws-sdk:sagemaker:describeEndpoint", EndpointName="e") | {"Catch": [catch]}
    end = {"Type": "Pass", "Output": "{% $merge([$states.input, {'why': $why}]) %}", "End": True}
    run = run_one(cloud, {"Describe": describe, "End": end}, "Describe", {"a": 1})
    assert run.output == {"error": "SageMaker.SageMakerException", "input": {"a": 1}, "why": 'it "broke"'}


def test_map_with_item_selector(cloud: Cloud) -> None:
    inner = {
        "StartAt": "Join",
        "States": {"Join": {"Type": "Pass", "Output": "{% $prefix & $states.input.key %}", "End": True}},
    }
    each = {
        "Type": "Map",
        "Items": "{% $states.input.names %}",
        "MaxConcurrency": 2,
        "ItemSelector": {"key": "{% $states.context.Map.Item.Value & '-' & $string($states.context.Map.Item.Index) %}"},
        "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **inner},
        "End": True,
    }
    start = {"Type": "Pass", "Assign": {"prefix": "p:"}, "Next": "Each"}
    run = run_one(cloud, {"Start": start, "Each": each}, "Start", {"names": ["a", "b"]})
    assert run.output == ["p:a-0", "p:b-1"]


def test_distributed_map(cloud: Cloud) -> None:
    storage = cloud.client("s3")
    storage.create_bucket(Bucket="items")
    storage.put_object(Bucket="items", Key="in.json", Body=json.dumps([{"a": 1}, {"a": 2}]))
    inner = {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": True}}}
    each = {
        "Type": "Map",
        "Label": "Each",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Arguments": {"Bucket": "items", "Key": "in.json"},
        },
        "ItemSelector": {"b": "{% $states.context.Map.Item.Value.a + $states.context.Map.Item.Index %}"},
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **inner},
        "ToleratedFailurePercentage": 50,
        "End": True,
    }
    assert run_one(cloud, {"Each": each}, "Each").output == [{"b": 1}, {"b": 3}]


def test_error_name_of_another_service(cloud: Cloud) -> None:
    state = job_state("aws-sdk:secretsmanager:getSecretValue", SecretId="none")
    assert run_one(cloud, {"Read": state}, "Read").error == "SecretsManager.ResourceNotFoundException"


def test_parallel_and_context(cloud: Cloud) -> None:
    def branch(name: str, output: str) -> dict[str, Any]:
        return {"StartAt": name, "States": {name: {"Type": "Pass", "Output": output, "End": True}}}

    both = {
        "Type": "Parallel",
        "Branches": [
            branch("A", "{% $string($states.context.Execution.RedriveCount) & $states.context.StateMachine.Name %}"),
            branch("B", "{% $states.context.Execution.Input.x & $states.context.Execution.Name %}"),
        ],
        "Output": "{% $states.result %}",
        "End": True,
    }
    stack = cloud.deploy(template(Machine=machine({"Both": both}, "Both", StateMachineName="m")))
    assert cloud.run(stack.machine(), {"x": "y"}, name="n").output == ["0m", "yn"]


def test_retry_count_is_visible_in_arguments(cloud: Cloud) -> None:
    cloud.sagemaker.fail_next("describeEndpoint", "SageMaker.ThrottlingException", times=2)
    name = "{% 'e' & $string($states.context.State.RetryCount) %}"
    retry = [{"ErrorEquals": ["SageMaker.ThrottlingException"], "IntervalSeconds": 5, "BackoffRate": 2}]
    cloud.sagemaker.have_endpoint("e2")
    run = run_one(
        cloud,
        {"Describe": job_state("aws-sdk:sagemaker:describeEndpoint", EndpointName=name) | {"Retry": retry}},
        "Describe",
    )
    assert run.status == "SUCCEEDED"
    assert [call.parameters["EndpointName"] for call in cloud.sagemaker.calls] == ["e0", "e1", "e2"]
    assert cloud.backoffs == [5, 10]


@pytest.mark.parametrize("fails", [False, True])
def test_nested_execution(cloud: Cloud, fails: bool) -> None:
    ends = {"Type": "Fail", "Error": "Child.Failed", "Cause": "x"} if fails else {"Type": "Pass", "End": True}
    child = machine({"Only": ends}, "Only", StateMachineName="child")
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {
            "StateMachineArn": "${Child}",
            "Input": {"x": 1, "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": "{% $states.context.Execution.Id %}"},
        },
        "Output": "{% $states.result.Output.x %}",
        "Catch": [
            {
                "ErrorEquals": ["States.TaskFailed"],
                "Output": "{% $parse($states.errorOutput.Cause) %}",
                "Next": "Caught",
            }
        ],
        "End": True,
    }
    states = {"Start": start, "Caught": {"Type": "Pass", "End": True}}
    substitutions = {"DefinitionSubstitutions": {"Child": {"Ref": "Child"}}}
    parent = machine(states, "Start", StateMachineName="parent", **substitutions)
    stack = cloud.deploy(template(Child=child, Parent=parent))
    run = cloud.run(stack.machine("Parent"))
    assert run.status == "SUCCEEDED"
    assert run.output["Status"] == "FAILED" if fails else run.output == 1


def test_other_integrations(cloud: Cloud) -> None:
    states = {
        "Send": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Next": "Publish",
            "Arguments": {"QueueUrl": "${Queue}", "MessageBody": {"a": "{% $states.input.a %}"}},
            "Output": "{% $states.input %}",
        },
        "Publish": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Next": "Event",
            "Arguments": {"TopicArn": "${Topic}", "Message": "{% $string($states.input) %}"},
        },
        "Event": {
            "Type": "Task",
            "Resource": "arn:aws:states:::events:putEvents",
            "End": True,
            "Arguments": {"Entries": [{"Detail": {"x": 1}, "DetailType": "t", "Source": "s"}]},
        },
    }
    substitutions = {"DefinitionSubstitutions": {"Queue": {"Ref": "Queue"}, "Topic": {"Ref": "Topic"}}}
    stack = cloud.deploy(
        template(
            Queue={"Type": "AWS::SQS::Queue"},
            Topic={"Type": "AWS::SNS::Topic"},
            Machine=machine(states, "Send", **substitutions),
        )
    )
    run = cloud.run(stack.machine(), {"a": 7})
    assert run.output["FailedEntryCount"] == 0
    message = cloud.client("sqs").receive_message(QueueUrl=stack.resources["Queue"])["Messages"][0]
    assert json.loads(message["Body"]) == {"a": 7}


def test_task_token(cloud: Cloud) -> None:
    wait = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "TimeoutSeconds": 30,
        "End": True,
        "Arguments": {"QueueUrl": "${Queue}", "MessageBody": {"token": "{% $states.context.Task.Token %}"}},
    }
    one = machine({"Wait": wait}, "Wait", DefinitionSubstitutions={"Queue": {"Ref": "Queue"}})
    stack = cloud.deploy(template(Queue={"Type": "AWS::SQS::Queue"}, Machine=one))
    arn = cloud.start(stack.machine())
    queue = cloud.client("sqs")
    messages: list[Any] = []
    while not messages:
        messages = queue.receive_message(QueueUrl=stack.resources["Queue"]).get("Messages", [])
    token = json.loads(messages[0]["Body"])["token"]
    cloud.client("stepfunctions").send_task_success(taskToken=token, output='{"approved": true}')
    assert cloud.wait(arn).output == {"approved": True}


# ---- CloudFormation ----------------------------------------------------------------------------------------------


def test_resource_types(cloud: Cloud) -> None:
    """Every kind of resource that compiled templates use either deploys or is listed as dropped."""
    statement = {"Effect": "Allow", "Action": "sns:Publish", "Resource": {"Ref": "Topic"}}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    text = {"Type": "Pass", "Output": "${Encoded}", "End": True}
    values = {"Encoded": {"Fn::Base64": {"Fn::Sub": ["${Key.Arn}|${x}", {"x": {"Ref": "AWS::Region"}}]}}}
    start = {"Arn": {"Fn::GetAtt": ["Machine", "Arn"]}, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, "Id": "t"}
    key_policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}],
    }
    resources = {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": key_policy}},
        "Alias": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/x", "TargetKeyId": {"Ref": "Key"}}},
        "Logs": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"RetentionInDays": 30, "KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}},
        },
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": {"Ref": "Key"}}},
        "TopicPolicy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {"Topics": [{"Ref": "Topic"}], "PolicyDocument": policy},
        },
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"KmsMasterKeyId": {"Ref": "Key"}, "MessageRetentionPeriod": 1209600},
        },
        "QueuePolicy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": policy},
        },
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Policy": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"PolicyDocument": policy, "Roles": [{"Ref": "Role"}]},
        },
        "Inline": {
            "Type": "AWS::IAM::Policy",
            "Properties": {"PolicyName": "p", "PolicyDocument": policy, "Roles": [{"Ref": "Role"}]},
        },
        "Function": function("def handler(event, context):\n    return 1\n", ReservedConcurrentExecutions=2),
        "Permission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "FunctionName": {"Ref": "Function"},
                "Action": "lambda:InvokeFunction",
                "Principal": "events.amazonaws.com",
            },
        },
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {"EventPattern": {"source": ["aws.states"]}, "Targets": [start]},
        },
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": [{"Ref": "Topic"}]}},
        "Schedule": {"Type": "AWS::Scheduler::Schedule", "DependsOn": "Alarm", "Properties": {"Target": start}},
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": {}}},
        "Machine": machine({"Text": text}, "Text", DefinitionSubstitutions=values, Tags=[{"Key": "a", "Value": "b"}]),
    }
    body = template(**resources)
    body["Outputs"] = {
        "Alarm": {"Value": {"Fn::GetAtt": ["Alarm", "Arn"]}},
        "Machine": {"Value": {"Fn::Sub": "${Machine.Arn}/${Schedule.Arn}"}},
        "Logs": {"Value": {"Fn::GetAtt": ["Logs", "Arn"]}},
        "Queue": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}},
        "Topic": {"Value": {"Fn::GetAtt": ["Topic", "TopicArn"]}},
        "Secret": {"Value": {"Ref": "Secret"}},
    }
    stack = cloud.deploy(body)
    assert set(stack.dropped) == {"TopicPolicy", "QueuePolicy", "Alarm", "Schedule", "Secret"}
    assert stack.outputs["Alarm"].startswith("arn:aws:cloudwatch:")
    assert stack.outputs["Machine"].startswith(stack.machine() + "/arn:aws:scheduler:")
    assert stack.outputs["Topic"].startswith("arn:aws:sns:")
    assert cloud.run(stack.machine()).output.startswith("YXJuOmF3czprbXM6")
    assert (
        cloud.client("secretsmanager").get_secret_value(SecretId=stack.outputs["Secret"])["SecretString"] == "generated"
    )


def test_unlisted_substitution_is_an_error(cloud: Cloud) -> None:
    with pytest.raises(TemplateError, match="Nowhere"):
        cloud.deploy(template(Machine=machine({"A": {"Type": "Pass", "Output": "${Nowhere}", "End": True}}, "A")))


def test_unknown_resource_type_is_an_error(cloud: Cloud) -> None:
    with pytest.raises(TemplateError, match="Quantum"):
        cloud.deploy(template(Odd={"Type": "AWS::Quantum::Odd"}))


def test_dropped_types_are_really_unknown_to_moto() -> None:
    assert set(DROPPED_TYPES) & set(get_model_map()) == set()


def test_yaml_template(cloud: Cloud, tmp_path: Path) -> None:
    text = """
AWSTemplateFormatVersion: 2010-09-09
Parameters: {Word: {Type: String}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: []}}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt Role.Arn
      DefinitionSubstitutions: {Word: !Sub "${Word}!"}
      DefinitionString: |
        {"QueryLanguage": "JSONata", "StartAt": "A",
         "States": {"A": {"Type": "Pass", "Output": "${Word}", "End": true}}}
"""
    path = tmp_path / "template.yaml"
    path.write_text(text)
    assert cloud.run(cloud.deploy(path, {"Word": "hello"}).machine()).output == "hello!"


# ---- Lambda ------------------------------------------------------------------------------------------------------

SOURCE = """
import json, os, time, urllib.request
class Odd(Exception): pass
def handler(event, context):
    print("log line")
    what = event.get("what")
    if what == "error": raise Odd("it is odd")
    if what == "sleep": time.sleep(30)
    if what == "exit": os._exit(3)
    if what == "secret":
        import boto3
        return boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET"])["SecretString"]
    return {"event": event, "variable": os.environ["VARIABLE"], "left": context.get_remaining_time_in_millis() > 0}
"""


def lambda_stack(cloud: Cloud, state: dict[str, Any], **properties: Any) -> Stack:
    variables = {"VARIABLE": {"Fn::GetAtt": ["Role", "Arn"]}, "SECRET": {"Ref": "Secret"}}
    resources = {
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": "very secret"}},
        "Function": function(SOURCE, Environment={"Variables": variables}, **properties),
        "Machine": machine({"Call": state}, "Call", **FUNCTION_ARN),
    }
    return cloud.deploy(template(**resources))


def test_lambda_result_and_environment(cloud: Cloud) -> None:
    stack = lambda_stack(cloud, invoke({"n": "{% $states.input.n %}"}))
    run = cloud.run(stack.machine(), {"n": 1})
    assert run.output == {"event": {"n": 1}, "variable": run.output["variable"], "left": True}
    assert run.output["variable"].startswith("arn:aws:iam::123456789012:role/")
    assert "log line" in cloud.invocations[0].log


def test_lambda_reads_a_secret(cloud: Cloud) -> None:
    assert cloud.run(lambda_stack(cloud, invoke({"what": "secret"})).machine()).output == "very secret"


@pytest.mark.parametrize(
    ("what", "error"), [("error", "Odd"), ("sleep", "Sandbox.Timedout"), ("exit", "Runtime.ExitError")]
)
def test_lambda_errors(cloud: Cloud, what: str, error: str) -> None:
    run = cloud.run(lambda_stack(cloud, invoke({"what": what}), Timeout=1).machine())
    assert (run.status, run.error) == ("FAILED", error)
    assert run.cause_json()["errorType"] == error


# ---- Databricks --------------------------------------------------------------------------------------------------


def fetch(databricks: Databricks, call: str, body: Any = None, **headers: str) -> Any:
    own = {"Authorization": "Bearer dapi-test", "Content-Type": "application/json", **headers}
    data = None if body is None else json.dumps(body).encode()
    path = call if call.startswith("oidc") else f"api/2.2/jobs/{call}"
    with urllib.request.urlopen(urllib.request.Request(f"{databricks.host}/{path}", data, own)) as answer:
        return json.load(answer)


def test_databricks_runs() -> None:
    with Databricks() as databricks:
        databricks.next_run([RUNNING, FAILED], error="boom")
        body = {"tasks": [{"task_key": "t"}], "idempotency_token": "once"}
        run_id = fetch(databricks, "runs/submit", body)["run_id"]
        assert fetch(databricks, "runs/submit", body)["run_id"] == run_id
        assert run_id != int(float(run_id))
        states = [fetch(databricks, f"runs/get?run_id={run_id}") for _ in range(3)]
        assert [state["state"]["life_cycle_state"] for state in states] == ["RUNNING", "TERMINATED", "TERMINATED"]
        task = states[0]["tasks"][0]["run_id"]
        assert fetch(databricks, f"runs/get-output?run_id={task}")["error"] == "boom"
        other = fetch(databricks, "run-now", {"job_id": 7})["run_id"]
        assert other != run_id
        assert fetch(databricks, "runs/cancel", {"run_id": other}) == {}
        assert fetch(databricks, f"runs/get?run_id={other}")["state"]["result_state"] == "CANCELED"
        assert len(fetch(databricks, "runs/list")["runs"]) == 2
        assert SUCCEEDED["result_state"] == "SUCCESS"


def test_databricks_errors() -> None:
    with Databricks() as databricks:
        databricks.refuse_next("runs/submit", 429, retry_after=2)
        with pytest.raises(urllib.error.HTTPError) as limited:
            fetch(databricks, "runs/submit", {})
        assert (limited.value.code, limited.value.headers["Retry-After"]) == (429, "2")
        assert json.load(limited.value)["error_code"] == "REQUEST_LIMIT_EXCEEDED"
        with pytest.raises(urllib.error.HTTPError) as forbidden:
            fetch(databricks, "runs/list", Authorization="Bearer wrong")
        assert forbidden.value.code == 403
        with pytest.raises(urllib.error.HTTPError) as invalid:
            fetch(databricks, "runs/submit", {"tasks": []})
        assert invalid.value.code == 400
        assert [request.call for request in databricks.requests] == ["runs/submit", "runs/list", "runs/submit"]


def test_databricks_token() -> None:
    with Databricks() as databricks:
        form = b"grant_type=client_credentials&scope=all-apis"
        headers = {"Authorization": "Basic Y2xpZW50OnNlY3JldA==", "Content-Type": "application/x-www-form-urlencoded"}
        request = urllib.request.Request(f"{databricks.host}/oidc/v1/token", form, headers)
        with urllib.request.urlopen(request) as answer:
            assert json.load(answer)["access_token"] == databricks.token


def test_no_state_is_left_behind() -> None:
    """Two accounts one after the other know nothing of each other."""
    body = template(Machine=machine({"A": {"Type": "Pass", "End": True}}, "A", StateMachineName="same"))
    for _ in range(2):
        with Cloud() as cloud:
            stack = cloud.deploy(copy.deepcopy(body))
            assert len(cloud.client("stepfunctions").list_state_machines()["stateMachines"]) == 1
            assert cloud.run(stack.machine(), name="one").status == "SUCCEEDED"
