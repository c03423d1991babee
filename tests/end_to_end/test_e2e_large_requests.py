"""Requests of many megabytes and streams without end: refused, in few times their bytes of memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from driver import Studio, command

SIZE = 20 << 20

BULK = '{"tool":"memory_guideline","action":"bulk_add","agentId":"t","guidelines":['
DENSE = {
    "lists": ("[", "[],", "[]]"),
    "objects": ("[", "{},", "{}]"),
    "numbers": ('{"action":"export","x":[', "0,", "0]}"),
    "texts": ('{"x":[', '"ab",', "0]}"),
    "fields": ("{", '"a":0,', '"b":0}'),
    "guidelines": (BULK, "[],", "0]}"),
    "deep": ("[", "[", "]"),
    "one text": ('{"action":"export","targetModel":"', "a", '"}'),
    "not json": ("x", "x", "x"),
}
"""Beginning, what is repeated, end."""


@pytest.mark.skipif(sys.platform == "win32", reason="reads the memory that a process took from the system")
@pytest.mark.parametrize("what", DENSE)
def test_a_request_takes_at_most_four_times_its_bytes(studio: Studio, what: str) -> None:
    file = studio.work / "request.json"
    first, again, last = DENSE[what]
    file.write_text(first + again * (SIZE // len(again)) + last)
    least, _ = peak(studio, ["call", "-"], b"{}")
    most, said = peak(studio, ["call", str(file)])
    assert json.loads(said)["error"]["code"] == "VALIDATION"
    assert most - least < 4 * file.stat().st_size


def peak(studio: Studio, arguments: list[str], stdin: bytes = b"") -> tuple[int, bytes]:
    """The most memory that a command took, in bytes, and what it said."""
    with subprocess.Popen(
        command(*arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=studio.work, env=studio.environment()
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(stdin)
        process.stdin.close()
        said = process.stdout.read()
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    return used.ru_maxrss * (1 if sys.platform == "darwin" else 1024), said


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a stream without end")
@pytest.mark.parametrize("arguments", [("call", "/dev/zero"), ("call", "-")])
def test_a_stream_without_end_is_refused(bare_studio: Studio, arguments: tuple[str, ...]) -> None:
    with Path("/dev/zero").open("rb") as endless:
        done = subprocess.run(
            command(*arguments), stdin=endless, capture_output=True, cwd=bare_studio.work,
            env=bare_studio.environment(), timeout=120, check=False,
        )  # fmt: skip
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (1, "VALIDATION")
    assert b"256 MiB" in done.stdout
