"""Runs that may not be trusted, and logs that are too much: what is started, written and kept all the same."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.domain import OWNER, Draft, ExportOptions
from lora_studio.core.errors import Invalid
from lora_studio.core.library.audit import entries, record
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.library.store import Library, open_library
from lora_studio.core.settings import Settings
from lora_studio.core.training.options import LoraOptions, PreferenceOptions, TrainingOptions
from lora_studio.core.training.progress import CHUNK, POINTS_MAX, SHOWN_MAX, Follower, Progress, advanced
from lora_studio.core.training.runs import RunPlan, ask_to_stop, check_made_here, prepare_run, read_run

DRAFTS = [Draft(name=f"Rule {n}", content=f"Do {n}.", good=(f"good {n}",), bad=(f"bad {n}",)) for n in range(4)]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = open_library(tmp_path / "library.db")
    add_guidelines(library, DRAFTS, OWNER)
    return library


def plan(library: Library, folder: Path, format_name: str = "chat") -> RunPlan:
    """To train on a small dataset in `folder`."""
    options = ExportOptions(target_model="tiny/base", format=format_name)
    config = export_dataset(library, Settings(), options, folder, OWNER).config_file
    training, python = TrainingOptions(epochs=2), Path(sys.executable)
    return RunPlan(dataset=config, base_model="some/model", python=python, lora=LoraOptions(), training=training)


def test_a_run_is_known_to_be_ours_wherever_it_lies(library: Library, tmp_path: Path) -> None:
    run = prepare_run(library, plan(library, tmp_path / "data"))
    check_made_here(library, run)
    moved = read_run(run.folder.rename(tmp_path / "elsewhere"))
    check_made_here(library, moved)
    for change in ({"python": "/bin/sh"}, {"arguments": ("--model", "evil")}):
        with pytest.raises(Invalid, match="was not made by this library, or its script was changed"):
            check_made_here(library, msgspec.structs.replace(moved, **change))
    with pytest.raises(Invalid, match="train anew"):
        check_made_here(open_library(tmp_path / "another.db"), moved)
    (moved.folder / moved.script).write_text("print('evil')")
    with pytest.raises(Invalid, match="train anew"):
        check_made_here(library, moved)
    (moved.folder / moved.script).unlink()
    with pytest.raises(Invalid, match="train anew"):
        check_made_here(library, moved)


def test_a_log_of_events_by_somebody_else_makes_no_run_ours(library: Library, tmp_path: Path) -> None:
    run = prepare_run(library, plan(library, tmp_path / "data"))
    digest = entries(library, 1)[0].detail["digest"]
    other = open_library(tmp_path / "other.db")
    for who, action, outcome in (("t", "train", "done"), (OWNER, "export", "done"), (OWNER, "train", "INVALID")):
        record(other, who, action, outcome, {"digest": digest, "run": run.folder.name})
    with pytest.raises(Invalid):
        check_made_here(other, run)


def test_stop_is_not_written_through_a_link(library: Library, tmp_path: Path) -> None:
    run = prepare_run(library, plan(library, tmp_path / "data"))
    (tmp_path / "mine").mkdir()
    run.output.symlink_to(tmp_path / "mine")
    with pytest.raises(Invalid, match="is a link"):
        ask_to_stop(run)
    assert list((tmp_path / "mine").iterdir()) == []


def test_a_flood_is_read_in_pieces_and_little_of_it_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "output.log"
    line = b'@lora {"event":"step","step":%d,"loss":%d}\n'
    log.write_bytes(b"".join(line % (n, n) for n in range(30_000)) + b"\n" * CHUNK + b"z" * 3 * CHUNK)
    follower, now, steps, lines = Follower(log), Progress(), 0, 0
    while True:
        events, more = follower.read()
        now = advanced(now, events)
        steps, lines = steps + len(events), lines + len(more)
        assert all(len(one) <= SHOWN_MAX for one in more)
        if not follower.is_behind:
            break
    assert (steps, now.step) == (30_000, 29_999)
    assert CHUNK < lines < CHUNK + 20
    assert POINTS_MAX / 2 <= len(now.losses) <= POINTS_MAX
    assert (now.losses[0], now.losses[-1]) == ((0, 0.0), (29_999, 29_999.0))


def test_preferences_are_trained_with_their_own_script(library: Library, tmp_path: Path) -> None:
    wanted = plan(library, tmp_path / "data", "dpo")
    preference = PreferenceOptions(beta=0.3, adapter=tmp_path / "data" / "first" / "lora_output")
    run = prepare_run(library, replace(wanted, preference=preference))
    script = (run.folder / "train_dpo.py").read_text(encoding="utf-8")
    assert "BETA = 0.3\n" in script
    assert "ADAPTER = '../first/lora_output'\n" in script
