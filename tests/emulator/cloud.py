"""The emulator: deploys templates to moto inside the test process and runs their state machines.

    with Cloud() as cloud:
        stack = cloud.deploy("template.yaml", {"Bucket": "data"})
        cloud.sagemaker.fail_next("createTrainingJob", "SageMaker.ResourceLimitExceededException")
        run = cloud.run(stack.machine(), {"trainUri": "s3://data/train"})
        assert run.status == "SUCCEEDED"

moto interprets the definition.  Two parts are supplied from here: the JSONata evaluator (``evaluator``) and the task
states of services that moto does not run (``tasks``, ``sagemaker``), together with a Lambda runner without containers.
Besides these, ``_corrections`` lists the places where moto 5.2.5 differs from documented behaviour of AWS, and
``_speed`` the places where it really sleeps.

Distributed maps, which moto 5.2.5 has only in part, are in ``distributed``, HTTP tasks in ``apis``, activities in
``activities``.  Encryption, logging and tracing of a machine
are accepted and have no effect.  A Choice without match ends with States.Runtime instead of States.NoChoiceMatched,
and a Condition that is not a boolean with States.Runtime instead of States.QueryEvaluationError.  Where moto's
CloudFormation falls short is said in ``template``.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import threading
import time
import types
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from moto import mock_aws
from moto.awslambda.models import LambdaFunction
from moto.core.responses import EmptyResult
from moto.stepfunctions import models as moto_machines
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.component.common.assign.assign_decl import AssignDecl
from moto.stepfunctions.parser.asl.component.common.error_name import custom_error_name
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import (
    ErrorEqualsDecl,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import (
    ErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.common.string import string_expression
from moto.stepfunctions.parser.asl.component.intrinsic import jsonata as moto_intrinsics
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import (
    iteration_worker,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task import (
    state_task_factory,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback,
)
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)
from moto.stepfunctions.parser.asl.eval import states as moto_states
from moto.stepfunctions.parser.asl.eval import variable_store as moto_variables
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication
from moto.stepfunctions.parser.backend.execution import Execution as MotoExecution
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.stepfunctions.responses import StepFunctionResponse

from . import lambdas, tasks, template
from .activities import Activities
from .apis import HttpApis
from .aws_endpoint import AwsEndpoint
from .distributed import DistributedMaps
from .evaluator import MotoEvaluator
from .sagemaker import SageMaker
from .services import SERVICES, JobServices

UNCATCHABLE = (StatesErrorNameType.StatesRuntime, StatesErrorNameType.StatesStatesDataLimitExceeded)
PENDING = "pending variable assignments"


@dataclass
class Stack:
    """A deployed template."""

    name: str
    resources: dict[str, str]
    types: dict[str, str]
    outputs: dict[str, str]
    changes: list[str]
    dropped: dict[str, str]
    template: dict[str, Any]

    def machine(self, logical_id: str | None = None) -> str:
        """The ARN of a state machine; the id may be left out if there is only one."""
        machines = [name for name, kind in self.types.items() if kind == "AWS::StepFunctions::StateMachine"]
        if logical_id is None and len(machines) != 1:
            raise KeyError(f"{self.name} has the machines {machines}")
        return self.resources[logical_id or machines[0]]


@dataclass
class Execution:
    """One finished execution."""

    arn: str
    status: str
    input: Any
    output: Any
    error: str | None
    cause: str | None
    history: list[tuple[str, str]]
    events: list[dict[str, Any]] = field(repr=False)
    expression_errors: list[str] = field(repr=False)

    @property
    def states(self) -> list[str]:
        """The names of the states entered, in order."""
        return [name for name, event in self.history if event.endswith("StateEntered")]

    def cause_json(self) -> Any:
        return json.loads(self.cause or "null")


class Cloud:
    """One AWS account that lives as long as the ``with`` block."""

    def __init__(self, allow_seen_working: bool = False, region: str = template.REGION) -> None:
        self.region = region
        self.sagemaker = SageMaker(allow_seen_working)
        self.jobs = JobServices()
        self.http = HttpApis()
        self.activities = Activities()
        self.evaluator = MotoEvaluator()
        self.invocations: list[lambdas.Invocation] = []
        self.waits: list[float] = []
        self.backoffs: list[float] = []
        self.lambda_environment: dict[str, str] = {}
        self.maps = DistributedMaps()
        self._clients: dict[str, Any] = {}

    def __enter__(self) -> Cloud:
        self._cleanup = contextlib.ExitStack()
        variables = {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": self.region,
        }
        self._cleanup.enter_context(mock.patch.dict(os.environ, variables))
        config = {"stepfunctions": {"execute_state_machine": True}}
        self._cleanup.enter_context(mock_aws(config=config))
        self.endpoint = AwsEndpoint(self.region, self.sagemaker)
        self._cleanup.callback(self.endpoint.close)
        for patch in [*self._seams(), *self.maps.patches(), *self._corrections(), *self._speed()]:
            self._cleanup.enter_context(patch)
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    def client(self, service: str) -> Any:
        """A boto3 client of the emulated account."""
        if service not in self._clients:
            self._clients[service] = boto3.client(service, region_name=self.region)
        return self._clients[service]

    # ---- deploying -------------------------------------------------------------------------------------------

    def deploy(
        self, source: str | Path | dict[str, Any], parameters: dict[str, str] | None = None, name: str = "test"
    ) -> Stack:
        """Create a stack from a template file or dictionary."""
        loaded = template.load(source)
        prepared = template.prepare(loaded, self._create)
        client = self.client("cloudformation")
        pairs = [{"ParameterKey": key, "ParameterValue": value} for key, value in (parameters or {}).items()]
        capabilities = ["CAPABILITY_NAMED_IAM", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
        request = {"TemplateBody": json.dumps(prepared.template), "Parameters": pairs, "Capabilities": capabilities}
        try:
            client.create_stack(StackName=name, **request)
        except (ClientError, ResponseParserError) as error:  # moto answers some errors in an unreadable form
            raise template.TemplateError(f"moto refused the template: {error}") from error
        described = client.describe_stacks(StackName=name)["Stacks"][0]
        found = client.list_stack_resources(StackName=name)["StackResourceSummaries"]
        missing = set(prepared.template["Resources"]) - {item["LogicalResourceId"] for item in found}
        missing -= _conditional(prepared.template)
        if missing:
            raise template.TemplateError(f"moto did not create {sorted(missing)}")
        return Stack(
            name=name,
            resources={item["LogicalResourceId"]: item["PhysicalResourceId"] for item in found},
            types={item["LogicalResourceId"]: item["ResourceType"] for item in found},
            outputs={item["OutputKey"]: item["OutputValue"] for item in described.get("Outputs", [])},
            changes=prepared.changes,
            dropped=prepared.dropped,
            template=loaded,
        )

    def _create(self, kind: str, name: str, properties: dict[str, Any]) -> str:
        """A resource that moto's CloudFormation does not make."""
        if kind == "AWS::SecretsManager::Secret":
            return self._create_secret(name, properties)
        assert kind == "AWS::StepFunctions::Activity", kind
        return self.activities.create(f"arn:aws:states:{self.region}:{template.ACCOUNT}", name)

    def _create_secret(self, name: str, properties: dict[str, Any]) -> str:
        own_name = properties.get("Name")
        value = properties.get("SecretString")
        request = {
            "Name": own_name if isinstance(own_name, str) else f"{name}-{uuid.uuid4().hex[:6]}",
            "SecretString": value if isinstance(value, str) else "generated",
        }
        return self.client("secretsmanager").create_secret(**request)["ARN"]

    # ---- running ---------------------------------------------------------------------------------------------

    def start(self, machine: str, data: Any = None, name: str | None = None) -> str:
        """Start an execution and return its ARN."""
        answer = self.client("stepfunctions").start_execution(
            stateMachineArn=machine, name=name or f"run-{uuid.uuid4()}", input=json.dumps({} if data is None else data)
        )
        return answer["executionArn"]

    def run(self, machine: str, data: Any = None, name: str | None = None, timeout: float = 60.0) -> Execution:
        """Start an execution and wait for its end."""
        return self.wait(self.start(machine, data, name), timeout)

    def wait(self, arn: str, timeout: float = 60.0) -> Execution:
        """Wait for the end of an execution."""
        client = self.client("stepfunctions")
        end = time.monotonic() + timeout
        while True:
            found = client.describe_execution(executionArn=arn)
            if found["status"] != "RUNNING":
                break
            if time.monotonic() > end:
                client.stop_execution(executionArn=arn)
                raise TimeoutError(f"{arn} did not end within {timeout} s; last states {self._history(arn)[0][-8:]}")
            time.sleep(0.01)
        history, events = self._history(arn)
        return Execution(
            arn=arn,
            status=found["status"],
            input=json.loads(found["input"]),
            output=json.loads(found["output"]) if found.get("output") else None,
            error=found.get("error"),
            cause=found.get("cause"),
            history=history,
            events=events,
            expression_errors=list(self.evaluator.errors),
        )

    def _history(self, arn: str) -> tuple[list[tuple[str, str]], list[dict[str, Any]]]:
        """Every event with the name of the state it belongs to."""
        events: list[dict[str, Any]] = []
        for page in self.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn):
            events += page["events"]
        events.sort(key=lambda event: event["id"])
        names: dict[int, str] = {}
        history = []
        for event in events:
            details = event.get("stateEnteredEventDetails") or event.get("stateExitedEventDetails") or {}
            names[event["id"]] = details.get("name") or names.get(event.get("previousEventId", 0), "")
            history.append((names[event["id"]], event["type"]))
        return history, events

    # ---- what is put into moto -------------------------------------------------------------------------------

    def _seams(self) -> Iterator[Any]:
        """The evaluator, the services moto does not run, and Lambda without containers."""
        yield mock.patch.object(moto_jsonata, "_eval_jsonata", self.evaluator)
        # the evaluator has Step Functions' functions itself
        yield mock.patch.dict(moto_intrinsics._DECLARATION_BY_VARIABLE_REFERENCE, clear=True)
        original = state_task_factory.state_task_service_for
        own = {
            "sagemaker": tasks.sagemaker_task(self.sagemaker),
            "aws-sdk": tasks.aws_sdk_task(self.sagemaker),
            "states": tasks.NestedExecutionTask,
            **{service: tasks.service_task(self.jobs, service) for service in SERVICES},
            "http": tasks.http_task(self.http),
        }
        yield mock.patch.object(
            state_task_factory,
            "state_task_service_for",
            lambda service_name: own[service_name]() if service_name in own else original(service_name),
        )
        cloud = self

        def invoke(function: Any, event: Any = None) -> tuple[str, bool, str]:
            data = json.loads(event) if isinstance(event, str) else event
            environment = {**cloud.endpoint.environment, **cloud.lambda_environment}
            invocation = lambdas.run(function, data, environment)
            cloud.invocations.append(invocation)
            return json.dumps(invocation.result), invocation.failed, invocation.log

        yield mock.patch.object(LambdaFunction, "_invoke_lambda", invoke)
        yield from self.activities.seams()

    def _corrections(self) -> Iterator[Any]:
        """Where moto differs from what AWS documents.

        0. CloudFormation creates state machines where the interpreter does not look for them.
        1. Text values of variables are put between quotes without escaping.
        2. States.ALL catches States.Runtime and States.DataLimitExceeded.
        3. An execution's output is not JSON when it is a text, and is missing when it is null.
        4. An execution's end is visible before its output and error are.
        5. The search for variables in expressions takes two divisions for a regular expression, and refuses ``$``
           (the current item, as in ``list[$ > 1]``).  So it is left out: every expression gets all of ``$states``.
        6. Assign takes effect before Output is evaluated; on AWS both see the values of the state's beginning.
        7. The error names of HTTP tasks, States.Http.*, are refused as names of the user's own.
        8. SendTaskFailure forgets the cause.
        7. A map iteration that fails with an error of Step Functions itself ends in an internal error.
        """
        yield mock.patch.object(moto_machines, "stepfunctions_backends", stepfunctions_parser_backends)
        for module in (moto_jsonata, moto_states, moto_variables):
            yield mock.patch.object(module, "encode_jsonata_variable_declarations", _declarations)
        matches = ErrorEqualsDecl._eval_body

        def match_error(decl: Any, env: Any) -> None:
            name = env.stack[-1]
            wildcard = ErrorEqualsDecl._STATE_ALL_ERROR in decl.error_names
            if wildcard and isinstance(name, StatesErrorName) and name.typ in UNCATCHABLE:
                env.stack.pop()
                env.stack.append(False)
            else:
                matches(decl, env)

        yield mock.patch.object(ErrorEqualsDecl, "_eval_body", match_error)
        yield mock.patch.object(string_expression, "extract_jsonata_variable_references", lambda _: {"$states"})
        yield mock.patch.object(MotoExecution, "output", property(_get_output, _set_output), create=True)
        yield mock.patch.object(iteration_worker, "CustomErrorName", _error_name)
        yield mock.patch.object(custom_error_name, "ILLEGAL_CUSTOM_ERROR_PREFIX", "States.\0")
        yield mock.patch.object(StepFunctionResponse, "send_task_failure", _send_task_failure)
        yield from _atomic_end()
        yield from _late_assignment()

    def _speed(self) -> Iterator[Any]:
        """Test speed only: nothing really waits; the seconds asked for are recorded."""
        yield mock.patch.object(
            WaitFunction, "_wait_interval", lambda wait, env, wait_seconds: self.waits.append(wait_seconds)
        )
        yield mock.patch.object(retrier_decl, "time", types.SimpleNamespace(sleep=self.backoffs.append))
        yield mock.patch.object(state_task_service_callback, "_DELAY_SECONDS_SYNC_CONDITION_CHECK", 0.01)


def _error_name(error_name: str) -> ErrorName:
    """The class that goes with a name: only other names than Step Functions' own are custom."""
    if error_name.startswith("States."):
        return StatesErrorName.from_name(error_name)
    return CustomErrorName(error_name=error_name)


def _declarations(bindings: dict[str, Any]) -> str:
    """Variables as moto composes them, but with every value as correct JSON."""
    return "".join(f"{name}:={json.dumps(value, default=_encode)};" for name, value in bindings.items())


def _encode(value: Any) -> str:
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else str(value)


def _send_task_failure(response: Any) -> Any:
    error, cause = response._get_param("error"), response._get_param("cause")
    response.stepfunction_backend.send_task_failure(response._get_param("taskToken"), error=error, cause=cause)
    return EmptyResult()


def _get_output(execution: MotoExecution) -> str | None:
    value = execution.__dict__["output"]
    return json.dumps(value, default=_encode) if execution.exec_status == ExecutionStatus.SUCCEEDED else None


def _set_output(execution: MotoExecution, value: Any) -> None:
    execution.__dict__["output"] = value


def _atomic_end() -> Iterator[Any]:
    """Describe an execution either before or after all of its end has been noted."""
    lock = threading.RLock()
    terminated = BaseExecutionWorkerCommunication.terminated
    describe = StepFunctionResponse.describe_execution

    def locked_terminated(communication: Any) -> None:
        with lock:
            terminated(communication)

    def locked_describe(response: Any) -> Any:
        with lock:
            return describe(response)

    yield mock.patch.object(BaseExecutionWorkerCommunication, "terminated", locked_terminated)
    yield mock.patch.object(StepFunctionResponse, "describe_execution", locked_describe)


def _late_assignment() -> Iterator[Any]:
    """Collect a state's assignments and make them when its Output has been evaluated."""
    run_state = CommonStateField._eval_body

    def assign(decl: AssignDecl, env: Any) -> None:
        values = env.heap.setdefault(PENDING, {})
        for binding in decl.declaration_bindings:
            binding.eval(env=env)
            values.update(env.stack.pop())

    def eval_state(state: CommonStateField, env: Any) -> None:
        env.heap.pop(PENDING, None)
        run_state(state, env)
        for name, value in env.heap.pop(PENDING, {}).items():
            env.variable_store.set(variable_identifier=name, variable_value=value)

    yield mock.patch.object(AssignDecl, "_eval_body", assign)
    yield mock.patch.object(CommonStateField, "_eval_body", eval_state)


def _conditional(prepared: dict[str, Any]) -> set[str]:
    """Resources that a condition may leave out."""
    return {name for name, item in prepared["Resources"].items() if "Condition" in item}
