"""Bytes on the door's stdin that are no request, and requests from a file: one JSON answer, whatever comes."""

from __future__ import annotations

import json
import os

import pytest
from driver import Studio, digest, export_request

from lora_studio.core.library.audit import entries

GOOD = json.dumps(export_request("out")).encode()
BYTES = {
    "nothing": b"",
    "white space": b" \n\t",
    "no JSON": b"hello",
    "cut off": GOOD[:-5],
    "two": GOOD + GOOD,
    "a trailing comma": b'{"action": "export",}',
    "single quotes": b"{'action': 'export'}",
    "NUL": b"\0" * 100,
    "not UTF-8": b'{"action": "\xff\xfe"}',
    "UTF-16": GOOD.decode().encode("utf-16"),
    "a field twice": b'{"action": "export", "action": "list_adapters"}',
    "a field twice inside": b'{"action": "export", "guidelineFilter": {"tags": [], "tags": ["x"]}}',
    "an array": b"[" + GOOD + b"]",
    "null": b"null",
    "deep": b"[" * 1_000_000,
    "deep and whole": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "many digits": b'{"action": "export", "seed": ' + b"9" * 100_000 + b"}",
    "NaN": b'{"action": "export", "trainEvalSplit": NaN}',
    "-Infinity": b'{"action": "export", "trainEvalSplit": -Infinity}',
    "1e999": b'{"action": "export", "trainEvalSplit": 1e999}',
    "a lone surrogate": b'{"action": "export", "targetModel": "\\ud800"}',
    "a lone surrogate as a name": b'{"action": "export", "\\ud800": 1}',
    "a lone surrogate as the agent": b'{"action": "export", "agentId": "\\udfff"}',
    "a control character in a name": b'{"\\u001b[31mred": 1, "action": "export"}',
    "a raw control character": b'{"action": "ex\x01port"}',
    "large": b'{"action": "' + b"x" * 5_000_000 + b'"}',
    "many fields": b'{"action": "export"' + b"".join(b', "f%d": 1' % number for number in range(20_000)) + b"}",
    "no such tool": b'{"tool": "memory_rlx", "action": "export"}',
    "no action": b'{"tool": "memory_lora"}',
    "prototype": b'{"action": "__class__"}',
}


@pytest.mark.parametrize("what", BYTES)
def test_whatever_comes_one_refusal_goes(studio: Studio, what: str) -> None:
    before = digest(studio.work)
    with studio.start("call", "-") as process:
        said, problem = process.communicate(BYTES[what])
    assert (process.returncode, problem) == (1, b"")
    assert said.endswith(b"}\n")
    assert said.count(b"\n") == 1
    answer = json.loads(said)
    assert list(answer) == ["success", "error"]
    assert (answer["success"], answer["error"]["code"]) == (False, "VALIDATION")
    assert len(said) < 20_000
    assert "\n" not in answer["error"]["message"]
    assert "\x1b" not in answer["error"]["message"]
    assert digest(studio.work) == before
    assert not (studio.home / "logs").exists()
    (newest,) = entries(studio.door.library, 1)
    assert newest.outcome == "VALIDATION"


def test_a_byte_order_mark_does_no_harm(studio: Studio) -> None:
    with studio.start("call") as process:
        said, _ = process.communicate(b"\xef\xbb\xbf" + b'{"action": "list_adapters"}')
    assert json.loads(said)["count"] == 0


def test_a_request_from_a_file(studio: Studio) -> None:
    request = {"action": "list_adapters", "outputPath": "."}
    (studio.work / "request.json").write_text(json.dumps(request))
    done = studio.run("call", "request.json")
    assert (done.returncode, json.loads(done.stdout)) == (0, studio.call(**request))
    for file in ("nowhere.json", ".", "a\nb", "x" * 5_000):
        done = studio.run("call", file)
        answer = json.loads(done.stdout)
        assert (done.returncode, done.stderr, answer["error"]["code"]) == (1, "", "VALIDATION")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such file names")
def test_names_that_are_no_text_are_still_answered(studio: Studio) -> None:
    folder = os.fsencode(studio.work) + b"/\xff\xfe"
    os.mkdir(folder)  # noqa: PTH102
    (studio.work / "link").symlink_to(os.fsdecode(folder))
    studio.door.add([{"name": "n", "content": "c"}])
    answer = studio.export("link")
    assert answer["success"], answer
    assert len(os.listdir(folder)) == 4  # noqa: PTH208
    assert studio.call(action="list_adapters", outputPath="link")["count"] == 1
