"""Training runs as real child processes: what they tell, how they end, and that they outlive whoever started them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.domain import OWNER, Draft, ExportOptions
from lora_studio.core.errors import Conflict, Invalid, NotFound
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.library.store import Library, open_library
from lora_studio.core.settings import Settings
from lora_studio.core.training.children import end_child, is_running
from lora_studio.core.training.options import LoraOptions, TrainingOptions
from lora_studio.core.training.progress import SHOWN_MAX, Follower, Progress, advanced, event_of
from lora_studio.core.training.runs import (
    RESUME,
    Run,
    RunPlan,
    ask_to_stop,
    can_resume,
    prepare_run,
    read_run,
    runs_in,
    start_run,
)

PATIENCE_S = 20


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return open_library(tmp_path / "library.db")


@pytest.fixture
def dataset(library: Library, tmp_path: Path) -> Path:
    """The config file of a small chat dataset."""
    add_guidelines(library, [Draft(name=f"Rule {n}", content=f"Do {n}.") for n in range(4)], OWNER)
    options = ExportOptions(target_model="tiny/base", format="chat")
    return export_dataset(library, Settings(), options, tmp_path / "data", OWNER).config_file


def plan(dataset: Path, *arguments: str) -> RunPlan:
    return RunPlan(
        dataset=dataset,
        base_model="some/model",
        python=Path(sys.executable),
        lora=LoraOptions(r=4),
        training=TrainingOptions(epochs=2),
        arguments=arguments,
    )


HEAD = "import json, os, sys, time, pathlib\nos.chdir(pathlib.Path(__file__).parent)\n"


def with_script(run: Run, body: str) -> Run:
    """The run with a script of our own in place of the real one, which needs the training libraries."""
    (run.folder / run.script).write_text(HEAD + body, encoding="utf-8")
    return run


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


SLEEPS = "print('@lora ' + json.dumps({'event': 'start', 'of': 9}), flush=True)\ntime.sleep(60)\n"


def test_a_run_is_a_folder_beside_its_dataset(library: Library, dataset: Path) -> None:
    run = prepare_run(library, plan(dataset, "--cpu"))
    assert run.folder == dataset.parent / f"{dataset.stem.replace('_config_', '_')}_run"
    assert run.command == [sys.executable, str(run.folder / "train_chat.py"), "--cpu"]
    script = (run.folder / "train_chat.py").read_text(encoding="utf-8")
    assert "some/model" in script
    assert dataset.name in script
    assert read_run(run.folder) == run
    second = prepare_run(library, plan(dataset))
    assert second.folder.name == run.folder.name + "_2"
    assert {one.folder for one in runs_in(dataset.parent)} == {run.folder, second.folder}


def test_a_moved_run_is_read_where_it_lies(library: Library, dataset: Path, tmp_path: Path) -> None:
    run = prepare_run(library, plan(dataset))
    moved = run.folder.rename(tmp_path / "elsewhere")
    assert read_run(moved).folder == moved


def test_what_is_no_dataset_is_refused_and_leaves_nothing(library: Library, dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="is no dataset that can be trained on"):
        prepare_run(library, plan(tmp_path / "missing.json"))
    options = ExportOptions(target_model="m", format="openai")
    hosted = export_dataset(library, Settings(), options, tmp_path / "data", OWNER).config_file
    with pytest.raises(Invalid, match="cannot be trained on here; export it in one of chat"):
        prepare_run(library, plan(hosted))
    assert not runs_in(dataset.parent)


def test_no_run_there(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"script": 3}')
    with pytest.raises(NotFound):
        read_run(tmp_path)
    assert runs_in(tmp_path.parent) == []


def test_the_log_is_followed_to_its_end(library: Library, dataset: Path) -> None:
    body = """
for step in range(3):
    print('@lora ' + json.dumps({'event': 'step', 'step': step, 'of': 3, 'loss': 3.0 - step}), flush=True)
    print('noise', step, file=sys.stderr, flush=True)
print('@lora ' + json.dumps({'event': 'done', 'step': 3, 'of': 3, 'output': 'here'}), flush=True)
"""
    run = with_script(prepare_run(library, plan(dataset)), body)
    follower, now = Follower(run.log), Progress()
    lines: list[str] = []
    child = start_run(run)
    ended = False
    while not ended:
        ended = child.poll() is not None  # before the look, so that the last one comes after the end
        events, more = follower.read()
        now = advanced(now, events)
        lines += more
    assert (now.state, now.step, now.of, now.output) == ("done", 3, 3, "here")
    assert now.losses == ((0, 3.0), (1, 2.0), (2, 1.0))
    assert lines == ["noise 0", "noise 1", "noise 2"]
    assert child.returncode == 0
    assert not is_running(run.log)


def test_it_runs_once_at_a_time_and_is_known_to_run(library: Library, dataset: Path) -> None:
    run = with_script(prepare_run(library, plan(dataset)), SLEEPS)
    child = start_run(run)
    try:
        assert is_running(run.log)
        wait_until(lambda: run.log.stat().st_size > 0)
        with pytest.raises(Conflict, match="runs already"):
            start_run(run)
        assert run.log.stat().st_size > 0  # the refusal took nothing of the log
    finally:
        end_child(child)
    assert not is_running(run.log)
    assert child.returncode == -signal.SIGTERM


def test_it_outlives_whoever_started_it(library: Library, dataset: Path) -> None:
    run = with_script(prepare_run(library, plan(dataset)), SLEEPS)
    starter = (
        "import sys; from pathlib import Path; from lora_studio.core.training.runs import read_run, start_run;"
        "print(start_run(read_run(Path(sys.argv[1]))).pid)"
    )
    told = subprocess.run([sys.executable, "-c", starter, str(run.folder)], capture_output=True, text=True, check=True)
    assert is_running(run.log)
    os.kill(int(told.stdout), signal.SIGKILL)
    wait_until(lambda: not is_running(run.log))


def test_everything_it_started_ends_with_it(library: Library, dataset: Path) -> None:
    body = "import subprocess\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n" + SLEEPS
    run = with_script(prepare_run(library, plan(dataset)), body)
    child = start_run(run)
    wait_until(lambda: run.log.stat().st_size > 0)
    end_child(child)
    wait_until(lambda: not is_running(run.log))  # its own child had the log open too


def test_one_that_does_not_listen_is_killed(library: Library, dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lora_studio.core.training.children.END_PATIENCE_S", 0.2)
    run = with_script(
        prepare_run(library, plan(dataset)), "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SLEEPS
    )
    child = start_run(run)
    wait_until(lambda: run.log.stat().st_size > 0)
    end_child(child)
    assert child.returncode == -signal.SIGKILL


def test_asking_to_stop_and_going_on(library: Library, dataset: Path) -> None:
    body = """
stop = pathlib.Path('lora_output/STOP')
if '--resume' in sys.argv:
    print('@lora ' + json.dumps({'event': 'start', 'step': 1, 'of': 4}))
    print('@lora ' + json.dumps({'event': 'step', 'step': 2, 'of': 4, 'loss': 0.5}))
    print('@lora ' + json.dumps({'event': 'done', 'step': 4, 'of': 4}))
    sys.exit()
print('@lora ' + json.dumps({'event': 'step', 'step': 1, 'of': 4, 'loss': 1.0}))
print('@lora ' + json.dumps({'event': 'step', 'step': 2, 'of': 4, 'loss': 0.9}), flush=True)
while not stop.exists():
    time.sleep(0.01)
stop.unlink()
pathlib.Path('lora_output/checkpoints/checkpoint-1').mkdir(parents=True)
print('@lora ' + json.dumps({'event': 'stopped', 'step': 2, 'of': 4}))
"""
    run = with_script(prepare_run(library, plan(dataset)), body)
    child = start_run(run)
    assert not can_resume(run)
    ask_to_stop(run)
    assert child.wait(PATIENCE_S) == 0
    assert advanced(Progress(), Follower(run.log).read()[0]).state == "stopped"
    assert can_resume(run)
    assert start_run(run, [RESUME]).wait(PATIENCE_S) == 0
    now = advanced(Progress(), Follower(run.log).read()[0])
    assert now.state == "done"
    assert now.losses == ((1, 1.0), (2, 0.5))  # what was learnt after the checkpoint is learnt once more


def test_a_crash_is_told(library: Library, dataset: Path) -> None:
    body = "print('@lora ' + json.dumps({'event': 'error', 'message': 'No model.'}))\nsys.exit('No model.')\n"
    run = with_script(prepare_run(library, plan(dataset)), body)
    assert start_run(run).wait(PATIENCE_S) == 1
    events, lines = Follower(run.log).read()
    now = advanced(Progress(), events)
    assert (now.state, now.error) == ("failed", "No model.")
    assert lines == ["No model."]


def test_lines_come_whole_and_hostile_ones_do_no_harm(tmp_path: Path) -> None:
    log = tmp_path / "output.log"
    follower = Follower(log)
    assert follower.read() == ([], [])
    log.write_bytes(b'@lora {"event": "st')
    assert follower.read() == ([], [])
    with log.open("ab") as file:
        file.write(b'ep", "step": 1}\n@lora not json\n@lora {"event": 3}\n\xff\xfe\n 10%\r 99%\n' + b"x" * 70_000)
    events, lines = follower.read()
    assert [event.step for event in events] == [1]
    assert lines[:4] == ["@lora not json", '@lora {"event": 3}', "\ufffd\ufffd", " 99%"]
    assert len(lines[4]) == SHOWN_MAX


def test_what_a_script_leaves_out_stays_as_it_was() -> None:
    lines = ({"event": "start", "of": 8}, {"event": "eval", "step": 4, "evalLoss": 0.7}, {"event": "new kind"})
    events = [event for line in lines if (event := event_of(b"@lora " + json.dumps(line).encode()))]
    now = advanced(Progress(), events)
    assert (now.state, now.step, now.of, now.eval_losses) == ("training", 4, 8, ((4, 0.7),))


def test_what_was_learnt_is_known_at_the_end_alone() -> None:
    done = {"event": "done", "step": 8, "of": 8, "outcome": "hardly_moved", "message": "Hardly anything was learnt."}
    now = advanced(Progress(), [event for event in [event_of(b"@lora " + json.dumps(done).encode())] if event])
    assert (now.state, now.outcome, now.verdict, now.error) == ("done", "hardly_moved", done["message"], "")
    again = event_of(b'@lora {"event": "start", "step": 8}')
    assert again
    assert (advanced(now, [again]).outcome, advanced(now, [again]).verdict) == ("", "")
    faults = event_of(b'@lora {"event": "check", "faults": ["No room.", "No model."]}')
    assert faults
    assert advanced(Progress(), [faults]).error == "No room. No model."
