"""Runs a Lambda function's inline source in a separate Python process, because there is no container engine.

The process gets the function's resolved environment variables and nothing of the test's own environment.  The result
has the form moto expects: (payload text, failed, log text).  Failures have the error types that Step Functions shows.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RUNNER = Path(__file__).with_name("lambda_runner.py")


@dataclass
class Invocation:
    """One Lambda call, for tests to look at."""

    function: str
    event: Any
    result: Any
    failed: bool
    log: str


def run(function: Any, event: Any, extra_environment: dict[str, str]) -> Invocation:
    """Invoke one of moto's LambdaFunction objects."""
    with tempfile.TemporaryDirectory(prefix="lambda-") as folder:
        zipfile.ZipFile(io.BytesIO(function.code_bytes)).extractall(folder)
        request = {
            "handler": function.handler,
            "event": event,
            "name": function.function_name,
            "arn": function.function_arn,
            "memory": function.memory_size,
            "timeout": function.timeout,
        }
        environment = _environment(function, extra_environment)
        result, failed, log = _run_process(folder, request, environment, float(function.timeout))
    return Invocation(function.function_name, event, result, failed, log)


def _environment(function: Any, extra: dict[str, str]) -> dict[str, str]:
    base = {
        "PATH": os.environ.get("PATH", ""),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
    }
    variables = {name: str(value) for name, value in (function.environment_vars or {}).items()}
    return {**base, **extra, **variables}


def _run_process(
    folder: str, request: dict[str, Any], environment: dict[str, str], timeout: float
) -> tuple[Any, bool, str]:
    command = [sys.executable, str(RUNNER)]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            input=json.dumps(request),
            text=True,
            capture_output=True,
            timeout=timeout + 1.0,  # the process itself needs time to start, which Lambda does not count
        )
    except subprocess.TimeoutExpired as error:
        message = f"Task timed out after {timeout:.2f} seconds"
        return {"errorType": "Sandbox.Timedout", "errorMessage": message}, True, str(error.stderr or "")
    try:
        answer = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        message = f"Runtime exited with exit status {done.returncode}"
        return {"errorType": "Runtime.ExitError", "errorMessage": message}, True, done.stderr
    return answer["payload"], answer["failed"], done.stderr
