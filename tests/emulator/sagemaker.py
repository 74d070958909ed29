"""A stand-in for SageMaker as Step Functions sees it.

It runs no job.  It records every request, checks it as strictly as AWS is documented to, and answers in the
documented shape.  What a request leads to is decided by the test (``fail_next``, ``finish_next``,
``next_endpoint_change``, ...); without a script every job completes and every endpoint reaches InService.
"""

from __future__ import annotations

import copy
import datetime
import functools
import json
import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

import botocore.session
import regex
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.validate import ParamValidator

ACCOUNT = "123456789012"


@dataclass(frozen=True)
class JobKind:
    """How the API names the parts of one kind of job."""

    name: str
    arn: str

    @property
    def name_field(self) -> str:
        return f"{self.name}Name"

    @property
    def arn_field(self) -> str:
        return f"{self.name}Arn"

    @property
    def status_field(self) -> str:
        return f"{self.name}Status"


JOB_KINDS = {
    "TrainingJob": JobKind("TrainingJob", "training-job"),
    "ProcessingJob": JobKind("ProcessingJob", "processing-job"),
    "TransformJob": JobKind("TransformJob", "transform-job"),
    "HyperParameterTuningJob": JobKind("HyperParameterTuningJob", "hyper-parameter-tuning-job"),
}

# Top-level fields which the optimised integrations are documented (or shown by AWS's own CDK) to accept.
# Any other field deploys well and fails at run time with States.Runtime.
ALLOWED_FIELDS: dict[str, set[str]] = {
    "CreateTrainingJob": {
        "TrainingJobName",
        "AlgorithmSpecification",
        "RoleArn",
        "InputDataConfig",
        "OutputDataConfig",
        "ResourceConfig",
        "StoppingCondition",
        "HyperParameters",
        "Tags",
        "VpcConfig",
        "EnableNetworkIsolation",
        "Environment",
    },
    "CreateTransformJob": {
        "TransformJobName",
        "ModelName",
        "BatchStrategy",
        "Environment",
        "MaxConcurrentTransforms",
        "MaxPayloadInMB",
        "ModelClientConfig",
        "TransformInput",
        "TransformOutput",
        "TransformResources",
        "Tags",
    },
    "CreateProcessingJob": {
        "ProcessingJobName",
        "ProcessingResources",
        "AppSpecification",
        "RoleArn",
        "ProcessingInputs",
        "ProcessingOutputConfig",
        "Environment",
        "NetworkConfig",
        "StoppingCondition",
        "ExperimentConfig",
        "Tags",
    },
    "CreateHyperParameterTuningJob": {
        "HyperParameterTuningJobName",
        "HyperParameterTuningJobConfig",
        "TrainingJobDefinition",
        "WarmStartConfig",
        "Tags",
    },
    "CreateModel": {
        "ModelName",
        "PrimaryContainer",
        "Containers",
        "ExecutionRoleArn",
        "EnableNetworkIsolation",
        "VpcConfig",
        "Tags",
    },
    "CreateEndpointConfig": {"EndpointConfigName", "ProductionVariants", "KmsKeyId", "Tags"},
    "CreateEndpoint": {"EndpointName", "EndpointConfigName", "Tags"},
    "UpdateEndpoint": {"EndpointName", "EndpointConfigName"},
}

# Fields seen to work in published runs or emitted by AWS's data-science SDK, but not documented as supported.
SEEN_WORKING: dict[str, set[str]] = {
    "CreateTrainingJob": {
        "EnableManagedSpotTraining",
        "EnableInterContainerTrafficEncryption",
        "CheckpointConfig",
        "DebugHookConfig",
        "DebugRuleConfigurations",
    },
    "CreateTransformJob": {"DataProcessing", "ExperimentConfig"},
    "CreateEndpointConfig": {"DataCaptureConfig"},
}

# Nested objects whose fields are known one by one.
ALLOWED_NESTED: dict[tuple[str, str], set[str]] = {
    ("CreateTrainingJob", "AlgorithmSpecification"): {
        "TrainingImage",
        "AlgorithmName",
        "TrainingInputMode",
        "MetricDefinitions",
    },
}
SEEN_WORKING_NESTED: dict[tuple[str, str], set[str]] = {
    ("CreateTrainingJob", "AlgorithmSpecification"): {"EnableSageMakerMetricsTimeSeries"},
}


class ServiceError(Exception):
    """A failed call: the Step Functions error name and cause."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


class TimedOut(TimeoutError):
    """A ``.sync`` call which the test wants to run into the state's TimeoutSeconds."""


@dataclass
class Call:
    """One request that reached SageMaker."""

    action: str
    parameters: dict[str, Any]
    optimised: bool
    sync: bool
    attempt: int
    error: str | None = None
    cause: str | None = None
    service: str = "sagemaker"


@dataclass
class _Script:
    """What the test wants to happen to one future call."""

    error: str | None = None
    cause: str = ""
    statuses: list[str] | None = None
    result: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] | None = None
    time_out: bool = False


@dataclass
class _Job:
    kind: JobKind
    description: dict[str, Any]
    statuses: deque[str]


@dataclass
class _Endpoint:
    description: dict[str, Any]
    statuses: deque[str]
    final_config: str
    failure_reason: str = ""


@dataclass
class _EndpointChange:
    statuses: list[str]
    rolls_back: bool
    failure_reason: str


def operation_name(action: str) -> str:
    """``createTrainingJob`` -> ``CreateTrainingJob``."""
    return action[0].upper() + action[1:]


BOTOCORE_NAMES = {
    "applicationautoscaling": "application-autoscaling",
    "sagemakerfeaturestoreruntime": "sagemaker-featurestore-runtime",
    "sagemakerruntime": "sagemaker-runtime",
}


@functools.cache
def service_model(service: str) -> ServiceModel:
    """botocore's description of a service, by its name in Step Functions."""
    return botocore.session.get_session().get_service_model(BOTOCORE_NAMES.get(service, service))


class SageMaker:
    """See the module text.  Set ``allow_seen_working`` to accept fields that are not documented but seen to work."""

    def __init__(self, allow_seen_working: bool = False) -> None:
        self.allow_seen_working = allow_seen_working
        self.calls: list[Call] = []
        self.records: list[dict[str, Any]] = []
        self._lock = threading.RLock()
        self._scripts: dict[str, deque[_Script]] = defaultdict(deque)
        self._changes: deque[_EndpointChange] = deque()
        self._jobs: dict[tuple[str, str], _Job] = {}
        self._models: dict[str, dict[str, Any]] = {}
        self._configs: dict[str, dict[str, Any]] = {}
        self._endpoints: dict[str, _Endpoint] = {}
        self._packages: dict[str, dict[str, Any]] = {}
        self._cards: dict[str, dict[str, Any]] = {}
        self.scaled: dict[str, dict[str, Any]] = {}

    # ---- the test's side -------------------------------------------------------------------------------------

    def fail_next(self, action: str, error: str, cause: str = "", times: int = 1) -> None:
        """Let the next calls of ``action`` fail.

        With ``States.TaskFailed`` the job is created and ends Failed (``cause`` is its FailureReason, the state's
        Cause is the JSON text of the description).  With any other error the create call itself is refused.
        """
        for _ in range(times):
            self._scripts[operation_name(action)].append(_Script(error=error, cause=cause))

    def time_out_next(self, action: str) -> None:
        """Let the next ``.sync`` call end with States.Timeout, as if the job took longer than TimeoutSeconds."""
        self._scripts[operation_name(action)].append(_Script(time_out=True))

    def succeed_next(self, action: str, statuses: list[str] | None = None, **result: Any) -> None:
        """Let the next call succeed with these fields merged into the job's description.

        ``statuses`` is what consecutive describe calls report (for jobs started through aws-sdk).
        """
        self._scripts[operation_name(action)].append(_Script(statuses=statuses, result=result))

    def metrics_next(self, action: str = "createTrainingJob", **metrics: float) -> None:
        """Let the next job succeed with these final metrics."""
        values = [{"MetricName": name, "Value": value, "Timestamp": self._now(True)} for name, value in metrics.items()]
        self.succeed_next(action, FinalMetricDataList=values)

    def best_training_job_next(self, name: str, metric: str, value: float, **hyper_parameters: str) -> None:
        """Let the next tuning job report this best training job, and make that job known to describeTrainingJob."""
        arn = self._arn("training-job", name)
        best = {
            "TrainingJobName": name,
            "TrainingJobArn": arn,
            "TrainingJobStatus": "Completed",
            "ObjectiveStatus": "Succeeded",
            "TunedHyperParameters": hyper_parameters,
            "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": metric, "Value": value, "Type": "Maximize"},
        }
        self.succeed_next("createHyperParameterTuningJob", BestTrainingJob=best, OverallBestTrainingJob=best)
        description = {
            "TrainingJobName": name,
            "TrainingJobArn": arn,
            "TrainingJobStatus": "Completed",
            "SecondaryStatus": "Completed",
            "HyperParameters": hyper_parameters,
            "ModelArtifacts": {"S3ModelArtifacts": f"s3://tuning/{name}/output/model.tar.gz"},
            "FinalMetricDataList": [{"MetricName": metric, "Value": value, "Timestamp": self._now(True)}],
        }
        self._jobs["TrainingJob", name] = _Job(JOB_KINDS["TrainingJob"], description, deque(["Completed"]))

    def answer_next(self, action: str, **result: Any) -> None:
        """Let the next call of any other action (aws-sdk) return this."""
        self._scripts[operation_name(action)].append(_Script(answer=result))

    def next_endpoint_change(self, statuses: list[str], rolls_back: bool = False, failure_reason: str = "") -> None:
        """What describeEndpoint reports, call by call, after the next create or update of an endpoint.

        The last status stays.  With ``rolls_back`` the endpoint keeps the configuration it had before.
        """
        self._changes.append(_EndpointChange(statuses, rolls_back, failure_reason))

    def roll_back_next_update(self, reason: str = "alarm went off") -> None:
        """The next update ends InService on the old configuration."""
        self.next_endpoint_change(["Updating", "RollingBack", "InService"], rolls_back=True, failure_reason=reason)

    def have_endpoint(self, name: str, config: str = "old-config") -> None:
        """Let an endpoint exist before the test begins."""
        self._configs[config] = {
            "EndpointConfigName": config,
            "EndpointConfigArn": self._arn("endpoint-config", config),
        }
        self._endpoints[name] = _Endpoint(self._endpoint_description(name, config), deque(["InService"]), config)

    def have_model_package(self, group: str, version: int, approval: str = "Approved") -> str:
        """Let a version of a model exist in the registry before the test begins; returns its ARN."""
        arn = self._arn("model-package", f"{group}/{version}")
        self._packages[arn] = {
            "ModelPackageGroupName": group,
            "ModelPackageVersion": version,
            "ModelPackageArn": arn,
            "CreationTime": f"2026-01-0{version}T00:00:00.000Z",
            "ModelPackageStatus": "Completed",
            "ModelApprovalStatus": approval,
        }
        return arn

    def have_model(self, name: str) -> None:
        """Let a model exist before the test begins."""
        self._models[name] = {"ModelName": name, "ModelArn": self._arn("model", name)}

    def of(self, action: str) -> list[Call]:
        """All calls of one action."""
        return [call for call in self.calls if call.action == operation_name(action)]

    def names(self, action: str) -> list[str]:
        """The name fields of all calls of one create action."""
        name = operation_name(action).removeprefix("Create") + "Name"
        return [call.parameters.get(name, "") for call in self.of(action)]

    # ---- Step Functions' side --------------------------------------------------------------------------------

    def call(
        self, action: str, parameters: dict[str, Any], optimised: bool, sync: bool, service: str = "sagemaker"
    ) -> dict[str, Any]:
        """Handle one request; raises ServiceError or TimedOut."""
        with self._lock:
            operation = operation_name(action)
            attempt = len(self.of(operation)) + 1
            call = Call(operation, copy.deepcopy(parameters), optimised, sync, attempt, service=service)
            self.calls.append(call)
            try:
                return self._handle(operation, parameters, optimised, sync, service)
            except ServiceError as error:
                call.error, call.cause = error.error, error.cause
                raise
            except TimedOut:
                call.error = "States.Timeout"
                raise

    def _handle(
        self, operation: str, parameters: dict[str, Any], optimised: bool, sync: bool, service: str
    ) -> dict[str, Any]:
        if optimised:
            self._check_allowed(operation, parameters, sync)
        model = self._model(service, operation)
        self._check_request(model, parameters, optimised)
        script = self._scripts[operation].popleft() if self._scripts[operation] else _Script()
        if script.answer is not None:
            return script.answer
        if script.error and script.error != "States.TaskFailed":
            raise ServiceError(script.error, script.cause)
        verb, kind = self._job_verb(operation)
        if kind and verb == "Create":
            result = self._create_job(kind, parameters, script, optimised, sync)
        elif kind and verb == "Describe":
            result = self._describe_job(kind, parameters)
        elif kind and verb == "Stop":
            result = self._stop_job(kind, parameters)
        else:
            handler = getattr(self, f"_do_{operation}", None)
            if handler is None:
                raise ServiceError("States.Runtime", f"the SageMaker stand-in has no answer for {operation}")
            result = handler(parameters)
        self._check_result(model, result)
        return result

    # ---- checks ----------------------------------------------------------------------------------------------

    def _check_allowed(self, operation: str, parameters: dict[str, Any], sync: bool) -> None:
        """An unlisted field fails at run time with an error that nothing can catch."""
        if operation not in ALLOWED_FIELDS:
            raise ServiceError("States.Runtime", f"no optimised integration sagemaker:{operation}")
        if sync and self._job_verb(operation)[0] != "Create":
            raise ServiceError("States.Runtime", f"{operation} has no .sync form")
        allowed = set(ALLOWED_FIELDS[operation])
        if self.allow_seen_working:
            allowed |= SEEN_WORKING.get(operation, set())
        self._refuse_others(parameters, allowed, "")
        for (nested_operation, name), nested in ALLOWED_NESTED.items():
            if nested_operation == operation and isinstance(parameters.get(name), dict):
                more = SEEN_WORKING_NESTED.get((operation, name), set()) if self.allow_seen_working else set()
                self._refuse_others(parameters[name], nested | more, f"{name}.")

    @staticmethod
    def _refuse_others(parameters: dict[str, Any], allowed: set[str], path: str) -> None:
        for name in parameters:
            if name not in allowed:
                cause = f'The field "{path}{name}" is not supported by Step Functions'
                raise ServiceError("States.Runtime", cause)

    def _model(self, service: str, operation: str) -> OperationModel:
        model = service_model(service)
        if operation not in model.operation_names:
            raise ServiceError("States.Runtime", f"{service} has no action {operation}")
        return model.operation_model(operation)

    def _check_request(self, model: OperationModel, parameters: dict[str, Any], optimised: bool) -> None:
        shape = model.input_shape
        report = ParamValidator().validate(parameters, shape)
        problems = [report.generate_report()] if report.has_errors() else []
        problems += _constraint_problems(parameters, shape, "")
        if problems:
            error = "SageMaker.AmazonSageMakerException" if optimised else "SageMaker.SageMakerException"
            raise ServiceError(error, "ValidationException: " + "; ".join(problems))

    @staticmethod
    def _check_result(model: OperationModel, result: dict[str, Any]) -> None:
        """Guards the stand-in itself: it must not invent fields that the API does not return."""
        known = set(model.output_shape.members) if model.output_shape else set()
        if model.name.startswith("Create"):
            return
        unknown = set(result) - known
        if unknown:
            raise AssertionError(f"the stand-in answered {model.name} with unknown fields {sorted(unknown)}")

    # ---- jobs ------------------------------------------------------------------------------------------------

    @staticmethod
    def _job_verb(operation: str) -> tuple[str, JobKind | None]:
        for verb in ("Create", "Describe", "Stop"):
            kind = JOB_KINDS.get(operation.removeprefix(verb)) if operation.startswith(verb) else None
            if kind:
                return verb, kind
        return "", None

    def _create_job(
        self, kind: JobKind, parameters: dict[str, Any], script: _Script, optimised: bool, sync: bool
    ) -> dict[str, Any]:
        name = parameters[kind.name_field]
        if (kind.name, name) in self._jobs:
            cause = f"ResourceInUse: Job name must be unique within an AWS account and region, and a {kind.name} with "
            cause += f"this name already exists ({self._arn(kind.arn, name)})"
            error = "SageMaker.AmazonSageMakerException" if optimised else "SageMaker.ResourceInUseException"
            raise ServiceError(error, cause)
        if kind.name == "TransformJob" and parameters["ModelName"] not in self._models:
            error = "SageMaker.AmazonSageMakerException" if optimised else "SageMaker.SageMakerException"
            raise ServiceError(error, f'Could not find model "{self._arn("model", parameters["ModelName"])}".')
        final = "Failed" if script.error else "Completed"
        statuses = script.statuses or ["InProgress", final]
        description = self._job_description(kind, parameters, optimised) | script.result
        if script.error:
            description["FailureReason"] = script.cause
        job = _Job(kind, description, deque(statuses))
        self._jobs[kind.name, name] = job
        if not sync:
            return {kind.arn_field: description[kind.arn_field]}
        if script.time_out:
            job.statuses = deque(["Stopped"])
            raise TimedOut(name)
        job.statuses = deque([statuses[-1]])
        description[kind.status_field] = statuses[-1]
        if statuses[-1] != "Completed":
            raise ServiceError("States.TaskFailed", json.dumps(description))
        return description

    def _job_description(self, kind: JobKind, parameters: dict[str, Any], optimised: bool) -> dict[str, Any]:
        name = parameters[kind.name_field]
        shape = self._model("sagemaker", f"Describe{kind.name}").output_shape
        description = {key: copy.deepcopy(value) for key, value in parameters.items() if key in shape.members}
        description |= {
            kind.arn_field: self._arn(kind.arn, name),
            kind.status_field: "InProgress",
            "CreationTime": self._now(optimised),
        }
        return description | getattr(self, f"_describe_{kind.name}")(name, parameters, optimised)

    def _describe_TrainingJob(self, name: str, parameters: dict[str, Any], optimised: bool) -> dict[str, Any]:
        output = parameters["OutputDataConfig"]["S3OutputPath"].rstrip("/")
        return {
            "ModelArtifacts": {"S3ModelArtifacts": f"{output}/{name}/output/model.tar.gz"},
            "SecondaryStatus": "Completed",
            "FinalMetricDataList": [],
            "TrainingTimeInSeconds": 60,
            "BillableTimeInSeconds": 60,
            "LastModifiedTime": self._now(optimised),
        }

    def _describe_ProcessingJob(self, name: str, parameters: dict[str, Any], optimised: bool) -> dict[str, Any]:
        return {"LastModifiedTime": self._now(optimised), "ProcessingEndTime": self._now(optimised)}

    def _describe_TransformJob(self, name: str, parameters: dict[str, Any], optimised: bool) -> dict[str, Any]:
        return {"TransformEndTime": self._now(optimised)}

    def _describe_HyperParameterTuningJob(
        self, name: str, parameters: dict[str, Any], optimised: bool
    ) -> dict[str, Any]:
        counters = {"Completed": 1, "InProgress": 0, "RetryableError": 0, "NonRetryableError": 0, "Stopped": 0}
        return {
            "TrainingJobStatusCounters": counters,
            "ObjectiveStatusCounters": {"Succeeded": 1, "Pending": 0, "Failed": 0},
            "LastModifiedTime": self._now(optimised),
        }

    def _find_job(self, kind: JobKind, parameters: dict[str, Any]) -> _Job:
        job = self._jobs.get((kind.name, parameters[kind.name_field]))
        if job is None:
            raise ServiceError("SageMaker.ResourceNotFoundException", "Requested resource not found.")
        return job

    def _describe_job(self, kind: JobKind, parameters: dict[str, Any]) -> dict[str, Any]:
        job = self._find_job(kind, parameters)
        status = job.statuses.popleft() if len(job.statuses) > 1 else job.statuses[0]
        job.description[kind.status_field] = status
        return copy.deepcopy(job.description)

    def _stop_job(self, kind: JobKind, parameters: dict[str, Any]) -> dict[str, Any]:
        self._find_job(kind, parameters).statuses = deque(["Stopping", "Stopped"])
        return {}

    # ---- models and endpoints --------------------------------------------------------------------------------

    def _do_CreateModel(self, parameters: dict[str, Any]) -> dict[str, Any]:
        return self._create(self._models, "Model", "model", parameters)

    def _do_DescribeModel(self, parameters: dict[str, Any]) -> dict[str, Any]:
        return self._describe(self._models, "model", parameters["ModelName"])

    def _do_DeleteModel(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self._describe(self._models, "model", parameters["ModelName"])
        del self._models[parameters["ModelName"]]
        return {}

    def _do_CreateEndpointConfig(self, parameters: dict[str, Any]) -> dict[str, Any]:
        for variant in parameters["ProductionVariants"]:
            if "ModelName" in variant:
                self._describe(self._models, "model", variant["ModelName"])
        return self._create(self._configs, "EndpointConfig", "endpoint-config", parameters)

    def _do_DescribeEndpointConfig(self, parameters: dict[str, Any]) -> dict[str, Any]:
        return self._describe(self._configs, "endpoint configuration", parameters["EndpointConfigName"])

    def _do_DeleteEndpointConfig(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self._describe(self._configs, "endpoint configuration", parameters["EndpointConfigName"])
        del self._configs[parameters["EndpointConfigName"]]
        return {}

    def _do_CreateEndpoint(self, parameters: dict[str, Any]) -> dict[str, Any]:
        name, config = parameters["EndpointName"], parameters["EndpointConfigName"]
        if name in self._endpoints:
            raise ServiceError("SageMaker.SageMakerException", f'Cannot create already existing endpoint "{name}".')
        self._describe(self._configs, "endpoint configuration", config)
        change = self._changes.popleft() if self._changes else _EndpointChange(["Creating", "InService"], False, "")
        self._endpoints[name] = _Endpoint(
            self._endpoint_description(name, config), deque(change.statuses), config, change.failure_reason
        )
        return {"EndpointArn": self._arn("endpoint", name)}

    def _do_UpdateEndpoint(self, parameters: dict[str, Any]) -> dict[str, Any]:
        name, config = parameters["EndpointName"], parameters["EndpointConfigName"]
        endpoint = self._find_endpoint(name)
        if len(endpoint.statuses) > 1 or endpoint.statuses[0] not in ("InService", "UpdateRollbackFailed"):
            raise ServiceError("SageMaker.SageMakerException", f'Cannot update in-progress endpoint "{name}".')
        self._describe(self._configs, "endpoint configuration", config)
        self._refuse_while_scaled(name, config)
        change = self._changes.popleft() if self._changes else _EndpointChange(["Updating", "InService"], False, "")
        endpoint.statuses = deque(change.statuses)
        endpoint.failure_reason = change.failure_reason
        endpoint.final_config = endpoint.description["EndpointConfigName"] if change.rolls_back else config
        return {"EndpointArn": self._arn("endpoint", name)}

    def _do_DescribeEndpoint(self, parameters: dict[str, Any]) -> dict[str, Any]:
        endpoint = self._find_endpoint(parameters["EndpointName"])
        status = endpoint.statuses.popleft() if len(endpoint.statuses) > 1 else endpoint.statuses[0]
        endpoint.description["EndpointStatus"] = status
        settled = status in ("InService", "Failed", "OutOfService")
        if settled:
            endpoint.description["EndpointConfigName"] = endpoint.final_config
            variants = self._configs[endpoint.final_config].get("ProductionVariants", [])
            endpoint.description["ProductionVariants"] = [{"VariantName": v["VariantName"]} for v in variants]
        if settled and endpoint.failure_reason:
            endpoint.description["FailureReason"] = endpoint.failure_reason
        return copy.deepcopy(endpoint.description)

    def _do_DeleteEndpoint(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self._find_endpoint(parameters["EndpointName"])
        del self._endpoints[parameters["EndpointName"]]
        return {}

    def _do_AddTags(self, parameters: dict[str, Any]) -> dict[str, Any]:
        return {"Tags": parameters["Tags"]}

    # ---- features ------------------------------------------------------------------------------------------------

    def _do_PutRecord(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self.records.append(parameters)
        return {}

    def _do_GetRecord(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """The newest record of the group that has the wanted text as one of its values; none: an empty answer."""
        wanted = parameters["RecordIdentifierValueAsString"]
        for record in reversed(self.records):
            same_group = record["FeatureGroupName"] == parameters["FeatureGroupName"]
            if same_group and any(feature["ValueAsString"] == wanted for feature in record["Record"]):
                return {"Record": copy.deepcopy(record["Record"])}
        return {}

    # ---- registry ------------------------------------------------------------------------------------------------

    def _do_CreateModelPackage(self, parameters: dict[str, Any]) -> dict[str, Any]:
        group = parameters["ModelPackageGroupName"]
        if "Tags" in parameters:
            raise ServiceError("SageMaker.SageMakerException", "a version in a group takes no tags")
        version = 1 + sum(p["ModelPackageGroupName"] == group for p in self._packages.values())
        return {"ModelPackageArn": self.have_model_package(group, version, parameters["ModelApprovalStatus"])}

    def _do_ListModelPackages(self, parameters: dict[str, Any]) -> dict[str, Any]:
        found = [
            package
            for package in self._packages.values()
            if package["ModelPackageGroupName"] == parameters["ModelPackageGroupName"]
            and package["ModelApprovalStatus"] == parameters.get("ModelApprovalStatus", package["ModelApprovalStatus"])
        ]
        newest_first = parameters.get("SortOrder") == "Descending"
        found.sort(key=lambda package: package["CreationTime"], reverse=newest_first)
        return {"ModelPackageSummaryList": copy.deepcopy(found[: parameters.get("MaxResults", 10)])}

    def _do_UpdateModelPackage(self, parameters: dict[str, Any]) -> dict[str, Any]:
        package = self._packages[parameters["ModelPackageArn"]]
        package["ModelApprovalStatus"] = parameters["ModelApprovalStatus"]
        return {"ModelPackageArn": parameters["ModelPackageArn"]}

    def _do_CreateModelCard(self, parameters: dict[str, Any]) -> dict[str, Any]:
        json.loads(parameters["Content"])
        self._cards[parameters["ModelCardName"]] = copy.deepcopy(parameters)
        return {"ModelCardArn": self._arn("model-card", parameters["ModelCardName"])}

    def _do_UpdateModelCard(self, parameters: dict[str, Any]) -> dict[str, Any]:
        if parameters["ModelCardName"] not in self._cards:
            raise ServiceError("SageMaker.ResourceNotFoundException", "Requested resource not found.")
        self._cards[parameters["ModelCardName"]] |= copy.deepcopy(parameters)
        return {"ModelCardArn": self._arn("model-card", parameters["ModelCardName"])}

    # ---- scaling -------------------------------------------------------------------------------------------------

    def _refuse_while_scaled(self, endpoint: str, config: str) -> None:
        """SageMaker Developer Guide, endpoint-scaling-update: another instance type is refused for what scales."""
        before = self._configs[self._endpoints[endpoint].description["EndpointConfigName"]]
        for variant in self._configs[config].get("ProductionVariants", []):
            scaled = f"endpoint/{endpoint}/variant/{variant['VariantName']}" in self.scaled
            old = [v for v in before.get("ProductionVariants", []) if v["VariantName"] == variant["VariantName"]]
            if scaled and old and old[0].get("InstanceType") != variant.get("InstanceType"):
                raise ServiceError("SageMaker.SageMakerException", "deregister the variant from automatic scaling")

    def _do_RegisterScalableTarget(self, parameters: dict[str, Any]) -> dict[str, Any]:
        _, endpoint, _, variant = parameters["ResourceId"].split("/")
        description = self._find_endpoint(endpoint).description
        known = [v["VariantName"] for v in description["ProductionVariants"]]
        if description["EndpointStatus"] != "InService" or variant not in known:
            raise ServiceError("ApplicationAutoScaling.ValidationException", f"no variant {variant} in service")
        self.scaled[parameters["ResourceId"]] = {"target": copy.deepcopy(parameters)}
        return {}

    def _do_PutScalingPolicy(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self._scalable(parameters["ResourceId"])["policy"] = copy.deepcopy(parameters)
        return {"PolicyARN": f"arn:aws:autoscaling:us-east-1:{ACCOUNT}:scalingPolicy:1"}

    def _do_DeregisterScalableTarget(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self._scalable(parameters["ResourceId"])
        del self.scaled[parameters["ResourceId"]]
        return {}

    def _scalable(self, resource: str) -> dict[str, Any]:
        if resource not in self.scaled:
            raise ServiceError("ApplicationAutoScaling.ObjectNotFoundException", "No scalable target found")
        return self.scaled[resource]

    def _find_endpoint(self, name: str) -> _Endpoint:
        """A missing endpoint is a ValidationException, which the service model does not name."""
        if name not in self._endpoints:
            cause = f'Could not find endpoint "{self._arn("endpoint", name)}".'
            raise ServiceError("SageMaker.SageMakerException", cause)
        return self._endpoints[name]

    def _endpoint_description(self, name: str, config: str) -> dict[str, Any]:
        variants = self._configs[config].get("ProductionVariants", [])
        return {
            "EndpointName": name,
            "EndpointArn": self._arn("endpoint", name),
            "EndpointConfigName": config,
            "EndpointStatus": "Creating",
            "CreationTime": self._now(False),
            "LastModifiedTime": self._now(False),
            "ProductionVariants": [{"VariantName": variant["VariantName"]} for variant in variants],
        }

    def _create(
        self, store: dict[str, dict[str, Any]], prefix: str, arn: str, parameters: dict[str, Any]
    ) -> dict[str, Any]:
        name = parameters[f"{prefix}Name"]
        if name in store:
            cause = f'Cannot create already existing {arn.replace("-", " ")} "{self._arn(arn, name)}".'
            raise ServiceError("SageMaker.SageMakerException", cause)
        reference = {f"{prefix}Arn": self._arn(arn, name)}
        known = {key: value for key, value in parameters.items() if key != "Tags"}
        store[name] = copy.deepcopy(known) | reference | {"CreationTime": self._now(False)}
        return reference

    def _describe(self, store: dict[str, dict[str, Any]], what: str, name: str) -> dict[str, Any]:
        if name not in store:
            raise ServiceError("SageMaker.SageMakerException", f'Could not find {what} "{name}".')
        return copy.deepcopy(store[name])

    # ---- small things ----------------------------------------------------------------------------------------

    @staticmethod
    def _arn(kind: str, name: str) -> str:
        """SageMaker writes names in ARNs in lower case."""
        return f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:{kind}/{name.lower()}"

    @staticmethod
    def _now(optimised: bool) -> int | str:
        """Epoch milliseconds in optimised results, ISO text in SDK results."""
        now = datetime.datetime.now(datetime.UTC)
        return (
            int(now.timestamp() * 1000) if optimised else now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        )


def _constraint_problems(value: Any, shape: Shape, path: str) -> list[str]:
    """Patterns, maxima and enumerations, which botocore's own validator leaves to the service."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        members = ((name, item) for name, item in value.items() if name in shape.members)
        return [
            text for name, item in members for text in _constraint_problems(item, shape.members[name], f"{path}.{name}")
        ]
    if isinstance(shape, ListShape) and isinstance(value, list):
        problems = _size_problem(len(value), shape, path)
        return problems + [
            text for i, item in enumerate(value) for text in _constraint_problems(item, shape.member, f"{path}[{i}]")
        ]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        keys = [text for key in value for text in _constraint_problems(key, shape.key, f"{path}.key")]
        return keys + [
            text for key, item in value.items() for text in _constraint_problems(item, shape.value, f"{path}.{key}")
        ]
    if isinstance(value, str) and shape.type_name == "string":
        return _string_problems(value, shape, path)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _size_problem(value, shape, path)
    return []


def _string_problems(value: str, shape: Shape, path: str) -> list[str]:
    problems = _size_problem(len(value), shape, path)
    if getattr(shape, "enum", None) and value not in shape.enum:
        problems.append(f"{path} = {value!r} is not a member of the enumeration")
    # the models write what is beyond 16 bits as Java does, as a range of pairs
    pattern = shape.metadata.get("pattern", "").replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    if pattern and not regex.fullmatch(pattern, value):
        problems.append(f"{path} = {value!r} does not match {pattern}")
    return problems


def _size_problem(size: float, shape: Shape, path: str) -> list[str]:
    largest = shape.metadata.get("max")
    return (
        [f"{path} has size {size}, but at most {largest} is allowed"] if largest is not None and size > largest else []
    )
