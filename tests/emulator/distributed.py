"""Distributed maps, as the Step Functions guide describes them (state-map-distributed and the pages below it).

moto 5.2.5 runs a distributed map like an inline one: it has no batches, no results in S3, no JSON lines, no reading of
all objects below a prefix, counts no failures, and lets the turns read the variables around the map.  So the map's own
fields are taken out of the copy of the definition that moto parses, and evaluated here.  A turn gets what AWS gives it:
an execution of its own, without any variables.

Not known of AWS, and so one of the possible ways here: the result of a failed turn that is tolerated is null.
Parquet is not read.
"""

from __future__ import annotations

import copy
import csv
import gzip
import io
import json
import uuid
from collections.abc import Iterator
from typing import Any
from unittest import mock

import boto3
from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (
    DistributedIterationComponent,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.eval.program_state import ProgramError
from moto.stepfunctions.parser.asl.eval.states import ItemData, MapData
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStore
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

TAKEN_OUT = ("ItemReader", "ItemBatcher", "ResultWriter", "ToleratedFailureCount", "ToleratedFailurePercentage")
DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
MOST_BYTES = 262144


class DistributedMaps:
    """The distributed maps of all machines of one account."""

    def __init__(self) -> None:
        self.children: list[dict[str, Any]] = []
        self._fields: dict[str, dict[str, Any]] = {}   # by label

    def patches(self) -> Iterator[Any]:
        """What is put into moto."""
        parse = AmazonStateLanguageParser.parse

        def parse_rest(definition: str) -> Any:
            return parse(json.dumps(self._take_out(json.loads(definition))))

        def run(component: Any, env: Environment) -> None:
            self._run(component, env, env.stack.pop())

        yield mock.patch.object(AmazonStateLanguageParser, "parse", staticmethod(parse_rest))
        yield mock.patch.object(DistributedIterationComponent, "_eval_body", run)

    def _take_out(self, definition: dict[str, Any]) -> dict[str, Any]:
        for state in definition.get("States", {}).values():
            for branch in state.get("Branches", []):
                self._take_out(branch)
            processor = state.get("ItemProcessor")
            if not processor:
                continue
            self._take_out(processor)
            if processor.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
                self._fields[state["Label"]] = {name: state.pop(name) for name in TAKEN_OUT if name in state}
                state.setdefault("Items", [])
        return definition

    # ---- one run -------------------------------------------------------------------------------------------------

    def _run(self, component: Any, env: Environment, given: Any) -> None:
        fields = self._fields[given.label]
        items = _read(env, fields["ItemReader"]) if "ItemReader" in fields else given.input_items
        inputs = [_selected(env, given, index, item) for index, item in enumerate(items)]
        inputs = _batches(env, fields.get("ItemBatcher"), inputs)
        outcomes = [self._child(component, env, given.label, data) for data in inputs]
        failed = [outcome for outcome in outcomes if "error" in outcome]
        if _too_many(env, fields, len(failed), len(outcomes)):
            _fail(env, StatesErrorNameType.StatesExceedToleratedFailureThreshold, f"{failed[0]['error']}")
        result = [outcome.get("output") for outcome in outcomes]
        env.stack.append(_written(env, fields["ResultWriter"], outcomes) if "ResultWriter" in fields else result)

    def _child(self, component: Any, env: Environment, label: str, data: Any) -> dict[str, Any]:
        frame = env.open_inner_frame()
        frame.variable_store = VariableStore()
        context = frame.states.context_object.context_object_data
        machine, name = context["StateMachine"]["Name"], str(uuid.uuid4())
        arn = f"{context['Execution']['Id'].rpartition(':execution:')[0]}:execution:{machine}/{label}:{name}"
        context["Execution"] = {**context["Execution"], "Id": arn, "Name": name, "Input": data, "RedriveCount": 0}
        context.pop("Map", None)
        assert len(json.dumps(data)) <= MOST_BYTES, "States.DataLimitExceeded"
        frame.states.reset(copy.deepcopy(data))
        frame.stack.append(frame.states.get_input())
        outcome: dict[str, Any] = {"arn": arn, "input": data}
        component._get_iteration_program().eval(frame)
        state = frame.program_state()
        if isinstance(state, ProgramError):
            outcome["error"] = {key: state.error.get(key) for key in ("error", "cause")}
        else:
            outcome["output"] = frame.states.get_input()
        env.delete_frame(frame)
        self.children.append(outcome)
        return outcome


def _evaluated(env: Environment, value: Any) -> Any:
    """A JSON value with the expressions in it evaluated."""
    if isinstance(value, dict):
        return {key: _evaluated(env, part) for key, part in value.items()}
    if isinstance(value, list):
        return [_evaluated(env, part) for part in value]
    if not (isinstance(value, str) and value.startswith("{%")):
        return value
    StringJSONata(value[2:-2]).eval(env)
    return env.stack.pop()


def _fail(env: Environment, error: StatesErrorNameType, cause: str) -> None:
    name = StatesErrorName(typ=error)
    details = TaskFailedEventDetails(resource="map", resourceType="map", error=name.error_name, cause=cause)
    raise FailureEventException(
        FailureEvent(
            env=env,
            error_name=name,
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(taskFailedEventDetails=details),
        )
    )


# ---- items -----------------------------------------------------------------------------------------------------------


def _read(env: Environment, reader: dict[str, Any]) -> list[Any]:
    arguments, config = _evaluated(env, reader["Arguments"]), _evaluated(env, reader.get("ReaderConfig", {}))
    client = boto3.client("s3")
    try:
        if reader["Resource"].endswith("s3:listObjectsV2"):
            objects = client.list_objects_v2(**arguments).get("Contents", [])
            if config.get("Transformation") == "LOAD_AND_FLATTEN":
                keys = [found["Key"] for found in objects]
                items = [row for key in keys for row in _rows(_text(client, arguments["Bucket"], key), config)]
            else:
                items = [{key: found[key] for key in ("Key", "Size", "StorageClass")} for found in objects]
        elif config["InputType"] == "MANIFEST":
            items = _inventory(client, arguments["Bucket"], json.loads(_text(client, arguments["Bucket"], arguments["Key"])))
        elif config.get("ManifestType") == "ATHENA_DATA":
            files = _text(client, arguments["Bucket"], arguments["Key"]).split()
            places = [name.removeprefix("s3://").partition("/") for name in files]
            items = [row for bucket, _, key in places for row in _rows(_text(client, bucket, key), config)]
        else:
            items = _rows(_text(client, arguments["Bucket"], arguments["Key"]), config)
    except ClientError as error:
        _fail(env, StatesErrorNameType.StatesItemReaderFailed, str(error))
    return items[: config.get("MaxItems")]


def _inventory(client: Any, bucket: str, manifest: dict[str, Any]) -> list[dict[str, str]]:
    """S3 User Guide, storage-inventory-location: compressed CSV files without a header, whose columns the manifest has."""
    names = manifest["fileSchema"].split(", ")
    items = []
    for file in manifest["files"]:
        packed = client.get_object(Bucket=bucket, Key=file["key"])["Body"].read()
        lines = csv.reader(io.StringIO(gzip.decompress(packed).decode()))
        items += [dict(zip(names, line, strict=True)) for line in lines]
    return items


def _text(client: Any, bucket: str, key: str) -> str:
    return client.get_object(Bucket=bucket, Key=key)["Body"].read().decode()


def _rows(text: str, config: dict[str, Any]) -> list[Any]:
    match config["InputType"]:
        case "CSV":
            lines = list(csv.reader(io.StringIO(text), delimiter=DELIMITERS[config.get("CSVDelimiter", "COMMA")]))
            names = config["CSVHeaders"] if config["CSVHeaderLocation"] == "GIVEN" else lines.pop(0)
            return [dict(zip(names, line + [""] * len(names), strict=False)) for line in lines]
        case "JSONL":
            return [json.loads(line) for line in text.splitlines() if line]
        case "JSON":
            found = json.loads(text)
            for part in config.get("ItemsPointer", "").split("/")[1:]:
                found = found[part]
            return found
    raise NotImplementedError(config["InputType"])


def _selected(env: Environment, given: Any, index: int, item: Any) -> Any:
    if not given.item_selector:
        return item
    frame = env.open_inner_frame()
    frame.states.context_object.context_object_data["Map"] = MapData(Item=ItemData(Index=index, Value=item))
    frame.states.reset(env.states.get_input())
    given.item_selector.eval(frame)
    selected = frame.stack.pop()
    env.delete_frame(frame)
    return selected


def _batches(env: Environment, batcher: dict[str, Any] | None, items: list[Any]) -> list[Any]:
    if not batcher:
        return items
    limits = _evaluated(env, batcher)
    most, most_bytes = limits.get("MaxItemsPerBatch", len(items)), limits.get("MaxInputBytesPerBatch", MOST_BYTES)
    batches: list[list[Any]] = []
    for item in items:
        fits = batches and len(batches[-1]) < most and len(json.dumps([*batches[-1], item])) <= most_bytes
        batches[-1].append(item) if fits else batches.append([item])
    more = {"BatchInput": limits["BatchInput"]} if "BatchInput" in limits else {}
    return [{**more, "Items": batch} for batch in batches]


# ---- results ---------------------------------------------------------------------------------------------------------


def _too_many(env: Environment, fields: dict[str, Any], failed: int, all_of_them: int) -> bool:
    count = _evaluated(env, fields.get("ToleratedFailureCount"))
    share = _evaluated(env, fields.get("ToleratedFailurePercentage"))
    if count is None and share is None:
        return failed > 0
    over_count = count is not None and failed > count
    return over_count or (share is not None and failed * 100 > share * all_of_them)


def _written(env: Environment, writer: dict[str, Any], outcomes: list[dict[str, Any]]) -> dict[str, Any]:
    place = _evaluated(env, writer["Arguments"])
    run = str(uuid.uuid4())
    folder = f"{place['Prefix'].rstrip('/')}/{run}"
    good = [{"Output": json.dumps(outcome["output"])} for outcome in outcomes if "output" in outcome]
    client = boto3.client("s3")
    files = {"SUCCEEDED": [{"Key": f"{folder}/SUCCEEDED_0.json"}], "FAILED": [], "PENDING": []}
    client.put_object(Bucket=place["Bucket"], Key=f"{folder}/SUCCEEDED_0.json", Body=json.dumps(good))
    client.put_object(Bucket=place["Bucket"], Key=f"{folder}/manifest.json", Body=json.dumps({"ResultFiles": files}))
    details = {"Bucket": place["Bucket"], "Key": f"{folder}/manifest.json"}
    return {"MapRunArn": f"arn:aws:states:::mapRun:{run}", "ResultWriterDetails": details}
