"""Reads CloudFormation templates and makes the copy of them that moto can deploy.

What moto 5.2.5 lacks, and what is done about it (each change of a deployed copy is listed in ``Prepared.changes``):

* ``DefinitionSubstitutions`` and ``Definition`` (an object) are ignored: the definition is made into an ``Fn::Join``
  of its text and the substituted values.
* ``Fn::GetAtt Machine.Arn`` is not supported, but ``Ref Machine`` gives the same value.
* Resource types unknown to moto's CloudFormation are dropped, references to them are replaced by plausible values.
  Secrets and activities are made by the caller instead, so that functions and workers can use them.
* A whole number as ``ToleratedFailurePercentage`` is refused: it becomes a fraction (50.0).
* Some attributes of supported types (``_lacking``) are replaced by what AWS would return.
* Tags of KMS keys are left out: moto reads them as the KMS API writes them (``TagKey``) and fails on CloudFormation's.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from moto.cloudformation.parsing import get_model_map

ACCOUNT = "123456789012"
REGION = "us-east-1"
SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9]+)\}")
SUB_REFERENCE = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.([A-Za-z0-9.]+))?\}")

# Types that moto's CloudFormation cannot create, with the ARN that takes their place.
# ``{name}`` is the resource's own name, if it has one, else its logical id.
DROPPED_TYPES = {
    "AWS::ApplicationAutoScaling::ScalableTarget": "service/scalable/{name}",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "arn:aws:autoscaling:{region}:{account}:scalingPolicy:{name}",
    "AWS::CloudWatch::Alarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
    "AWS::CloudWatch::CompositeAlarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
    "AWS::EC2::SecurityGroupEgress": "{name}",
    "AWS::Events::ApiDestination": "arn:aws:events:{region}:{account}:api-destination/{name}",
    "AWS::Events::Connection": "arn:aws:events:{region}:{account}:connection/{name}",
    "AWS::Events::EventBusPolicy": "{name}",
    "AWS::Pipes::Pipe": "arn:aws:pipes:{region}:{account}:pipe/{name}",
    "AWS::S3::BucketPolicy": "{name}",
    "AWS::SNS::Subscription": "arn:aws:sns:{region}:{account}:topic:{name}",
    "AWS::SNS::TopicPolicy": "{name}",
    "AWS::SQS::QueuePolicy": "{name}",
    "AWS::SageMaker::FeatureGroup": "{name}",
    "AWS::SageMaker::ModelPackageGroup": "arn:aws:sagemaker:{region}:{account}:model-package-group/{name}",
    "AWS::SageMaker::Pipeline": "{name}",
    "AWS::Scheduler::Schedule": "arn:aws:scheduler:{region}:{account}:schedule/default/{name}",
    "AWS::Scheduler::ScheduleGroup": "arn:aws:scheduler:{region}:{account}:schedule-group/{name}",
    "AWS::SecretsManager::ResourcePolicy": "{name}",
    "AWS::SecretsManager::RotationSchedule": "{name}",
    "AWS::StepFunctions::StateMachineAlias": "arn:aws:states:{region}:{account}:stateMachine:{name}:alias",
    "AWS::StepFunctions::StateMachineVersion": "arn:aws:states:{region}:{account}:stateMachine:{name}:1",
}
# Types that the caller makes.
CREATED_TYPES = ("AWS::SecretsManager::Secret", "AWS::StepFunctions::Activity")
NAME_PROPERTIES = (
    "Name",
    "AlarmName",
    "FeatureGroupName",
    "ModelPackageGroupName",
    "ScheduleGroupName",
    "StateMachineName",
)

# moto's grammar wants a fraction where Step Functions takes any number.
WHOLE_PERCENTAGE = re.compile(r'("ToleratedFailurePercentage"\s*:\s*\d+)(?=\s*[,}])')


class TemplateError(Exception):
    """The template uses something that neither moto nor this harness can deploy."""


@dataclass
class Prepared:
    """The copy to deploy and everything that was changed in it."""

    template: dict[str, Any]
    changes: list[str] = field(default_factory=list)
    dropped: dict[str, str] = field(default_factory=dict)


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags."""


def _short_tag(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_tag)
# CloudFormation reads "2010-09-09" as text, not as a date.
_Loader.yaml_implicit_resolvers = {
    key: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for key, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(source: str | Path | dict[str, Any]) -> dict[str, Any]:
    """A template from a file (JSON or YAML) or a dictionary."""
    if isinstance(source, dict):
        return copy.deepcopy(source)
    text = Path(source).read_text(encoding="utf-8")
    return json.loads(text) if text.lstrip().startswith("{") else yaml.load(text, _Loader)


def prepare(template: dict[str, Any], create: Callable[[str, str, dict[str, Any]], str]) -> Prepared:
    """The copy of a template that moto can deploy.  ``create`` makes a resource of ``CREATED_TYPES`` and returns its ARN."""
    result = Prepared(copy.deepcopy(template))
    resources = result.template["Resources"]
    values = _drop_unsupported(result, create)
    _refuse_unknown_types(resources)
    _drop_key_tags(result)
    _name_fifo(result)
    machines = [name for name, item in resources.items() if item["Type"] == "AWS::StepFunctions::StateMachine"]
    for name in machines:
        properties = resources[name]["Properties"]
        properties["DefinitionString"] = _definition(name, properties)
        properties.pop("DefinitionSubstitutions", None)
        properties.pop("Definition", None)
    result.template = _replace(result.template, _Reference(values, set(machines), _lacking(resources)))
    for resource in result.template["Resources"].values():
        _clean_depends_on(resource, result.dropped)
    return result


def _refuse_unknown_types(resources: dict[str, Any]) -> None:
    """moto would only warn, and references to the resource would fail later with obscure errors."""
    for name, item in resources.items():
        if item["Type"] not in get_model_map():
            raise TemplateError(f"{name}: moto does not have {item['Type']}; list it in DROPPED_TYPES to leave it out")


def _drop_key_tags(result: Prepared) -> None:
    for name, item in result.template["Resources"].items():
        if item["Type"] == "AWS::KMS::Key" and item["Properties"].pop("Tags", None):
            result.changes.append(f"{name}: the tags of the key are left out")


def _name_fifo(result: Prepared) -> None:
    """CloudFormation makes names that end in .fifo itself."""
    for name, item in result.template["Resources"].items():
        what = item["Type"].rpartition("::")[2]
        properties = item.get("Properties", {})
        if properties.get(f"Fifo{what}") and f"{what}Name" not in properties:
            properties[f"{what}Name"] = f"{name}.fifo"
            result.changes.append(f"{name}: named, because moto's names for FIFO {what.lower()}s do not end in .fifo")


def _lacking(resources: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """Attributes that moto does not return although it supports the type."""
    lacking: dict[tuple[str, str], Any] = {}
    for name, item in resources.items():
        if item["Type"] == "AWS::SNS::Topic":
            lacking[name, "TopicArn"] = {"Ref": name}
    return lacking


def _drop_unsupported(result: Prepared, create: Callable[[str, str, dict[str, Any]], str]) -> dict[str, str]:
    """Remove resources that moto cannot create; returns the value that stands for each of them."""
    values: dict[str, str] = {}
    for name, resource in list(result.template["Resources"].items()):
        kind, properties = resource["Type"], resource.get("Properties", {})
        if kind in CREATED_TYPES:
            values[name] = create(kind, name, properties)
            reason = "made apart: moto's CloudFormation does not have this type"
        elif kind in DROPPED_TYPES:
            own_names = [properties[key] for key in NAME_PROPERTIES if isinstance(properties.get(key), str)]
            own_name = own_names[0] if own_names else name
            values[name] = DROPPED_TYPES[kind].format(name=own_name, region=REGION, account=ACCOUNT)
            reason = "dropped: moto's CloudFormation does not have this type"
        else:
            continue
        del result.template["Resources"][name]
        result.dropped[name] = kind
        result.changes.append(f"{name} ({kind}) {reason}")
    return values


def _definition(name: str, properties: dict[str, Any]) -> Any:
    """The definition as one value that moto resolves: text with substitutions becomes ``Fn::Join``."""
    substitutions = properties.get("DefinitionSubstitutions", {})
    text = properties.get("DefinitionString")
    if text is None:
        text = json.dumps(properties["Definition"])
    if isinstance(text, dict) and set(text) == {"Fn::Join"}:
        separator, parts = text["Fn::Join"]
        return {"Fn::Join": [separator, [_substituted(name, part, substitutions) for part in parts]]}
    if isinstance(text, dict):
        if substitutions:
            raise TemplateError(f"{name}: DefinitionSubstitutions together with {next(iter(text))}")
        return text
    return _substituted(name, text, substitutions)


def _substituted(name: str, text: Any, substitutions: dict[str, Any]) -> Any:
    if not isinstance(text, str):
        return text
    text = WHOLE_PERCENTAGE.sub(r"\1.0", text)
    parts: list[Any] = []
    for index, part in enumerate(SUBSTITUTION.split(text)):
        if index % 2 == 0:
            parts.append(part)
        elif part in substitutions:
            parts.append(substitutions[part])
        else:
            raise TemplateError(f"{name}: ${{{part}}} is not in DefinitionSubstitutions")
    return text if len(parts) == 1 else {"Fn::Join": ["", parts]}


@dataclass
class _Reference:
    """Knows what stands for a reference that moto cannot resolve."""

    values: dict[str, str]
    machines: set[str]
    lacking: dict[tuple[str, str], Any]

    def ref(self, name: str) -> Any:
        return self.values.get(name)

    def attribute(self, name: str, attribute: str) -> Any:
        if name in self.values:
            return self.values[name] if attribute.endswith(("Arn", "Id")) else name
        if name in self.machines and attribute == "Arn":
            return {"Ref": name}
        return self.lacking.get((name, attribute))


def _replace(value: Any, references: _Reference) -> Any:
    if isinstance(value, list):
        return [_replace(item, references) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        found = references.ref(value["Ref"])
        return value if found is None else found
    if set(value) == {"Fn::GetAtt"}:
        target = value["Fn::GetAtt"]
        name, attribute = target.split(".", 1) if isinstance(target, str) else target
        found = references.attribute(name, attribute)
        return {"Fn::GetAtt": [name, attribute]} if found is None else found
    if set(value) == {"Fn::Sub"}:
        return _replace_sub(value["Fn::Sub"], references)
    return {key: _replace(item, references) for key, item in value.items()}


def _replace_sub(value: Any, references: _Reference) -> Any:
    """References inside ``Fn::Sub`` text become text, or another reference."""
    text, variables = (value, {}) if isinstance(value, str) else value

    def replaced(match: re.Match[str]) -> str:
        name, attribute = match.groups()
        if name in variables:
            return match.group()
        found = references.attribute(name, attribute) if attribute else references.ref(name)
        if isinstance(found, dict):
            return "${" + found["Ref"] + "}"
        return match.group() if found is None else found

    text = SUB_REFERENCE.sub(replaced, text)
    variables = {key: _replace(item, references) for key, item in variables.items()}
    return {"Fn::Sub": [text, variables] if variables else text}


def _clean_depends_on(resource: dict[str, Any], dropped: dict[str, str]) -> None:
    if "DependsOn" not in resource:
        return
    depends = resource["DependsOn"]
    kept = [name for name in ([depends] if isinstance(depends, str) else depends) if name not in dropped]
    if kept:
        resource["DependsOn"] = kept
    else:
        del resource["DependsOn"]
