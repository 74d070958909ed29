"""The ways in which a program is broken: each makes mutants, one change in each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .places import Place, Places
from .signatures import Signatures
from .tokens import Program, Token, entries, read

#: Words before which or after which a name is no reference to something declared.
DECLARING = {"stage", "let", "param", "const", "secret", "resource", "container", "dataset", "type", "function", "pipeline", "kind",
             "for", "as", "role", "call", "cfn", "output", "option", "stack", "import"}
LITERAL_WORDS = {"true", "false", "none"}


@dataclass(frozen=True)
class Mutant:
    operator: str
    #: What was changed, in words that do not depend on the program: the key for the list of survivors.
    detail: str
    line: int
    source: str
    #: Of settings and values: where they stand, and what stands there now.
    place: Place | None = None
    now: str = ""


class Subject:
    """A program that is to be broken."""

    def __init__(self, source: str, library: Signatures) -> None:
        self.program = read(source)
        self.places = Places(self.program, library.with_program(self.program))


Operator = Callable[[Subject], Iterator[Mutant]]


def _replace(s: Subject, first: Token, last: Token, text: str, operator: str, detail: str, place: Place | None = None) -> Mutant:
    source = s.program.source
    return Mutant(operator, detail, first.line, source[: first.at] + text + source[last.end :], place, text)


def _settings(s: Subject) -> Iterator[tuple[Place, Token, Token]]:
    """Each setting's place, and its first and last token."""
    for brace in s.places.records():
        for entry in entries(s.program, brace):
            yield s.places.of_setting(brace, entry.key), s.program.tokens[entry.first], s.program.tokens[entry.last]


def _misspelt(word: str) -> str:
    return word + word[-1] + "q"


def drop_setting(s: Subject) -> Iterator[Mutant]:
    for place, first, last in _settings(s):
        yield _replace(s, first, last, "", "drop-setting", place.path, place)


def misspell_setting(s: Subject) -> Iterator[Mutant]:
    for place, key, _ in _settings(s):
        if key.kind == "name":
            yield _replace(s, key, key, _misspelt(key.text), "misspell-setting", place.path, place)


def duplicate_setting(s: Subject) -> Iterator[Mutant]:
    for place, first, last in _settings(s):
        twice = s.program.source[first.at : last.end]
        yield _replace(s, first, last, f"{twice}\n{twice}", "duplicate-setting", place.path, place)


def misspell_member(s: Subject) -> Iterator[Mutant]:
    p = s.program
    for i, t in enumerate(p.tokens):
        if t.kind == "name" and p.is_sign(i - 1, ".", "?.") and p.tokens[i - 2].kind in ("name", "sign") and not p.is_sign(i + 1, "("):
            yield _replace(s, t, t, _misspelt(t.text), "misspell-member", f"{p.tokens[i - 2].text}.{t.text}")


def _declared(p: Program) -> set[str]:
    names = set()
    for i, t in enumerate(p.tokens[:-1]):
        if t.text in DECLARING and p.tokens[i + 1].kind == "name" and p.tokens[i + 1].text != "kind":
            names.add(p.tokens[i + 1].text)
    return names


def misspell_name(s: Subject) -> Iterator[Mutant]:
    p = s.program
    declared = _declared(p)
    for i, t in enumerate(p.tokens):
        if t.kind != "name" or t.text not in declared or t.text in LITERAL_WORDS:
            continue
        key = p.is_sign(i + 1, ":") or p.is_sign(i - 1, ".", "?.")
        if key or p.tokens[i - 1].text in DECLARING or (p.is_sign(i - 1, ",") and p.is_sign(i + 1, "in")):
            continue
        yield _replace(s, t, t, _misspelt(t.text), "misspell-name", t.text)


def misspell_type(s: Subject) -> Iterator[Mutant]:
    p = s.program
    for i, t in enumerate(p.tokens):
        if t.kind == "name" and t.text[0].isupper() and p.is_sign(i - 1, ":", "<") and t.inside >= -1 and not p.is_sign(i + 1, "."):
            yield _replace(s, t, t, _misspelt(t.text), "misspell-type", t.text)


def _stages(p: Program) -> list[tuple[int, int, str]]:
    """First and last token and name of each stage statement."""
    found = []
    for i, t in enumerate(p.tokens):
        if t.text == "stage" and p.is_sign(i + 2, "="):
            brace = next(j for j in range(i, len(p.tokens)) if p.tokens[j].text == "{")
            found.append((i, p.tokens[brace].mate, p.tokens[i + 1].text))
    return found


def _uses(p: Program, first: int, last: int, name: str) -> bool:
    return any(t.kind == "name" and t.text == name or t.kind == "text" and re.search(rf"\$\{{[^}}]*\b{name}\b", t.text) for t in p.tokens[first : last + 1])


def drop_stage(s: Subject) -> Iterator[Mutant]:
    p = s.program
    for first, last, name in _stages(p):
        if _uses(p, last + 1, len(p.tokens) - 1, name):
            yield _replace(s, p.tokens[first], p.tokens[last], "", "drop-stage", name)


def swap_stages(s: Subject) -> Iterator[Mutant]:
    p = s.program
    stages = _stages(p)
    for (a, a_end, name), (b, b_end, _) in zip(stages, stages[1:]):
        adjacent = all(t.kind == "text" for t in p.tokens[a_end + 1 : b])
        if adjacent and p.tokens[a].inside == p.tokens[b].inside and _uses(p, b, b_end, name):
            one, two = (p.source[p.tokens[x].at : p.tokens[y].end] for x, y in ((a, a_end), (b, b_end)))
            yield _replace(s, p.tokens[a], p.tokens[b_end], f"{two}\n{one}", "swap-stages", name)


def duplicate_stage(s: Subject) -> Iterator[Mutant]:
    p = s.program
    for first, last, name in _stages(p):
        text = p.source[p.tokens[first].at : p.tokens[last].end]
        yield _replace(s, p.tokens[first], p.tokens[last], f"{text}\n{text}", "duplicate-stage", name)


def unknown_kind(s: Subject) -> Iterator[Mutant]:
    p = s.program
    for first, _, _ in _stages(p):
        kind = p.tokens[first + 3]
        yield _replace(s, kind, kind, _misspelt(kind.text), "unknown-kind", kind.text)


def _in_condition(s: Subject, index: int) -> bool:
    """Between `if` and `then`."""
    tokens = s.program.tokens
    for j in range(index - 1, -1, -1):
        if tokens[j].inside < tokens[index].inside or tokens[j].text in ("then", "else", ",", ":"):
            return False
        if tokens[j].text == "if":
            return any(t.text == "then" for t in tokens[index : index + 12])
    return False


def _literals(kind: str, replacement: Callable[[str], str], operator: str) -> Operator:
    def make(s: Subject) -> Iterator[Mutant]:
        p = s.program
        for i, t in enumerate(p.tokens):
            value = t.kind == kind and not p.is_sign(i + 1, ":") and not p.is_sign(i + 1, "=>")
            declared = p.tokens[i - 1].text in ("import", "cfn") if i else False
            if value and not declared:
                place = s.places.of(i)
                path = f"{place.path} if" if _in_condition(s, i) else place.path
                yield _replace(s, t, t, replacement(t.text), operator, path, place)

    return make


def drop_else(s: Subject) -> Iterator[Mutant]:
    p = s.program
    for i, t in enumerate(p.tokens):
        if t.text == "else" and p.is_sign(i + 1, "{"):
            yield _replace(s, t, p.tokens[p.tokens[i + 1].mate], "", "drop-else", "else")


def text_condition(s: Subject) -> Iterator[Mutant]:
    p = s.program
    for i, t in enumerate(p.tokens):
        if t.text == "if" and not p.is_sign(i - 1, "]") and t.inside >= 0:
            j = next((j for j in range(i, len(p.tokens)) if p.tokens[j].text == "{" and p.tokens[j].inside == t.inside), None)
            if j and p.tokens[j].line == t.line:
                yield _replace(s, p.tokens[i + 1], p.tokens[j - 1], '"yes"', "text-condition", "if")


def sum_for_comparison(s: Subject) -> Iterator[Mutant]:
    p = s.program
    for t in p.tokens:
        if t.text in (">=", "<=", "==", "!="):
            yield _replace(s, t, t, "+", "sum-for-comparison", t.text)


def drop_bracket(s: Subject) -> Iterator[Mutant]:
    p = s.program
    for t in p.tokens:
        if t.text in "{}[]()" and t.mate >= 0:
            yield _replace(s, t, t, "", "drop-bracket", t.text)


def drop_equals(s: Subject) -> Iterator[Mutant]:
    p = s.program
    for t in p.tokens:
        if t.text == "=":
            yield _replace(s, t, t, "", "drop-equals", "=")


def misspell_error(s: Subject) -> Iterator[Mutant]:
    p = s.program
    for i, t in enumerate(p.tokens):
        if t.kind == "name" and p.is_sign(i - 1, ".") and p.tokens[i - 2].text in ("States", "Lambda", "Databricks", "SageMaker"):
            yield _replace(s, t, t, _misspelt(t.text), "misspell-error", f"{p.tokens[i - 2].text}.{t.text}")


def _huge(text: str) -> str:
    return "99999999999"


OPERATORS: list[Operator] = [
    drop_setting, misspell_setting, duplicate_setting, misspell_member, misspell_name, misspell_type, drop_stage, swap_stages,
    duplicate_stage, unknown_kind, drop_else, text_condition, sum_for_comparison, drop_bracket, drop_equals, misspell_error,
    _literals("number", lambda t: '"many"', "text-for-number"),
    _literals("number", _huge, "huge-number"),
    _literals("number", lambda t: "-7", "negative-number"),
    _literals("text", lambda t: "4711", "number-for-text"),
    _literals("text", lambda t: t[:-1] + " !" + t[-1] if not t.startswith('"""') else t + "x", "odd-text"),
    _literals("duration", lambda t: re.sub(r"\D", "", t), "number-for-duration"),
    _literals("duration", lambda t: "900w", "huge-duration"),
    _literals("size", lambda t: "3m", "duration-for-size"),
    _literals("instance", lambda t: t + "q", "unknown-instance"),
    _literals("instance", lambda t: t.removeprefix("ml."), "instance-without-ml"),
    _literals("date", lambda t: "2026-02-30", "impossible-date"),
]
