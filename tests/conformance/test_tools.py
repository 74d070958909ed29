"""The conformance tools must accept a correct template and catch every fault put into it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
REFERENCE = HERE.parent / "emulator" / "fixtures" / "reference.json"
Change = Callable[[dict[str, Any], dict[str, Any]], None]


def _wrong_start(_: dict[str, Any], definition: dict[str, Any]) -> None:
    definition["StartAt"] = "Nowhere"


def _wrong_next(_: dict[str, Any], definition: dict[str, Any]) -> None:
    definition["States"]["Train"]["Next"] = "Nowhere"


def _wrong_field(_: dict[str, Any], definition: dict[str, Any]) -> None:
    definition["States"]["Train"]["Parameters"] = {}


def _wrong_arn(_: dict[str, Any], definition: dict[str, Any]) -> None:
    definition["States"]["Train"]["Resource"] = "states:::sagemaker:createTrainingJob.sync"


def _wrong_expression(_: dict[str, Any], definition: dict[str, Any]) -> None:
    definition["States"]["Train"]["Output"] = "{% $states.input. %}"


def _newer_jsonata(_: dict[str, Any], definition: dict[str, Any]) -> None:
    definition["States"]["Train"]["Output"] = "{% $states.input.a ?: 1 %}"


def _eval(_: dict[str, Any], definition: dict[str, Any]) -> None:
    definition["States"]["Train"]["Output"] = "{% $eval('1') %}"


def _blank_outside(_: dict[str, Any], definition: dict[str, Any]) -> None:
    definition["States"]["Train"]["Output"] = " {% 1 %}"


def _result_in_arguments(_: dict[str, Any], definition: dict[str, Any]) -> None:
    definition["States"]["CreateModel"]["Arguments"]["ModelName"] = "{% $states.result.x %}"


def _error_outside_catch(_: dict[str, Any], definition: dict[str, Any]) -> None:
    definition["States"]["Train"]["Output"] = "{% $states.errorOutput %}"


def _missing_substitution(resources: dict[str, Any], _: dict[str, Any]) -> None:
    del resources["Machine"]["Properties"]["DefinitionSubstitutions"]["Bucket"]


def _unused_substitution(resources: dict[str, Any], _: dict[str, Any]) -> None:
    resources["Machine"]["Properties"]["DefinitionSubstitutions"]["Unused"] = "x"


def _unknown_property(resources: dict[str, Any], _: dict[str, Any]) -> None:
    resources["Logs"]["Properties"]["Retention"] = 3


def _missing_reference(resources: dict[str, Any], _: dict[str, Any]) -> None:
    resources["Machine"]["Properties"]["RoleArn"] = {"Fn::GetAtt": ["Roles", "Arn"]}


def _bad_policy(resources: dict[str, Any], _: dict[str, Any]) -> None:
    resources["Policy"]["Properties"]["PolicyDocument"]["Statement"][0]["Effect"] = "Perhaps"


def _bad_enumeration(resources: dict[str, Any], _: dict[str, Any]) -> None:
    resources["Machine"]["Properties"]["StateMachineType"] = "SLOW"


def _unused_parameter(template: dict[str, Any]) -> None:
    template["Parameters"]["Unused"] = {"Type": "String"}


DEFINITION_FAULTS: dict[str, tuple[Change, str]] = {
    "wrong_start": (_wrong_start, "asl-validator MISSING_TRANSITION_TARGET"),
    "wrong_next": (_wrong_next, "asl-validator MISSING_TRANSITION_TARGET"),
    "wrong_field": (_wrong_field, "asl-validator SCHEMA_VALIDATION_FAILED"),
    "wrong_arn": (_wrong_arn, "asl-validator SCHEMA_VALIDATION_FAILED"),
    "wrong_expression": (_wrong_expression, "jsonata S0"),
    "newer_jsonata": (_newer_jsonata, "jsonata S0211"),
    "eval": (_eval, "jsonata forbidden"),
    "blank_outside": (_blank_outside, "jsonata blanks"),
    "result_in_arguments": (_result_in_arguments, "jsonata scope"),
    "error_outside_catch": (_error_outside_catch, "jsonata scope"),
    "missing_substitution": (_missing_substitution, "substitution DefinitionSubstitutions"),
    "unused_substitution": (_unused_substitution, "substitution DefinitionSubstitutions"),
}
TEMPLATE_FAULTS: dict[str, tuple[Change, str, str]] = {
    "unknown_property": (_unknown_property, "cloudformation-validate F3002", "cfn-lint E3002"),
    "missing_reference": (_missing_reference, "cloudformation-validate", "cfn-lint E1010"),
    "bad_policy": (_bad_policy, "cloudformation-validate E3510", "cfn-lint E3510"),
    "bad_enumeration": (_bad_enumeration, "cloudformation-validate", "cfn-lint E3030"),
}


def write(folder: Path, name: str, change: Change | None = None) -> Path:
    """The reference template with one fault."""
    template = json.loads(REFERENCE.read_text(encoding="utf-8"))
    properties = template["Resources"]["Machine"]["Properties"]
    definition = json.loads(properties["DefinitionString"])
    if change:
        change(template["Resources"], definition)
    properties["DefinitionString"] = json.dumps(definition)
    if name == "unused_parameter":
        _unused_parameter(template)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(template, indent=1), encoding="utf-8")
    return path


def run(command: list[str], paths: list[Path]) -> tuple[int, dict[str, list[str]]]:
    """The exit code and the findings that are not accepted, per template."""
    done = subprocess.run([*command, *map(str, paths)], capture_output=True, text=True, timeout=300)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found: dict[str, list[str]] = {path.stem: [] for path in paths}
    for line in done.stdout.splitlines()[:-1]:
        place, _, message = line.partition(": ")
        if not message.startswith("accepted "):
            found[Path(place.rpartition(":")[0]).stem].append(message)
    return done.returncode, found


NODE = ["node", str(HERE / "check.mjs")]
CFN_LINT = [sys.executable, str(HERE / "cfn_lint.py")]


@pytest.mark.parametrize("command", [NODE, CFN_LINT], ids=["check.mjs", "cfn_lint.py"])
def test_reference_is_accepted(tmp_path: Path, command: list[str]) -> None:
    assert run(command, [write(tmp_path, "good")]) == (0, {"good": []})


def test_check_finds_each_fault(tmp_path: Path) -> None:
    paths = [write(tmp_path, "good")]
    paths += [write(tmp_path, name, change) for name, (change, _) in DEFINITION_FAULTS.items()]
    paths += [write(tmp_path, name, change) for name, (change, _, _) in TEMPLATE_FAULTS.items()]
    code, found = run(NODE, paths)
    expected = {name: text for name, (_, text) in DEFINITION_FAULTS.items()}
    expected |= {name: text for name, (_, text, _) in TEMPLATE_FAULTS.items()}
    missed = {
        name: found[name] for name, text in expected.items() if not any(line.startswith(text) for line in found[name])
    }
    assert (code, found["good"], missed) == (1, [], {})


def test_cfn_lint_finds_each_fault(tmp_path: Path) -> None:
    paths = [write(tmp_path, "good"), write(tmp_path, "unused_parameter")]
    paths += [write(tmp_path, name, change) for name, (change, _, _) in TEMPLATE_FAULTS.items()]
    code, found = run(CFN_LINT, paths)
    expected = {name: text for name, (_, _, text) in TEMPLATE_FAULTS.items()} | {"unused_parameter": "cfn-lint W2001"}
    missed = {
        name: found[name] for name, text in expected.items() if not any(line.startswith(text) for line in found[name])
    }
    assert (code, found["good"], missed) == (1, [], {})


def test_yaml_is_read_like_json(tmp_path: Path) -> None:
    text = """
Resources:
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/x"
      DefinitionSubstitutions: {P: !Ref AWS::Partition}
      DefinitionString: |
        {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Task", "End": true,
         "Resource": "arn:${P}:states:::sqs:sendMessage", "Arguments": {"QueueUrl": "{% $x( %}"}}}}
"""
    path = tmp_path / "machine.yaml"
    path.write_text(text, encoding="utf-8")
    code, found = run(NODE, [path])
    assert code == 1
    assert any(line.startswith("jsonata S0203") for line in found["machine"])


def test_differences_between_asl_validator_and_aws_are_not_reported(tmp_path: Path) -> None:
    def unusual(_: dict[str, Any], definition: dict[str, Any]) -> None:
        states = definition["States"]
        states["Train"]["Output"] = "{% (\n  $states.input\n) %}"
        states["Done"]["Output"] = 42
        states["EndpointReady"]["Choices"].append({"Condition": False, "Next": "Done"})
        states["CreateModel"]["Arguments"]["PrimaryContainer"]["ContainerHostname"] = ""

    assert run(NODE, [write(tmp_path, "unusual", unusual)]) == (0, {"unusual": []})


def test_every_accepted_finding_has_a_reason() -> None:
    for entry in json.loads((HERE / "accepted.json").read_text(encoding="utf-8")):
        assert set(entry) <= {"tool", "rule", "message", "template", "reason"}
        assert len(entry["reason"]) > 20
