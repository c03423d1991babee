"""Folders from strangers: links, pipes and numbers in the wrong places do no harm and never make anybody wait."""

from __future__ import annotations

import fcntl
import json
import os
import sys
from pathlib import Path

import pytest

from lora_studio.core.errors import Invalid, NotFound
from lora_studio.core.home import KEY_VARIABLE
from lora_studio.core.training.children import is_running, start_child
from lora_studio.core.training.facts import wanted_guidelines
from lora_studio.core.training.peft import CONFIG
from lora_studio.core.training.progress import Follower
from lora_studio.core.training.runs import RECORD, read_run
from lora_studio.core.training.shelf import Place, read_shelf

COMMAND = [sys.executable, "-c", "print('hello')"]


def test_a_log_that_is_a_link_is_neither_emptied_nor_written_nor_shown(tmp_path: Path) -> None:
    mine, log = tmp_path / "mine.txt", tmp_path / "run" / "output.log"
    mine.write_text("precious\n")
    log.parent.mkdir()
    log.symlink_to(mine)
    with pytest.raises(Invalid, match="link"):
        start_child(COMMAND, log)
    assert mine.read_text() == "precious\n"
    assert Follower(log).read() == ([], [])
    assert not is_running(log)


def test_a_child_does_not_get_the_admin_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "correct horse")
    log = tmp_path / "output.log"
    start_child([sys.executable, "-c", "import os; print(*os.environ.items())"], log).wait()
    assert "PATH" in log.read_text()
    assert "correct horse" not in log.read_text()


def test_nobody_waits_for_a_log_that_is_a_pipe(tmp_path: Path) -> None:
    log = tmp_path / "output.log"
    os.mkfifo(log)
    assert Follower(log).read() == ([], [])
    assert not is_running(log)


def test_two_who_look_at_once_do_not_take_each_other_for_a_child(tmp_path: Path) -> None:
    log = tmp_path / "output.log"
    log.touch()
    with log.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_SH)  # as is_running does in another process
        assert not is_running(log)


@pytest.mark.parametrize("script", ["../../evil.py", "/evil.py", "evil.sh", "train_chat.py\n", "train_../x.py"])
def test_a_run_starts_nothing_but_a_training_script_of_its_own_folder(tmp_path: Path, script: str) -> None:
    record = {
        "script": script, "dataset": "d", "baseModel": "m", "python": sys.executable, "arguments": [], "lora": {},
        "training": {}, "createdAt": "2026-01-01T00:00:00.000Z",
    }  # fmt: skip
    (tmp_path / RECORD).write_text(json.dumps({**record, "script": "train_chat.py"}))
    assert read_run(tmp_path).script == "train_chat.py"
    (tmp_path / RECORD).write_text(json.dumps(record))
    with pytest.raises(NotFound):
        read_run(tmp_path)


@pytest.mark.parametrize("text", ['{"priority": 1e30}', '{"priorityMin": -1}', '{"priority": 1%s}' % ("0" * 30)])
def test_a_filter_with_numbers_that_no_database_takes_is_none_of_ours(text: str) -> None:
    assert wanted_guidelines(text) is None


def test_an_adapter_with_numbers_out_of_all_measure_is_shown_as_unreadable(tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    folder.mkdir()
    for text in ('{"peft_type": "LORA", "r": 1%s}' % ("0" * 9_000), '{"peft_type": "LORA", "lora_alpha": 1e999}'):
        (folder / CONFIG).write_text(text)
        (item,) = read_shelf([Place(tmp_path)], {}, lambda done, total: None).items
        assert item.is_adapter
        assert item.problem
