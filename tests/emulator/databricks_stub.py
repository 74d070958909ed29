"""A loopback stub of the Databricks Jobs API 2.2 and its OAuth token endpoint.

``with Databricks() as databricks:`` starts it; ``databricks.host`` is ``http://127.0.0.1:<port>``.  Runs are scripted:
``databricks.next_run([...])`` says what consecutive ``runs/get`` calls of the next submitted run report, and
``databricks.refuse_next("runs/submit", 429, retry_after=1)`` lets calls fail.  Every request is recorded.
"""

from __future__ import annotations

import base64
import json
import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

RUNNING = {"life_cycle_state": "RUNNING"}
SUCCEEDED = {"life_cycle_state": "TERMINATED", "result_state": "SUCCESS", "state_message": ""}
FAILED = {"life_cycle_state": "TERMINATED", "result_state": "FAILED", "state_message": "Workload failed"}
CANCELED = {"life_cycle_state": "TERMINATED", "result_state": "CANCELED", "state_message": "Run cancelled."}
TERMINAL = ("TERMINATED", "SKIPPED", "INTERNAL_ERROR")
ERROR_CODES = {
    400: "INVALID_PARAMETER_VALUE",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    429: "REQUEST_LIMIT_EXCEEDED",
    500: "INTERNAL_ERROR",
    503: "TEMPORARILY_UNAVAILABLE",
}
FIRST_RUN_ID = 2**53 + 1  # not representable as a double: shows code that treats run ids as JSON numbers


@dataclass
class Request:
    """One recorded request; ``call`` is for example ``runs/submit`` or ``oidc/v1/token``."""

    method: str
    call: str
    query: dict[str, str]
    body: Any
    authorization: str
    version: str


@dataclass
class Run:
    """One run; ``task_ids`` are the run ids of its tasks, which ``runs/get-output`` takes."""

    run_id: int
    request: dict[str, Any]
    states: deque[dict[str, Any]]
    output: dict[str, Any]
    task_ids: dict[str, int] = field(default_factory=dict)


@dataclass
class _Refusal:
    status: int
    retry_after: str | None
    message: str
    after: bool


class ApiError(Exception):
    """An error answer of the API."""

    def __init__(self, status: int, message: str, retry_after: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after = retry_after


class Databricks:
    """See the module text."""

    def __init__(self, token: str = "dapi-test", client_id: str = "client", client_secret: str = "secret") -> None:
        self.token, self.client_id, self.client_secret = token, client_id, client_secret
        self.requests: list[Request] = []
        self.runs: dict[int, Run] = {}
        self._next_id = FIRST_RUN_ID
        self._tokens: dict[str, int] = {}
        self._scripts: deque[tuple[list[dict[str, Any]], dict[str, Any]]] = deque()
        self._refusals: dict[str, deque[_Refusal]] = defaultdict(deque)
        self._lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True

    def __enter__(self) -> Databricks:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()  # polls for its end
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.shutdown()
        self._server.server_close()

    # ---- the test's side -------------------------------------------------------------------------------------

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def next_run(self, states: list[dict[str, Any]], result: str = "", error: str = "") -> None:
        """What ``runs/get`` reports, call by call, for the next new run (the last state stays)."""
        output: dict[str, Any] = {"notebook_output": {"result": result}} if result else {}
        if error:
            output |= {"error": error, "error_trace": f"Traceback: {error}"}
        self._scripts.append((states, output))

    def refuse_next(
        self,
        call: str,
        status: int,
        retry_after: int | None = None,
        message: str = "",
        times: int = 1,
        after: bool = False,
    ) -> None:
        """Let the next requests of ``call`` fail; ``after=True`` does the work first and loses the answer."""
        seconds = None if retry_after is None else str(retry_after)
        for _ in range(times):
            self._refusals[call].append(_Refusal(status, seconds, message or f"scripted {status}", after))

    def of(self, call: str) -> list[Request]:
        """The recorded requests of one call."""
        return [request for request in self.requests if request.call == call]

    # ---- the API ---------------------------------------------------------------------------------------------

    def answer(self, request: Request) -> dict[str, Any]:
        with self._lock:
            self.requests.append(request)
            refusals = self._refusals[request.call]
            refusal = refusals.popleft() if refusals else None
            if refusal and not refusal.after:
                raise ApiError(refusal.status, refusal.message, refusal.retry_after)
            result = self._dispatch(request)
            if refusal:
                raise ApiError(refusal.status, refusal.message, refusal.retry_after)
            return result

    def _dispatch(self, request: Request) -> dict[str, Any]:
        if request.call == "oidc/v1/token":
            return self._issue_token(request)
        if request.authorization != f"Bearer {self.token}":
            raise ApiError(401 if not request.authorization else 403, "Invalid access token.")
        handlers = {
            ("POST", "runs/submit"): self._submit,
            ("POST", "run-now"): self._run_now,
            ("GET", "runs/get"): self._get,
            ("GET", "runs/get-output"): self._get_output,
            ("POST", "runs/cancel"): self._cancel,
            ("GET", "runs/list"): self._list,
        }
        handler = handlers.get((request.method, request.call))
        if handler is None:
            raise ApiError(404, f"No API found for '{request.method} {request.call}'")
        return handler(request)

    def _issue_token(self, request: Request) -> dict[str, Any]:
        wanted = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        form = request.body if isinstance(request.body, dict) else {}
        if request.authorization != f"Basic {wanted}":
            raise ApiError(401, "invalid_client")
        if form.get("grant_type") != "client_credentials" or form.get("scope") != "all-apis":
            raise ApiError(400, "invalid_request")
        return {"access_token": self.token, "token_type": "Bearer", "expires_in": 3600}

    def _submit(self, request: Request) -> dict[str, Any]:
        tasks = request.body.get("tasks")
        if not isinstance(tasks, list) or not tasks or any("task_key" not in task for task in tasks):
            raise ApiError(400, "tasks with a task_key are required")
        return {"run_id": self._new_run(request.body).run_id}

    def _run_now(self, request: Request) -> dict[str, Any]:
        if not isinstance(request.body.get("job_id"), int):
            raise ApiError(400, "job_id must be an integer")
        run = self._new_run(request.body)
        return {"run_id": run.run_id, "number_in_job": run.run_id}

    def _new_run(self, body: dict[str, Any]) -> Run:
        """The same idempotency token gives the existing run."""
        token = body.get("idempotency_token")
        if token is not None and (not isinstance(token, str) or len(token) > 64):
            raise ApiError(400, "idempotency_token must have at most 64 characters")
        if token in self._tokens:
            return self.runs[self._tokens[token]]
        states, output = self._scripts.popleft() if self._scripts else ([RUNNING, SUCCEEDED], {})
        run = Run(self._new_id(), body, deque(states), output)
        run.task_ids = {task["task_key"]: self._new_id() for task in body.get("tasks", [{"task_key": "job"}])}
        self.runs[run.run_id] = run
        if token is not None:
            self._tokens[token] = run.run_id
        return run

    def _new_id(self) -> int:
        self._next_id += 2
        return self._next_id

    def _find(self, run_id: Any) -> Run:
        try:
            return self.runs[int(run_id)]
        except (KeyError, TypeError, ValueError):
            raise ApiError(400, f"Run {run_id} does not exist.") from None

    def _get(self, request: Request) -> dict[str, Any]:
        run = self._find(request.query.get("run_id"))
        if len(run.states) > 1:
            state = run.states.popleft()
        else:
            state = run.states[0]
        return self._describe(run, state)

    def _describe(self, run: Run, state: dict[str, Any]) -> dict[str, Any]:
        tasks = [{"task_key": key, "run_id": run_id, "state": state} for key, run_id in run.task_ids.items()]
        return {
            "run_id": run.run_id,
            "run_name": run.request.get("run_name", "Untitled"),
            "run_page_url": f"{self.host}/#job/1/run/{run.run_id}",
            "state": state,
            "tasks": tasks,
        }

    def _get_output(self, request: Request) -> dict[str, Any]:
        """Only runs of single tasks have output."""
        run_id = request.query.get("run_id")
        for run in self.runs.values():
            if str(run_id) in map(str, run.task_ids.values()):
                return {"metadata": self._describe(run, run.states[0]), **run.output}
        self._find(run_id)
        raise ApiError(400, "Retrieving the output of runs with multiple tasks is not supported.")

    def _cancel(self, request: Request) -> dict[str, Any]:
        run = self._find(request.body.get("run_id"))
        if run.states[0].get("life_cycle_state") not in TERMINAL:
            run.states = deque([CANCELED])
        return {}

    def _list(self, request: Request) -> dict[str, Any]:
        return {"runs": [self._describe(run, run.states[0]) for run in self.runs.values()], "has_more": False}


def _handler_for(databricks: Databricks) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve({})

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            if self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
                self._serve({key: values[0] for key, values in parse_qs(data).items()})
                return
            try:
                self._serve(json.loads(data or "{}"))
            except ValueError:
                self._send(400, {"error_code": "MALFORMED_REQUEST", "message": "not JSON"}, None)

        def _serve(self, body: Any) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            path = parts.path.strip("/")
            version, call = "", path
            if path.startswith("api/"):
                _, version, _, call = (path.split("/", 3) + ["", "", ""])[:4]
            request = Request(self.command, call, query, body, self.headers.get("Authorization", ""), version)
            try:
                self._send(200, databricks.answer(request), None)
            except ApiError as error:
                code = ERROR_CODES.get(error.status, "UNKNOWN")
                self._send(error.status, {"error_code": code, "message": error.message}, error.retry_after)

        def _send(self, status: int, answer: dict[str, Any], retry_after: str | None) -> None:
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if retry_after is not None:
                self.send_header("Retry-After", retry_after)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Keep test output quiet."""

    return Handler
