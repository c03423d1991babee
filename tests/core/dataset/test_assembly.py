"""Rows put together from pieces are the rows that encoding the dicts gives."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lora_studio.core.dataset.assembly import assemble, compile_assembly
from lora_studio.core.dataset.examples import examples_of, first_marker, recipes, source_row
from lora_studio.core.dataset.formats import FORMATS, row_maker
from lora_studio.core.dataset.splits import KEY_LENGTH, row_keys
from lora_studio.core.dataset.templates import ExampleTemplate, all_templates, shipped_templates
from lora_studio.core.domain import Guideline, is_blank
from lora_studio.core.settings import TemplateSetting

texts = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
ALL = all_templates(tuple(TemplateSetting(id=t.id) for t in shipped_templates()))


@st.composite
def guidelines(draw: st.DrawFn) -> Guideline:
    return Guideline(
        id="0b9e4a52-7c1d-4f7e-9a55-2f3f0c1d8e66",
        version=draw(st.integers(1, 10**6)),
        name=draw(texts),
        content=draw(texts.filter(lambda text: not is_blank(text))),
        category=draw(texts),
        priority=draw(st.integers(0, 100)),
        rationale=draw(texts),
        good=tuple(draw(st.lists(texts, max_size=4))),
        bad=tuple(draw(st.lists(texts, max_size=4))),
        created_at="",
        updated_at="",
    )


@settings(max_examples=60)
@given(guidelines(), st.sampled_from([*FORMATS]), st.integers(0, 3), st.sampled_from(["example", "question"]))
def test_both_ways_give_the_same_bytes(guideline: Guideline, name: str, cap: int, split_by: str) -> None:
    plan = recipes(ALL)
    make_row, system = row_maker(name), 'Say "why" — 100% \ue0f1'
    source = source_row(guideline)
    examples = examples_of(source, plan, cap)
    keys = row_keys(7, split_by, 0.5, source.id, len(examples), lambda: [one.prompt for one in examples])
    slow = [key + msgspec.json.encode(make_row(one, system)) for key, one in zip(keys, examples, strict=True)]
    assembly = compile_assembly(plan, make_row, system)
    assert assembly is not None
    if first_marker(source) is None:
        fast = assemble(assembly, source, cap, lambda *args: row_keys(7, split_by, 0.5, *args))
        assert fast == slow
    assert all(len(row) > KEY_LENGTH for row in slow)


@pytest.mark.parametrize("prompt", ["{{ name | upper }}", "<{{ name }}", "{{ priority }}"])
def test_what_is_more_than_texts_side_by_side_goes_the_long_way(prompt: str) -> None:
    own = ExampleTemplate(id="own", type="own", source="guideline", prompt=prompt, completion="x")
    assert compile_assembly(recipes([own]), row_maker("chat"), "S") is None
