"""`lora-studio train` with a script that only tells what a training tells: its ends, its answers, Ctrl+C."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from driver import Studio, command, prepare
from environments import GOOD, environment_with
from rules import DRAFTS

from lora_studio.core.domain import OWNER
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.training.children import is_running
from lora_studio.core.training.runs import runs_in

PATIENCE_S = 30
HEAD = """
import json, pathlib, sys, time
def tell(**values):
    print("@lora " + json.dumps(values), flush=True)
stop = pathlib.Path("lora_output/STOP")
stop.unlink(missing_ok=True)  # as the real ones do
tell(event="start", step=0, of=3, rows=9)
"""
TRAINS = """
for step in range(1, 4):
    tell(event="step", step=step, of=3, loss=3.0 / step)
print("a line", flush=True)
tell(event="done", step=3, of=3, output="lora_output")
"""
FAILS = """
tell(event="error", message="The model has no layers; choose another.")
sys.exit("The model has no layers; choose another.")
"""
WAITS = """
if "--resume" in sys.argv:
    tell(event="done", step=3, of=3)
    sys.exit()
while not stop.exists():
    time.sleep(0.02)
stop.unlink()
pathlib.Path("lora_output/checkpoints/checkpoint-1").mkdir(parents=True)
tell(event="stopped", step=1, of=3)
"""
LISTENS_NOT = "time.sleep(60)"


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """A home with a chat dataset, and a Python that seems to have the training libraries."""
    made = Studio(tmp_path)
    made.work.mkdir()
    door = prepare(made.home)
    add_guidelines(door.library, DRAFTS, OWNER)
    exported = door.export(str(made.home / "lora"), format="chat")
    assert exported["success"], exported
    environment_with(made.home / ".venv-training", GOOD)
    return made


def training(studio: Studio, body: str, *flags: str, head: str = HEAD) -> list[str]:
    """The command, whose Python runs `body` in the place of any script."""
    script = studio.folder / "body.py"
    script.write_text(head + body)
    program = studio.home / ".venv-training" / "bin" / "python"
    text = program.read_text()
    if str(script) not in text:
        first, rest = text.split("\n", 1)
        run = f'case "$5" in */train_chat.py) cd "${{5%/*}}"; shift 5; exec {sys.executable} {script} "$@";; esac'
        program.write_text(f"{first}\n{run}\n{rest}")
    return ["train", str(studio.home / "lora"), *flags]


def run(studio: Studio, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command to its end; no other Python is on its way."""
    return studio.run(*arguments, PATH=str(studio.folder))


def started(studio: Studio, *arguments: str) -> subprocess.Popen[bytes]:
    """The command, once its training has begun."""
    child = studio.start(*arguments, PATH=str(studio.folder))
    end = time.monotonic() + PATIENCE_S
    while not any("start" in text for text in logs(studio)):
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)
    return child


def logs(studio: Studio) -> list[str]:
    return [run.log.read_text() for run in runs_in(studio.home / "lora") if run.log.exists()]


def test_done_in_words_and_as_json(studio: Studio) -> None:
    done = run(studio, *training(studio, TRAINS))
    assert done.returncode == 0, done.stderr
    assert "Done after 3 steps, loss 1.000" in done.stdout
    assert "a line" in done.stderr
    told: dict[str, Any] = json.loads(run(studio, *training(studio, TRAINS, "--json", "--epochs", "2")).stdout)
    folder = Path(told["folder"])
    assert folder.name.endswith("_run_2")
    assert told == {
        "success": True, "folder": str(folder), "log": str(folder / "output.log"), "state": "done",
        "command": [str(studio.home / ".venv-training/bin/python"), str(folder / "train_chat.py")],
        "adapterPath": str(folder / "lora_output"), "steps": 3, "loss": 1.0, "evalLoss": None, "outcome": None,
        "verdict": None, "canResume": False,
    }  # fmt: skip
    assert "EPOCHS = 2\n" in (folder / "train_chat.py").read_text()


def test_a_failing_child_is_a_refusal_with_its_own_sentence(studio: Studio) -> None:
    done = run(studio, *training(studio, FAILS))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == "lora-studio: The model has no layers; choose another."
    crashed = json.loads(run(studio, *training(studio, "import os; os.abort()", "--json")).stdout)
    assert "The training ended with code -6; its log is " in crashed["error"]["message"]


def test_ctrl_c_once_stops_and_saves_and_it_goes_on(studio: Studio) -> None:
    with started(studio, *training(studio, WAITS)) as child:
        child.send_signal(signal.SIGINT)
        said, complaints = (text.decode() for text in child.communicate(timeout=PATIENCE_S))
    assert child.returncode == 0, complaints
    assert "Ctrl+C once more ends at once" in complaints
    assert "Stopped after 1 steps" in said
    (made,) = runs_in(studio.home / "lora")
    assert f"lora-studio train {made.folder} --resume" in said
    resumed = run(studio, "train", str(made.folder), "--resume", "--json")
    assert json.loads(resumed.stdout)["state"] == "done"


def test_ctrl_c_before_it_has_begun_is_not_forgotten(studio: Studio) -> None:
    """The script takes an old STOP away when it begins."""
    loads = HEAD.replace("stop.unlink", 'print("about to start", flush=True)\nwait_for(stop)\nstop.unlink')
    wait = "\ndef wait_for(path):\n    while not path.exists():\n        time.sleep(0.02)\n"
    with started(studio, *training(studio, WAITS, head=loads.replace("\nstop =", f"{wait}stop ="))) as child:
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=PATIENCE_S)
    assert child.returncode == 0


def test_ctrl_c_twice_ends_at_once(studio: Studio) -> None:
    with started(studio, *training(studio, LISTENS_NOT)) as child:
        assert child.stderr
        child.send_signal(signal.SIGINT)
        for line in child.stderr:
            if b"once more" in line:
                break
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=PATIENCE_S)
    assert child.returncode == 130
    (made,) = runs_in(studio.home / "lora")
    assert not is_running(made.log)


def test_nothing_that_lies_beside_a_dataset_is_run(studio: Studio) -> None:
    """A folder from a stranger may hold an environment whose python does anything, and a run that names it."""
    arguments = training(studio, TRAINS)
    (studio.home / ".venv-training").rename(studio.folder / "away")
    for folder in (studio.home / "lora" / ".venv", studio.home / "lora" / ".venv-training"):
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "python").write_text(f"#!/bin/sh\ntouch {studio.folder}/ran\n")
        (folder / "bin" / "python").chmod(0o755)
    refused = run(studio, *arguments)
    assert refused.returncode == 1
    assert "no Python here has the training libraries. Install them and start again" in refused.stderr
    strange = studio.home / "lora" / "stranger_run"
    strange.mkdir()
    (strange / "train_chat.py").write_text(f"open({str(studio.folder / 'ran')!r}, 'w')")
    record = {
        "script": "train_chat.py", "dataset": "d", "baseModel": "m", "python": sys.executable, "arguments": [],
        "lora": {}, "training": {}, "createdAt": "2026-01-01T00:00:00.000Z",
    }  # fmt: skip
    (strange / "run.json").write_text(json.dumps(record))
    refused = run(studio, "train", str(strange), "--resume")
    assert refused.returncode == 1
    assert "stranger_run was not made by this library" in refused.stderr
    assert not (studio.folder / "ran").exists()


def test_the_python_that_was_picked_last_trains(studio: Studio) -> None:
    arguments = training(studio, TRAINS, "--json")
    own = studio.home / ".venv-training"
    picked = own.rename(studio.folder / "picked")
    program = picked / "bin" / "python"
    program.write_text(program.read_text().replace(str(own), str(picked)))
    (studio.home / "settings.toml").write_text(f'training_python = "{picked}"\n')
    told = json.loads(run(studio, *arguments).stdout)
    assert told["command"][0] == str(program)


LEARNS_LITTLE = """
tell(event="step", step=3, of=3, loss=3.5)
tell(event="eval", step=3, of=3, evalLoss=3.25)
tell(event="done", step=3, of=3, outcome="hardly_moved", message="Hardly anything was learnt: 4.16 to 3.50.")
"""
HELD = """
import fcntl
lock = open(".training.lock", "w")
fcntl.flock(lock, fcntl.LOCK_EX)
while not pathlib.Path("STOP").exists():
    time.sleep(0.02)
"""
SPEAKS_OF_ITS_FLAGS = """
print("flags", *sys.argv[1:], flush=True)
pathlib.Path("lora_output/checkpoints/checkpoint-1").mkdir(parents=True, exist_ok=True)
tell(event="step", step=3, of=3, loss=1.0)
tell(event="done", step=3, of=3)
"""


def test_a_training_that_taught_nothing_is_not_done(studio: Studio) -> None:
    done = run(studio, *training(studio, LEARNS_LITTLE))
    assert done.returncode == 0
    assert "Done" not in done.stdout
    assert "Ended after 3 steps, loss 3.500, eval loss 3.250" in done.stdout
    assert "Hardly anything was learnt: 4.16 to 3.50." in done.stdout


def test_step_loss_and_time_are_told_without_a_terminal(studio: Studio) -> None:
    body = """
for step in range(1, 4):
    tell(event="step", step=step, of=3, loss=3.0 / step, secondsLeft=300.0)
    time.sleep(0.6)
tell(event="done", step=3, of=3)
"""
    done = run(studio, *training(studio, body))
    assert "step 1 of 3, loss 3.00, about 5 min left\nstep 2 of 3, loss 1.50, about 5 min left\n" in done.stderr


def test_a_check_leaves_nothing_behind(studio: Studio) -> None:
    before = sorted((studio.home / "lora").rglob("*"))
    checked = run(studio, *training(studio, "print('all', *sys.argv[1:])", "--check", head="import sys\n"))
    assert (checked.returncode, sorted((studio.home / "lora").rglob("*"))) == (0, before)
    (dataset,) = (studio.home / "lora").glob("*_config_*.json")
    name = dataset.stem.replace("_config_", "_")
    assert checked.stdout == f"all --output {studio.home}/lora/{name}_run/lora_output --check\n"
    fails = """
import json, sys
print("@lora " + json.dumps({"event": "check", "faults": ["There is no room.", "Nor a model."]}))
sys.exit(1)
"""
    refused = run(studio, *training(studio, fails, "--check", head=""))
    assert (refused.returncode, refused.stderr.splitlines()[-1]) == (1, "lora-studio: There is no room. Nor a model.")


def test_the_folder_can_be_chosen_and_is_gone_on_with(studio: Studio) -> None:
    chosen = studio.folder / "my adapter"
    flags = ("--output", str(chosen), "--max-steps", "7", "--precision", "float32", "--json")
    told = json.loads(run(studio, *training(studio, SPEAKS_OF_ITS_FLAGS, *flags)).stdout)
    assert (told["folder"], told["adapterPath"]) == (str(chosen), str(chosen))
    own = f"--max-steps 7 --precision float32 --output {chosen}"
    assert f"flags {own}\n" in (chosen / "output.log").read_text()
    (chosen / "checkpoints" / "checkpoint-1").mkdir(parents=True)
    resumed = run(studio, "train", str(chosen), "--resume", "--epochs", "9", "--base", "other/model")
    assert resumed.returncode == 0, resumed.stderr
    assert f"flags {own} --resume --model other/model --epochs 9\n" in resumed.stderr
    refused = run(studio, "train", str(chosen), "--resume", "--output", str(studio.folder / "elsewhere"))
    assert f"The run began with --output {chosen}, and --resume goes on with that; leave it out" in refused.stderr


def test_an_output_that_is_written_to_is_refused(studio: Studio) -> None:
    chosen = studio.folder / "chosen"
    arguments = training(studio, HELD, "--output", str(chosen))
    with studio.start(*arguments, PATH=str(studio.folder)) as first:
        end = time.monotonic() + PATIENCE_S
        while not (chosen / "output.log").exists() or "start" not in (chosen / "output.log").read_text():
            assert time.monotonic() < end
            time.sleep(0.02)
        second = run(studio, *arguments)
        first.send_signal(signal.SIGINT)
    assert second.returncode == 1
    assert f"Another training is writing to {chosen}; wait for its end, or choose another folder" in second.stderr


def test_nothing_is_gone_on_with_where_there_is_no_checkpoint(studio: Studio) -> None:
    told = json.loads(run(studio, *training(studio, TRAINS, "--json")).stdout)
    before = Path(told["log"]).read_text()
    refused = run(studio, "train", told["folder"], "--resume")
    assert refused.returncode == 1
    said = f"There is no checkpoint in {told['adapterPath']} to go on from; start without --resume"
    assert refused.stderr == f"lora-studio: {said}\n"
    assert Path(told["log"]).read_text() == before


def test_going_on_tells_only_what_is_new(studio: Studio) -> None:
    told = json.loads(run(studio, *training(studio, SPEAKS_OF_ITS_FLAGS, "--json")).stdout)
    resumed = run(studio, "train", told["folder"], "--resume")
    assert [line for line in resumed.stderr.splitlines() if line.startswith("flags")] == ["flags --resume"]


def test_a_missing_key_is_told_as_a_person_gives_it(studio: Studio) -> None:
    studio.run("admin-key", "set", stdin="a key of some length\n")
    refused = studio.run("export", "--target-model", "m")
    assert "give it in LORA_STUDIO_ADMIN_KEY or at the prompt" in refused.stderr
    assert "admin_key" not in refused.stderr


def test_doctor_names_the_python_that_trains_or_how_to_get_one(studio: Studio) -> None:
    program = studio.home / ".venv-training" / "bin" / "python"
    assert (
        f"trains     {program} (Python {platform.python_version()}, torch {GOOD['torch']})"
        in run(studio, "doctor").stdout
    )
    program.parent.parent.rename(studio.folder / "away")
    said = run(studio, "doctor").stdout
    assert "no Python here has the training libraries; install them: " in said
    assert "-m pip install 'torch>=" in said


def test_a_terminal_shows_a_bar_with_step_loss_and_time_left(studio: Studio) -> None:
    body = """
for step in range(1, 4):
    tell(event="step", step=step, of=3, loss=3.0 / step, secondsLeft=300.0)
    tell(event="eval", step=step, of=3, evalLoss=2.5)
print("a [line]", flush=True)
time.sleep(1)
tell(event="done", step=3, of=3)
"""
    terminal, end = os.openpty()
    environment = studio.environment(PATH=str(studio.folder), TERM="xterm", COLUMNS="200")
    done = subprocess.run(
        command(*training(studio, body)), stdout=subprocess.PIPE, stderr=end, cwd=studio.work, env=environment,
        encoding="utf-8", timeout=PATIENCE_S * 4, check=False,
    )  # fmt: skip
    os.close(end)
    seen = b""
    with os.fdopen(terminal, "rb", buffering=0) as shown, contextlib.suppress(OSError):  # the other end is closed
        while more := shown.read(65_536):
            seen += more
    assert done.returncode == 0
    assert b"step 3 of 3, loss 1.00, eval loss 2.50, about 5 min left" in seen
    assert b"a [line]" in seen
