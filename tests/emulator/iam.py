"""Checks the policies of a state machine's role against the calls that the machine makes.

``missing(cloud, machine, execution)`` says which rights an execution needed and the role does not have;
``superfluous(cloud, machine)`` says which actions the role has although no state of the machine needs them.
The tables here are written from AWS's documentation and not from the compiler's own, so that each checks the other.

Sources: "Actions, resources, and condition keys" of each service in the Service Authorization Reference; Step Functions
guide, "IAM policies for integrated services" (the rights of ``.sync``), "Logging using CloudWatch Logs", "X-Ray",
"Data at rest encryption".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .cloud import Cloud, Execution
from .template import ACCOUNT, REGION

RULES = {
    "createTrainingJob": "StepFunctionsGetEventsForSageMakerTrainingJobsRule",
    "createTransformJob": "StepFunctionsGetEventsForSageMakerTransformJobsRule",
    "createProcessingJob": "StepFunctionsGetEventsForSageMakerProcessingJobsRule",
    "createHyperParameterTuningJob": "StepFunctionsGetEventsForSageMakerTuningJobsRule",
    "startExecution": "StepFunctionsGetEventsForStepFunctionsExecutionRule",
    "startJobRun": "StepFunctionsGetEventsForEMRServerlessJobRule",
    "submitJob": "StepFunctionsGetEventsForBatchJobsRule",
    "runTask": "StepFunctionsGetEventsForECSTaskRule",
}
SCALING_SERVICE = "sagemaker.application-autoscaling.amazonaws.com"
SCALING_ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{SCALING_SERVICE}/" + (
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)
RULE_ACTIONS = ("events:PutTargets", "events:PutRule", "events:DescribeRule")

# The kind of resource in the ARN, and the request member with the name.
SAGEMAKER_RESOURCES = {
    "TrainingJob": ("training-job", "TrainingJobName"),
    "TransformJob": ("transform-job", "TransformJobName"),
    "ProcessingJob": ("processing-job", "ProcessingJobName"),
    "HyperParameterTuningJob": ("hyper-parameter-tuning-job", "HyperParameterTuningJobName"),
    "Model": ("model", "ModelName"),
    "EndpointConfig": ("endpoint-config", "EndpointConfigName"),
    "Endpoint": ("endpoint", "EndpointName"),
    "ModelCard": ("model-card", "ModelCardName"),
    "Record": ("feature-group", "FeatureGroupName"),
}
# Where requests hold a role that the service takes on.
PASSED_ROLES = {
    "createTrainingJob": ("RoleArn",),
    "createProcessingJob": ("RoleArn",),
    "createHyperParameterTuningJob": ("TrainingJobDefinition", "RoleArn"),
    "createModel": ("ExecutionRoleArn",),
}
# What a role may have for the machine itself, whatever its states are.
OF_THE_MACHINE = {
    # execution logs: the vended-log actions take no resource
    "logs:CreateLogDelivery",
    "logs:CreateLogStream",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutLogEvents",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
    # traces: these take no resource
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    # the key that encrypts definition, executions and logs
    "kms:Decrypt",
    "kms:GenerateDataKey",
}
# Actions that Step Functions is documented to need for `.sync`, though no request shows their use in a test.
OF_SYNC = {"sagemaker:ListTags", "sagemaker:AddTags"}
WITHOUT_RESOURCE = {action for action in OF_THE_MACHINE if action.startswith(("logs:", "xray:"))}
WITHOUT_RESOURCE |= {"batch:DescribeJobs", "lakeformation:GetDataAccess", "sagemaker:ListModelPackages"}
WITHOUT_RESOURCE |= {"cloudwatch:PutMetricData"}   # limited to a namespace by a condition


@dataclass(frozen=True)
class Need:
    """One right: an action on a resource, in a context of condition keys."""

    action: str
    resource: str
    context: dict[str, str] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}"


# ---- what a call needs ---------------------------------------------------------------------------------------------


def needs(service: str, call: str, parameters: dict[str, Any]) -> list[Need]:
    """The rights for one call as the history shows it: ``sagemaker``, ``createTrainingJob.sync``."""
    action, _, pattern = call.partition(".")
    service = service.removeprefix("aws-sdk:")
    synchronous = pattern.startswith("sync")
    if service == "lambda" and action == "invoke":
        return [Need("lambda:InvokeFunction", parameters["FunctionName"])]
    if service == "sagemaker" and "ModelPackage" in action:
        return [*_model_package(action, parameters)]
    if service in ("sagemaker", "sagemakerfeaturestoreruntime"):
        return [*_sagemaker(action, parameters, synchronous)]
    if service == "applicationautoscaling":
        return [*_scaling(action, parameters)]
    if service in ("states", "sfn") and action == "startExecution":
        return [*_execution(parameters["StateMachineArn"], synchronous)]
    if service == "sqs" and action == "sendMessage":
        queue = parameters["QueueUrl"].rsplit("/", 1)[1]
        return [Need("sqs:SendMessage", arn("sqs", queue))]
    if service == "sns" and action == "publish":
        return [Need("sns:Publish", parameters["TopicArn"])]
    if service == "sfn" and action == "startSyncExecution":
        return [Need("states:StartSyncExecution", parameters["StateMachineArn"])]
    from . import iam_services  # it is made of what stands here

    if service in iam_services.SERVICES:
        return [*iam_services.needs(service, action, parameters, synchronous)]
    raise KeyError(f"no table of rights for {service}:{action}")


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def rule(action: str) -> Iterator[Need]:
    for right in RULE_ACTIONS:
        yield Need(right, arn("events", f"rule/{RULES[action]}"))


def _sagemaker(action: str, parameters: dict[str, Any], synchronous: bool) -> Iterator[Need]:
    verb, what = re.fullmatch(r"(create|describe|update|delete|stop|put|get)(\w+)", action).groups()  # type: ignore[union-attr]
    kind, member = SAGEMAKER_RESOURCES[what]
    resource = _sagemaker_arn(kind, parameters.get(member, ""))
    yield Need(f"sagemaker:{verb.capitalize()}{what}", resource)
    if what == "Endpoint" and verb in ("create", "update"):
        config = _sagemaker_arn("endpoint-config", parameters.get("EndpointConfigName", ""))
        yield Need(f"sagemaker:{verb.capitalize()}{what}", config)
    if verb == "create" and parameters.get("Tags"):
        yield Need("sagemaker:AddTags", resource)
    if action in PASSED_ROLES:
        role: Any = parameters
        for name in PASSED_ROLES[action]:
            role = role.get(name, {})
        yield Need("iam:PassRole", role or "", {"iam:PassedToService": "sagemaker.amazonaws.com"})
    if key := parameters.get("SecurityConfig", {}).get("KmsKeyId"):
        for right in ("Decrypt", "Encrypt", "GenerateDataKey", "CreateGrant", "DescribeKey"):
            yield Need(f"kms:{right}", key)
    if synchronous:
        yield Need(f"sagemaker:Describe{what}", resource)
        yield Need(f"sagemaker:Stop{what}", resource)
        yield from rule(action)


def _model_package(action: str, parameters: dict[str, Any]) -> Iterator[Need]:
    """A version of a group is ``model-package/<group>/<number>``; a list is checked against everything."""
    right = f"sagemaker:{action[0].upper()}{action[1:]}"
    if action == "createModelPackage":
        yield Need(right, arn("sagemaker", f"model-package/{parameters.get('ModelPackageGroupName', '')}/1"))
    elif action == "listModelPackages":
        yield Need(right, "*")
    else:
        yield Need(right, parameters.get("ModelPackageArn", ""))


def _scaling(action: str, parameters: dict[str, Any]) -> Iterator[Need]:
    """SageMaker Developer Guide, endpoint-auto-scaling-prerequisites: the caller needs rights of three services."""
    space = parameters.get("ServiceNamespace", "")
    target = {"application-autoscaling:service-namespace": space}
    right = f"application-autoscaling:{action[0].upper()}{action[1:]}"
    yield Need(right, arn("application-autoscaling", "scalable-target/1234abcd"), target)
    endpoint = (parameters.get("ResourceId", "//").split("/") + [""])[1]
    yield Need("sagemaker:DescribeEndpoint", _sagemaker_arn("endpoint", endpoint))
    alarm = arn("cloudwatch", f"alarm:TargetTracking-{parameters.get('ResourceId', '')}-AlarmHigh-1")
    if action == "registerScalableTarget":
        yield Need("sagemaker:UpdateEndpointWeightsAndCapacities", _sagemaker_arn("endpoint", endpoint))
        yield Need("sagemaker:DescribeEndpointConfig", _sagemaker_arn("endpoint-config", "any"))
        yield Need("iam:CreateServiceLinkedRole", SCALING_ROLE, {"iam:AWSServiceName": SCALING_SERVICE})
    else:
        yield Need("cloudwatch:DescribeAlarms", alarm)
        yield Need("cloudwatch:DeleteAlarms", alarm)
    if action == "putScalingPolicy":
        yield Need("cloudwatch:PutMetricAlarm", alarm)


def _sagemaker_arn(kind: str, name: str) -> str:
    """SageMaker writes the names of models, endpoints and their configurations in lower case in ARNs."""
    return arn("sagemaker", f"{kind}/{name.lower() if kind in ('model', 'endpoint', 'endpoint-config') else name}")


def _execution(machine: str, synchronous: bool) -> Iterator[Need]:
    yield Need("states:StartExecution", machine)
    if synchronous:
        execution = machine.replace(":stateMachine:", ":execution:") + ":anything"
        yield Need("states:DescribeExecution", execution)
        yield Need("states:StopExecution", execution)
        yield from rule("startExecution")


def needs_of(execution: Execution) -> list[Need]:
    """The rights for all calls of an execution."""
    found = []
    for event in execution.events:
        if event["type"] == "TaskScheduled":
            details = event["taskScheduledEventDetails"]
            found += needs(details["resourceType"], details["resource"], json.loads(details["parameters"]))
    return found


# ---- what a role allows --------------------------------------------------------------------------------------------


def statements(cloud: Cloud, role_arn: str) -> list[dict[str, Any]]:
    """All statements of a role's policies, as the emulated account holds them: with everything substituted."""
    client, role = cloud.client("iam"), role_arn.rsplit("/", 1)[1]
    documents = []
    for policy in client.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = policy["PolicyArn"]
        version = client.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        documents.append(client.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])
    for name in client.list_role_policies(RoleName=role)["PolicyNames"]:
        documents.append(client.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
    return [statement for document in documents for statement in _list(document["Statement"])]


def machine_role(cloud: Cloud, machine: str) -> str:
    """The ARN of the role that a state machine takes on."""
    return cloud.client("stepfunctions").describe_state_machine(stateMachineArn=machine)["roleArn"]


def allows(policies: Iterable[dict[str, Any]], need: Need) -> bool:
    """Whether the statements allow the action; a Deny wins."""
    fitting = [statement for statement in policies if _applies(statement, need)]
    effects = {statement["Effect"] for statement in fitting}
    return "Allow" in effects and "Deny" not in effects


def _applies(statement: dict[str, Any], need: Need) -> bool:
    return (
        any(like(action, need.action, ignore_case=True) for action in _list(statement["Action"]))
        and any(like(resource, need.resource) for resource in _list(statement["Resource"]))
        and all(_holds(*condition, need.context) for condition in statement.get("Condition", {}).items())
    )


def _holds(operator: str, keys: dict[str, Any], context: dict[str, str]) -> bool:
    compare = {
        "StringEquals": str.__eq__,
        "ArnEquals": like,
        "StringLike": like,
        "ArnLike": like,
    }[operator]
    return all(
        key in context and any(compare(wanted, context[key]) for wanted in _list(values))
        for key, values in keys.items()
    )


def like(pattern: str, text: str, ignore_case: bool = False) -> bool:
    """IAM's wildcards: ``*`` any text, ``?`` one character; nothing else is special."""
    parts = [{"*": ".*", "?": "."}.get(part, re.escape(part)) for part in re.split(r"([*?])", pattern)]
    return re.fullmatch("".join(parts), text, re.DOTALL | (re.IGNORECASE if ignore_case else 0)) is not None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# ---- the two checks ------------------------------------------------------------------------------------------------


def missing(cloud: Cloud, machine: str, execution: Execution) -> list[str]:
    """Rights that the calls of an execution needed and the machine's role does not have."""
    policies = statements(cloud, machine_role(cloud, machine))
    return sorted({str(need) for need in needs_of(execution) if not allows(policies, need)})


def superfluous(cloud: Cloud, machine: str) -> list[str]:
    """Actions of the machine's role that no state needs, and stars where a resource could be named."""
    description = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=machine)
    wanted = set(OF_THE_MACHINE)
    for state in task_states(json.loads(description["definition"])):
        wanted |= state_actions(state)
    for state in distributed_maps(json.loads(description["definition"])):
        wanted |= {need.action for need in map_needs(machine, state)} | REDRIVE
    problems = set()
    for statement in statements(cloud, description["roleArn"]):
        for action in _list(statement["Action"]):
            if action not in wanted:
                problems.add(f"no state needs {action}")
            if "*" in _list(statement["Resource"]) and action not in WITHOUT_RESOURCE:
                problems.add(f"{action} on every resource")
    return sorted(problems)


RESOURCE = re.compile(r"arn:.*?:::(.*?):(\w+(?:\.\w+(?::2)?)?)")


def state_actions(state: dict[str, Any]) -> set[str]:
    """The actions that a Task state may need."""
    if ":activity:" in state["Resource"]:
        return set()  # Step Functions guide, concepts-activities: the worker needs rights, the machine does not
    found = RESOURCE.fullmatch(state["Resource"])
    assert found, state["Resource"]
    service, call = found.groups()
    unknown = {"FunctionName": "", "QueueUrl": "/", "TopicArn": "", "StateMachineArn": ""}
    arguments = unknown | state.get("Arguments", {})
    actions = {need.action for need in needs(service, call, arguments)}
    if service == "sagemaker" and call.endswith(".sync"):
        actions |= OF_SYNC
    if any("S3.NoSuchKeyException" in catcher["ErrorEquals"] for catcher in state.get("Catch", [])):
        actions.add("s3:ListBucket")   # S3 API reference, GetObject: otherwise a missing object is a forbidden one
    return actions


REDRIVE = {"states:RedriveExecution"}
# Step Functions guide, iam-policies-eg-dist-map
OF_READERS = {"s3:getObject": ("s3:GetObject",), "s3:listObjectsV2": ("s3:ListBucket",)}
OF_WRITERS = ("s3:PutObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload", "kms:Encrypt")


def map_needs(machine: str, state: dict[str, Any]) -> list[Need]:
    """The rights for a distributed map whose places are constant: "Creating an IAM policy" of the guide."""
    child = f"{machine.replace(':stateMachine:', ':execution:')}/{state['Label']}:anything"
    run = [Need("states:StartExecution", machine)]
    run += [Need(f"states:{verb}Execution", machine.replace(":stateMachine:", ":execution:") + ":x") for verb in ("Describe", "Stop")]
    run += [Need("states:DescribeExecution", child), Need("states:RedriveExecution", child)]
    reader, writer = state.get("ItemReader"), state.get("ResultWriter")
    if reader:
        place, call = reader["Arguments"], reader["Resource"].rpartition(":::")[2]
        bucket, path = f"arn:aws:s3:::{place['Bucket']}", place.get("Key") or place.get("Prefix", "") + "x"
        flat = "Transformation" in reader.get("ReaderConfig", {})
        for action in {*OF_READERS[call], *(("s3:GetObject",) if flat else ())}:
            lists = action == "s3:ListBucket"
            context = {"s3:prefix": place.get("Prefix", "")} if lists else {}
            run.append(Need(action, bucket if lists else f"{bucket}/{path}", context))
    if writer:
        place = writer["Arguments"]
        run += [Need(action, f"arn:aws:s3:::{place['Bucket']}/{place['Prefix']}x") for action in OF_WRITERS[:4]]
    return run + ([Need("kms:Encrypt", "*")] if writer else [])


def distributed_maps(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All distributed maps of a definition."""
    for state in definition["States"].values():
        processor = state.get("ItemProcessor", {})
        if processor.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
            yield state
        for inner in [*state.get("Branches", []), *([processor] if processor else [])]:
            yield from distributed_maps(inner)


def task_states(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All Task states of a definition, those of branches and items too."""
    for state in definition["States"].values():
        if state["Type"] == "Task":
            yield state
        for inner in [*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]:
            yield from task_states(inner)
