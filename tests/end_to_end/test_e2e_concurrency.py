"""Several processes at once on one library and one folder: no error, nothing lost, nothing mixed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from driver import KEY, Response, Studio, dataset_lines, digest, export_request, prepare
from restatement import lines
from samples import plain


def at_once(studio: Studio, requests: Iterable[Response]) -> list[Response]:
    """The responses to requests that all run at the same time, each in a process of its own."""
    with ExitStack() as stack:
        started = [(stack.enter_context(studio.start("call")), request) for request in requests]
        for process, request in started:
            assert process.stdin
            process.stdin.write(json.dumps(request).encode())
            process.stdin.close()
            process.stdin = None
        answers = []
        for process, _ in started:
            said, problem = process.communicate()
            assert problem == b""
            answers.append(json.loads(said))
        return answers


def bulk(agent: str, number: int) -> Response:
    guidelines = [{**one, "name": f"{number}: {one['name']}"} for one in plain(100)]
    return {"tool": "memory_guideline", "action": "bulk_add", "agentId": agent, "guidelines": guidelines}


def test_adding_exporting_and_reading_at_once(studio: Studio) -> None:
    studio.door.add(plain(200))
    out = str(studio.home / "lora")
    reads: list[Response] = [
        {"action": "list_adapters", "outputPath": out},
        {"tool": "memory_query", "action": "search", "agentId": "t", "query": "thing"},
        {"tool": "memory_guideline", "action": "list", "agentId": "t"},
    ]
    answers = at_once(
        studio, [export_request(out, seed=seed, ifExists="keep_both") for seed in range(4)]
        + [bulk("t", number) for number in range(4)] + reads,
    )  # fmt: skip
    assert [answer for answer in answers if not answer["success"]] == []
    now = studio.door.guideline("list", limit=10_000)["guidelines"]
    assert len(now) == 600
    batches = [answer["guidelines"] for answer in answers if "guidelines" in answer and "total" not in answer]
    assert [len(batch) for batch in batches] == [100] * 4
    exported = [answer for answer in answers if "trainFile" in answer]
    assert len({answer["trainFile"] for answer in exported}) == 4
    for answer in exported:  # each sees one moment: the first 200, and any of the batches whole
        rows = dataset_lines(answer)
        assert (len(rows) - 1_000) % 500 == 0
        names = {json.loads(row)["metadata"]["guidelineId"] for row in rows}
        seen = [one for one in now if one["id"] in names]
        assert rows == lines("huggingface", seen, "")
        for batch in batches:
            assert len(names & {one["id"] for one in batch}) in (0, 100)
    listed = studio.door.call(action="list_adapters", outputPath=out)
    assert (listed["count"], listed.get("warnings")) == (4, None)
    assert not [name for name in digest(Path(out)) if name.startswith(".")]


def test_replacing_one_set_at_once_leaves_one_whole_set(studio: Studio) -> None:
    studio.door.add(plain(300))
    out = str(studio.home / "lora")
    answers = at_once(studio, [export_request(out, seed=seed) for seed in range(5)])
    assert [answer["success"] for answer in answers] == [True] * 5
    config = json.loads(Path(answers[0]["configFile"]).read_bytes())
    found = digest(Path(out))
    assert len(found) == 4
    assert [found[file["name"]] for file in config["files"]] == [file["sha256"] for file in config["files"]]


def test_only_one_of_many_may_fail_to_exist(studio: Studio) -> None:
    studio.door.add(plain(100))
    answers = at_once(studio, [export_request("out", seed=seed, ifExists="fail") for seed in range(4)])
    codes = sorted("done" if answer["success"] else answer["error"]["code"] for answer in answers)
    assert codes == ["CONFLICT", "CONFLICT", "CONFLICT", "done"]


def test_two_models_with_one_slug_at_once(studio: Studio) -> None:
    studio.door.add(plain(100))
    models = ["a/b", "a-b", "a.b", "a b"]
    answers = at_once(studio, [export_request("out", targetModel=model) for model in models])
    assert [answer["success"] for answer in answers] == [True] * 4
    assert len({answer["trainFile"] for answer in answers}) == 4
    listed = studio.call(action="list_adapters", outputPath="out")["adapters"]
    assert sorted(one["targetModel"] for one in listed) == sorted(models)


def test_changes_to_one_guideline_queue_up(studio: Studio) -> None:
    (one,) = studio.door.add(plain(1))
    request: dict[str, Any] = {"tool": "memory_guideline", "action": "update", "agentId": "t", "id": one["id"]}
    answers = at_once(studio, [{**request, "changes": {"content": f"Text {number}."}} for number in range(6)])
    assert sorted(answer["guideline"]["version"] for answer in answers) == [2, 3, 4, 5, 6, 7]
    expecting = [{**request, "changes": {"content": f"New {n}."}, "expectedVersion": 7} for n in range(4)]
    codes = [answer.get("error", {}).get("code", "done") for answer in at_once(studio, expecting)]
    assert sorted(codes) == ["CONFLICT", "CONFLICT", "CONFLICT", "done"]


def test_sharing_at_once_gives_each_its_file(studio: Studio) -> None:
    studio.door.add(plain(50))
    request = {"tool": "memory_export", "action": "export", "agentId": "t", "admin_key": KEY, "outputPath": "shared"}
    answers = at_once(studio, [request] * 5)
    assert len({answer["path"] for answer in answers}) == 5
    assert len(set(digest(studio.work / "shared").values())) == 1


def test_the_first_start_of_many_at_once(bare_studio: Studio) -> None:
    request = {"tool": "memory_guideline", "action": "list", "agentId": "nobody"}
    answers = at_once(bare_studio, [request] * 8)
    assert {answer["error"]["code"] for answer in answers} == {"PERMISSION_DENIED"}
    door = prepare(bare_studio.home)
    answers = at_once(bare_studio, [bulk("t", number) for number in range(3)])
    assert [answer["count"] for answer in answers] == [100] * 3
    assert door.guideline("list")["total"] == 300


def test_the_first_admin_key_is_set_once(bare_studio: Studio) -> None:
    assert bare_studio.run("grant", "t", "--permission", "read", "--scope", "all").returncode == 0
    keys = [f"a good key, number {number}" for number in range(4)]
    with ExitStack() as stack:
        started = [stack.enter_context(bare_studio.start("admin-key", "set")) for _ in keys]
        for process, key in zip(started, keys, strict=True):
            assert process.stdin
            process.stdin.write(key.encode())
            process.stdin.close()
        codes = [process.wait() for process in started]
    assert sorted(codes) == [0, 1, 1, 1]
    verified = [bare_studio.run("admin-key", "verify", stdin=key).returncode for key in keys]
    assert verified == codes


def test_quickstart_twice_at_once(bare_studio: Studio) -> None:
    with bare_studio.start("quickstart", "--json") as first, bare_studio.start("quickstart", "--json") as second:
        done = [json.loads(process.communicate()[0]) for process in (first, second)]
    assert all(answer["success"] for answer in done)
    library = bare_studio.door.library
    with library.connection():
        (names, distinct) = library.sql("SELECT count(*), count(DISTINCT name) FROM guideline").fetchone()
    assert names == distinct >= 30
    assert bare_studio.door.call(action="list_adapters")["count"] == 1
