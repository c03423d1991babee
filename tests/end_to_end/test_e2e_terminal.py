"""What reaches a terminal or a pipe: control characters as signs, JSON as UTF-8 bytes, ends without a traceback."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import unicodedata
from pathlib import Path

import pytest
from driver import KEY, MODEL, Studio, command

from lora_studio.core.domain import OWNER, Draft
from lora_studio.core.home import Home
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.doors.cli.arguments import parser
from lora_studio.doors.cli.main import run
from lora_studio.terminal import visible

STEERING = "\x1b[31m\x1b]0;title\x07\r\x08\x7f\x9b2J\x85\u202egnp\u2066x\u2028y"
"""Colours, a window's title, back over the line, C1, turned about, another line."""
NAMES = ("\x1b[31m", "\x1b]0", "\x07", "\x08", "\x7f", "\x9b", "\x85", "\u202e", "\u2066", "\u2028")


def at_terminal(studio: Studio, *arguments: str) -> str:
    """What a person at a terminal sees, both streams together."""
    ours, its = pty.openpty()
    seen = bytearray()

    def read() -> None:
        with contextlib.suppress(OSError):  # so Linux says that nobody has the other end any more
            while data := os.read(ours, 65536):
                seen.extend(data)

    reader = threading.Thread(target=read)
    with subprocess.Popen(
        command(*arguments), stdin=its, stdout=its, stderr=its, cwd=studio.work,
        env=studio.environment(LORA_STUDIO_ADMIN_KEY=KEY, TERM="xterm", COLUMNS="500"),
    ) as process:  # fmt: skip
        os.close(its)
        reader.start()
        process.wait(60)
    reader.join()
    os.close(ours)
    return seen.decode()


def test_every_control_character_is_a_sign() -> None:
    every = "".join(map(chr, range(0x3000)))
    for text, kept in ((visible(every), {"\n", "\t"}), (visible(every, one_line=True), set())):
        kinds = {one for one in text if unicodedata.category(one) in ("Cc", "Zl", "Zp")}
        turned = {
            one
            for one in text
            if unicodedata.bidirectional(one)[-1:] in "EOFI" and one in "\u202a\u202b\u202c\u202d\u202e"
        }
        assert kinds | turned == kept
    family = "\N{MAN}\u200d\N{WOMAN}"
    assert visible(f"a\x1b[1m\x9b\u202e é\u00a0{family}\n\tb") == f"a\\x1b[1m\\x9b\\u202e é\u00a0{family}\n\tb"
    assert visible("a\r\nb\t", one_line=True) == "a\\r\\nb\\t"


@pytest.fixture
def hostile(studio: Studio) -> tuple[str, Path, Path]:
    """A name that stands in the library, a folder to write to, and one with rule files."""
    named = f"name {STEERING}"
    draft = Draft(name=named, content=f"thing {STEERING}", category=named, tags=(named,), good=("g",), bad=("b",))
    add_guidelines(studio.door.library, [draft], OWNER)
    rules = studio.work / f"rules {STEERING}"
    rules.mkdir()
    (rules / f"{STEERING}.md").write_text(f"# Guidelines {STEERING}\n\n## {STEERING}\n\nbody {STEERING}\n")
    (rules / f"{STEERING}.json").write_text("{")
    return named, studio.work / f"out {STEERING}", rules


def test_no_stranger_s_text_steers_the_terminal(studio: Studio, hostile: tuple[str, Path, Path]) -> None:
    for arguments in (("query", "thing"), ("import", "--dry-run", str(hostile[2])), ("query", "x", f"--{hostile[0]}")):
        expect_signs(at_terminal(studio, *arguments))


def test_no_stranger_s_text_goes_on_in_a_pipe(
    studio: Studio,
    hostile: tuple[str, Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    named, out, rules = hostile
    nowhere, target = str(studio.work / named), ("--target-model", MODEL)
    monkeypatch.setenv("LORA_STUDIO_ADMIN_KEY", KEY)
    for arguments in (
        ("query", "thing"),
        ("export", *target, "--output-path", str(out), "--format", "chat"),
        ("script", *target, "--dataset-path", str(out), "--output-path", str(out)),
        ("script", *target, "--dataset-path", str(out)),
        ("import", "--dry-run", str(rules)),
        ("import", nowhere),
        ("grant", named, "--permission", "read", "--scope", "all"),
        ("revoke", named, "--permission", "read", "--scope", f"org:{named}"),
        ("train", str(out), "--python", named),
        ("exam", nowhere),
        ("ask", nowhere, "?"),
    ):
        run(parser().parse_args(arguments), studio.door.home)
        expect_signs("".join(capsys.readouterr()))
    run(parser().parse_args(["doctor"]), Home(studio.work / named))
    expect_signs("".join(capsys.readouterr()))


def expect_signs(said: str) -> None:
    assert [name for name in NAMES if name in said] == []
    assert "x1b[31m" in said, said


@pytest.mark.parametrize("text", ["\U0001f680", "größe", "\x7f\x9b\u202e"])
def test_json_is_utf_8_whatever_the_terminal_s_encoding(studio: Studio, text: str) -> None:
    add_guidelines(studio.door.library, [Draft(name=f"rule {text}", content=f"rule {text}")], OWNER)
    request = json.dumps({"tool": "memory_query", "action": "search", "agentId": "t", "query": "rule"})
    answers = []
    for arguments, stdin in ((("query", "--json", "rule"), b""), (("call",), request.encode())):
        with studio.start(*arguments, PYTHONIOENCODING="cp1252") as process:
            said, problem = process.communicate(stdin)
        assert (process.returncode, problem) == (0, b"")
        answers.append(said)
    assert text.encode() in answers[0]
    assert answers[0] == answers[1]


ENDS = {
    "call <&-": "give the request there, or name its FILE",
    "call >&-": "Bad file descriptor",
    "call > /dev/full": "No space left on device",
    "query rule >&-": "Bad file descriptor",
    "query rule > /dev/full": "No space left on device",
    "query rule --json > /dev/full": "No space left on device",
    "query rule > /dev/full 2> /dev/full": "",
    "query rule 2>&- >&-": "",
    "query rule <&- 2>&-": "rule",
    "query rule | true": "",
    "query rule --json | true": "",
    "call | true": "",
    "admin-key set <&-": "No new key was given",
    "admin-key verify <&-": "",
    "export --target-model m <&- >&- 2>&-": "",
    "ask nowhere <&-": "nowhere",
    "--version | true": "",
}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
@pytest.mark.parametrize("how", ENDS)
def test_closed_and_full_ends_are_said_in_a_line(studio: Studio, how: str) -> None:
    add_guidelines(studio.door.library, [Draft(name="rule", content="rule")], OWNER)
    done = subprocess.run(
        ["bash", "-c", f'"$0" -m lora_studio {how}; exit ${{PIPESTATUS[0]}}', sys.executable],
        input=b'{"action": "list_adapters"}', capture_output=True, cwd=studio.work, env=studio.environment(),
        check=False, timeout=100,
    )  # fmt: skip
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == (0 if "| true" in how or how == "query rule <&- 2>&-" else 1), said
    assert ENDS[how] in said
    assert "Traceback" not in said
    assert "Exception ignored" not in said
    assert "Unexpected error" not in said
    assert said.count("\n") <= 3


@pytest.mark.parametrize("module", ["platformdirs", "argparse", "peewee", "msgspec"])
def test_ctrl_c_in_the_start_is_quiet(studio: Studio, module: str) -> None:
    """It comes while the program loads this."""
    folder = studio.folder / "python"
    folder.mkdir()
    (folder / f"{module}.py").write_text(f"import os\nos.kill(os.getpid(), {int(signal.SIGINT)})\nwhile True: pass\n")
    path = studio.environment()["PYTHONPATH"]
    done = studio.run("query", "x", PYTHONPATH=f"{folder}:{path}")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_the_tests_hear_ctrl_c_in_the_background() -> None:
    """A shell that starts them with `&` ignores it for them, and they hand that on to all that they start."""
    look = "import conftest, signal, sys; sys.exit(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
    start = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-c", look]
    subprocess.run(start, cwd=Path(__file__).parents[1], check=True, timeout=100)
