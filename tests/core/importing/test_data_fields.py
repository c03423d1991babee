"""Data files keep every field or name it: every spelling, every encoding, every shape, and at random."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lora_studio.core.domain import Draft
from lora_studio.core.importing.fields import FIELD_OF, plain_name
from lora_studio.core.importing.reading import read_paths
from lora_studio.core.importing.records import Reading, Source

CASES = Path(__file__).parents[4] / "shared" / "cases" / "03-data-files"
SPELLINGS = {
    "name": ("name", "Name", "TITLE", "rule name"), "content": ("content", "Text", "rule", "BODY"),
    "category": ("category", "Category"), "priority": ("priority", "Priority "),
    "rationale": ("rationale", "Why", "reason"),
    "tags": ("tags", "Tags", "keywords"), "good": ("good", "good_examples", "Good Example", "good-examples"),
    "bad": ("bad", "bad_examples", "Bad examples"), "active": ("active", "is_active", "Is Active", "enabled"),
}  # fmt: skip
ENCODINGS = {"utf-8": b"", "utf-8-sig": b"", "utf-16": b"", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


def quiet(done: int, total: int) -> None:
    pass


def read(path: Path) -> Reading:
    return read_paths([path], quiet)


def one_source(path: Path) -> Source:
    reading = read(path)
    assert reading.problems == ()
    return reading.sources[0]


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", 'sep=;\r\nname;content\r\nn;c\r\n'), ("a.tsv", "name\tcontent\nn\tc\n"),
        ("a.csv", "Name;Text;\nn;c;;;\n"),
        ("a.json", '{"name": "n", "content": "c"}\n'), ("a.jsonl", '[\n {"name": "n",\n "content": "c"}\n]'),
        ("a.jsonl", '[{"name": "n", "content": "c"}]'),
        ("a.jsonl", '{"guidelines": [\n{"name": "n", "content": "c"}]}'),
        ("a.yaml", "---\nname: n\ncontent: c\n---\n"), ("a.json", '{"rules": [{"title": "n", "description": "c"}]}'),
    ],
)  # fmt: skip
def test_shapes_and_separators(tmp_path: Path, name: str, text: str) -> None:
    source = one_source(write(tmp_path / name, text))
    assert [(one.draft.name, one.draft.content) for one in source.found] == [("n", "c")]
    assert source.not_taken == ()


def test_jsonl_named_json_is_read_line_by_line(tmp_path: Path) -> None:
    text = '{"name": "a", "content": "c"}\n\n{"name": "b", "content": "d"}\n{broken\n'
    reading = read(write(tmp_path / "a.json", text))
    assert [(one.draft.name, one.line) for one in reading.sources[0].found] == [("a", 1), ("b", 3)]
    assert [one.line for one in reading.problems] == [4]
    reading = read(write(tmp_path / "b.jsonl", "oops\n" + text))
    assert [one.line for one in reading.problems] == [1, 5]


@pytest.mark.parametrize(
    ("field", "value", "wanted"),
    [
        ("priority", 70.0, 70), ("priority", "70.0", 70), ("priority", " 70 ", 70), ("priority", "High", None),
        ("priority", 101, None), ("priority", True, None), ("priority", 7.5, None), ("priority", "٣", None),
        ("category", 7, None), ("rationale", ["a"], None), ("tags", [1], None), ("tags", ["a", False], None),
        ("active", "maybe", None), ("active", "No", False), ("examples", ["x"], None), ("good", [{"code": "x"}], None),
        ("owner", "me", None), ("version", "two", None), ("id", "R1", None), ("scopeId", "web", None),
        ("description", "When it applies", None),
    ],
)  # fmt: skip
def test_a_field_that_says_nothing_is_named_and_the_others_stay(
    tmp_path: Path, field: str, value: object, wanted: object
) -> None:
    record = {"name": "n", "content": "c", field: value}
    source = one_source(write(tmp_path / "a.json", json.dumps([record])))
    draft = source.found[0].draft
    if wanted is None:
        assert [one.field for one in source.not_taken] == [field]
    else:
        assert (getattr(draft, field), source.not_taken) == (wanted, ())


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.json", '[{"name": "n", "content": "c", "content": "d"}]', "It says 'content' twice"),
        ("a.json", '{"guidelines": [{"name": "n", "content": "c"}], "guidelines": []}', "It says 'guidelines' twice"),
        ("a.jsonl", '{"name": "n", "content": "c", "examples": {"good": ["a"], "good": ["b"]}}', "It says 'good' tw"),
        ("a.yaml", "- name: n\n  content: c\n  content: d\n", "It says 'content' twice (line 3)"),
        ("a.csv", "name,content,content\nn,c,d\n", "It names the column 'content' twice"),
        ("a.yaml", "- name: no\n  content: c\n", "Name is not text but false (in YAML no, yes, on and off mean that"),
        ("a.yaml", "- name: n\n  content: 1.10\n", "Content is not text but a number; if it is meant as text, put it"),
        ("a.json", '[{"name": "n", "content": "c", "score": NaN}]', "It is not valid JSON"),
    ],
)  # fmt: skip
def test_what_says_two_things_is_refused(tmp_path: Path, name: str, text: str, why: str) -> None:
    reading = read(write(tmp_path / name, text))
    assert not [found for source in reading.sources for found in source.found]
    assert reading.problems[0].why.startswith(why)


def test_a_name_for_two_fields_and_many_records_are_told_once(tmp_path: Path) -> None:
    records = [{"title": "t", "name": f"n{n}", "content": "c", "owner": "me", "priority": f"p{n}"} for n in range(50)]
    source = one_source(write(tmp_path / "a.json", json.dumps({"guidelines": records, "count": 50})))
    assert [found.draft.name for found in source.found[:2]] == ["n0", "n1"]
    told = {(one.field, one.reason.endswith("(50 records)")) for one in source.not_taken}
    assert told >= {("title", True), ("owner", True), ("count", False)}
    assert len(source.not_taken) == 3 + 21


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(str.strip)
values: dict[str, st.SearchStrategy[Any]] = {
    "category": texts | st.integers(), "rationale": texts | st.booleans(), "active": st.booleans() | texts,
    "priority": st.integers(-5, 120) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    "tags": st.lists(texts, max_size=3) | texts | st.lists(st.integers(), min_size=1, max_size=2),
    "good": st.lists(texts, max_size=2) | texts | st.integers(1), "bad": st.lists(texts, max_size=2) | texts,
}  # fmt: skip


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    made: dict[str, Any] = {draw(st.sampled_from(SPELLINGS[field])): draw(texts) for field in ("name", "content")}
    for field in draw(st.lists(st.sampled_from(sorted(values)), unique=True)):
        made[draw(st.sampled_from(SPELLINGS[field]))] = draw(values[field])
    for number in range(draw(st.integers(0, 2))):
        made[f"{draw(st.sampled_from(('owner', 'Prio', 'note it')))}{number}"] = draw(texts | st.integers(1))
    return made


def as_file(kind: str, made: list[dict[str, Any]]) -> str:
    if kind in ("csv", "tsv"):
        columns = list(dict.fromkeys(name for one in made for name in one))
        out = io.StringIO()
        writer = csv.writer(out, delimiter="," if kind == "csv" else "\t")
        writer.writerow(columns)
        writer.writerows([cell(one.get(column)) for column in columns] for one in made)
        return out.getvalue()
    if kind == "yaml":
        return str(yaml.safe_dump(made, allow_unicode=True))
    return "\n".join(map(json.dumps, made)) if kind == "jsonl" else json.dumps({"guidelines": made}, indent=1)


def cell(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def is_in(draft: Draft, field: str, value: Any) -> bool:
    """Whether the guideline says what the file's value says."""
    got = getattr(draft, field)
    if field == "priority":
        number = str(value).strip().replace(",", ".")
        return re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", number) is not None and float(number) == got
    if field == "active":
        return str(value).strip().lower() in (("true", "1", "yes") if got else ("false", "0", "no"))
    if field == "tags":
        parts: list[Any] = value if isinstance(value, list) else re.split("[,;]", value)
        return {part.strip() if isinstance(value, str) else part for part in parts} - {""} == set(got)
    if field in ("good", "bad"):
        return bool(got == tuple(value if isinstance(value, list) else [str(value)]))
    return bool(got == str(value) or (isinstance(value, bool) and got == str(value).lower()))  # as a table has it


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(records(), min_size=1, max_size=4),
    st.sampled_from(["csv", "tsv", "yaml", "json", "jsonl"]),
    st.sampled_from(sorted(ENCODINGS)),
)
def test_no_field_of_any_record_is_lost_without_a_word(made: list[dict[str, Any]], kind: str, encoding: str) -> None:
    if kind in ("csv", "tsv"):  # a table has one spelling of a field in all its rows
        made = [dict(zip(made[0], one.values(), strict=False)) if len(one) == len(made[0]) else made[0] for one in made]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{kind}"
        path.write_bytes(ENCODINGS[encoding] + as_file(kind, made).encode(encoding))
        reading = read(path)
    source = reading.sources[0]
    lines = {found.line: found for found in source.found}
    left = {one.field for one in source.not_taken}
    refused = {one.line for one in reading.problems}
    assert len(lines) + len(refused) == len(made)
    in_order = sorted([*lines, *refused])
    for record, line in zip(made, in_order, strict=True):
        if line not in lines:
            continue
        for name, value in record.items():
            field = FIELD_OF.get(plain_name(name), "")
            if value not in ([], None) and not {name, name.strip()} & left:
                assert field, name
                assert is_in(lines[line].draft, field, value), (name, value, lines[line].draft)


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("capital-priority-tags.csv", 1), ("excel-de-header-capital.csv", 1), ("excel-sep-line.csv", 1),
        ("plain.tsv", 1),
        ("jsonl-named.json", 2), ("array-named.jsonl", 2), ("array-oneline.jsonl", 2), ("bom.jsonl", 1),
        ("crlf.jsonl", 2),
        ("u2028.jsonl", 1), ("excel-utf16-tab.csv", 1), ("surrogate-pair.json", 1), ("multiline.csv", 1),
        ("old-mac.csv", 2),
        ("snake-fields.json", 1), ("good_examples.json", 1), ("float-priority.csv", 1),
    ],
)  # fmt: skip
def test_the_cases_that_are_whole(name: str, count: int) -> None:
    source = one_source(CASES / name)
    assert (len(source.found), source.not_taken) == (count, ())
