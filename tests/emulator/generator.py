"""Random programs that are well typed, each with what it has to do.

A program is made statement by statement.  Each statement prints itself as zflow and runs itself in Python, on plain values:
which stages it calls, in which order, with what, and what the pipeline gives back.  Nothing here knows how the compiler
lowers anything, so the two are independent of each other.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Values = dict[str, Any]
INT, TEXT, BOOL, LIST = "Int", "String", "Bool", "List<Int>"
TYPES = (INT, TEXT, BOOL, LIST)
WORDS = ("a", "Berlin", "x-1", "two words", 'with "quotes"', "ü", "$9", "{}", "line\nbreak")


@dataclass
class Expression:
    """Text in the language, and its value for given variables."""

    type: str
    text: str
    value: Callable[[Values], Any]


class Failed(Exception):
    """The pipeline, or a stage in it, fails with a named error."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class Returned(Exception):
    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


@dataclass
class Trace:
    """The stages that ran: the ``id`` of each call and its payload.  What runs side by side has no order."""

    calls: list[tuple[str, Any]] = field(default_factory=list)
    ordered: bool = True


@dataclass
class Statement:
    text: list[str]
    run: Callable[[Values, Trace], None]


@dataclass
class Program:
    source: str
    inputs: dict[str, str]
    body: Callable[[Values, Trace], None]

    def predict(self, data: Values) -> tuple[str, Any, Trace]:
        """Status, output or error name, and the calls."""
        trace = Trace()
        try:
            self.body(dict(data), trace)
        except Returned as returned:
            return "SUCCEEDED", returned.result, trace
        except Failed as failed:
            return "FAILED", failed.error, trace
        raise AssertionError("a program ends with return")


def literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("${", "\\${")
        return f'"{escaped}"'
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return str(value)


def indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


class Maker:
    """Makes one program from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.names = 0
        self.number_input = ""

    def fresh(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    # ---- expressions

    def value(self, kind: str) -> Any:
        if kind == INT:
            return self.random.randint(0, 9)
        if kind == TEXT:
            return self.random.choice(WORDS)
        if kind == BOOL:
            return self.random.random() < 0.5
        return [self.random.randint(0, 9) for _ in range(self.random.randint(1, 4))]

    def expression(self, kind: str, scope: dict[str, str], depth: int = 0) -> Expression:
        fitting = [name for name, t in scope.items() if t == kind]
        choices: list[Callable[[], Expression]] = [lambda: self._literal(kind)]
        if fitting:
            choices += [lambda: self._name(self.random.choice(fitting), kind)] * 3
        if depth < 3:
            choices += [lambda: self._conditional(kind, scope, depth)]
            choices += [lambda made=made: made(scope, depth + 1) for made in self._operations(kind)]
        return self.random.choice(choices)()

    def _literal(self, kind: str) -> Expression:
        value = self.value(kind)
        return Expression(kind, literal(value), lambda _: value)

    def _name(self, name: str, kind: str) -> Expression:
        return Expression(kind, name, lambda values: values[name])

    def _conditional(self, kind: str, scope: dict[str, str], depth: int) -> Expression:
        test = self.expression(BOOL, scope, depth + 1)
        yes, no = (self.expression(kind, scope, depth + 1) for _ in range(2))
        text = f"(if {test.text} then {yes.text} else {no.text})"
        return Expression(kind, text, lambda v: yes.value(v) if test.value(v) else no.value(v))

    def _operations(self, kind: str) -> list[Callable[[dict[str, str], int], Expression]]:
        if kind == INT:
            return [self._sum, self._sum, self._length, self._extreme]
        if kind == TEXT:
            return [self._template, self._template, self._upper]
        if kind == BOOL:
            return [self._comparison, self._comparison, self._logic, self._not, self._same_text]
        return [self._comprehension]

    def _sum(self, scope: dict[str, str], depth: int) -> Expression:
        a, b = (self.expression(INT, scope, depth) for _ in range(2))
        sign, apply = self.random.choice([("+", int.__add__), ("-", int.__sub__), ("*", int.__mul__)])
        return Expression(INT, f"({a.text} {sign} {b.text})", lambda v: apply(a.value(v), b.value(v)))

    def _length(self, scope: dict[str, str], depth: int) -> Expression:
        a = self.expression(LIST, scope, depth)
        return Expression(INT, f"length({a.text})", lambda v: len(a.value(v)))

    def _extreme(self, scope: dict[str, str], depth: int) -> Expression:
        a, b = (self.expression(INT, scope, depth) for _ in range(2))
        name, apply = self.random.choice([("min", min), ("max", max)])
        return Expression(INT, f"{name}({a.text}, {b.text})", lambda v: apply(a.value(v), b.value(v)))

    def _template(self, scope: dict[str, str], depth: int) -> Expression:
        a, b = self.expression(TEXT, scope, depth), self.expression(INT, scope, depth)
        return Expression(TEXT, f'"<${{{a.text}}}|${{{b.text}}}>"', lambda v: f"<{a.value(v)}|{b.value(v)}>")

    def _upper(self, scope: dict[str, str], depth: int) -> Expression:
        a = self.expression(TEXT, scope, depth)
        return Expression(TEXT, f'replace({a.text}, "a", "A")', lambda v: a.value(v).replace("a", "A"))

    def _comparison(self, scope: dict[str, str], depth: int) -> Expression:
        a, b = (self.expression(INT, scope, depth) for _ in range(2))
        sign, apply = self.random.choice(
            [("<", int.__lt__), ("<=", int.__le__), (">", int.__gt__), (">=", int.__ge__), ("==", int.__eq__), ("!=", int.__ne__)]
        )
        return Expression(BOOL, f"({a.text} {sign} {b.text})", lambda v: apply(a.value(v), b.value(v)))

    def _same_text(self, scope: dict[str, str], depth: int) -> Expression:
        a, b = (self.expression(TEXT, scope, depth) for _ in range(2))
        return Expression(BOOL, f"({a.text} == {b.text})", lambda v: a.value(v) == b.value(v))

    def _logic(self, scope: dict[str, str], depth: int) -> Expression:
        a, b = (self.expression(BOOL, scope, depth) for _ in range(2))
        if self.random.random() < 0.5:
            return Expression(BOOL, f"({a.text} and {b.text})", lambda v: a.value(v) and b.value(v))
        return Expression(BOOL, f"({a.text} or {b.text})", lambda v: a.value(v) or b.value(v))

    def _not(self, scope: dict[str, str], depth: int) -> Expression:
        a = self.expression(BOOL, scope, depth)
        return Expression(BOOL, f"(not {a.text})", lambda v: not a.value(v))

    def _comprehension(self, scope: dict[str, str], depth: int) -> Expression:
        source, name = self.expression(LIST, scope, depth), self.fresh("i")
        body = self.expression(INT, {**scope, name: INT}, depth + 1)
        text = f"[for {name} in {source.text}: {body.text}]"
        return Expression(LIST, text, lambda v: [body.value({**v, name: item}) for item in source.value(v)])

    # ---- statements: each adds to `scope` what it makes

    def statements(self, scope: dict[str, str], count: int, depth: int) -> list[Statement]:
        makers = [self._let, self._let, self._stage, self._stage, self._stage]
        if depth < 2:
            makers += [self._if, self._if, self._match, self._for, self._parallel, self._try]
        made = []
        for _ in range(count):
            made.append(self.random.choice(makers)(scope, depth))
        return made

    def _let(self, scope: dict[str, str], depth: int) -> Statement:
        kind, name = self.random.choice(TYPES), self.fresh("v")
        e = self.expression(kind, scope)
        scope[name] = kind

        def run(values: Values, _: Trace) -> None:
            values[name] = e.value(values)

        return Statement([f"let {name}: {kind} = {e.text}"], run)

    def _stage(self, scope: dict[str, str], depth: int) -> Statement:
        """Calls the function that answers with what it got; its answer is typed, and used afterwards."""
        stage, answer = self.fresh("stage"), self.fresh("v")
        kind = self.random.choice(TYPES)
        a, b = self.expression(kind, scope), self.expression(INT, scope)
        scope[answer] = kind

        def run(values: Values, trace: Trace) -> None:
            trace.calls.append((stage, {"a": a.value(values), "b": b.value(values)}))
            values[answer] = a.value(values)

        lines = [
            f'stage {stage} = lambda_job {{ function: probe, payload: {{ id: "{stage}", a: {a.text}, b: {b.text} }} }}',
            f"let {answer}_read: {{ a: {kind} }} = {stage}.result",
            f"let {answer} = {answer}_read.a",
        ]
        return Statement(lines, run)

    def _block(self, scope: dict[str, str], depth: int, made: str | None = None, kind: str = INT) -> tuple[list[str], Callable[[Values, Trace], None]]:
        """A block in a scope of its own that makes `made`, if that is given."""
        inner = dict(scope)
        body = self.statements(inner, self.random.randint(1, 2), depth + 1)
        if made:
            e = self.expression(kind, inner)

            def keep(values: Values, _: Trace) -> None:
                values[made] = e.value(values)

            body.append(Statement([f"let {made}: {kind} = {e.text}"], keep))

        def run(values: Values, trace: Trace) -> None:
            for statement in body:
                statement.run(values, trace)

        return [line for statement in body for line in statement.text], run

    def _open_question(self) -> Expression:
        """A condition that only a run decides: after a constant one, what follows might never run, which is refused."""
        name, limit = self.number_input, self.random.randint(1, 8)
        return Expression(BOOL, f"({name} < {limit})", lambda v: v[name] < limit)

    def _if(self, scope: dict[str, str], depth: int) -> Statement:
        kind, made = self.random.choice(TYPES), self.fresh("v")
        fails = depth == 0 and self.random.random() < 0.2
        test = self._open_question() if fails else self.expression(BOOL, scope)
        yes, run_yes = self._block(scope, depth, made, kind)
        no, run_no = (['fail Refused "not this time"'], None) if fails else self._block(scope, depth, made, kind)
        scope[made] = kind

        def run(values: Values, trace: Trace) -> None:
            if test.value(values):
                run_yes(values, trace)
            elif run_no:
                run_no(values, trace)
            else:
                raise Failed("Refused")

        return Statement([f"if {test.text} {{", *indented(yes), "} else {", *indented(no), "}"], run)

    def _match(self, scope: dict[str, str], depth: int) -> Statement:
        subject, kind, made = self.expression(INT, scope), self.random.choice(TYPES), self.fresh("v")
        cases = self.random.sample(range(10), 3)
        arms = [([cases[0]], self._block(scope, depth, made, kind)), (cases[1:], self._block(scope, depth, made, kind))]
        other, run_other = self._block(scope, depth, made, kind)
        scope[made] = kind

        def run(values: Values, trace: Trace) -> None:
            value = subject.value(values)
            chosen = next((run_arm for keys, (_, run_arm) in arms if value in keys), run_other)
            chosen(values, trace)

        lines = [f"match {subject.text} {{"]
        for keys, (text, _) in arms:
            lines += [f"    {', '.join(map(str, keys))} => {{", *indented(indented(text)), "    }"]
        return Statement([*lines, "    else => {", *indented(indented(other)), "    }", "}"], run)

    def _for(self, scope: dict[str, str], depth: int) -> Statement:
        source, item, made = self.expression(LIST, scope), self.fresh("n"), self.fresh("v")
        inner = {**scope, item: INT}
        body = self.statements(inner, self.random.randint(1, 2), depth + 1)
        result = self.expression(INT, inner)
        scope[made] = LIST

        def run(values: Values, trace: Trace) -> None:
            trace.ordered = False
            results = []
            for element in source.value(values):
                own = {**values, item: element}
                for statement in body:
                    statement.run(own, trace)
                results.append(result.value(own))
            values[made] = results

        text = [line for statement in body for line in statement.text]
        lines = [f"let {made} = for {item} in {source.text} {{", *indented(text), f"    yield {result.text}", "}"]
        return Statement(lines, run)

    def _parallel(self, scope: dict[str, str], depth: int) -> Statement:
        whole, left, right = self.fresh("both"), self.fresh("v"), self.fresh("v")
        texts, runs = zip(*(self._block(scope, depth, made, INT) for made in (left, right)))
        total = self.fresh("v")
        scope[total] = INT

        def run(values: Values, trace: Trace) -> None:
            trace.ordered = False
            results = []
            for run_branch, made in zip(runs, (left, right)):
                own = dict(values)
                run_branch(own, trace)
                results.append(own[made])
            values[total] = results[0] - results[1]

        lines = [f"let {whole} = parallel {{", "    one {", *indented(indented(texts[0])), "    }", "    two {"]
        lines += [*indented(indented(texts[1])), "    }", "}", f"let {total}: Int = {whole}.one.{left} - {whole}.two.{right}"]
        return Statement(lines, run)

    def _try(self, scope: dict[str, str], depth: int) -> Statement:
        """A function that fails when it is told to; the arms make the same name."""
        test, kind, made, stage = self.expression(BOOL, scope), self.random.choice(TYPES), self.fresh("v"), self.fresh("stage")
        body, run_body = self._block(scope, depth, made, kind)
        handler, run_handler = self._block(scope, depth, made, kind)
        scope[made] = kind

        def run(values: Values, trace: Trace) -> None:
            fails = test.value(values)
            trace.calls.append((stage, {"error": "Odd" if fails else "none"}))
            (run_handler if fails else run_body)(values, trace)

        call = f'stage {stage} = lambda_job {{ function: breaker, payload: {{ id: "{stage}", error: if {test.text} then "Odd" else "none" }} }}'
        return Statement(["try {", *indented([call, *body]), "} catch Odd {", *indented(handler), "}"], run)

    # ---- the whole

    def program(self, functions: str) -> Program:
        inputs = {self.fresh("input"): kind for kind in (INT, TEXT, BOOL, LIST)}
        scope = dict(inputs)
        self.number_input = next(iter(inputs))
        early = self._open_question()
        body = self.statements(scope, self.random.randint(3, 6), 0)
        results = [name for name in scope if self.random.random() < 0.7] or list(inputs)

        def run(values: Values, trace: Trace) -> None:
            if early.value(values):
                raise Returned({"early": True})
            for statement in body:
                statement.run(values, trace)
            raise Returned({name: values[name] for name in results})

        parameters = ", ".join(f"{name}: {kind}" for name, kind in inputs.items())
        lines = [f"if {early.text} {{", "    return { early: true }", "}", *(line for s in body for line in s.text), f"return {{ {', '.join(results)} }}"]
        source = f"stack generated {{}}\n{functions}\npipeline main({parameters}) {{\n" + "\n".join(indented(lines)) + "\n}\n"
        return Program(source, inputs, run)

    def data(self, inputs: dict[str, str]) -> Values:
        return {name: self.value(kind) for name, kind in inputs.items()}
