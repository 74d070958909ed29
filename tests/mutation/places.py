"""Where a token stands: the way to it through settings, lists and calls, and the type that is wanted there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .signatures import OF_EVERY_RUN, Alternative, Signatures, Type, type_at
from .tokens import Program

#: What a record or list may stand behind; a brace behind anything else opens a block.
BEFORE_VALUE = (":", "=", "(", "[", ",", "??", "then", "else")

#: Words that begin a statement or a setting of a pipeline; anything else is a line of a longer expression.
STATEMENTS = {"const", "type", "function", "pipeline", "resource", "let", "if", "for", "wait", "fail", "return", "yield", "require", "schedule", "on"}


@dataclass(frozen=True)
class Place:
    """``path`` does not depend on the program: ``training_job.channels.train s3(2)``."""

    path: str
    #: The type that is wanted; none when the place is in an expression, whose type only the compiler knows.
    type: Type | None = None
    #: Whether the setting may be left out, and whether its name is for the user to choose.
    optional: bool = False
    free: bool = False


@dataclass
class Places:
    program: Program
    signatures: Signatures
    _brackets: dict[int, Place] = field(default_factory=dict)

    def of(self, index: int) -> Place:
        """Of the value that begins with this token."""
        bracket = self.program.tokens[index].inside
        if bracket == -1:
            return self._of_statement(index, -1)
        around = self.of_bracket(bracket)
        opened = self.program.tokens[bracket].text
        if opened == "[":
            return self._part(around, "[]") if self._is_whole(index) else Place(f"{around.path}[]")
        if opened == "(":
            return self._argument(around, bracket, index)
        key = self._key(bracket, index)
        if key is None or not self._is_record(bracket):
            return self._of_statement(index, bracket)
        inside = self._part(around, self.program.tokens[key].text.strip('"'))
        return inside if index in (key, key + 2) and self._is_whole(key + 2) else Place(inside.path)

    def of_setting(self, bracket: int, name: str) -> Place:
        return self._part(self.of_bracket(bracket), name)

    def of_bracket(self, bracket: int) -> Place:
        if bracket not in self._brackets:
            self._brackets[bracket] = self._find_bracket(bracket)
        return self._brackets[bracket]

    def _find_bracket(self, bracket: int) -> Place:
        p, tokens = self.program, self.program.tokens
        if kind := owner(p, bracket):
            return Place(kind, self._kind_type(kind))
        before = tokens[bracket - 1] if bracket else None
        if tokens[bracket].text == "(" and before and before.kind == "name" and before.end == tokens[bracket].at:
            place = self.of(bracket - 1)
            made = self.signatures.types.get(before.text)
            return Place(f"{place.path} {before.text}()", made)
        return self.of(bracket)

    def _kind_type(self, kind: str) -> Type | None:
        fields = self.signatures.kinds.get(kind)
        return None if fields is None else (Alternative("{}", fields=(*fields, OF_EVERY_RUN[-1])),)

    def _argument(self, around: Place, bracket: int, index: int) -> Place:
        tokens = self.program.tokens
        if not around.path.endswith("()"):
            return Place(around.path)
        key = self._key(bracket, index)
        if key is not None:
            part = self._part(around, tokens[key].text)
            path = f"{around.path[:-1]}{tokens[key].text})"
            return Place(path, part.type if self._is_whole(key + 2) else None, part.optional)
        commas = sum(1 for t in tokens[bracket + 1 : index] if t.text == "," and t.inside == bracket)
        return Place(f"{around.path[:-1]}{commas + 1})")

    def _part(self, around: Place, name: str) -> Place:
        """A member of a record, a map or a list."""
        path = around.path + (name if name == "[]" else f".{name}")
        types: list[Type] = []
        optional = free = False
        for a in self.signatures.resolved(around.type or ()):
            if a.name == "Json":
                types, free = [(a,)], True
            elif a.name == "Map" and name != "[]":
                types.append(a.inner[0])
                free = True
            elif a.name == "List" and name == "[]":
                types.append(a.inner[0])
            for f in a.fields:
                if f.name == name:
                    types.append(f.type)
                    optional |= f.has_default
        return Place(path, tuple(a for t in types for a in t) or None, optional or free, free)

    def records(self) -> Iterator[int]:
        """The braces around settings: those of stages, resources and the stack, and records of a known type."""
        for i, t in enumerate(self.program.tokens):
            if t.text == "{" and t.mate > i and self._is_record(i) and self.of_bracket(i).type:
                yield i

    def _key(self, bracket: int, index: int) -> int | None:
        """The name that the value stands behind."""
        p = self.program
        for i in range(index, bracket, -1):
            if p.tokens[i].inside == bracket and p.is_sign(i + 1, ":") and p.tokens[i].kind in ("name", "text"):
                return i
            if p.tokens[i].inside == bracket and p.is_sign(i, ",") and i < index:
                return None
        return None

    def _is_record(self, bracket: int) -> bool:
        p = self.program
        return bool(owner(p, bracket)) or p.is_sign(bracket - 1, *BEFORE_VALUE) and not self._is_block(bracket)

    def _is_block(self, bracket: int) -> bool:
        after = self.program.tokens[bracket + 1 : bracket + 3]
        return len(after) == 2 and after[0].text in ("stage", "let", "wait", "fail", "return", "yield") and after[1].text != ":"

    def _is_whole(self, index: int) -> bool:
        """Whether the token, or the bracket it opens, is all of a value."""
        tokens = self.program.tokens
        last = index if tokens[index].mate < index else tokens[index].mate
        if last + 1 < len(tokens) and tokens[last + 1].text == "(" and tokens[last + 1].at == tokens[last].end:
            last = tokens[last + 1].mate
        after = tokens[last + 1] if last + 1 < len(tokens) else None
        begins = self.program.is_sign(index - 1, ":", "[", "(", ",", "=")
        ends = after is None or after.text in (",", "]", "}", ")") or after.line > tokens[last].line and after.kind in ("name", "text")
        return begins and ends

    def _of_statement(self, index: int, bracket: int) -> Place:
        """Outside of all records: the first word of the statement, and the type of what is declared."""
        p = self.program
        start = index
        while start > bracket + 1 and not (p.tokens[start].inside == bracket and p.tokens[start].line > p.tokens[start - 1].line):
            start -= 1
        word = p.tokens[start]
        if word.text != "param":
            return Place(word.text if word.text in STATEMENTS else "expression")
        type_, end = type_at(p, start + 3)
        return Place("param", type_ if index == end + 1 and self._is_whole(index) else None)


def owner(program: Program, brace: int) -> str:
    """Of ``stage x = kind {`` the kind, of ``resource x = kind {`` "resource kind", of ``container x {`` "container"."""
    if program.tokens[brace].text != "{":
        return ""
    texts = [t.text for t in program.tokens[max(0, brace - 8) : brace]]
    for size in (4, 6, 8):
        part = texts[-size:]
        if len(part) == size and part[0] in ("stage", "resource") and part[2] == "=" and "{" not in part and "}" not in part:
            kind = "".join(part[3:])
            return kind if part[0] == "stage" else f"resource {kind}"
    if len(texts) >= 2 and texts[-2] in ("container", "stack"):
        return texts[-2]
    return ""
