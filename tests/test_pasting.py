"""Commands that a person copies: what was meant arrives, word for word, and nothing else runs."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from driver import prepare

from lora_studio.core.domain import Scope
from lora_studio.core.errors import PermissionDenied
from lora_studio.core.library.access import grant, require
from lora_studio.core.training.launch import Machines, plan_launch
from lora_studio.core.training.options import LoraOptions
from lora_studio.core.training.other_tools import Job
from lora_studio.core.training.pythons import install_command
from lora_studio.pasting import command_line, one_after_other

WORDS = (
    "a; touch X #", "$(touch X)", "`touch X`", "a b", "", "it's", 'say "x"', "\\", "a\\", "-n", "~", "*", "!!",
    "a\nb\ttouch", "\x1b[201~\ntouch X\n", "\x03", "\u202egnp", "größe \u00a0\U0001f680", "%PATH%", "'",
    "\u2019; touch X; \u2018", "a\x7f'\\b",
)  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_every_word_arrives_and_nothing_runs(tmp_path: Path, word: str) -> None:
    line = command_line(sys.executable, "-c", "import json, sys; print(json.dumps(sys.argv[1:]))", word, "end")
    assert line.isprintable()
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [word, "end"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("lora-studio", "grant", "a; del X"), "lora-studio grant 'a; del X'"),
        ((r"C:\Program Files\py.exe", r"C:\a b" + "\\"), "& 'C:\\Program Files\\py.exe' 'C:\\a b\\\\'"),
        ((r"C:\py.exe", "it's", "\u2018x\u2019", "$(x)"), "C:\\py.exe 'it''s' '\u2018\u2018x\u2019\u2019' '$(x)'"),
        (("x", 'a" --scope all "', 'b\\"'), "x 'a\\\" --scope all \\\"' 'b\\\\\\\"'"),
        (("x", "", "a\nb", "@x", "größe"), "x '' 'a\ufffdb' '@x' 'größe'"),
    ],
)
def test_as_powershell_reads_it(words: tuple[str, ...], line: str) -> None:
    assert command_line(*words, windows=True) == line
    assert one_after_other("x", line, windows=True) == f"x; if ($?) {{ {line} }}"


def test_the_advice_of_a_refusal_is_quoted(tmp_path: Path) -> None:
    library = prepare(tmp_path / "home").library
    agent, scope = "a; touch X #", Scope("org", "$(touch X)")
    grant(library, agent, "read", Scope("org", "another"))
    with pytest.raises(PermissionDenied) as refused:
        require(library, agent, "read", (scope,))
    advice = refused.value.message.split("grants it with: ")[1]
    assert shlex.split(advice) == ["lora-studio", "grant", agent, "--permission", "read", "--scope", str(scope)]


@pytest.mark.parametrize("launcher", ["python", "torchrun", "ddp"])
def test_the_commands_that_start_a_script_are_quoted(launcher: str) -> None:
    job = Job("m", "chat", "train; touch X.py", None, ".", LoraOptions(), None)
    for line in plan_launch(launcher, job, Machines(2, 2) if launcher != "python" else None).commands:
        assert shlex.split(line)[-1] == "train; touch X.py"


def test_the_command_that_installs_is_quoted(tmp_path: Path) -> None:
    make, fill = install_command(tmp_path / "it's; touch X").split(" && ")
    assert shlex.split(make)[-1] == str(tmp_path / "it's; touch X" / ".venv-training")
    assert shlex.split(fill)[1:5] == ["-I", "-m", "pip", "install"]
    assert "torch>=" in shlex.split(fill)[5]
