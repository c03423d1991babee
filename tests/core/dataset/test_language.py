"""What a hostile template may not do: run without end, eat memory, leave its sandbox, or differ from run to run."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from lora_studio.core.dataset.language import LANGUAGE, TemplateProblem, compiled, unknown_names
from lora_studio.core.dataset.templates import (
    ExampleTemplate,
    all_templates,
    known_templates,
    set_aside,
    shipped_templates,
    template_faults,
    template_settings,
)
from lora_studio.core.errors import Invalid
from lora_studio.core.settings import TemplateSetting

VALUES: dict[str, Any] = {
    "name": "Name", "content": "Hello\nworld " * 8_000, "category": "c", "priority": 50, "tags": ["a", "b"],
    "rationale": "",
}  # fmt: skip


HOSTILE = {
    "a set": "{% set a = [category, category] %}{{ a }}",
    "nested": "{{ [[category], [category]] }}",
    "a table": "{{ {content: 1}|length }}",
    "a macro": "{% macro f(n) %}{{ f(n) }}{{ f(n) }}{% endmacro %}{{ f(1) }}",
    "a call": "{{ content.splitlines() }}",
    "strip with characters": "{{ content.strip(content) }}",
    "largest": "{{ content|max }}{{ [content]|max }}",
    "a namespace": "{% set n = namespace(x=content) %}{{ n }}",
    "loops": "{% for a in tags %}{% for b in tags %}{{ content }}{% endfor %}{% endfor %}",
    "loops over text": "{% for a in content %}{{ a }}{% endfor %}",
    "loops over a filtered text": "{% for a in content|list %}{{ a }}{% endfor %}",
    "a recursive loop": "{% for x in tags recursive %}{{ loop(tags) }}{% endfor %}",
    "a range": "{% for a in range(10**9) %}{% endfor %}",
    "repeated": "{{ 'x' * 10**9 }}",
    "power": "{{ 10**10**9 }}",
    "percent": "{{ '%999999999d' % 1 }}",
    "center": "{{ name.center(10**9) }}",
    "format": "{{ '{:999999999}'.format(1) }}",
    "indent": "{{ content|indent(10**9) }}",
    "join by a text of the guideline": "{{ tags|join(content) }}",
    "join by a long text": "{{ tags|join('" + "x" * 200 + "') }}",
    "replace": "{{ content|replace('', content) }}",
    "many": "{{ content|title }}" * 1_000,
    "a chain": "{{ content" + "|title" * 1_000 + " }}",
    "much in a loop": "{% for tag in tags %}" + "{{ content|title|title }}" * 10 + "{% endfor %}",
    "blocks": "{% set a %}{{ content }}{% endset %}",
    "deep": "{{ " + "(" * 3_000 + "1" + ")" * 3_000 + " }}",
    "deep in another way": "{{ " + " and ".join(["name"] * 5_000) + " }}",
    "deep conditions": "{% if name %}" * 3_000 + "{% endif %}" * 3_000,
    "blocks in blocks": "{% for x in tags %}" * 25 + "{% endfor %}" * 25,
    "digits": "{{ " + "9" * 6_000 + " }}",
    "class": "{{ name.__class__.__mro__ }}",
    "an item by name": "{{ name['__class__'] }}",
    "random": "{{ tags|random }}",
    "lipsum": "{{ lipsum() }}",
    "include": "{% include '/etc/passwd' %}",
    "a filter block": "{% filter upper %}{{ content }}{% endfilter %}",
    "a test": "{{ name is string }}",
    "sorted letters": "{{ content|sort }}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_is_not_of_the_language_is_refused_in_one_sentence(text: str) -> None:
    start = time.process_time()
    with pytest.raises(TemplateProblem) as problem:
        compiled(text)
    assert time.process_time() - start < 5
    assert "\n" not in problem.value.reason


LONGEST: dict[str, Any] = {
    "name": "N" * 500, "content": "a-B " * 25_000, "category": "c" * 200, "priority": 50,
    "tags": [f"t{n} " + "x" * 190 for n in range(100)], "rationale": "r " * 50_000,
}  # fmt: skip
DEAREST = {
    "all names": "{{ content|title }}{{ rationale }}" * 37,
    "a chain": "{{ content" + "|upper|lower" * 60 + " }}",
    "a loop": "{% for tag in tags|sort|unique %}{{ tag|title }}{{ loop.index if loop.last }}{{ content }}{% endfor %}",
    "text in a loop": "{% for tag in tags %}" + "x" * 90_000 + "{% endfor %}",
    "conditions": "{{ 'zz' in content }}" * 70,
    "comparisons": "{% if content == rationale %}{% elif content < rationale %}{% endif %}" * 20,
    "joined": "{{ tags|join('" + "x" * 100 + "') }}" * 90,
}


@pytest.mark.parametrize("text", DEAREST.values(), ids=DEAREST)
def test_the_dearest_filling_of_the_longest_guideline_ends_soon(text: str) -> None:
    fill = compiled(text)
    start = time.process_time()
    made = fill(LONGEST)
    assert time.process_time() - start < 5
    assert len(made) < 64 << 20


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("{{ tags | join(', ') }}{{ tags|join }}", "a, bab"),
        ("{% for tag in tags %}{{ loop.index }}{{ tag }}{{ ', ' if not loop.last }}{% endfor %}", "1a, 2b"),
        ("{{ name ~ priority ~ '!' }}{{ tags[0] }}{{ name[0] }}", "Name50!aN"),
        (
            "{% if rationale %}x{% elif priority >= 50 and 'a' in tags %}{{ name|upper }}{% else %}z{% endif %}\n",
            "NAME\n",
        ),
        ("{% for tag in tags|sort|reverse if tag != 'a' %}{{ tag }}{% else %}none{% endfor %}", "b"),
        ("{{ 'a\nb' | capitalize }}{{ tags|length }}{{ tags|first }}{{ name|trim }}", "A\nb2aName"),
        ("{# said to nobody #}{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
    ],
)
def test_what_a_template_is_for_works(text: str, made: str) -> None:
    assert compiled(text)(VALUES) == made


def test_names_and_lines() -> None:
    assert unknown_names(
        "{{ name }}\n{{ foo }} {% for t in tags %}{{ t }}{% endfor %}\n{{ foo }}", ["name", "tags"]
    ) == {"foo": 2}
    assert LANGUAGE.globals == {}


OWN = ExampleTemplate(id="own", type="own", source="bad", prompt="p", completion="c")


def test_every_part_tells_its_own_fault_with_its_line() -> None:
    wrong = replace(OWN, type="Own", prompt="one\n{{ exmple }}", completion=" \n")
    faults = {fault.part: fault for fault in template_faults(wrong)}
    assert faults["prompt"].line == 2
    assert "did you mean 'example'?" in faults["prompt"].message
    assert faults["completion"].message.startswith("is blank")
    assert "type" in faults
    assert template_faults(OWN) == ()
    assert template_faults(replace(OWN, prompt="a\n\n{{ 1 // 0 }}"))[0].line == 3
    assert template_faults(replace(OWN, prompt="a\n{{ tags[7] }}"))[0].line == 2
    assert template_faults(replace(OWN, prompt="{{ name"))[0].message.startswith("is not valid")


def test_settings_keep_only_what_differs_and_give_the_same_templates_back() -> None:
    first, *rest = shipped_templates()
    mine = (replace(first, prompt="Say {{ name }}", enabled=False), *rest, OWN)
    kept = template_settings(mine)
    assert kept == (
        TemplateSetting(id=first.id, enabled=False, prompt="Say {{ name }}"),
        TemplateSetting(id="own", type="own", source="bad", prompt="p", completion="c"),
    )
    assert known_templates(kept) == all_templates(kept) == mine
    assert template_settings(shipped_templates()) == ()


def test_a_wrong_template_is_still_known_to_the_editor() -> None:
    half = known_templates((TemplateSetting(id="own", prompt="{{"),))[-1]
    assert (half.id, half.type, half.prompt) == ("own", "", "{{")


def test_what_templates_could_do_once_is_kept_with_its_fault_and_not_used() -> None:
    old = "{% set x = name %}{{ x }}"
    saved = (
        TemplateSetting(id="direct_query", prompt=old), TemplateSetting(id="rewrite", enabled=True, completion="fine"),
        TemplateSetting(id="own", type="own", source="bad", prompt="{{ name.strip(name) }}", completion="c"),
    )  # fmt: skip
    assert template_settings(known_templates(saved)) == saved
    faults = {template.id: template_faults(template) for template in known_templates(saved)}
    assert faults["direct_query"][0].is_foreign
    assert "it uses set, which templates do not have" in faults["direct_query"][0].message
    used = {template.id: template for template in all_templates(saved)}
    assert used["direct_query"] == shipped_templates()[0]
    assert used["rewrite"].completion == "fine"
    assert "own" not in used
    said = set_aside(saved)
    assert len(said) == 2
    assert said[0].endswith("; until then the shipped one is used")
    assert said[1].endswith("; until then it is left out")
    with pytest.raises(Invalid):
        all_templates((TemplateSetting(id="direct_query", prompt="{{ nam }}"),))
