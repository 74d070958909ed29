"""Tests of the policy checker itself."""

from __future__ import annotations

from typing import Any

import pytest

from .iam import Need, allows, like, needs, state_actions, task_states

JOB = "arn:aws:sagemaker:us-east-1:123456789012:training-job/risk-train-1"
ROLE = "arn:aws:iam::123456789012:role/worker"
TRAINING = {"TrainingJobName": "risk-train-1", "RoleArn": ROLE}


def allow(action: Any, resource: Any, **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("a*c", "abbc", True),
        ("a*c", "abbd", False),
        ("a?c", "abc", True),
        ("a?c", "abbc", False),
        ("a.c", "abc", False),
        ("*", "", True),
        ("A", "a", False),
    ],
)
def test_wildcards(pattern: str, text: str, fits: bool) -> None:
    assert like(pattern, text) is fits


def test_action_and_resource_have_to_fit_together() -> None:
    policies = [allow("sagemaker:CreateTrainingJob", JOB), allow(["sagemaker:stoptrainingjob"], [JOB[:-1] + "*"])]
    assert allows(policies, Need("sagemaker:CreateTrainingJob", JOB))
    assert allows(policies, Need("sagemaker:StopTrainingJob", JOB))
    assert not allows(policies, Need("sagemaker:CreateTrainingJob", JOB + "0"))
    assert not allows(policies, Need("sagemaker:DescribeTrainingJob", JOB))


def test_conditions() -> None:
    policies = [allow("iam:PassRole", ROLE, StringEquals={"iam:PassedToService": "sagemaker.amazonaws.com"})]
    assert allows(policies, Need("iam:PassRole", ROLE, {"iam:PassedToService": "sagemaker.amazonaws.com"}))
    assert not allows(policies, Need("iam:PassRole", ROLE, {"iam:PassedToService": "glue.amazonaws.com"}))
    assert not allows(policies, Need("iam:PassRole", ROLE))


def test_deny_wins() -> None:
    policies = [allow("sns:*", "*"), {"Effect": "Deny", "Action": "sns:Publish", "Resource": "t"}]
    assert allows(policies, Need("sns:Publish", "u"))
    assert not allows(policies, Need("sns:Publish", "t"))


def test_needs_of_a_synchronous_job() -> None:
    found = {need.action: need.resource for need in needs("sagemaker", "createTrainingJob.sync", TRAINING)}
    rule = "arn:aws:events:us-east-1:123456789012:rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule"
    assert found == {
        "sagemaker:CreateTrainingJob": JOB,
        "sagemaker:DescribeTrainingJob": JOB,
        "sagemaker:StopTrainingJob": JOB,
        "iam:PassRole": ROLE,
        "events:PutTargets": rule,
        "events:PutRule": rule,
        "events:DescribeRule": rule,
    }


def test_tags_and_lower_case() -> None:
    model = {"ModelName": "Risk", "ExecutionRoleArn": ROLE, "Tags": [{"Key": "a", "Value": "b"}]}
    found = {need.action: need.resource for need in needs("aws-sdk:sagemaker", "createModel", model)}
    arn = "arn:aws:sagemaker:us-east-1:123456789012:model/risk"
    assert found == {"sagemaker:CreateModel": arn, "sagemaker:AddTags": arn, "iam:PassRole": ROLE}


def test_an_endpoint_needs_its_configuration() -> None:
    parameters = {"EndpointName": "e", "EndpointConfigName": "c"}
    found = [need.resource.rsplit(":", 1)[1] for need in needs("aws-sdk:sagemaker", "updateEndpoint", parameters)]
    assert found == ["endpoint/e", "endpoint-config/c"]


def test_unknown_services_are_refused() -> None:
    with pytest.raises(KeyError):
        needs("quantum", "leap", {})


def test_states_of_a_definition() -> None:
    invoke = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "f"}}
    inner = {"StartAt": "A", "States": {"A": invoke}}
    states = {
        "One": invoke,
        "Both": {"Type": "Parallel", "Branches": [inner, inner]},
        "Each": {"Type": "Map", "ItemProcessor": inner},
        "Wait": {"Type": "Wait", "Seconds": 1},
    }
    assert len(list(task_states({"States": states}))) == 4
    assert state_actions(invoke) == {"lambda:InvokeFunction"}
    sync = {"Type": "Task", "Resource": "arn:aws:states:::sagemaker:createTransformJob.sync", "Arguments": {}}
    assert {"sagemaker:AddTags", "sagemaker:StopTransformJob"} < state_actions(sync)
