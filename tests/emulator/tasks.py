"""The classes that take the place of moto's task states for the services moto cannot run."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import boto3
from botocore.response import StreamingBody
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import (
    ErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import (
    ResourceCondition,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from .apis import BadRequest, HttpApis
from .sagemaker import SageMaker, ServiceError
from .services import JobServices

SAGEMAKER_SERVICES = (
    "applicationautoscaling",
    "sagemaker",
    "sagemakerfeaturestoreruntime",
    "sagemakerruntime",
)
# The first part of the error names of aws-sdk integrations, where it is more than the capitalised service name.
ERROR_PREFIXES = {
    "cloudwatch": "CloudWatch",
    "cloudwatchlogs": "CloudWatchLogs",
    "dynamodb": "DynamoDb",
    "eventbridge": "EventBridge",
    "secretsmanager": "SecretsManager",
}
METADATA = {"SdkHttpMetadata": {"HttpStatusCode": 200}, "SdkResponseMetadata": {"RequestId": "00000000"}}


def error_name(name: str) -> ErrorName:
    """moto tells AWS's own States.* names apart from all others by class."""
    for known in StatesErrorNameType:
        if known.to_name() == name:
            return StatesErrorName(typ=known)
    return CustomErrorName(name)


def failure(task: Any, env: Environment, error: ServiceError) -> FailureEvent:
    """The failure event of one failed call."""
    details = TaskFailedEventDetails(
        resource=task._get_sfn_resource(),
        resourceType=task._get_sfn_resource_type(),
        error=error.error,
        cause=error.cause,
    )
    return FailureEvent(
        env=env,
        error_name=error_name(error.error),
        event_type=HistoryEventType.TaskFailed,
        event_details=EventDetails(taskFailedEventDetails=details),
    )


# Answers a call of an action with its parameters; the last says whether the state waits for the end of a job.
Answer = Callable[[str, dict[str, Any], bool], dict[str, Any]]


def sagemaker_task(stand_in: SageMaker) -> type[StateTaskServiceCallback]:
    """The task state of ``states:::sagemaker:*``."""

    def answer(action: str, parameters: dict[str, Any], sync: bool) -> dict[str, Any]:
        result = stand_in.call(action, parameters, optimised=True, sync=sync)
        return result if sync else result | METADATA

    return job_task(answer)


def service_task(stand_in: JobServices, service: str) -> type[StateTaskServiceCallback]:
    """The task state of ``states:::glue:*`` and its like."""
    return job_task(lambda action, parameters, sync: stand_in.call(service, action, parameters, sync))


def job_task(answer: Answer) -> type[StateTaskServiceCallback]:
    """A task state that starts something and, with ``.sync``, has its result at once."""

    class JobTask(StateTaskServiceCallback):
        def __init__(self) -> None:
            # moto needs the task-token pattern to be listed wherever .sync is
            super().__init__({ResourceCondition.Sync, ResourceCondition.WaitForTaskToken})

        def _validate_service_integration_is_supported(self) -> None:
            if self.resource.condition not in (None, ResourceCondition.Sync):
                raise ValueError(f"{self.resource.resource_arn} is not a supported pattern")

        def _from_error(self, env: Environment, ex: Exception) -> FailureEvent:
            return failure(self, env, ex) if isinstance(ex, ServiceError) else super()._from_error(env, ex)

        def _eval_service_task(
            self,
            env: Environment,
            resource_runtime_part: Any,
            normalised_parameters: dict[str, Any],
            state_credentials: Any,
        ) -> None:
            sync = self.resource.condition == ResourceCondition.Sync
            env.stack.append(answer(self.resource.api_action, normalised_parameters, sync))

        def _build_sync_resolver(self, env: Environment, *_: Any, **__: Any) -> Callable[[], Any]:
            result = env.stack.pop()
            return lambda: result

    return JobTask


def aws_sdk_task(stand_in: SageMaker) -> type[StateTaskServiceAwsSdk]:
    """The task state of ``states:::aws-sdk:*``: SageMaker goes to the stand-in, everything else to moto."""

    class AwsSdkTask(StateTaskServiceAwsSdk):
        @staticmethod
        def _normalise_service_error_name(service_name: str) -> str:
            return ERROR_PREFIXES.get(service_name, service_name[0].upper() + service_name[1:])

        def _from_error(self, env: Environment, ex: Exception) -> FailureEvent:
            return failure(self, env, ex) if isinstance(ex, ServiceError) else super()._from_error(env, ex)

        def _eval_service_task(
            self,
            env: Environment,
            resource_runtime_part: Any,
            normalised_parameters: dict[str, Any],
            state_credentials: Any,
        ) -> None:
            service = self.resource.api_name
            if service == "sfn" and self.resource.api_action == "startSyncExecution":
                env.stack.append(run_to_its_end(normalised_parameters))
                return
            if service not in SAGEMAKER_SERVICES:
                super()._eval_service_task(env, resource_runtime_part, normalised_parameters, state_credentials)
                _read_bodies(env.stack[-1])
                return
            action = self.resource.api_action
            env.stack.append(stand_in.call(action, normalised_parameters, optimised=False, sync=False, service=service))

    return AwsSdkTask


def _read_bodies(response: dict[str, Any]) -> None:
    """Step Functions gives the text of an object; moto would keep the stream."""
    for name, value in response.items():
        if isinstance(value, StreamingBody):
            response[name] = value.read().decode()


def http_task(apis: HttpApis) -> type[StateTaskServiceCallback]:
    """The task state of ``states:::http:invoke``."""

    class HttpTask(StateTaskServiceCallback):
        def __init__(self) -> None:
            super().__init__(set())

        def _validate_service_integration_is_supported(self) -> None:
            if self.resource.condition is not None or self.resource.api_action != "invoke":
                raise ValueError(f"{self.resource.resource_arn} is not a supported pattern")

        def _from_error(self, env: Environment, ex: Exception) -> FailureEvent:
            return failure(self, env, ex) if isinstance(ex, ServiceError) else super()._from_error(env, ex)

        def _eval_service_task(
            self,
            env: Environment,
            resource_runtime_part: Any,
            normalised_parameters: dict[str, Any],
            state_credentials: Any,
        ) -> None:
            try:
                answer = apis.call(normalised_parameters)
            except BadRequest as error:
                raise ServiceError("States.Runtime", str(error)) from None
            if answer.status >= 400:
                raise ServiceError(f"States.Http.StatusCode.{answer.status}", str(answer.body))
            env.stack.append(answer.result())

    return HttpTask


def run_to_its_end(parameters: dict[str, Any]) -> dict[str, Any]:
    """``StartSyncExecution``, which moto does not have: what the API answers for a run of an Express machine.

    moto's CloudFormation makes every machine a Standard one: that it is Express has to be checked in the template.
    """
    client = boto3.client("stepfunctions")
    started = client.start_execution(
        stateMachineArn=parameters["StateMachineArn"], name=str(uuid.uuid4()), input=parameters["Input"]
    )
    arn = started["executionArn"]
    while (run := client.describe_execution(executionArn=arn))["status"] == "RUNNING":
        time.sleep(0.01)
    result = {"ExecutionArn": arn, "Status": run["status"]}
    return result | {name.capitalize(): run[name] for name in ("output", "error", "cause") if run.get(name)}


class NestedExecutionTask(StateTaskServiceSfn):
    """``states:::states:startExecution*``.

    Step Functions names the fields of requests and results in PascalCase, the API in camelCase.  moto has the
    conversion but does not call it for this service.  An execution without a name gets a unique one; moto names it "None".
    """

    def _normalise_parameters(self, parameters: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        super()._normalise_parameters(parameters, *args, **kwargs)
        _rename(parameters, str.lower)
        parameters.setdefault("name", str(uuid.uuid4()))

    def _normalise_response(self, response: Any, *args: Any, **kwargs: Any) -> None:
        _rename(response, str.upper)

    def _eval_service_task(
        self,
        env: Environment,
        resource_runtime_part: Any,
        normalised_parameters: dict[str, Any],
        state_credentials: Any,
    ) -> None:
        normalised_parameters.setdefault("name", str(uuid.uuid4()))  # moto calls every execution without one "None"
        super()._eval_service_task(env, resource_runtime_part, normalised_parameters, state_credentials)
        _rename(env.stack[-1], str.upper)


def _rename(fields: dict[str, Any], first_letter: Callable[[str], str]) -> None:
    for name in list(fields):
        fields[first_letter(name[0]) + name[1:]] = fields.pop(name)
