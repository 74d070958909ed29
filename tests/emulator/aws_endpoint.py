"""A loopback endpoint through which Lambda processes reach moto's services of the test process.

It passes the AWS JSON protocol (``X-Amz-Target``) through to a boto3 client inside the test process, so a secret that
a test creates with boto3 is what ``get_secret_value`` in the function returns.
"""

from __future__ import annotations

import datetime
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError

SERVICES = {"secretsmanager": "secretsmanager", "AmazonSSM": "ssm", "AWSStepFunctions": "stepfunctions"}


class AwsEndpoint:
    """``environment`` is what a Lambda process needs to find this endpoint."""

    def __init__(self, region: str) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(region))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()  # polls for its end

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        return {f"AWS_ENDPOINT_URL_{name}": self.url for name in ("SECRETS_MANAGER", "SSM", "SFN")}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self, region: str) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                service, _, operation = self.headers.get("X-Amz-Target", "").partition(".")
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
                endpoint.calls.append((operation, body))
                status, answer = endpoint._call(service, operation, body, region)
                data = json.dumps(answer, default=_encode).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                """Keep test output quiet."""

        return Handler

    @staticmethod
    def _call(service: str, operation: str, body: dict[str, Any], region: str) -> tuple[int, dict[str, Any]]:
        if service not in SERVICES:
            return 400, {"__type": "UnknownOperationException", "message": f"no test endpoint for {service}"}
        client = boto3.client(SERVICES[service], region_name=region)
        try:
            answer = getattr(client, xform_name(operation))(**body)
        except ClientError as error:
            details = error.response["Error"]
            return 400, {"__type": details["Code"], "message": details["Message"]}
        answer.pop("ResponseMetadata", None)
        return 200, answer


def _encode(value: Any) -> Any:
    return value.timestamp() if isinstance(value, datetime.datetime) else str(value)
