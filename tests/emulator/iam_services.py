"""The rights that calls of the other services need: objects, items, parameters, events, and jobs that Step Functions waits for.

Sources: "Actions, resources, and condition keys" of each service in the Service Authorization Reference; Step Functions
guide, connect-athena, connect-batch, connect-ecs, connect-emr-serverless, connect-glue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .iam import Need, arn, rule

Parameters = dict[str, Any]


def _dynamodb(action: str, call: Parameters) -> Iterator[Need]:
    table = _named(call.get("TableName", ""), "dynamodb", "table/")
    right = f"dynamodb:{action[0].upper()}{action[1:]}"
    yield Need(right, table)
    if "IndexName" in call:
        yield Need(right, f"{table}/index/{call['IndexName']}")


def _s3(action: str, call: Parameters) -> Iterator[Need]:
    bucket, key = f"arn:aws:s3:::{call.get('Bucket', '')}", call.get("Key", "")
    if action == "listObjectsV2":
        yield Need("s3:ListBucket", bucket, {"s3:prefix": call.get("Prefix", "")})
    if action == "copyObject":
        yield Need("s3:GetObject", f"arn:aws:s3:::{call['CopySource']}")
    written = {"putObject": "s3:PutObject", "copyObject": "s3:PutObject", "getObject": "s3:GetObject"}
    if right := {**written, "deleteObject": "s3:DeleteObject"}.get(action):
        yield Need(right, f"{bucket}/{key}")
    if "SSEKMSKeyId" in call:
        yield Need("kms:GenerateDataKey", call["SSEKMSKeyId"])


def _secretsmanager(_: str, call: Parameters) -> Iterator[Need]:
    # Secrets Manager puts six characters behind the name
    yield Need("secretsmanager:GetSecretValue", arn("secretsmanager", f"secret:{call.get('SecretId', '')}-abcdef"))


def _ssm(_: str, call: Parameters) -> Iterator[Need]:
    yield Need("ssm:GetParameter", arn("ssm", f"parameter/{call.get('Name', '').removeprefix('/')}"))


def _events(_: str, call: Parameters) -> Iterator[Need]:
    for entry in call.get("Entries", [{}]):
        yield Need("events:PutEvents", _named(entry.get("EventBusName", "default"), "events", "event-bus/"))


def _cloudwatch(_: str, call: Parameters) -> Iterator[Need]:
    yield Need("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": call.get("Namespace", "")})


def _glue(_: str, call: Parameters) -> Iterator[Need]:
    for right in ("StartJobRun", "GetJobRun", "GetJobRuns", "BatchStopJobRun"):
        yield Need(f"glue:{right}", arn("glue", f"job/{call.get('JobName', '')}"))


def _athena(action: str, call: Parameters) -> Iterator[Need]:
    group = arn("athena", f"workgroup/{call.get('WorkGroup', 'primary')}")
    if action == "getQueryResults":
        yield Need("athena:GetQueryResults", group)
        return
    for right in ("StartQueryExecution", "StopQueryExecution", "GetQueryExecution", "GetQueryResults"):
        yield Need(f"athena:{right}", group)
    context = call.get("QueryExecutionContext", {})
    database = context.get("Database", "any")
    yield Need("athena:GetDataCatalog", arn("athena", f"datacatalog/{context.get('Catalog', 'AwsDataCatalog')}"))
    for right in ("GetDatabase", "GetTable", "GetPartition", "GetPartitions"):
        yield Need(f"glue:{right}", arn("glue", "catalog"))
        yield Need(f"glue:{right}", arn("glue", f"database/{database}"))
    yield Need("glue:GetTable", arn("glue", f"table/{database}/orders"))
    yield Need("lakeformation:GetDataAccess", "*")
    output = call.get("ResultConfiguration", {}).get("OutputLocation", "s3:///").removeprefix("s3://")
    bucket, _, prefix = output.partition("/")
    for right in ("GetBucketLocation", "ListBucket", "ListBucketMultipartUploads"):
        yield Need(f"s3:{right}", f"arn:aws:s3:::{bucket}", {"s3:prefix": prefix})
    for right in ("GetObject", "PutObject", "AbortMultipartUpload", "ListMultipartUploadParts"):
        yield Need(f"s3:{right}", f"arn:aws:s3:::{bucket}/{prefix}result.csv")


def _emr_serverless(_: str, call: Parameters) -> Iterator[Need]:
    application = arn("emr-serverless", f"/applications/{call.get('ApplicationId', '')}")
    yield Need("emr-serverless:StartJobRun", application)
    for right in ("GetJobRun", "CancelJobRun", *(["TagResource"] if call.get("Tags") else [])):
        yield Need(f"emr-serverless:{right}", f"{application}/jobruns/any")
    yield Need("iam:PassRole", call.get("ExecutionRoleArn", ""), {"iam:PassedToService": "emr-serverless.amazonaws.com"})


def _batch(_: str, call: Parameters) -> Iterator[Need]:
    definition = call.get("JobDefinition", "")
    yield Need("batch:SubmitJob", _named(call.get("JobQueue", ""), "batch", "job-queue/"))
    yield Need("batch:SubmitJob", _named(definition, "batch", "job-definition/"))
    yield Need("batch:DescribeJobs", "*")
    for right in ("TerminateJob", *(["TagResource"] if call.get("Tags") else [])):
        yield Need(f"batch:{right}", arn("batch", "job/any"))


def _ecs(_: str, call: Parameters) -> Iterator[Need]:
    definition = _named(call.get("TaskDefinition", ""), "ecs", "task-definition/")
    yield Need("ecs:RunTask", definition if definition.count(":") > 5 else f"{definition}:1")
    for right in ("StopTask", "DescribeTasks"):
        yield Need(f"ecs:{right}", arn("ecs", f"task/{call.get('Cluster', 'default').rsplit('/', 1)[-1]}/any"))


SERVICES: dict[str, Callable[[str, Parameters], Iterator[Need]]] = {
    "athena": _athena,
    "batch": _batch,
    "cloudwatch": _cloudwatch,
    "dynamodb": _dynamodb,
    "ecs": _ecs,
    "emr-serverless": _emr_serverless,
    "events": _events,
    "glue": _glue,
    "s3": _s3,
    "secretsmanager": _secretsmanager,
    "ssm": _ssm,
}
RULED = ("batch", "ecs", "emr-serverless")   # those whose ends a managed EventBridge rule reports


def needs(service: str, action: str, call: Parameters, synchronous: bool) -> Iterator[Need]:
    """The rights for one call of a service in ``SERVICES``."""
    yield from SERVICES[service](action, call)
    if synchronous and service in RULED:
        yield from rule(action)


def _named(value: str, service: str, kind: str) -> str:
    """The ARN of a thing that a request names by its name or its ARN."""
    return value if value.startswith("arn:") else arn(service, kind + value)
