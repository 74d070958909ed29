"""HTTPS APIs for tests: what answers the HTTP tasks of a machine, which moto does not run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

# Step Functions Developer Guide, call-https-apis
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")
MEMBERS = {
    "ApiEndpoint", "Method", "InvocationConfig", "Authentication", "Headers", "QueryParameters", "RequestBody", "Transform",
}  # fmt: skip
FORBIDDEN = ("authorization", "connection", "date", "host", "x-amz-", "x-amzn-", "x-forwarded-")


class BadRequest(Exception):
    """Step Functions itself would refuse this request (States.Runtime)."""


@dataclass
class Request:
    """One call as the API would see it."""

    method: str
    url: str
    connection: str
    query: dict[str, Any]
    headers: dict[str, str]
    body: Any


@dataclass
class Answer:
    """What an API answers."""

    body: Any = None
    status: int = 200
    headers: dict[str, list[str]] = field(default_factory=dict)

    def result(self) -> dict[str, Any]:
        """The result of the HTTP task."""
        text = "OK" if self.status < 400 else "Error"
        return {"StatusCode": self.status, "StatusText": text, "Headers": self.headers, "ResponseBody": self.body}


@dataclass
class HttpApis:
    """Routes by method and URL, and the requests they got."""

    routes: dict[tuple[str, str], Callable[[Request], Answer]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def on(self, method: str, url: str, answer: Answer | Callable[[Request], Answer]) -> None:
        """Answer these requests from now on."""
        self.routes[method, url] = answer if callable(answer) else lambda _: answer

    def call(self, arguments: dict[str, Any]) -> Answer:
        """One HTTP task."""
        if unknown := set(arguments) - MEMBERS:
            raise BadRequest(f"not supported: {sorted(unknown)}")
        method, url = arguments["Method"], arguments["ApiEndpoint"]
        if method not in METHODS or not url.startswith("https://"):
            raise BadRequest(f"{method} {url}")
        for header in arguments.get("Headers", {}):
            if header.lower().startswith(FORBIDDEN):
                raise BadRequest(f"header {header}")
        request = Request(
            method=method,
            url=url,
            connection=arguments["InvocationConfig"]["ConnectionArn"],
            query=arguments.get("QueryParameters", {}),
            headers=arguments.get("Headers", {}),
            body=arguments.get("RequestBody"),
        )
        self.requests.append(request)
        return self.routes.get((method, url), lambda _: Answer(status=404))(request)
