"""A stand-in for services whose jobs Step Functions starts and moto does not run: Athena, Batch, ECS, EMR Serverless, Glue.

It runs nothing.  It records every request, checks it with botocore's own model of the service, and answers as the
service documents it.  ``answer`` scripts what a call gives; without a script every job succeeds.
"""

from __future__ import annotations

import functools
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.validate import ParamValidator

from .sagemaker import ServiceError

REGION, ACCOUNT = "eu-central-1", "123456789012"
SERVICES = ("athena", "batch", "ecs", "emr-serverless", "glue")
# Step Functions guide: each service's page lists what it can wait for
WAITED_FOR = {"startQueryExecution", "submitJob", "runTask", "startJobRun"}


@dataclass
class Request:
    """One call, for tests to look at."""

    service: str
    action: str
    parameters: dict[str, Any]
    sync: bool


class JobServices:
    """All five services; an answer is a result or the error to raise."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._answers: dict[str, deque[dict[str, Any] | ServiceError]] = defaultdict(deque)

    def answer(self, action: str, result: dict[str, Any] | ServiceError) -> None:
        """What the next call of an action gives."""
        self._answers[action].append(result)

    def of(self, action: str) -> list[dict[str, Any]]:
        """The parameters of all calls of an action."""
        return [request.parameters for request in self.requests if request.action == action]

    def call(self, service: str, action: str, parameters: dict[str, Any], sync: bool) -> dict[str, Any]:
        check(service, action, parameters)
        self.requests.append(Request(service, action, parameters, sync))
        if sync and action not in WAITED_FOR:
            raise ServiceError("States.Runtime", f"{service}:{action} cannot be waited for")
        if self._answers[action]:
            scripted = self._answers[action].popleft()
            if isinstance(scripted, ServiceError):
                raise scripted
            return scripted
        return _usual_answer(service, action, parameters, len(self.requests))


def _usual_answer(service: str, action: str, parameters: dict[str, Any], number: int) -> dict[str, Any]:
    run = f"run-{number}"
    if service == "glue":
        return {"Id": run, "JobName": parameters["JobName"], "JobRunState": "SUCCEEDED", "ExecutionTime": 60}
    if action == "startQueryExecution":
        location = f"{parameters['ResultConfiguration']['OutputLocation']}{run}.csv"
        statistics = {"DataScannedInBytes": 1024}
        configuration = {"OutputLocation": location}
        return {
            "QueryExecution": {
                "QueryExecutionId": run,
                "ResultConfiguration": configuration,
                "Statistics": statistics,
            }
        }
    if service == "emr-serverless":
        return {"ApplicationId": parameters["ApplicationId"], "JobRunId": run}
    if service == "batch":
        return {"JobId": run, "JobName": parameters["JobName"], "Status": "SUCCEEDED"}
    if service == "ecs":
        return {"TaskArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{parameters.get('Cluster', 'default')}/{run}"}
    raise KeyError(f"no answer for {service}:{action}")


# ---- requests against the service's model ----------------------------------------------------------------------------


def check(service: str, action: str, parameters: dict[str, Any]) -> None:
    """Raise what Step Functions raises for a request that the service's model does not allow."""
    operation = operation_model(service, action[0].upper() + action[1:])
    tokens = {name: "0" * 36 for name in operation.idempotent_members}   # Step Functions fills them in when absent
    request = tokens | as_api(parameters, operation.input_shape)
    report = ParamValidator().validate(request, operation.input_shape)
    if report.has_errors():
        raise ServiceError("States.Runtime", f"{service}:{action}: {report.generate_report()}")


@functools.cache
def operation_model(service: str, name: str) -> OperationModel:
    return botocore.session.get_session().get_service_model(service).operation_model(name)


def as_api(value: Any, shape: Shape) -> Any:
    """PascalCase members in the service's own spelling; an unknown member stays as it is, and is found."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        names = {name[0].upper() + name[1:]: name for name in shape.members}
        known = {names.get(key, key): item for key, item in value.items()}
        return {key: as_api(item, shape.members[key]) if key in shape.members else item for key, item in known.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [as_api(item, shape.member) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: as_api(item, shape.value) for key, item in value.items()}
    return value
