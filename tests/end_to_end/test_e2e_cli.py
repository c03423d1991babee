"""The commands as a person types them: exit codes, one-line errors, --json, homes, the first start, Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from driver import KEY, MODEL, Response, Studio, command, digest, export_request
from restatement import questions
from samples import NASTY, plain

from lora_studio.core.library import access
from lora_studio.core.library.audit import entries

TARGET = ("--target-model", MODEL)


def expect_one_line(done: subprocess.CompletedProcess[str], code: int) -> str:
    assert (done.returncode, done.stdout) == (code, ""), done
    assert done.stderr.startswith("lora-studio: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_quickstart_on_an_empty_home(bare_studio: Studio) -> None:
    done = bare_studio.run("quickstart")
    assert (done.returncode, done.stderr) == (0, "")
    made = sorted(path.name for path in (bare_studio.home / "lora").iterdir())
    slug = "meta_llama_Llama_3_2_1B_Instruct_chat"
    assert made == [
        "README.md", f"{slug}_config_2025-12-24.json", f"{slug}_eval_2025-12-24.jsonl",
        f"{slug}_train_2025-12-24.jsonl", "requirements.txt", "train_chat.py",
    ]  # fmt: skip
    assert not access.has_admin_key(bare_studio.door.library)
    before = digest(bare_studio.home / "lora")
    for key in (False, True):
        if key:
            assert bare_studio.run("admin-key", "set", stdin=KEY).returncode == 0
            assert bare_studio.run("quickstart", LORA_STUDIO_ADMIN_KEY=KEY).returncode == 0
        again = bare_studio.run("quickstart")
        assert (again.returncode, "give the admin key" in again.stdout) == (0, key)
        assert digest(bare_studio.home / "lora") == before
    compile((bare_studio.home / "lora" / "train_chat.py").read_text(), "train_chat.py", "exec")


def test_quickstart_as_json(bare_studio: Studio) -> None:
    done = bare_studio.run("quickstart", "--json")
    answer = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(answer) == ["success", "library", "guidelinesAdded", "export", "scriptPath"]
    assert answer["guidelinesAdded"] >= 30


def test_a_person_alone_needs_no_key_and_one_that_is_set_is_asked_for(bare_studio: Studio) -> None:
    assert bare_studio.run("quickstart").returncode == 0
    asked = ("export", *TARGET, "--output-path", "out", "--json")
    script = ("script", *TARGET, "--dataset-path", "out", "--output-path", "out")
    for arguments in (asked, script):
        assert bare_studio.run(*arguments).returncode == 0
    assert {entry.detail.get("adminKey") for entry in entries(bare_studio.door.library)} == {"none is set"}
    assert bare_studio.run("grant", "t", "--permission", "read", "--scope", "all").returncode == 0
    assert "lora-studio admin-key set" in bare_studio.export("agent")["error"]["message"]
    assert bare_studio.run("admin-key", "set", stdin=KEY + "\n").returncode == 0
    for arguments in (asked, script, ("grant", "a", "--permission", "read", "--scope", "all")):
        assert bare_studio.run(*arguments).returncode == 1
        assert bare_studio.run(*arguments, stdin=KEY + "\n").returncode == 0
    assert "adminKey" not in entries(bare_studio.door.library)[0].detail
    assert bare_studio.export("agent")["success"]


BAD_USAGE = (
    ("nonsense",),
    ("--nonsense",),
    ("export",),
    ("export", *TARGET, "--seed", "x"),
    ("export", *TARGET, "--format", "csv"),
    ("grant", "t"),
    ("admin-key", "set", "a key in argv"),
    ("call", "--json"),
)
REFUSED = (
    ("export", *TARGET),
    ("export", *TARGET, "--train-eval-split", "nan"),
    ("export", *TARGET, "--output-path", "a\x01/\x02" * 200),
    ("script", "--target-model", "", "--dataset-path", "."),
    ("query", ""),
    ("query", "x", "--limit", "-1"),
    ("grant", "desktop", "--permission", "read", "--scope", "all"),
    ("grant", "t", "--permission", "read", "--scope", "org"),
    ("revoke", "t", "--permission", "read", "--scope", "all"),
    ("admin-key", "verify"),
    ("admin-key", "set"),
    ("admin-key", "reset"),
)


@pytest.mark.parametrize("arguments", BAD_USAGE)
def test_bad_usage_is_exit_code_2_and_makes_nothing(bare_studio: Studio, arguments: tuple[str, ...]) -> None:
    done = bare_studio.run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: lora-studio" in done.stderr
    assert "Traceback" not in done.stderr
    assert not bare_studio.home.exists()


@pytest.mark.parametrize("arguments", REFUSED)
def test_a_refusal_is_one_line_and_exit_code_1(bare_studio: Studio, arguments: tuple[str, ...]) -> None:
    line = expect_one_line(bare_studio.run(*arguments), 1)
    done = bare_studio.run(*arguments, "--json")
    assert (done.returncode, done.stderr) == (1, "")
    answer = json.loads(done.stdout)
    assert list(answer) == ["success", "error"]
    assert line == f"lora-studio: {answer['error']['message']}\n"
    assert not (bare_studio.home / "library.db").exists()


def test_the_same_request_by_hand_and_as_json(studio: Studio) -> None:
    studio.door.add(NASTY + plain(20))
    by_hand = studio.run(
        "export", *TARGET, "--format", "alpaca", "--output-path", "hand", "--no-include-examples", "--seed", "4",
        "--examples-per-guideline", "2", "--train-eval-split", "0.5", "--split-by", "question", "--if-exists", "fail",
        "--category", "odd", "--tag", "t1", "--tag", "t2", "--scope-type", "global", "--agent-id", "t", "--json",
        LORA_STUDIO_ADMIN_KEY=KEY,
    )  # fmt: skip
    wanted = {"category": "odd", "tags": ["t1", "t2"], "scopeType": "global"}
    by_request = studio.call(
        **export_request("request", format="alpaca", includeExamples=False, seed=4, examplesPerGuideline=2,
                         trainEvalSplit=0.5, splitBy="question", ifExists="fail", guidelineFilter=wanted)
    )  # fmt: skip
    assert by_hand.returncode == 0, by_hand.stderr
    assert json.loads(by_hand.stdout.replace("/hand", "/request")) == by_request
    first, second = digest(studio.work / "hand"), digest(studio.work / "request")
    assert {name: what for name, what in first.items() if "config" not in name} == {
        name: what for name, what in second.items() if "config" not in name
    }
    listed = studio.run("adapters", "hand", "--json")
    assert json.loads(listed.stdout) == studio.call(action="list_adapters", outputPath="hand")
    script = studio.run("script", *TARGET, "--format", "alpaca", "--dataset-path", "hand", "--r", "4", "--epochs", "2",
                        "--target-modules", "q_proj", "v_proj", "--quantization", "4bit", "--json")  # fmt: skip
    assert json.loads(script.stdout) == studio.call(
        action="generate_script", targetModel=MODEL, format="alpaca", datasetPath="hand",
        lora={"r": 4, "targetModules": ["q_proj", "v_proj"], "quantization": "4bit"}, training={"epochs": 2},
    )  # fmt: skip
    found = studio.run("query", "thing", "--limit", "3", "--offset", "1", "--category", "odd", "--json")
    assert json.loads(found.stdout) == studio.call(
        tool="memory_query", action="search", agentId="t", query="thing", limit=3, offset=1,
        guidelineFilter={"category": "odd"},
    )  # fmt: skip


def test_what_people_see(studio: Studio) -> None:
    studio.door.add(NASTY + plain(20))
    done = studio.run("export", *TARGET, LORA_STUDIO_ADMIN_KEY=KEY)
    assert done.returncode == 0
    assert all("seen by no reviewer" in note for note in done.stderr.splitlines())
    assert str(studio.home / "lora" / "meta_llama_Llama_3_8B_huggingface_train_2025-12-24.jsonl") in done.stdout
    assert KEY not in done.stdout
    assert MODEL in studio.run("adapters").stdout
    assert "Rule 7" in studio.run("query", "thing 7").stdout
    assert studio.run("script", *TARGET, "--dataset-path", "x").stdout.startswith("#!/usr/bin/env python3\n")
    for encoding in ("ascii", "latin-1", "utf-8"):
        shown = studio.run("query", "why", PYTHONIOENCODING=encoding)
        assert shown.returncode == 0, shown.stderr


def test_the_owner_may_go_anywhere_and_see_all(studio: Studio) -> None:
    added = studio.door.add(NASTY)
    elsewhere = studio.folder / "elsewhere"
    done = studio.run("export", *TARGET, "--output-path", str(elsewhere), "--json", LORA_STUDIO_ADMIN_KEY=KEY)
    assert json.loads(done.stdout)["stats"]["totalExamples"] == sum(len(list(questions(one))) for one in added)
    assert len(list(elsewhere.iterdir())) == 4
    refused = studio.export(str(elsewhere))
    assert refused["error"]["field"] == "outputPath"


def test_a_home_by_flag_wins_over_the_environment(studio: Studio) -> None:
    other = studio.folder / "other" / "deep"
    done = studio.run("--home", str(other), "grant", "a", "--permission", "read", "--scope", "project:x")
    assert done.returncode == 0
    assert "library.db" in {path.name for path in other.iterdir()}
    assert stat.S_IMODE(other.stat().st_mode) == 0o700
    assert stat.S_IMODE((other / "library.db").stat().st_mode) == 0o600
    told = json.loads(studio.run("--home", str(other), "doctor", "--json").stdout)
    assert (told["home"], told["datasets"]) == (str(other), str(other / "lora"))


@pytest.mark.parametrize("home", ["~nobody-of-that-name/x", "/dev/null", "/dev/null/x", "file"])
@pytest.mark.parametrize("arguments", [("adapters",), ("doctor",), ("query", "x"), ("quickstart", "--no-window")])
def test_a_home_that_cannot_be_is_one_line(bare_studio: Studio, home: str, arguments: tuple[str, ...]) -> None:
    (bare_studio.work / "file").write_text("mine")
    done = bare_studio.run("--home", home, *arguments)
    assert done.returncode in (0, 1)
    assert "Traceback" not in done.stderr
    assert "Unexpected" not in done.stderr
    assert (bare_studio.work / "file").read_text() == "mine"
    if done.returncode:
        expect_one_line(done, 1)


def test_doctor_changes_nothing(bare_studio: Studio) -> None:
    done = bare_studio.run("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert str(bare_studio.home) in done.stdout
    assert not bare_studio.home.exists()


def test_the_admin_key_needs_the_present_one(studio: Studio) -> None:
    new = "another good key"
    for env in ({}, {"LORA_STUDIO_ADMIN_KEY": "wrong"}):
        refused = expect_one_line(studio.run("admin-key", "set", stdin=new + "\n", **env), 1)
        assert "Permission denied" in refused
        for name in ("grant", "revoke"):
            arguments = (name, "t", "--permission", "write", "--scope", "all")
            assert "Permission denied" in expect_one_line(studio.run(*arguments, **env), 1)
    assert studio.run("grant", "a", "--permission", "read", "--scope", "all", stdin=KEY + "\n").returncode == 0
    assert (
        studio.run("revoke", "a", "--permission", "read", "--scope", "all", LORA_STUDIO_ADMIN_KEY=KEY).returncode == 0
    )
    assert studio.run("admin-key", "set", stdin=new + "\n", LORA_STUDIO_ADMIN_KEY=KEY).returncode == 0
    assert studio.run("admin-key", "verify", stdin=new + "\n").returncode == 0
    assert "wrong" in expect_one_line(studio.run("admin-key", "verify", stdin=KEY + "\n"), 1)


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal is made with openpty")
@pytest.mark.parametrize("typed", ["library.db", "yes"])
def test_a_lost_key_is_reset_at_a_terminal_only(studio: Studio, typed: str) -> None:
    refused = expect_one_line(studio.run("admin-key", "reset", stdin="library.db\n"), 1)
    assert "at a terminal" in refused
    ours, theirs = os.openpty()
    with subprocess.Popen(
        command("admin-key", "reset"), stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=studio.work, env=studio.environment(),
    ) as process:  # fmt: skip
        os.write(ours, typed.encode() + b"\n")
        _, problem = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert b"type the library's name, library.db: " in problem
    outcomes = [(entry.action, entry.outcome) for entry in entries(studio.door.library)][:2]
    if typed == "yes":
        assert process.returncode == 1
        assert outcomes[0] == ("admin_key reset", "VALIDATION")
        assert access.has_admin_key(studio.door.library)
    else:
        assert process.returncode == 0
        assert outcomes == [("admin_key reset", "done"), ("admin_key reset", "PERMISSION_DENIED")]
        assert not access.has_admin_key(studio.door.library)
        assert [one.agent for one in access.grants(studio.door.library)] == ["t"]


@pytest.mark.skipif(sys.platform == "win32", reason="closes its own stdin with a shell")
@pytest.mark.parametrize("given", ["<&-", "</dev/zero", "<<<$'\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff'"])
def test_a_key_that_is_none_is_refused(bare_studio: Studio, given: str) -> None:
    line = " ".join(command("admin-key", "set")) + f" {given}"
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, cwd=bare_studio.work, env=bare_studio.environment(),
        timeout=60, check=False,
    )  # fmt: skip
    assert "Unexpected" not in expect_one_line(done, 1)


def test_the_key_is_in_no_process_list(studio: Studio) -> None:
    studio.door.add(plain(3_000))
    key = secrets.token_urlsafe(18)  # nobody else's on this machine
    access.set_admin_key(studio.door.library, key, KEY)
    with studio.start("export", *TARGET, LORA_STUDIO_ADMIN_KEY=key) as process:
        seen = set()
        while process.poll() is None:
            for entry in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(entry.read_bytes())
                except OSError:
                    continue
        assert process.returncode == 0
    assert not any(key.encode() in one for one in seen)


def test_a_pipe_that_closes_early_is_no_error(studio: Studio) -> None:
    studio.door.add(plain(2_000))
    request = json.dumps({"tool": "memory_guideline", "action": "list", "agentId": "t", "limit": 10_000})
    for arguments, stdin in ((("call",), request), (("query", "thing", "--limit", "2000"), "")):
        with studio.start(*arguments) as process:
            assert process.stdin
            assert process.stdout
            assert process.stderr
            process.stdin.write(stdin.encode())
            process.stdin.close()
            process.stdout.read(10)
            process.stdout.close()
            assert process.stderr.read() == b""


def interrupt_call(studio: Studio, request: Response) -> subprocess.Popen[bytes]:
    out = studio.work / "out"
    with studio.start("call") as process:
        assert process.stdin
        process.stdin.write(json.dumps(request).encode())
        process.stdin.close()
        while not (out.is_dir() and any(out.iterdir())):
            assert process.poll() is None
            time.sleep(0.002)
        process.send_signal(signal.SIGINT)
        process.wait()
        assert process.stdout
        assert process.stderr
        assert process.stderr.read() == b""
        answer = json.loads(process.stdout.read())
        assert answer["error"]["code"] == "CANCELLED"
        return process


def test_ctrl_c_in_a_request_is_a_cancelled_response(studio: Studio) -> None:
    studio.door.add(plain(20_000))
    assert interrupt_call(studio, export_request("out")).returncode == 130
    assert not (studio.work / "out").exists()


def test_ctrl_c_with_json_is_a_cancelled_response(studio: Studio) -> None:
    studio.door.add(plain(20_000))
    out = studio.home / "lora"
    with studio.start("export", *TARGET, "--json", LORA_STUDIO_ADMIN_KEY=KEY) as process:
        while not (out.is_dir() and any(out.iterdir())):
            assert process.poll() is None
            time.sleep(0.002)
        process.send_signal(signal.SIGINT)
        said, problem = process.communicate()
    assert (process.returncode, problem) == (130, b"")
    assert json.loads(said)["error"]["code"] == "CANCELLED"
    assert not out.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process waits for")
def test_ctrl_c_while_waiting_for_a_request(studio: Studio) -> None:
    with studio.start("call") as process:
        while b"python" not in Path(f"/proc/{process.pid}/cmdline").read_bytes():
            time.sleep(0.002)
        wait_until_it_reads(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        assert process.stderr
        assert b"Traceback" not in process.stderr.read()


def wait_until_it_reads(pid: int) -> None:
    """Waits until a process sleeps in a read of its stdin."""
    while True:
        try:
            call = Path(f"/proc/{pid}/syscall").read_text().split()
        except PermissionError:
            pytest.skip("the system does not tell what a process waits for")
        if len(call) > 1 and (call[0], call[1]) == ("0", "0x0"):
            return
        time.sleep(0.01)


def test_the_program_is_found_under_its_name() -> None:
    done = subprocess.run([*command("--version")], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"lora-studio \d+\.\d+\S*\n", done.stdout)
    assert os.access(command()[0], os.X_OK)
