"""What kinds take, read from their signatures: the standard library's and those that a program declares itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .tokens import Program, read


@dataclass(frozen=True)
class Alternative:
    """One of the types that a union names; ``limits`` of ``String(pattern: …)`` and ``Int(min: …)``."""

    name: str
    inner: tuple[Type, ...] = ()
    limits: tuple[tuple[str, str], ...] = ()
    fields: tuple[Field, ...] = ()

    def limit(self, name: str) -> str | None:
        return dict(self.limits).get(name)


Type = tuple[Alternative, ...]


@dataclass(frozen=True)
class Field:
    name: str
    type: Type
    has_default: bool


#: Settings of a stage that is a pipeline; `retry` is one of every stage.
OF_EVERY_RUN = tuple(Field(name, (Alternative(type_),), True) for name, type_ in (("wait", "Bool"), ("timeout", "Duration"), ("retry", "Retry")))


@dataclass
class Signatures:
    """By name: kinds with their settings, types with their fields."""

    kinds: dict[str, tuple[Field, ...]] = field(default_factory=dict)
    types: dict[str, Type] = field(default_factory=dict)

    def with_program(self, program: Program) -> Signatures:
        both = Signatures(dict(self.kinds), dict(self.types))
        both.add(program)
        return both

    def add(self, program: Program) -> None:
        tokens = program.tokens
        options: list[Field] = []
        for i, t in enumerate(tokens):
            if t.inside != -1 or t.kind != "name" or i + 2 >= len(tokens) or tokens[i + 1].kind != "name":
                continue
            if t.text in ("stage", "resource") and tokens[i + 1].text == "kind":
                prefix = "resource " if t.text == "resource" else ""
                self.kinds[prefix + tokens[i + 2].text] = tuple(_fields(program, i + 3))
            elif t.text == "pipeline" and tokens[i + 2].text == "(":
                self.kinds[tokens[i + 1].text] = (*_fields(program, i + 2), *OF_EVERY_RUN)
            elif t.text in ("type", "dataset") and tokens[i + 2].text == "{":
                self.types[tokens[i + 1].text] = (Alternative("{}", fields=tuple(_fields(program, i + 2))),)
            elif t.text == "type" and tokens[i + 2].text == "=":
                self.types[tokens[i + 1].text] = type_at(program, i + 3)[0]
            elif t.text == "option":
                options.append(Field(tokens[i + 1].text, type_at(program, i + 3)[0], True))
        if options:
            self.kinds["stack"] = (*self.kinds.get("stack", ()), *options)

    def resolved(self, type_: Type, depth: int = 0) -> Iterator[Alternative]:
        """The alternatives, with the names of types replaced by what they stand for."""
        for a in type_:
            if a.name in self.types and depth < 8:
                yield from self.resolved(self.types[a.name], depth + 1)
            else:
                yield a


def of_library(folder: Path) -> Signatures:
    found = Signatures()
    for path in sorted(folder.glob("*.zflow")):
        found.add(read(path.read_text(encoding="utf-8")))
    found.kinds["container"] = next(a.fields for a in found.types["Container"])
    return found


def _fields(program: Program, bracket: int) -> Iterator[Field]:
    """The ``name: type = default`` between a bracket and its mate."""
    tokens, i = program.tokens, bracket + 1
    while i < tokens[bracket].mate:
        if tokens[i].kind in ("name", "text") and program.is_sign(i + 1, ":"):
            type_, end = type_at(program, i + 2)
            yield Field(tokens[i].text.strip('"'), type_, program.is_sign(end, "="))
            i = end
        else:
            i = max(i + 1, tokens[i].mate + 1)


def type_at(program: Program, i: int) -> tuple[Type, int]:
    """The type that begins at a token, and where it ends."""
    alternatives: list[Alternative] = []
    while True:
        found, i = _atom(program, i)
        alternatives += found
        while program.is_sign(i, "?", "??"):
            alternatives.append(Alternative("None"))
            i += 1
        if not program.is_sign(i, "|"):
            return tuple(alternatives), i
        i += 1


def _atom(program: Program, i: int) -> tuple[Type, int]:
    tokens = program.tokens
    if tokens[i].kind == "text":
        return (Alternative("literal", limits=(("text", tokens[i].text),)),), i + 1
    if tokens[i].text == "{":
        return (Alternative("{}", fields=tuple(_fields(program, i))),), tokens[i].mate + 1
    if tokens[i].text == "(":
        return type_at(program, i + 1)[0], tokens[i].mate + 1
    name, i = tokens[i].text, i + 1
    while program.is_sign(i, "."):
        name, i = tokens[i + 1].text, i + 2
    inner: list[Type] = []
    if program.is_sign(i, "<"):
        while not program.is_sign(i, ">"):
            one, i = type_at(program, i + 1)
            inner.append(one)
        i += 1
    limits: tuple[tuple[str, str], ...] = ()
    if program.is_sign(i, "(") and tokens[i].at == tokens[i - 1].end:
        limits = tuple(_limits(program, i))
        i = tokens[i].mate + 1
    return (Alternative(name, tuple(inner), limits),), i


def _limits(program: Program, bracket: int) -> Iterator[tuple[str, str]]:
    tokens = program.tokens
    for i in range(bracket + 1, tokens[bracket].mate):
        if program.is_sign(i + 1, ":"):
            minus = "-" if program.is_sign(i + 2, "-") else ""
            yield tokens[i].text, minus + tokens[i + 2 + len(minus)].text
