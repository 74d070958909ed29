"""Activities: moto lists them, but its machines do not find them and nobody can ask for their work."""

from __future__ import annotations

import datetime
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackPoolManager
from moto.stepfunctions.parser.backend.activity import Activity


@dataclass
class Activities:
    """The activities of an account, and the executions that put work on them."""

    by_arn: dict[str, Activity] = field(default_factory=dict)
    pools: list[CallbackPoolManager] = field(default_factory=list)

    def create(self, arn_prefix: str, name: str) -> str:
        """A new activity; gives its ARN."""
        own_name = f"{name}-{uuid.uuid4().hex[:6]}"
        arn = f"{arn_prefix}:activity:{own_name}"
        self.by_arn[arn] = Activity(arn=arn, name=own_name, creation_date=datetime.datetime.now(datetime.UTC))
        return arn

    def next_task(self, arn: str, timeout: float = 10.0) -> tuple[str, str]:
        """What ``GetActivityTask`` answers: the token and the input."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            try:
                task = self.by_arn[arn].get_task()
            except IndexError:
                time.sleep(0.01)
                continue
            self._started(task.task_token)
            return task.task_token, task.task_input
        raise TimeoutError(f"nobody has put work on {arn}")

    def _started(self, token: str) -> None:
        """Tell the execution that a worker has taken its work; its pool knows the token a moment later."""
        while True:
            for pool in self.pools:
                if endpoint := pool.get(token):
                    endpoint.notify_activity_task_start(worker_name="test")
                    return
            time.sleep(0.01)

    def seams(self) -> Iterator[Any]:
        """What is put into moto."""
        activities, original = self, CallbackPoolManager.__init__

        def init(pool: CallbackPoolManager, activity_store: dict[str, Activity]) -> None:
            original(pool, activities.by_arn)
            activities.pools.append(pool)

        yield mock.patch.object(CallbackPoolManager, "__init__", init)
