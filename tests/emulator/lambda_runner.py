"""The program inside the Lambda process: reads one request from standard input, calls the handler, prints the answer.

Whatever the handler prints goes to standard error, so that the last line of standard output is always the answer.
"""

import importlib
import json
import os
import sys
import time
import traceback


class Context:
    """The part of Lambda's context object that functions commonly use."""

    def __init__(self, request):
        self.function_name = request["name"]
        self.invoked_function_arn = request["arn"]
        self.memory_limit_in_mb = request["memory"]
        self.aws_request_id = "00000000-0000-4000-8000-000000000000"
        self.function_version = "$LATEST"
        self._end = time.monotonic() + float(request["timeout"])

    def get_remaining_time_in_millis(self):
        return max(0, int((self._end - time.monotonic()) * 1000))


def describe(error, error_type=None):
    """An exception as Lambda reports it."""
    trace = traceback.format_exception(type(error), error, error.__traceback__)
    return {"errorMessage": str(error), "errorType": error_type or type(error).__name__, "stackTrace": trace}


def handle(request):
    module_name, _, function_name = request["handler"].rpartition(".")
    try:
        handler = getattr(importlib.import_module(module_name), function_name)
    except ImportError as error:
        return describe(error, "Runtime.ImportModuleError"), True
    except AttributeError as error:
        return describe(error, "Runtime.HandlerNotFound"), True
    except SyntaxError as error:
        return describe(error, "Runtime.UserCodeSyntaxError"), True
    try:
        result = handler(request["event"], Context(request))
    except Exception as error:
        return describe(error), True
    try:
        return json.loads(json.dumps(result)), False
    except (TypeError, ValueError) as error:
        return describe(error, "Runtime.MarshalError"), True


def main():
    answers, sys.stdout = sys.stdout, sys.stderr
    sys.path.insert(0, os.getcwd())
    request = json.load(sys.stdin)
    payload, failed = handle(request)
    answers.write("\n" + json.dumps({"payload": payload, "failed": failed}) + "\n")


main()
