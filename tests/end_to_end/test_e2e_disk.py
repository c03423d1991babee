"""A full disk, a quota, a folder that may not be written: one sentence, and everything as it was."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import KEY, MODEL, Response, Studio, command, digest, export_request
from samples import plain

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


def expect_io(answer: Response, *said: str) -> None:
    assert (answer["success"], answer["error"]["code"]) == (False, "IO"), answer
    message = answer["error"]["message"]
    assert "\n" not in message
    assert "Errno" not in message
    assert all(part in message for part in said), message


@pytest.fixture
def full(studio: Studio) -> Studio:
    studio.door.add(plain(400))
    return studio


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MiB, where we may mount one."""
    folder = tmp_path / "work" / "disk"
    folder.mkdir()
    mount = ctypes.CDLL(None, use_errno=True).mount if sys.platform == "linux" else None
    if mount is None or mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, b"size=2m") != 0:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        assert ctypes.CDLL(None).umount2(str(folder).encode(), 2) == 0


def fill(folder: Path, leave: int) -> None:
    """Fills the disk at `folder` until only about `leave` bytes are free."""
    free = os.statvfs(folder)
    (folder / "filler").write_bytes(b"x" * max(0, free.f_bavail * free.f_bsize - leave))


def test_a_full_disk_changes_nothing(full: Studio, small_disk: Path) -> None:
    assert full.door.export(str(full.home / "lora"))["success"]
    made = full.export("disk/out", includeExamples=False)
    assert made["success"], made
    before = digest(small_disk)
    for leave in (0, 4_096, 65_536, 140_000):
        fill(small_disk, leave)
        expect_io(full.export("disk/out", seed=1), "the disk is full")
        expect_io(full.export("disk/new/deep", seed=1), "the disk is full")
        (small_disk / "filler").unlink()
        assert digest(small_disk) == before
    assert full.export("disk/out", includeExamples=False, seed=1)["success"]


def test_a_full_disk_for_the_library(full: Studio, small_disk: Path) -> None:
    home = str(small_disk / "home")
    empty = full.run("--home", home, "grant", "t", "--permission", "write", "--scope", "all")
    assert empty.returncode == 0, empty.stderr
    fill(small_disk, 0)
    request = {"tool": "memory_guideline", "action": "bulk_add", "agentId": "t", "guidelines": plain(2_000)}
    done = full.run("--home", home, "call", stdin=json.dumps(request))
    expect_io(json.loads(done.stdout))
    assert done.stderr == ""
    (small_disk / "filler").unlink()
    listed = full.run("--home", home, "call", stdin=json.dumps({**request, "action": "list", "guidelines": []}))
    assert json.loads(listed.stdout)["error"]["field"] == "guidelines"
    counted = {"tool": "memory_guideline", "action": "list", "agentId": "t"}
    assert json.loads(full.run("--home", home, "call", stdin=json.dumps(counted)).stdout)["total"] == 0


@pytest.mark.parametrize("limit", [0, 1, 1_000, 20_000, 60_000])
def test_a_file_that_may_not_grow_changes_nothing(full: Studio, limit: int) -> None:
    assert full.export("out")["success"]
    before = digest(full.work)
    done = subprocess.run(
        command("call"), input=json.dumps(export_request("out", seed=1)), capture_output=True, text=True,
        env=full.environment(), cwd=full.work, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    expect_io(json.loads(done.stdout))
    assert (done.returncode, done.stderr) == (1, "")
    assert digest(full.work) == before


def without_root_s_rights() -> None:
    """In a new process of root's: from the next program on, the rights of files count for it as for anybody."""
    prctl = ctypes.CDLL(None).prctl
    for right in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        assert prctl(PR_CAPBSET_DROP, right, 0, 0, 0) == 0


def as_anybody(studio: Studio, request: Response) -> Response:
    """Runs a request as a user for whom the rights of files count, also where this is root."""
    done = subprocess.run(
        command("call"), input=json.dumps(request), capture_output=True, text=True, env=studio.environment(),
        cwd=studio.work, check=False, preexec_fn=without_root_s_rights if os.geteuid() == 0 else None,
    )  # fmt: skip
    assert done.stderr == ""
    answer: Response = json.loads(done.stdout)
    return answer


def test_a_read_only_folder_is_one_sentence(full: Studio) -> None:
    out = full.work / "out"
    assert as_anybody(full, export_request("out"))["success"]
    before = digest(out)
    for mode in (0o555, 0o500):
        out.chmod(mode)
        expect_io(as_anybody(full, export_request("out", seed=1)), "may not be written")
        expect_io(as_anybody(full, export_request("out/deep", seed=1)), "may not be written")
        listed = as_anybody(full, {"action": "list_adapters", "outputPath": "out"})
        assert listed["count"] == 1
    out.chmod(0o755)
    assert digest(out) == before
    script = {"action": "generate_script", "targetModel": MODEL, "datasetPath": "out", "outputPath": "out",
              "agentId": "t", "admin_key": KEY}  # fmt: skip
    out.chmod(0o555)
    expect_io(as_anybody(full, script), "may not be written")
    share = {"tool": "memory_export", "action": "export", "outputPath": "out", "agentId": "t", "admin_key": KEY}
    expect_io(as_anybody(full, share), "may not be written")
    out.chmod(0o755)
    assert digest(out) == before


@pytest.mark.parametrize("mode", [0o000, 0o444, 0o555])
@pytest.mark.parametrize("what", ["home", "library.db"])
def test_a_home_that_may_not_be_used_is_one_sentence(full: Studio, what: str, mode: int) -> None:
    path = full.home if what == "home" else full.home / what
    kept = path.stat().st_mode
    path.chmod(mode)
    for request in (
        export_request("out"),
        {"tool": "memory_guideline", "action": "add", "agentId": "t", "guideline": {"name": "n", "content": "c"}},
        {"tool": "memory_guideline", "action": "list", "agentId": "t"},
        {"action": "list_adapters", "outputPath": "out"},
        {"action": "nonsense"},
    ):
        answer = as_anybody(full, request)
        if not answer["success"]:
            assert answer["error"]["code"] in ("IO", "VALIDATION"), answer
            assert "\n" not in answer["error"]["message"]
    path.chmod(kept)
    assert not (full.work / "out").exists()


def test_a_closed_folder_on_the_way_is_one_sentence(full: Studio) -> None:
    (full.work / "closed").mkdir(mode=0o000)
    (full.work / "closed").chmod(0)
    for path in ("closed", "closed/in", "closed/in/deep"):
        for request in (export_request(path), {"action": "list_adapters", "outputPath": path}):
            answer = as_anybody(full, request)
            if answer["success"]:
                assert (answer["count"], len(answer["warnings"])) == (0, 1)
            else:
                assert answer["error"]["code"] in ("IO", "VALIDATION"), answer
    (full.work / "closed").chmod(0o700)
    assert list((full.work / "closed").iterdir()) == []
