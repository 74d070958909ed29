"""Calls the `zflowc` that the variable ZFLOWC names. Small sources, and what is expected of a failure."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ZFLOWC = os.environ.get("ZFLOWC", str(ROOT / "build" / "release" / "zflowc"))

GOOD = "stack good\npipeline p { wait 1s }\n"
OTHER = "stack good\npipeline p { wait 2s }\n"
BAD = "stack bad\npipeline p { wait nothing }\n"
WARNS = (
    "stack warns\nparam data: Bucket\npipeline p {\n    stage t = training_job {\n"
    '        image: ecr("m", tag: "1"), channels: { a: s3(data, "in/") }, output: s3(data, "out/")\n'
    "        instance: ml.z99.large\n"
    "    }\n}\n"
)
TWO = "stack first\npipeline p { wait 1s }\nstack second\npipeline q { wait 2s }\n"
CLEAN, FINDINGS, FAILED = 0, 1, 2


def run(
    *arguments: str | Path, source: bytes | str = b"", cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    data = source.encode() if isinstance(source, str) else source
    inherited = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    settings = {**inherited, **environment}
    command = [ZFLOWC, *map(str, arguments)]
    return subprocess.run(command, input=data, capture_output=True, cwd=cwd, env=settings, timeout=60)


def as_nobody(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Root may read and write everything; somebody else may not."""

    def drop() -> None:
        if os.getuid() == 0:
            os.setgid(65534)
            os.setuid(65534)

    return subprocess.run([ZFLOWC, *map(str, arguments)], capture_output=True, preexec_fn=drop, timeout=60)


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def fails(result: subprocess.CompletedProcess[bytes], *words: str) -> None:
    """Exit code 2 and one message of the tool's own on standard error, with these words."""
    message = result.stderr.decode()
    assert result.returncode == FAILED, message
    assert result.stdout == b""
    for word in words:
        assert word in message
    assert "internal error" not in message


def ids(result: subprocess.CompletedProcess[bytes]) -> list[str]:
    return re.findall(r"(?:error|warning)\[([a-z-]+)\]", (result.stdout + result.stderr).decode())
