"""A loopback endpoint through which Lambda processes reach moto's services of the test process.

Whatever a function sends to AWS is sent on from inside the test process, where moto answers it: a secret that a test
creates with boto3 is what ``get_secret_value`` in the function returns, and an object the function puts is in the bucket.
Records of the feature store, which moto does not have, come from and go to the stand-in for SageMaker.
"""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import requests

from .sagemaker import SageMaker

# The service a request is signed for, in its Authorization header, and the first part of its host name where they differ.
SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
HOSTS = {"sagemaker": "api.sagemaker"}
HOP_BY_HOP = {"host", "connection", "content-length", "transfer-encoding", "content-encoding", "keep-alive"}


class AwsEndpoint:
    """``environment`` is what a Lambda process needs to find this endpoint."""

    def __init__(self, region: str, sagemaker: SageMaker) -> None:
        self.calls: list[tuple[str, str]] = []   # service, and method with path
        self._region = region
        self._sagemaker = sagemaker
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()  # polls for its end

    @property
    def environment(self) -> dict[str, str]:
        return {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._server.server_port}"}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def pass_on(self, method: str, path: str, headers: dict[str, str], body: bytes) -> requests.Response:
        signed_for = SCOPE.search(headers.get("Authorization", ""))
        service = signed_for[1] if signed_for else "sts"
        self.calls.append((service, f"{method} {path}"))
        host = "s3.amazonaws.com" if service == "s3" else f"{HOSTS.get(service, service)}.{self._region}.amazonaws.com"
        kept = {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}
        return requests.request(method, f"https://{host}{path}", headers=kept, data=body, timeout=30)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of an answer."""
        if path.startswith("/FeatureGroup/"):
            return 200, {"Content-Type": "application/json"}, json.dumps(self._record(method, path, body)).encode()
        passed = self.pass_on(method, path, headers, body)
        kept = {name: value for name, value in passed.headers.items() if name.lower() not in HOP_BY_HOP}
        return passed.status_code, kept, passed.content

    def _record(self, method: str, path: str, body: bytes) -> dict[str, object]:
        """GetRecord and PutRecord: SageMaker API reference, the request syntax of both."""
        self.calls.append(("sagemaker", f"{method} {path}"))
        address = urlsplit(path)
        parameters = {name: values[0] for name, values in parse_qs(address.query).items()}
        parameters["FeatureGroupName"] = unquote(address.path.removeprefix("/FeatureGroup/"))
        action = {"GET": "getRecord", "PUT": "putRecord"}[method]
        request = parameters | (json.loads(body) if body else {})
        service = "sagemakerfeaturestoreruntime"
        return self._sagemaker.call(action, request, optimised=False, sync=False, service=service)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, headers, content = endpoint.answer(self.command, self.path, dict(self.headers.items()), body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def log_message(self, *_: object) -> None:
                """Keep test output quiet."""

        return Handler
