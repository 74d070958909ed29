"""Mutants that are legal by the signatures of the kinds, without a word in survivors.txt."""

from __future__ import annotations

import re

from .operators import Mutant
from .places import Place
from .signatures import Alternative, Signatures

NUMBER = re.compile(r"-?[0-9]+")


def reason(mutant: Mutant, signatures: Signatures) -> str | None:
    """Why the mutant may be accepted; none when the signatures do not say so."""
    place = mutant.place
    if place is None:
        return None
    if mutant.operator == "drop-setting":
        return "an entry of a free map" if place.free else "a setting with a default" if place.optional else None
    if mutant.operator == "misspell-setting":
        return "a name that is the user's" if place.free else None
    reasons = (_fits(a, place, mutant.now) for a in signatures.resolved(place.type or ()))
    return next((r for r in reasons if r), None)


def _fits(a: Alternative, place: Place, value: str) -> str | None:
    number = NUMBER.fullmatch(value)
    if a.name == "Json":
        return "a value of free JSON"
    if number and a.name in ("Int", "Float"):
        least, most = a.limit("min"), a.limit("max")
        within = (least is None or float(value) >= float(least)) and (most is None or float(value) <= float(most))
        return "a number in the range of its type" if within else None
    if a.name == "String" and number and not a.limits:
        return "a number in a map of texts" if place.free else None
    if not value.startswith('"'):
        return None
    if a.name == "String":
        return "a text that fits its type" if _text_fits(a, value) else None
    if a.name == "S3":
        return "any key of an object" if value.startswith('"s3://') else None
    if a.name == "Arn":
        return "any resource in an ARN" if value.startswith('"arn:') else None
    return None


def _text_fits(a: Alternative, value: str) -> bool:
    pattern, most = a.limit("pattern"), a.limit("max_length")
    text = value.strip('"')
    return (most is None or len(text) <= int(most)) and (pattern is None or re.fullmatch(pattern[1:-1].replace("\\\\", "\\"), text) is not None)
