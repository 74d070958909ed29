"""What CloudFormation takes: runtime-schemas/cloudformation.json, from the registry schemas that cfn-lint carries.

Kept is what zflowc checks: names, what is required, kinds of values, choices, plain bounds, attributes. Where a schema is not
plain (alternatives, free-form objects) less is kept, so that nothing right is refused.
"""

import json
import pathlib
import re

SCALARS = {"string", "integer", "number", "boolean"}
REGIONS_FIRST = "us-east-1"
# More than these are long lists of what changes all the time, engine versions and the like.
MOST_CHOICES = 400


def load(folder: pathlib.Path) -> dict[str, dict]:
    """The schema of each type; of one region, since they differ in which types there are and not in the types."""
    files = sorted((folder / "providers").glob("*.json"), key=lambda path: (path.stem != REGIONS_FIRST, path.stem))
    names = {}
    for path in files:
        if path.stem == "sam":      # types of a transform, which zflowc does not write
            continue
        for name, file in json.loads(path.read_text(encoding="utf-8")).items():
            names.setdefault(name, file)
    return {name: json.loads((folder / "resources" / f"{file}.json").read_text(encoding="utf-8")) for name, file in names.items()}


def as_list(value) -> list:
    return value if isinstance(value, list) else [] if value is None else [value]


def bounds(least, most) -> str:
    def shown(number) -> str:
        return "" if number is None else str(int(number)) if float(number).is_integer() else str(number)
    return "" if least in (None, 0) and most is None else f" {shown(least)}..{shown(most)}"


class Shapes:
    """Records and choices of all types, alike ones once. They refer to each other by number until `named`."""

    def __init__(self):
        self.all: list[tuple[str, dict]] = []      # name and content
        self.names: dict[int, str] = {}

    def add(self, name: str) -> int:
        self.all.append((name, {}))
        return len(self.all) - 1

    def finish(self, types: dict[str, dict]) -> tuple[dict, dict]:
        """Types and shapes with names in place of numbers."""
        classes = self.classes()
        first: dict[int, int] = {}
        for number, group in enumerate(classes):
            first.setdefault(group, number)
        counts: dict[str, int] = {}
        names = {}
        for group, number in first.items():
            name = self.all[number][0]
            counts[name] = counts.get(name, 0) + 1
            names[group] = name if counts[name] == 1 else f"{name}.{counts[name]}"

        def rename(content):
            if isinstance(content, str):
                return re.sub(r"#(\d+)", lambda m: "#" + names[classes[int(m.group(1))]], content)
            return content

        def with_names(entry: dict) -> dict:
            return {key: {k: rename(v) for k, v in value.items()} if key == "members" else value for key, value in entry.items()}

        shapes = {names[group]: with_names(self.all[number][1]) for group, number in first.items()}
        return {name: with_names(entry) for name, entry in types.items()}, shapes

    def classes(self) -> list[int]:
        """Equal numbers for equal shapes, which may contain themselves: refined until nothing more falls apart."""
        current = [0] * len(self.all)
        count = 1
        while True:
            seen: dict[str, int] = {}
            refined = []
            for number, (name, content) in enumerate(self.all):
                text = json.dumps([name, content, current[number]], sort_keys=True)
                text = re.sub(r"#(\d+)", lambda m: f"#{current[int(m.group(1))]}", text)
                refined.append(seen.setdefault(text, len(seen)))
            if len(seen) == count:
                return refined
            current, count = refined, len(seen)


class Reader:
    """The schema of one type."""

    def __init__(self, schema: dict, shapes: Shapes):
        self.schema = schema
        self.shapes = shapes
        self.numbers: dict[str, str] = {}          # of definitions that are records
        self.read_only = [pointer.split("/")[2:] for pointer in schema.get("readOnlyProperties", [])]
        for path in self.read_only:
            self.not_required(path)

    def resolve(self, schema: dict) -> dict:
        for _ in range(20):
            if "$ref" not in schema:
                return schema
            found = self.schema
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, dict) else {}
            schema = found
        return {}

    def not_required(self, path: list[str]) -> None:
        """What the service fills in need not be given."""
        at = self.schema
        for part in path[:-1]:
            at = self.resolve(at)
            at = at.get("items", {}) if part == "*" else at.get("properties", {}).get(part, {})
        at = self.resolve(at)
        if path and path[-1] in at.get("required", []):
            at["required"] = [name for name in at["required"] if name != path[-1]]

    def type(self) -> dict:
        set_by_service = {path[0] for path in self.read_only if len(path) == 1}
        taken = set(self.schema.get("required", [])) | {p.split("/")[2] for key in ("createOnlyProperties", "writeOnlyProperties")
                                                        for p in self.schema.get(key, [])}
        entry = self.record(self.schema)
        for name in set_by_service - taken:
            entry["members"].pop(name, None)
        return entry

    # --- values

    def value(self, schema, name: str) -> str:
        if not isinstance(schema, dict):
            return "any"
        reference = schema.get("$ref", "")
        if reference in self.numbers:
            return self.numbers[reference]
        target = self.resolve(schema)
        kinds = as_list(target.get("type"))
        if len(kinds) > 1:
            return self.one_of_kinds(target, set(kinds), reference, name)
        kind = kinds[0] if kinds else self.implied_kind(target)
        if kind in SCALARS:
            return self.scalar(target, kind, name)
        if kind == "array":
            items = target.get("items")
            element = self.value(items, name) if isinstance(items, dict) else "any"
            return f"list{bounds(target.get('minItems'), target.get('maxItems'))} {element}"
        if kind == "object":
            return self.object(target, reference, reference.rsplit("/", 1)[-1] or name)
        return self.one_of_values([self.value(a, name) for key in ("oneOf", "anyOf") for a in target.get(key, [])])

    def one_of_kinds(self, schema: dict, kinds: set[str], reference: str, name: str) -> str:
        """A record or its JSON text: what is written as a record is looked at, a text is not."""
        if kinds <= SCALARS:
            return "string"
        parts = kinds & {"array", "object"}
        if len(parts) != 1:
            return "any"
        part = {key: value for key, value in schema.items() if key != "type"} | {"type": parts.pop()}
        return self.one_of_values([self.value(part, reference.rsplit("/", 1)[-1] or name), "any"])

    def one_of_values(self, values: list[str]) -> str:
        parts = [value for value in values if value.startswith(("list", "#")) and not value.endswith(" any")]
        others = [value for value in values if value not in parts]
        free = bool(others) and all(value in ("any", "map any") or value.split()[0] in SCALARS for value in others)
        return f"loose {parts[0]}" if len(parts) == 1 and free else "any"

    def implied_kind(self, schema: dict) -> str:
        if "properties" in schema or "patternProperties" in schema:
            return "object"
        alternatives = [self.resolve(a) for key in ("oneOf", "anyOf") for a in schema.get(key, [])]
        kinds = {k for a in alternatives for k in (as_list(a.get("type")) or [self.implied_kind(a)])}
        if kinds and kinds <= SCALARS:
            return "string" if len(kinds) > 1 else kinds.pop()
        if kinds == {"object"}:
            return "object"
        if "enum" in schema and all(isinstance(v, str) for v in schema["enum"]):
            return "string"
        return ""

    def scalar(self, schema: dict, kind: str, name: str) -> str:
        plain = not any(key in schema for key in ("anyOf", "oneOf", "allOf", "not", "if"))
        for key in ("enum", "enumCaseInsensitive"):
            choices = [v for v in schema.get(key, []) if isinstance(v, (str, int, float))]
            if plain and choices and kind != "boolean" and len(choices) <= MOST_CHOICES and len(choices) == len(schema[key]):
                texts = sorted({str(v) for v in choices})
                number = self.shapes.add(name)
                self.shapes.all[number][1].update({"choices": texts} | ({"any_case": True} if key != "enum" else {}))
                return f"#{number}"
        if kind == "string":
            return kind + bounds(schema.get("minLength"), schema.get("maxLength"))
        if kind == "boolean":
            return kind
        least, most = schema.get("minimum"), schema.get("maximum")
        return kind + ("" if least is None and most is None else bounds(least, most) or " 0..")

    # --- records

    def object(self, schema: dict, reference: str, name: str) -> str:
        patterns = schema.get("patternProperties")
        others = schema.get("additionalProperties")
        has_alternatives = any("properties" in self.resolve(a) for key in ("oneOf", "anyOf", "allOf") for a in schema.get(key, []))
        if not schema.get("properties") and not has_alternatives:
            values = list(patterns.values()) if patterns else [others] if isinstance(others, dict) else []
            return f"map {self.value(values[0], name)}" if len(values) == 1 else "map any"
        if patterns or isinstance(others, dict) or others is True:
            return "map any"
        if not self.plain_alternatives(schema):
            return "map any"
        number = self.shapes.add(name)
        if reference:
            self.numbers[reference] = f"#{number}"
        self.shapes.all[number][1].update(self.record(schema))
        return f"#{number}"

    def plain_alternatives(self, schema: dict) -> bool:
        for key in ("oneOf", "anyOf", "allOf"):
            for alternative in schema.get(key, []):
                found = self.resolve(alternative)
                if as_list(found.get("type")) not in ([], ["object"]) or "patternProperties" in found:
                    return False
        return True

    def record(self, schema: dict) -> dict:
        members = {name: self.value(value, name) for name, value in schema.get("properties", {}).items()}
        required = set(schema.get("required", []))
        for key in ("oneOf", "anyOf", "allOf"):
            alternatives = [self.resolve(a) for a in schema.get(key, [])]
            needs = [set(a.get("required", [])) for a in alternatives if "properties" in a]
            for alternative in alternatives:
                for name, value in alternative.get("properties", {}).items():
                    given = self.value(value, name)
                    members[name] = given if members.get(name, given) == given else "any"
            if needs and key == "allOf":
                required |= set.union(*needs)
            elif needs and len(needs) == len(alternatives):
                required |= set.intersection(*needs)
        entry = {}
        if needed := sorted(required & set(members)):
            entry["required"] = " ".join(needed)
        if schema.get("additionalProperties") is not False and not self.closed_alternatives(schema):
            entry["open"] = True
        if "patternProperties" in schema:
            entry["free"] = True
        entry["members"] = dict(sorted(members.items()))
        return entry

    def closed_alternatives(self, schema: dict) -> bool:
        alternatives = [self.resolve(a) for key in ("oneOf", "anyOf") for a in schema.get(key, [])]
        return bool(alternatives) and all(a.get("additionalProperties") is False for a in alternatives)

    # --- attributes

    def attributes(self) -> list[str]:
        from cfnlint.schema import Schema
        names = []
        for name in Schema(self.schema).get_atts.data:
            if name.endswith(".*"):                  # an expression: any that begins so
                names.append(name.removesuffix(".*").replace("\\", "") + "*")
            elif "*" not in name:
                names += [name, *self.parts(name)]
        return sorted(set(names))

    def parts(self, attribute: str) -> list[str]:
        """`Endpoint` is an object: `Endpoint.Address` is an attribute too."""
        at = self.schema
        for part in attribute.split("."):
            at = self.resolve(self.resolve(at).get("properties", {}).get(part, {}))
        return [f"{attribute}.{name}" for name in at.get("properties", {})]


def render(folder: pathlib.Path, source: str) -> str:
    shapes = Shapes()
    types = {}
    for name, schema in sorted(load(folder).items()):
        reader = Reader(schema, shapes)
        attributes = reader.attributes()
        entry = reader.type()
        types[name] = {"attributes": " ".join(attributes)} | entry if attributes else entry
    types, named = shapes.finish(types)

    def block(entries: dict) -> str:
        lines = (f"    {json.dumps(name)}: {json.dumps(entries[name], ensure_ascii=False, separators=(',', ':'))}" for name in sorted(entries))
        return ",\n".join(lines)

    return (f'{{\n  "format": "cloudformation",\n  "source": {json.dumps(source)},\n'
            f'  "types": {{\n{block(types)}\n  }},\n  "shapes": {{\n{block(named)}\n  }}\n}}\n')


def cloudformation() -> str:
    import importlib.metadata
    import cfnlint
    folder = pathlib.Path(cfnlint.__file__).parent / "data" / "schemas"
    date = json.loads((folder / "version.json").read_text(encoding="utf-8"))["schema_date"][:10]
    return render(folder, f"cfn-lint {importlib.metadata.version('cfn-lint')}, schemas of the CloudFormation registry of {date}")
