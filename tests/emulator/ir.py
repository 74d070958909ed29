"""Runs the typed program that ``zflowc --emit ir --json`` prints: steps in the order of their blocks, values as they are made.

It knows nothing of state machines.  What a function answers is given: the probe answers with what it got, the breaker fails
when it is told to.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .compiled import compiler

Item = dict[str, Any]
Respond = Callable[[Item], Any]


class Failed(Exception):
    """A step failed with a named error."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(error)
        self.error, self.cause = error, cause


class Returned(Exception):
    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


def load(file: Path) -> Item:
    """The only pipeline of a program."""
    command = [compiler(), "--emit", "ir", "--json", "-o", "-", "--no-config", str(file)]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert printed.returncode == 0, printed.stderr
    (pipeline,) = json.loads(printed.stdout)["pipelines"]
    return pipeline


@dataclass
class Scope:
    """What steps have left behind: results, items of loops, joined values, problems.  An inner scope sees the outer ones."""

    outer: Scope | None = None
    made: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    def __getitem__(self, key: tuple[Any, ...]) -> Any:
        if key in self.made:
            return self.made[key]
        assert self.outer is not None, f"{key} was never made"
        return self.outer[key]

    def __setitem__(self, key: tuple[Any, ...], value: Any) -> None:
        self.made[key] = value


def round_half_up(value: float) -> int:
    return int(value + 0.5) if value >= 0 else -int(-value + 0.5)


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b, "+": lambda a, b: a + b, "-": lambda a, b: a - b,
    "*": lambda a, b: a * b, "in": lambda a, b: a in b,
}

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "length": len, "string": text_of, "upper": str.upper, "lower": str.lower, "trim": str.strip, "replace": str.replace,
    "min": min, "max": max, "sum": sum, "abs": abs, "append": lambda a, b: a + b, "contains": lambda a, b: b in a,
    "starts_with": str.startswith, "ends_with": str.endswith, "round": round_half_up,
}


class Program:
    """One run is one call of `predict`."""

    def __init__(self, pipeline: Item, respond: Respond) -> None:
        self.steps, self.values, self.block = pipeline["steps"], pipeline["values"], pipeline["block"]
        self.defaults = {i["name"]: i["default"] for i in pipeline["inputs"] if "default" in i}
        self.respond = respond

    def predict(self, data: Item) -> tuple[str, Any, list[str], list[Item]]:
        """Status, output or error name, names of the tasks in order, and their payloads."""
        self.path: list[str] = []
        self.calls: list[Item] = []
        self.scope = Scope()
        self.inputs = {name: self.value(default) for name, default in self.defaults.items()} | data
        try:
            self.run(self.block)
        except Returned as returned:
            return "SUCCEEDED", returned.result, self.path, self.calls
        except Failed as failed:
            return "FAILED", failed.error, self.path, self.calls
        raise AssertionError("a program ends with return")

    # ---- steps

    def run(self, block: Item) -> None:
        for number in block["steps"]:
            step = self.steps[number]
            getattr(self, "step_" + step["kind"])(number, step)

    def inside(self, block: Item, made: dict[tuple[Any, ...], Any]) -> Scope:
        """Runs a block in a scope of its own, which is given back with what it left."""
        self.scope = inner = Scope(self.scope, made)
        try:
            self.run(block)
        finally:
            assert inner.outer is not None
            self.scope = inner.outer
        return inner

    def step_task(self, number: int, step: Item) -> None:
        assert (step["service"], step["operation"]) == ("lambda", "invoke"), step
        self.path.append(step["name"])
        arguments = self.value(step["arguments"])
        self.calls.append(arguments["Payload"])
        self.scope["result", number] = {"Payload": self.respond(arguments["Payload"])}

    def step_choice(self, number: int, step: Item) -> None:
        for index, arm in enumerate(step["arms"]):
            if "condition" not in arm or self.value(arm["condition"]):
                self.run(arm["block"])
                return self.join(number, step, index)

    def step_parallel(self, number: int, step: Item) -> None:
        ends = [self.inside(branch["block"], {}) for branch in step["branches"]]
        for inner in ends:
            self.scope.made.update(inner.made)

    def step_map(self, number: int, step: Item) -> None:
        results = []
        for index, item in enumerate(self.value(step["items"])):
            inner = self.inside(step["block"], {("item", number): item, ("item_index", number): index})
            self.scope, outer = inner, self.scope
            results.append(self.value(step["yields"]) if "yields" in step else None)
            self.scope = outer
        self.scope["result", number] = results

    def step_try(self, number: int, step: Item) -> None:
        try:
            self.run(step["block"])
            return self.join(number, step, 0)
        except Failed as failed:
            for index, handler in enumerate(step["handlers"]):
                if failed.error in handler["errors"] or "States.ALL" in handler["errors"]:
                    self.scope["problem", number, index] = {"error": failed.error, "cause": failed.cause}
                    break
            else:
                raise
        self.run(handler["block"])
        self.join(number, step, index + 1)

    def step_attempts(self, _: int, step: Item) -> None:
        self.run(step["block"])

    def step_let(self, number: int, step: Item) -> None:
        self.scope["result", number] = self.value(step["value"])

    def step_check(self, _: int, step: Item) -> None:
        self.value(step["value"])

    def step_wait(self, _: int, step: Item) -> None:
        pass

    def step_fail(self, _: int, step: Item) -> None:
        raise Failed(step["error"])

    def step_return(self, _: int, step: Item) -> None:
        raise Returned(self.value(step["value"]))

    def join(self, number: int, step: Item, arm: int) -> None:
        for index, join in enumerate(step["joins"]):
            value = join["values"][arm]
            self.scope["joined", number, index] = None if value is None else self.value(value)

    # ---- values

    def value(self, number: int, loops: dict[int, Any] | None = None) -> Any:
        v = self.values[number]
        return getattr(self, "value_" + v["op"])(v, loops or {})

    def value_none(self, v: Item, _: dict[int, Any]) -> None:
        return None

    def value_constant(self, v: Item, _: dict[int, Any]) -> Any:
        return v["value"]

    def value_list(self, v: Item, loops: dict[int, Any]) -> list[Any]:
        return [self.value(item, loops) for item in v["items"]]

    def value_record(self, v: Item, loops: dict[int, Any]) -> Item:
        return {key: self.value(value, loops) for key, value in v["fields"]}

    def value_text(self, v: Item, loops: dict[int, Any]) -> str:
        return "".join(text_of(self.value(part, loops)) for part in v["parts"])

    def value_binary(self, v: Item, loops: dict[int, Any]) -> Any:
        a, operator = self.value(v["a"], loops), v["operator"]
        if operator == "and":
            return a and self.value(v["b"], loops)
        if operator == "or":
            return a or self.value(v["b"], loops)
        if operator == "??":
            return self.value(v["b"], loops) if a is None else a
        return BINARY[operator](a, self.value(v["b"], loops))

    def value_unary(self, v: Item, loops: dict[int, Any]) -> Any:
        a = self.value(v["a"], loops)
        return not a if v["operator"] == "not" else -a

    def value_if(self, v: Item, loops: dict[int, Any]) -> Any:
        return self.value(v["then"] if self.value(v["condition"], loops) else v["else"], loops)

    def value_member(self, v: Item, loops: dict[int, Any]) -> Any:
        return self.value(v["of"], loops).get(v["name"])

    def value_index(self, v: Item, loops: dict[int, Any]) -> Any:
        return self.value(v["of"], loops)[self.value(v["at"], loops)]

    def value_call(self, v: Item, loops: dict[int, Any]) -> Any:
        return FUNCTIONS[v["function"]](*(self.value(a, loops) for a in v["arguments"]))

    def value_for(self, v: Item, loops: dict[int, Any]) -> list[Any]:
        def turns() -> Iterator[dict[int, Any]]:
            for item in self.value(v["over"], loops):
                turn = loops | {v["loop"]: item}
                if "filter" not in v or self.value(v["filter"], turn):
                    yield turn

        return [self.value(v["body"], turn) for turn in turns()]

    def value_local(self, v: Item, loops: dict[int, Any]) -> Any:
        return loops[v["loop"]]

    def value_input(self, v: Item, _: dict[int, Any]) -> Any:
        return self.inputs[v["name"]]

    def value_result(self, v: Item, _: dict[int, Any]) -> Any:
        result = self.scope["result", v["step"]]
        for member in v["path"]:
            result = result[member]
        return result

    def value_item(self, v: Item, _: dict[int, Any]) -> Any:
        return self.scope["item", v["step"]]

    def value_item_index(self, v: Item, _: dict[int, Any]) -> Any:
        return self.scope["item_index", v["step"]]

    def value_joined(self, v: Item, _: dict[int, Any]) -> Any:
        return self.scope["joined", v["step"], v["join"]]

    def value_problem(self, v: Item, _: dict[int, Any]) -> Any:
        return self.scope["problem", v["step"], v["handler"]][v["part"]]

    def value_other(self, v: Item, _: dict[int, Any]) -> str:
        assert v["time"] == "deploy", f"nobody knows what `{v['text']}` will be"
        return v["text"]
