"""Nested templates, put together as CloudFormation resolves them.

moto reads nested templates only from its own S3 and gives their outputs no types, so the whole set is made into one
template: the value that the main template passes takes the place of each parameter, and the value that a nested
template hands out takes the place of each ``Outputs.X``.  Whatever is not passed, handed out or there at all is an
error, and so is a nested template that needs what needs it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from . import template

REFERENCE = re.compile(r"\$\{([A-Za-z0-9:]+(?:\.[A-Za-z0-9.]+)?)\}")
SAME_EVERYWHERE = {"AWS::Region", "AWS::AccountId", "AWS::Partition", "AWS::URLSuffix", "AWS::NoValue"}
STACK = "AWS::CloudFormation::Stack"


def load(path: Path) -> dict[str, Any]:
    """The template at ``path`` with all that it nests."""
    main = template.load(path)
    nested = {name: item for name, item in main["Resources"].items() if item["Type"] == STACK}
    _refuse_cycles(main)
    parts = {name: template.load(path.parent / item["Properties"]["TemplateURL"]) for name, item in nested.items()}
    for name, part in parts.items():
        declared, passed = set(part.get("Parameters", {})), set(nested[name]["Properties"].get("Parameters", {}))
        assert declared == passed, (name, declared ^ passed)
    whole = dict(main, Resources={k: v for k, v in main["Resources"].items() if k not in nested})
    whole["Conditions"] = dict(main.get("Conditions", {}))
    for name, part in parts.items():
        values = nested[name]["Properties"].get("Parameters", {})
        for key, resource in part["Resources"].items():
            assert key not in whole["Resources"], f"{key} is in two templates"
            whole["Resources"][key] = _passed(resource, values, part)
        for key, condition in part.get("Conditions", {}).items():
            whole["Conditions"].setdefault(key, _passed(condition, values, part))
    outputs = {
        (name, f"Outputs.{key}"): _passed(output["Value"], nested[name]["Properties"].get("Parameters", {}), part)
        for name, part in parts.items()
        for key, output in part.get("Outputs", {}).items()
    }
    for _ in range(len(parts) + 1):   # what one hands out may be what another handed it
        whole = _handed_out(whole, outputs)
    if not whole["Conditions"]:
        del whole["Conditions"]
    for resource in whole["Resources"].values():
        if "DependsOn" in resource:
            resource["DependsOn"] = [on for on in resource["DependsOn"] if on not in nested]
    return whole


def _refuse_cycles(main: dict[str, Any]) -> None:
    needs = {name: {ref for ref in _names(item) if ref in main["Resources"]} for name, item in main["Resources"].items()}
    done: set[str] = set()
    while len(done) < len(needs):
        ready = {name for name, what in needs.items() if name not in done and what - {name} <= done}
        assert ready, f"these need each other: {sorted(set(needs) - done)}"
        done |= ready


def _names(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_names, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    if set(value) == {"Ref"}:
        return {value["Ref"]}
    if set(value) == {"Fn::GetAtt"}:
        return {value["Fn::GetAtt"][0]}
    found = set().union(*map(_names, value.values())) if value else set()
    if set(value) == {"Fn::Sub"}:
        text = value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0]
        found |= {name.partition(".")[0] for name in REFERENCE.findall(text)}
    return found | set(value.get("DependsOn", []))


def _passed(value: Any, values: dict[str, Any], part: dict[str, Any]) -> Any:
    """A value of a nested template with what it was passed in the place of its parameters."""
    if isinstance(value, list):
        return [_passed(item, values, part) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        name = value["Ref"]
        if name in values:
            return values[name]
        assert name in part["Resources"] or name in SAME_EVERYWHERE, f"{name} is not there"
        return value
    if set(value) == {"Fn::GetAtt"}:
        assert value["Fn::GetAtt"][0] in part["Resources"], f"{value} is not there"
        return value
    if set(value) == {"Fn::Sub"}:
        text, own = (value["Fn::Sub"], {}) if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"]
        own = {key: _passed(item, values, part) for key, item in own.items()}
        for name in REFERENCE.findall(text):
            if name in values and name not in own:
                own[name] = values[name]
            first = name.partition(".")[0]
            assert name in own or first in part["Resources"] or name in SAME_EVERYWHERE, f"{name} is not there"
        return {"Fn::Sub": [text, own] if own else text}
    return {key: _passed(item, values, part) for key, item in value.items()}


def _handed_out(value: Any, outputs: dict[tuple[str, str], Any]) -> Any:
    if isinstance(value, list):
        return [_handed_out(item, outputs) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Fn::GetAtt"} and value["Fn::GetAtt"][1].startswith("Outputs."):
        return outputs[tuple(value["Fn::GetAtt"])]
    return {key: _handed_out(item, outputs) for key, item in value.items()}
