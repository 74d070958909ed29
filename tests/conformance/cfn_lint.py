"""Usage: python cfn_lint.py TEMPLATE...

Checks CloudFormation templates with cfn-lint, all rules of the levels error and warning.  Prints one line per finding
and ends with 1 if there is a finding that accepted.json does not list with a reason.  One process for all templates,
because loading the rules takes most of the time.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from cfnlint.api import ManualArgs, lint_file

ACCEPTED = json.loads(Path(__file__).with_name("accepted.json").read_text(encoding="utf-8"))
REGIONS = ["us-east-1"]


def is_accepted(path: str, rule: str, message: str) -> bool:
    """True if accepted.json lists the finding."""
    for entry in ACCEPTED:
        same = entry["tool"] == "cfn-lint" and entry["rule"] == rule
        if same and re.search(entry.get("message", ""), message) and re.search(entry.get("template", ""), path):
            return True
    return False


def findings(path: str) -> list[Any]:
    """cfn-lint's matches for one template."""
    return lint_file(Path(path), ManualArgs(regions=REGIONS))


def main(paths: list[str]) -> int:
    if not paths:
        print("usage: python cfn_lint.py TEMPLATE...", file=sys.stderr)
        return 2
    failures = 0
    for path in paths:
        for found in findings(path):
            accepted = is_accepted(path, found.rule.id, found.message)
            failures += not accepted
            mark = "accepted " if accepted else ""
            message = found.message.replace("\n", " ")
            print(f"{path}:{found.linenumber}: {mark}cfn-lint {found.rule.id}: {message}")
    print(f"{len(paths)} templates, {failures} findings that are not accepted")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
