"""A killed export never leaves half a file under a final name, and the set that was there is never lost."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from driver import DATE, KEY, MODEL, Response, Studio, digest, export_request, file_lines
from restatement import file_names
from samples import plain

NAMES = sorted([*file_names(MODEL, "huggingface", DATE), "README.md"])
GUIDELINES = 400


@pytest.fixture
def full(studio: Studio) -> Studio:
    studio.door.add(plain(GUIDELINES))
    return studio


def export_and_kill(studio: Studio, request: Response, after_s: float) -> int:
    """Starts an export, kills it after that time, gives its exit code."""
    with studio.start("call") as process:
        assert process.stdin
        process.stdin.write(json.dumps(request).encode())
        process.stdin.close()
        time.sleep(after_s)
        process.kill()
        return process.wait()


def expect_whole_set(studio: Studio, *seeds: int) -> Response:
    """After any command has looked at the folder: a whole set of one of these seeds, and nothing else there."""
    listed = studio.door.call(action="list_adapters", outputPath=str(studio.home / "lora"))
    assert (listed["count"], listed.get("warnings")) == (1, None)
    config: Response = json.loads((studio.home / "lora" / NAMES[1]).read_bytes())
    assert config["seed"] in seeds
    found = digest(studio.home / "lora")
    assert sorted(name for name in found if not name.startswith(".")) == NAMES
    for file in config["files"]:
        assert found[file["name"]] == file["sha256"]
        assert len(file_lines(studio.home / "lora" / file["name"])) == file["rows"]
    return config


def test_killed_at_any_moment(full: Studio) -> None:
    out = str(full.home / "lora")
    assert full.door.export(out, seed=0)["success"]
    before = digest(full.home / "lora")
    started = time.monotonic()
    assert full.export(out, seed=1)["success"]
    whole_s = time.monotonic() - started
    assert full.door.export(out, seed=0)["success"]
    assert digest(full.home / "lora") == before
    rng = random.Random(0)
    codes = set()
    seen = {0}
    for seed in range(2, 26):
        codes.add(export_and_kill(full, export_request(out, seed=seed), rng.uniform(0.3, 1.05) * whole_s))
        seen.add(seed)
        here = digest(full.home / "lora")
        finals = {name: what for name, what in here.items() if not name.startswith(".")}
        assert sorted(finals) == NAMES  # never a missing one either
        expect_whole_set(full, *seen)
    assert -signal.SIGKILL in codes
    assert full.door.export(out, seed=99)["success"]
    assert sorted(digest(full.home / "lora")) == NAMES  # hidden leftovers are gone after the next export
    expect_whole_set(full, 99)


def test_killed_in_a_new_folder(full: Studio) -> None:
    out = full.home / "lora"
    for after_s in (0.2, 0.3, 0.4, 0.5):
        export_and_kill(full, export_request(str(out)), after_s)
        full.door.call(
            action="list_adapters", outputPath=str(out)
        )  # completes an exchange, should it have got that far
        finals = [path.name for path in out.iterdir() if not path.name.startswith(".")] if out.exists() else []
        assert sorted(finals) in ([], NAMES)
        if finals:
            expect_whole_set(full, 0)
    assert full.export(str(out))["success"]
    assert sorted(digest(out)) == NAMES


# Runs an export whose N-th call of a function that changes the folder ends the process at once, as a kill would:
# before the call, or right after it.
CRASH = """
import json, os, shutil, sys
from pathlib import Path
from lora_studio.core.home import Home
from lora_studio.doors.requests.desk import Desk
from lora_studio.doors.requests.respond import respond

home, request, crash_at, after = sys.argv[1], json.load(sys.stdin), int(sys.argv[2]), sys.argv[3] == "after"
calls = 0

def crashing(function):
    def wrapped(*arguments, **named):
        global calls
        calls += 1
        if calls == crash_at and not after:
            os._exit(9)
        result = function(*arguments, **named)
        if calls == crash_at and after:
            os._exit(9)
        return result
    return wrapped

for name in ("replace", "rename", "mkdir", "rmdir", "unlink", "write_text"):
    setattr(Path, name, crashing(getattr(Path, name)))
os.fsync = crashing(os.fsync)
shutil.rmtree = crashing(shutil.rmtree)
answer = respond(request, Desk(Home(Path(home))))
print(calls)
sys.exit(0 if answer["success"] else 1)
"""


def crash(studio: Studio, request: Response, step: int, when: str) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-c", CRASH, str(studio.home), str(step), when]
    return subprocess.run(
        arguments,
        input=json.dumps(request),
        capture_output=True,
        text=True,
        env=studio.environment(),
        cwd=studio.work,
        check=False,
    )


def test_stopped_before_and_after_every_step(full: Studio) -> None:
    out = str(full.home / "lora")
    assert full.door.export(out, seed=0)["success"]
    old = digest(full.home / "lora")
    steps = int(crash(full, export_request(out, seed=1), 0, "before").stdout)
    new = digest(full.home / "lora")
    assert steps >= 10
    kept = []
    for step in range(1, steps + 1):
        assert full.door.export(out, seed=0)["success"]
        assert digest(full.home / "lora") == old
        when = "after" if step % 2 else "before"
        assert crash(full, export_request(out, seed=1), step, when).returncode == 9
        here = digest(full.home / "lora")
        finals = {name: what for name, what in here.items() if not name.startswith(".")}
        assert all(what in (old[name], new[name]) for name, what in finals.items())
        config = expect_whole_set(full, 0, 1)
        finals = {name: what for name, what in digest(full.home / "lora").items() if not name.startswith(".")}
        assert finals == (old, new)[config["seed"]]
        kept.append(config["seed"])
    assert kept == sorted(kept)
    assert set(kept) == {0, 1}


def exchange_half_done(studio: Studio) -> Path:
    """A set of seed 0 of which only the first file of seed 1 is in place yet; nobody has looked since."""
    out = studio.home / "lora"
    assert studio.door.export(str(out), seed=0)["success"]
    old = digest(out)
    steps = int(crash(studio, export_request(str(out), seed=1), 0, "after").stdout)
    for step in range(steps, 0, -1):
        assert studio.door.export(str(out), seed=0)["success"]
        crash(studio, export_request(str(out), seed=1), step, "after")
        changed = [name for name, what in digest(out).items() if name in old and what != old[name]]
        if len(changed) == 1:
            return out
    raise AssertionError("the exchange was never caught half done")


def test_a_script_started_in_between_refuses_by_checksum(full: Studio) -> None:
    out = full.home / "lora"
    assert full.door.export(str(out), seed=0)["success"]
    script = full.door.call(action="generate_script", targetModel=MODEL, datasetPath=str(out))["script"]
    exchange_half_done(full)
    (out / "train_huggingface.py").write_text(script)
    check = [sys.executable, str(out / "train_huggingface.py"), "--check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "changed or is being replaced" in done.stderr
    expect_whole = full.door.call(action="list_adapters", outputPath=str(out))
    assert expect_whole["success"]
    again = full.door.call(action="generate_script", targetModel=MODEL, datasetPath=str(out))["script"]
    (out / "train_huggingface.py").write_text(again)
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert "The dataset is complete" in done.stdout, done.stderr


@pytest.mark.parametrize("look", ["adapters", "list_adapters", "script", "export"])
def test_any_command_that_looks_at_the_folder_completes_the_exchange(full: Studio, look: str) -> None:
    out = str(exchange_half_done(full))
    if look == "adapters":
        assert full.run("adapters", out).returncode == 0
    elif look == "list_adapters":
        assert full.call(action="list_adapters", outputPath=out)["success"]
    elif look == "script":
        assert full.run("script", "--target-model", MODEL, "--dataset-path", out).returncode == 0
    else:
        assert full.export(out, ifExists="fail")["error"]["code"] == "CONFLICT"
    assert json.loads((Path(out) / NAMES[1]).read_bytes())["seed"] == 1
    assert sorted(digest(Path(out))) == NAMES
    expect_whole_set(full, 1)


OTHERS: dict[str, Response] = {
    "train_huggingface.py": {"action": "generate_script", "targetModel": MODEL},
    "guidelines_2025-12-24.json": {"tool": "memory_export", "action": "export"},
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_files_are_whole_or_absent_too_and_leftovers_are_cleaned_up(studio: Studio, name: str) -> None:
    studio.door.add(plain(10))
    out = studio.home / "lora"
    assert studio.door.export(str(out))["success"]
    place = {"datasetPath": str(out)} if name.endswith(".py") else {}
    request = {**OTHERS[name], "agentId": "t", "admin_key": KEY, "outputPath": str(out), **place}
    steps = int(crash(studio, request, 0, "before").stdout)
    whole = (out / name).read_bytes()
    for step in range(1, steps + 1):
        (out / name).unlink(missing_ok=True)
        (out / "requirements.txt").unlink(missing_ok=True)
        assert crash(studio, request, step, "before").returncode == 9
        assert not (out / name).exists() or (out / name).read_bytes() == whole
    assert studio.door.export(str(out))["success"]
    assert {path.name for path in out.iterdir()} <= {*NAMES, name, "requirements.txt"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_cancel_leaves_everything_as_it_was(full: Studio, number: signal.Signals) -> None:
    full.door.add([{**one, "name": f"more {one['name']}"} for one in plain(20_000)])
    out = full.home / "lora"
    assert full.door.export(str(out), seed=0)["success"]
    before = digest(out)
    with full.start("export", "--target-model", MODEL, "--seed", "1", LORA_STUDIO_ADMIN_KEY=KEY) as process:
        while not any(path.name.startswith(".lora-studio") for path in out.iterdir()):
            assert process.poll() is None
            time.sleep(0.005)
        process.send_signal(number)
        said, problem = process.communicate()
    here = digest(out)
    assert {name: what for name, what in here.items() if not name.startswith(".")} == before
    if number == signal.SIGINT:
        assert (process.returncode, said, problem) == (130, b"", b"lora-studio: Cancelled; nothing was changed\n")
        assert here == before
    again = full.door.export(str(out), seed=2)
    assert again["stats"]["totalExamples"] == 5 * 20_400
    assert sorted(digest(out)) == NAMES
