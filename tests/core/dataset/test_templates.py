"""Example templates: the shipped set, the user's changes, and that the fast way of filling equals Jinja2's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.sandbox import SandboxedEnvironment

from lora_studio.core.dataset.templates import (
    ExampleTemplate,
    all_templates,
    check_template,
    compile_text,
    is_plain_text,
    shipped_templates,
)
from lora_studio.core.errors import Invalid
from lora_studio.core.settings import TemplateSetting

NAMES = ("name", "content", "category", "rationale", "example")


def test_the_shipped_set_starts_with_the_contract_s_table() -> None:
    assert [(t.id, t.type, t.source, t.prompt, t.completion) for t in shipped_templates() if t.enabled] == [
        ("direct_query", "direct_query", "guideline", 'What is the guideline for "{{ name }}"?', "{{ content }}"),
        (
            "contextual_query",
            "contextual_query",
            "guideline",
            "I need guidance on {{ name }}. What should I know?",
            "Here's the guideline: {{ content }}",
        ),
        ("validation_query", "validation_query", "guideline", "How should I handle {{ name }}?", "{{ content }}"),
        (
            "example_good",
            "example_validation",
            "good",
            "Is this approach correct?\n\n{{ example }}",
            "Yes, this follows the guideline. {{ content }}",
        ),
        (
            "example_bad",
            "example_validation",
            "bad",
            "Is this approach correct?\n\n{{ example }}",
            "No, this violates the guideline. {{ content }}",
        ),
    ]
    assert all_templates(()) == shipped_templates()


pieces = st.one_of(
    st.text(alphabet=st.characters(exclude_characters="{}%#", exclude_categories=["Cs"]), max_size=12),
    st.sampled_from([f"{{{{ {name} }}}}" for name in NAMES]),
)


@given(st.lists(pieces, max_size=6).map("".join), st.lists(st.text(), min_size=5, max_size=5))
def test_plain_text_is_filled_as_jinja2_would(text: str, texts: list[str]) -> None:
    values: dict[str, Any] = dict(zip(NAMES, texts, strict=True))
    assert is_plain_text(text)
    expected = SandboxedEnvironment(keep_trailing_newline=True).from_string(text).render(values)
    assert compile_text(text, "test")(values) == expected


@pytest.mark.parametrize(
    "text", ["{{ name | upper }}", "{% if rationale %}x{% endif %}", "{{ priority }}", "{{ name[0] }}"]
)
def test_text_with_logic_is_filled_by_jinja2(text: str) -> None:
    values = {"name": "abc", "rationale": "", "priority": 7}
    assert not is_plain_text(text)
    assert compile_text(text, "test")(values) == SandboxedEnvironment().from_string(text).render(values)


def template(**changes: Any) -> ExampleTemplate:
    return ExampleTemplate(**{"id": "own", "type": "own", "source": "bad", "prompt": "p", "completion": "c"} | changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"prompt": "{{ name"}, "not valid"),
        ({"prompt": "{{ exmple }}"}, "unknown name 'exmple'"),
        ({"source": "guideline", "completion": "{{ example }}"}, "unknown name 'example'"),
        ({"source": "ugly"}, "needs a source"),
        ({"type": "Own Type"}, "needs a type"),
        ({"prompt": "{{ tags[9] }}"}, "cannot be filled"),
        ({"prompt": "{{ name < priority }}"}, "cannot be filled"),
    ],
)
def test_a_wrong_template_is_refused_in_one_sentence(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_template(template(**changes))
    assert said in refused.value.message
    assert "'own'" in refused.value.message


def test_settings_switch_change_and_add_templates() -> None:
    own = TemplateSetting(id="own", type="own", source="good", prompt="{{ example }}", completion="{{ name }}")
    changed = all_templates((TemplateSetting(id="direct_query", enabled=False), TemplateSetting(id="rewrite"), own))
    by_id = {t.id: t for t in changed}
    assert [t.id for t in changed][-1] == "own"
    assert (by_id["direct_query"].enabled, by_id["rewrite"].enabled) == (False, True)
    assert by_id["own"] == template(source="good", prompt="{{ example }}", completion="{{ name }}")


def test_an_unfinished_own_template_is_refused() -> None:
    with pytest.raises(Invalid, match="'own' has no prompt"):
        all_templates((TemplateSetting(id="own", type="own", source="good", completion="x"),))
