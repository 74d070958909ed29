"""Hand-written small templates for the tests of the emulator itself."""

from __future__ import annotations

import json
from typing import Any

ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    },
}


def machine(states: dict[str, Any], start: str, **properties: Any) -> dict[str, Any]:
    """A state machine resource in JSONata mode."""
    definition = {"QueryLanguage": "JSONata", "StartAt": start, "States": states}
    own = {"RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, "DefinitionString": json.dumps(definition), **properties}
    return {"Type": "AWS::StepFunctions::StateMachine", "Properties": own}


def template(**resources: Any) -> dict[str, Any]:
    """A template with a role and these resources."""
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Role": ROLE, **resources}}


def function(source: str, handler: str = "index.handler", **properties: Any) -> dict[str, Any]:
    """A Python function with inline source."""
    own = {"Handler": handler, "Runtime": "python3.13", "Timeout": 3, "Role": {"Fn::GetAtt": ["Role", "Arn"]}}
    return {"Type": "AWS::Lambda::Function", "Properties": {**own, "Code": {"ZipFile": source}, **properties}}


def invoke(payload: Any, **fields: Any) -> dict[str, Any]:
    """A state that invokes the function whose ARN is substituted for ``${Function}``."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "${Function}", "Payload": payload},
        "Output": "{% $states.result.Payload %}",
        "End": True,
        **fields,
    }


FUNCTION_ARN = {"DefinitionSubstitutions": {"Function": {"Fn::GetAtt": ["Function", "Arn"]}}}
