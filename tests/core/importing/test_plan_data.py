"""Data files against the library: ids, names that somebody else wrote, names and ids that come twice."""

from __future__ import annotations

import json
from pathlib import Path

from imports import bring, edit, everything, named, states

from lora_studio.core.domain import OWNER, Draft
from lora_studio.core.importing.plan import plan_import
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.library.store import Library
from lora_studio.core.sharing import guideline_json


def test_an_export_comes_back_under_its_ids_and_an_older_one_overwrites_nothing(
    library: Library, tmp_path: Path
) -> None:
    made = add_guidelines(library, [Draft(name="A", content="a"), Draft(name="B", content="b")], OWNER)
    data = tmp_path / "g.json"
    data.write_text(json.dumps({"guidelines": [guideline_json(one) for one in made]}))
    assert states(plan_import(library, [data])) == [("same", "A"), ("same", "B")]
    edit(library, "A", content="newer")
    assert states(plan_import(library, [data]))[0] == ("conflict", "A")
    records = [guideline_json(one) for one in everything(library)]
    data.write_text(json.dumps([{**record, "content": record["content"] + "!"} for record in records]))
    assert [state for state, _ in states(plan_import(library, [data]))] == ["changed", "changed"]
    bring(library, data)
    assert sorted((one.id, one.content) for one in everything(library)) == sorted(
        [(made[0].id, "newer!"), (made[1].id, "b!")]
    )


def test_a_name_of_a_data_file_that_somebody_else_wrote_is_a_conflict(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, [Draft(name="A", content="mine")], OWNER)
    data = tmp_path / "g.json"
    data.write_text('{"guidelines": [{"name": "A", "content": "theirs"}, {"name": "B", "content": "new"}]}')
    assert states(plan_import(library, [data])) == [("conflict", "A"), ("new", "B")]
    bring(library, data)
    assert named(library, "A").content == "mine"


def test_two_records_of_one_name_both_come_in(library: Library, tmp_path: Path) -> None:
    data = tmp_path / "g.jsonl"
    data.write_text(
        '{"name": "A", "content": "one"}\n{"name": "A", "content": "two"}\n{"name": "A", "content": "one"}\n'
    )
    bring(library, data)
    assert [(one.name, one.content) for one in everything(library)] == [
        ("A", "one"),
        ("A (2)", "two"),
        ("A (3)", "one"),
    ]
    assert {state for state, _ in states(plan_import(library, [data]))} == {"same"}


def test_an_id_that_two_records_claim_is_the_first_one_s(library: Library, tmp_path: Path) -> None:
    data, an_id = tmp_path / "g.json", "0b9e4a52-7c1d-4f7e-9a55-2f3f0c1d8e66"
    data.write_text(json.dumps([{"id": an_id, "name": name, "content": name} for name in "AB"]))
    bring(library, data)
    assert [one.id == an_id for one in everything(library)] == [True, False]
    assert {state for state, _ in states(plan_import(library, [data]))} == {"same"}
