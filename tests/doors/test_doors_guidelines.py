"""memory_guideline and memory_query: what goes in comes back, every change is a version, bulk is all or none."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from driver import Door, Response
from samples import NASTY, plain

AT = "2025-12-24T10:30:00.000Z"
FIELDS = [
    "id", "name", "content", "category", "priority", "tags", "scopeType", "scopeId", "rationale", "examples", "active",
    "version", "createdAt", "updatedAt",
]  # fmt: skip
VERSIONED = [name for name in FIELDS if name not in ("id", "createdAt", "updatedAt")]


def whole(given: dict[str, Any]) -> dict[str, Any]:
    """What `given` is once the defaults are filled in; without the id."""
    examples = {"good": [], "bad": []} | given.get("examples", {})
    return {
        "name": given["name"],
        "content": given["content"],
        "category": given.get("category", "general"),
        "priority": given.get("priority", 50),
        "tags": given.get("tags", []),
        "scopeType": given.get("scopeType", "global"),
        "scopeId": given.get("scopeId"),
        "rationale": given.get("rationale", ""),
        "examples": examples,
        "active": given.get("active", True),
        "version": 1,
        "createdAt": AT,
        "updatedAt": AT,
    }


def without_id(guideline: Response) -> Response:
    assert str(uuid.UUID(guideline["id"])) == guideline["id"]
    return {name: value for name, value in guideline.items() if name != "id"}


def test_every_text_comes_back_as_it_was_given(door: Door) -> None:
    added = door.add(NASTY)
    assert [list(one) for one in added] == [FIELDS] * len(NASTY)
    assert [without_id(one) for one in added] == [whole(given) for given in NASTY]
    for one in added:
        assert door.guideline("get", id=one["id"]) == {"success": True, "guideline": one}
    listed = door.guideline("list")
    assert sorted(listed["guidelines"], key=str) == sorted(added, key=str)
    assert (listed["count"], listed["total"]) == (len(NASTY), len(NASTY))


def test_one_by_one_is_the_same_as_in_bulk(door: Door) -> None:
    answers = [door.guideline("add", guideline=given, reason="first") for given in NASTY]
    assert [without_id(answer["guideline"]) for answer in answers] == [whole(given) for given in NASTY]
    assert list(answers[0]) == ["success", "guideline"]


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"name": "Rule 1", "content": "c"}, "CONFLICT", "guidelines[3].name"),
        ({"name": "new", "content": " \n\u200b"}, "VALIDATION", "guidelines[3].content"),
        ({"name": "", "content": "c"}, "VALIDATION", "guidelines[3].name"),
        ({"name": "x" * 501, "content": "c"}, "VALIDATION", "guidelines[3].name"),
        ({"name": "n", "content": "x" * 100_001}, "VALIDATION", "guidelines[3].content"),
        ({"name": "n", "content": "a\0b"}, "VALIDATION", "guidelines[3].content"),
        ({"name": "\ud800", "content": "c"}, "VALIDATION", "guidelines[3].name"),
        ({"name": "n", "content": "c", "tags": ["\udfff"]}, "VALIDATION", "guidelines[3].tags[0]"),
        ({"name": "n", "content": "c", "examples": {"bad": ["x", 1]}}, "VALIDATION", "guidelines[3].examples.bad[1]"),
        ({"name": "n", "content": "c", "examples": {"ugly": []}}, "VALIDATION", "guidelines[3].examples.ugly"),
        ({"name": "n", "content": "c", "priority": 101}, "VALIDATION", "guidelines[3].priority"),
        ({"name": "n", "content": "c", "priority": True}, "VALIDATION", "guidelines[3].priority"),
        ({"name": "n", "content": "c", "priority": 7.0}, "VALIDATION", "guidelines[3].priority"),
        ({"name": "n", "content": "c", "scopeType": "org"}, "VALIDATION", "guidelines[3].scopeId"),
        ({"name": "n", "content": "c", "scopeId": "x"}, "VALIDATION", "guidelines[3].scopeId"),
        ({"name": "n", "content": "c", "scopeType": "team", "scopeId": "x"}, "VALIDATION", "guidelines[3].scopeType"),
        ({"name": "n", "content": "c", "id": "7"}, "VALIDATION", "guidelines[3].id"),
        ({"name": "n", "content": "c", "titel": 1}, "VALIDATION", "guidelines[3].titel"),
        ({"content": "c"}, "VALIDATION", "guidelines[3].name"),
        (None, "VALIDATION", "guidelines[3]"),
    ],
)
def test_bulk_is_all_or_none(door: Door, wrong: Any, code: str, field: str) -> None:
    refused = door.guideline("bulk_add", guidelines=[*plain(3), wrong, {"name": "last", "content": "c"}])
    assert (refused["success"], refused["error"]["code"], refused["error"]["field"]) == (False, code, field)
    assert door.guideline("list")["total"] == 0


def test_an_id_that_is_taken_is_named_as_the_fault(door: Door) -> None:
    (one,) = door.add(plain(1))
    again = {"name": "other", "content": "c", "id": one["id"]}
    assert door.guideline("add", guideline=again)["error"]["field"] == "guideline.id"
    refused = door.guideline("bulk_add", guidelines=[{"name": "x", "content": "c"}, again])
    assert (refused["error"]["code"], refused["error"]["field"]) == ("CONFLICT", "guidelines[1].id")
    assert door.guideline("list")["total"] == 1


def test_names_are_unique_in_their_scope_global_included(door: Door) -> None:
    scopes = [{}, {"scopeType": "org", "scopeId": "a"}, {"scopeType": "project", "scopeId": "a"},
              {"scopeType": "project", "scopeId": "b"}]  # fmt: skip
    added = door.add([{"name": "Same", "content": "c", **scope} for scope in scopes])
    for scope in scopes:
        assert door.guideline("add", guideline={"name": "Same", "content": "d", **scope})["error"]["code"] == "CONFLICT"
    assert door.guideline("add", guideline={"name": "same", "content": "d"})["success"]
    moved = door.guideline("update", id=added[1]["id"], changes={"scopeType": "global"})
    assert (moved["error"]["code"], moved["error"]["field"]) == ("CONFLICT", "changes.name")
    assert door.guideline("get", id=added[1]["id"])["guideline"] == added[1]


def test_every_change_is_a_version_with_who_when_and_why(door: Door) -> None:
    (one,) = door.add([NASTY[0]])
    an_id = one["id"]
    changes = [
        {"content": "Second."},
        {"name": "Third", "priority": 0, "tags": [], "category": "x"},
        {"scopeType": "project", "scopeId": "web", "examples": {"bad": ["b"]}, "rationale": "r"},
    ]
    for number, change in enumerate(changes):
        answer = door.guideline("update", id=an_id, changes=change, reason=f"why {number}", expectedVersion=number + 1)
        assert list(answer) == ["success", "guideline"]
        assert answer["guideline"]["version"] == number + 2
    door.guideline("deactivate", id=an_id, reason="off")
    door.guideline("activate", ids=[an_id], reason="on")
    door.guideline("delete", id=an_id, reason="gone")
    door.guideline("restore", id=an_id, reason="back")
    versions = door.guideline("history", id=an_id)["versions"]
    assert [one["version"] for one in versions] == [8, 7, 6, 5, 4, 3, 2, 1]
    assert [one["reason"] for one in versions] == ["back", "gone", "on", "off", "why 2", "why 1", "why 0", ""]
    assert {(one["createdAt"], one["createdBy"]) for one in versions} == {(AT, "t")}
    assert all(set(VERSIONED) <= set(one) for one in versions)
    assert {name: versions[-1][name] for name in VERSIONED} == {name: one[name] for name in VERSIONED}
    now = door.guideline("get", id=an_id)["guideline"]
    assert {name: versions[0][name] for name in VERSIONED} == {name: now[name] for name in VERSIONED}
    assert (now["scopeId"], now["examples"], now["content"]) == ("web", {"good": [], "bad": ["b"]}, "Second.")


def test_a_version_that_moved_on_is_a_conflict(door: Door) -> None:
    (one,) = door.add(plain(1))
    assert door.guideline("update", id=one["id"], changes={"content": "new"}, expectedVersion=1)["success"]
    refused = door.guideline("update", id=one["id"], changes={"content": "newer"}, expectedVersion=1)
    assert (refused["error"]["code"], refused["error"]["field"]) == ("CONFLICT", "expectedVersion")
    assert len(door.guideline("history", id=one["id"])["versions"]) == 2


@pytest.mark.parametrize("field", ["id", "version", "createdAt", "nme", "updatedAt"])
def test_some_fields_are_not_for_changing(door: Door, field: str) -> None:
    (one,) = door.add(plain(1))
    refused = door.guideline("update", id=one["id"], changes={field: 1, "content": "new"})
    assert (refused["error"]["code"], refused["error"]["field"]) == ("VALIDATION", f"changes.{field}")
    assert door.guideline("get", id=one["id"])["guideline"] == one


@pytest.mark.parametrize("action", ["deactivate", "activate", "delete", "restore"])
def test_switches_take_one_or_many_all_or_none(door: Door, action: str) -> None:
    added = door.add(plain(4))
    ids = [one["id"] for one in added]
    if action == "activate":
        door.guideline("deactivate", ids=ids)
    if action == "restore":
        door.guideline("delete", ids=ids)
    before = [door.guideline("history", id=an_id) for an_id in ids]
    unknown = str(uuid.uuid4())
    wrongs: list[dict[str, Any]] = [{}, {"id": ids[0], "ids": ids}, {"ids": []}, {"ids": [*ids, unknown]}, {"ids": "x"}]
    for wrong in wrongs:
        refused = door.guideline(action, **wrong)
        assert refused["error"]["code"] in ("VALIDATION", "NOT_FOUND"), wrong
    assert [door.guideline("history", id=an_id) for an_id in ids] == before
    assert door.guideline(action, id=ids[0]) == {"success": True, "count": 1}
    assert door.guideline(action, ids=ids + ids) == {"success": True, "count": 3}
    assert door.guideline(action, ids=ids) == {"success": True, "count": 0}


def test_deleted_ones_are_in_no_list_and_no_export(door: Door) -> None:
    added = door.add(plain(2))
    door.guideline("delete", id=added[0]["id"])
    assert door.guideline("list", includeInactive=True)["total"] == 1
    assert door.guideline("get", id=added[0]["id"])["error"]["code"] == "NOT_FOUND"
    assert door.export()["stats"]["totalExamples"] == 5
    assert door.call(tool="memory_query", action="search", agentId="t", query="thing")["total"] == 1
    door.add([plain(1)[0]])
    assert door.guideline("restore", id=added[0]["id"])["error"]["code"] == "CONFLICT"


def test_inactive_ones_are_listed_when_asked_for_and_never_exported(door: Door) -> None:
    added = door.add(plain(3))
    door.guideline("deactivate", id=added[1]["id"])
    assert door.guideline("list")["total"] == 2
    assert door.guideline("list", includeInactive=True)["total"] == 3
    assert door.export()["stats"]["totalExamples"] == 10


def test_pages_join_to_the_whole(door: Door) -> None:
    door.add(plain(250))
    assert (len(door.guideline("list")["guidelines"]), door.guideline("list")["total"]) == (100, 250)
    every = door.guideline("list", limit=10_000)["guidelines"]
    pages = [door.guideline("list", limit=60, offset=start) for start in range(0, 300, 60)]
    assert [one for page in pages for one in page["guidelines"]] == every
    assert [(page["count"], page["total"]) for page in pages] == [(60, 250)] * 4 + [(10, 250)]
    assert door.guideline("list", limit=10_001)["error"]["field"] == "limit"
    assert door.guideline("list", offset=-1)["error"]["field"] == "offset"
    wanted = {"category": "even", "tags": ["t1", "t2"]}
    some = door.guideline("list", guidelineFilter=wanted, limit=5)
    expected = [one for one in every if one["category"] == "even" and set(one["tags"]) & {"t1", "t2"}]
    assert (some["guidelines"], some["total"]) == (expected[:5], len(expected))


def search(door: Door, query: str, **more: Any) -> Response:
    return door.call(tool="memory_query", action="search", agentId="t", query=query, **more)


def test_search_ranks_counts_and_shows_where(door: Door) -> None:
    door.add([
        {"name": "Logging", "content": "Never log secrets."},
        {"name": "Errors", "content": "Say what to do. " * 40 + "Logging comes second. " + "More. " * 40},
        {"name": "エラー処理", "content": "例外を握りつぶさない。", "tags": ["日本語"]},
        {"name": "Naming", "content": "Names say what.", "category": "style"},
    ])  # fmt: skip
    found = search(door, "logging")
    assert ([one["name"] for one in found["results"]], found["total"]) == (["Logging", "Errors"], 2)
    assert found["results"][0]["score"] > found["results"][1]["score"]
    assert "ogging" in found["results"][1]["snippet"]
    assert len(found["results"][1]["snippet"]) < 400
    assert list(found["results"][0]) == [*FIELDS, "score", "snippet"]
    assert [one["name"] for one in search(door, "例外")["results"]] == ["エラー処理"]
    page = search(door, "say", limit=1, offset=1)
    assert (len(page["results"]), page["total"]) == (1, 2)
    assert search(door, "what", guidelineFilter={"category": "style"})["total"] == 1
    assert search(door, "what", limit=0) == {"success": True, "results": [], "total": 2}
    assert search(door, "zebra") == {"success": True, "results": [], "total": 0}


@pytest.mark.parametrize(
    "query",
    [
        '"', "'", "*", "a*b", "AND", "NOT", "NEAR(a, 2)", "name:x", "^a", "-a", "(", ")", "\x01", "👩‍👩‍👧", "\ue000",
        "%", "_", "\\", "{}", "; DROP TABLE guideline", "x " * 500, "一 " * 500, '" OR "', "a\nb", "\u202e", "ﬁ",
        "e\u0301", "+", ",",
    ],
)  # fmt: skip
def test_any_text_may_be_searched_for(door: Door, query: str) -> None:
    door.add(NASTY)
    found = search(door, query[:1_000])
    assert found["success"], found
    assert found["total"] >= len(found["results"])


@pytest.mark.parametrize("query", ["", " ", "\u200b", "x" * 1_001, "a\0", "\ud800", None, 1, ["a"]])
def test_what_is_no_query_is_refused(door: Door, query: Any) -> None:
    refused = door.call(tool="memory_query", action="search", agentId="t", query=query)
    assert (refused["error"]["code"], refused["error"]["field"]) == ("VALIDATION", "query")
