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
    shipped_templates,
    template_faults,
    template_settings,
)
from lora_studio.core.settings import TemplateSetting

VALUES: dict[str, Any] = {
    "name": "Name", "content": "Hello\nworld " * 8_000, "category": "c", "priority": 50, "tags": ["a", "b"],
    "rationale": "",
}  # fmt: skip


def _nested(name: str, opened: str = "[", closed: str = "]") -> str:
    """A list that holds the one before twice, 35 times over: 2**35 places in a few lines."""
    first = f"{{% set {name}0 = {opened}category, category{closed} %}}"
    return first + "".join(
        f"{{% set {name}{n + 1} = {opened}{name}{n}, {name}{n}{closed} %}}" for n in range(35)
    )  # fmt: skip


HOSTILE = {
    "a loan from indent": "{{ 'a'|indent(-10**12) }}{% for a in range(9999) %}{{ content }}{% endfor %}",
    "our own filter": "{% for a in [1]|_rounds(-10**12) %}{% endfor %}",
    "wrapped": "{{ content|wordwrap(1, true, content) }}",
    "nested, written": _nested("a") + "{{ a35 }}",
    "nested, as text": _nested("a") + "{{ a35|string|length }}",
    "nested, compared": _nested("a") + _nested("b") + "{{ a35 == b35 }}",
    "nested, found": _nested("a") + _nested("b") + "{{ a35 in [b35] }}",
    "nested, tested": _nested("a") + _nested("b") + "{{ [a35]|select('eq', b35)|list|length }}",
    "nested, hashed": _nested("a", "(", ")") + "{{ {a35: 1}|length }}",
    "nested in a namespace": _nested("a") + "{% set n = namespace(x=a35) %}{{ n }}",
    "nested by calls": "{% macro m(n) %}{{ m(n - 1, varargs, varargs) if n else varargs }}{% endmacro %}{{ m(40, 1) }}",
    "wide": "{% set a = [" + "content, " * 9_000 + "] %}{{ a }}",
    "loops": "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
    "loops over text": "{% for a in content %}{% for b in content %}{{ 1 if 'zz' in content }}{% endfor %}{% endfor %}",
    "range": "{% for a in range(10**9) %}{% endfor %}",
    "repeated": "{{ 'x' * 10**9 }}",
    "power": "{{ 10**10**9 }}",
    "percent": "{{ '%999999999d' % 1 }}",
    "center": "{{ name.center(10**9) }}",
    "format": "{{ '{:999999999}'.format(1) }}",
    "join": "{{ content|list|join(content) }}",
    "replace": "{{ content|replace('', content) }}",
    "indent": "{{ content|indent(10**9) }}",
    "macro": "{% macro f(n) %}{{ f(n) }}{{ f(n) }}{% endmacro %}{{ f(1) }}",
    "recursive loop": "{% for x in tags recursive %}{{ loop(tags) }}{{ loop(tags) }}{% endfor %}",
    "doubled": "{% set a = content ~ content %}" + "{% set a = a ~ a %}" * 40,
    "added": "{% set a = content + content %}" + "{% set a = a + a %}" * 40,
    "blocks": "{% set a %}{{ content }}{{ content }}{% endset %}{% set b %}" + "{{ a }}" * 40 + "{% endset %}",
    "text in loops": "{% for a in range(9000) %}" + "x" * 10_000 + "{% endfor %}",
    "deep": "{{ " + "(" * 3_000 + "1" + ")" * 3_000 + " }}",
    "blocks in blocks": "{% for x in tags %}" * 25 + "{% endfor %}" * 25,
    "digits": "{{ " + "9" * 6_000 + " }}",
    "class": "{{ name.__class__.__mro__ }}",
    "random": "{{ tags|random }}",
    "lipsum": "{{ lipsum() }}",
    "include": "{% include '/etc/passwd' %}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_template_ends_soon_in_one_sentence(text: str) -> None:
    start = time.monotonic()
    with pytest.raises(TemplateProblem) as problem:
        compiled(text)(VALUES)
    assert time.monotonic() - start < 10
    assert "\n" not in problem.value.reason


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("{{ tags | join(', ') }}", "a, b"),
        ("{% for tag in tags %}{{ loop.index }}{{ tag }}{{ ', ' if not loop.last }}{% endfor %}", "1a, 2b"),
        ("{{ name ~ priority ~ '!' }}{{ priority + 1 }}", "Name50!51"),
        ("{{ content.splitlines()[0] | upper }}", "HELLO"),
        ("{% if rationale %}x{% else %}{{ name.removeprefix('N') }}{% endif %}\n", "ame\n"),
        ("{{ 'a\nb' | indent(2) }}", "a\n  b"),
        ("{{ 'a\n\nb' | indent('> ', first=true, blank=true) }}", "> a\n> \n> b"),
        ("{{ 'aXbX' | replace('X', '-', 1) }}", "a-bX"),
        ("{% set ns = namespace(n=0) %}{% for t in tags %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}", "2"),
        ("{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}{{ twice(name) }}", "NameName"),
    ],
)
def test_what_a_template_is_for_works(text: str, made: str) -> None:
    assert compiled(text)(VALUES) == made


def test_the_whole_text_of_the_longest_guideline_may_pass_several_filters() -> None:
    long = {"content": "x" * 100_000}
    assert len(compiled("{{ content | upper | trim | replace('X', 'yy') }}")(long)) == 200_000


def test_one_filling_does_not_pay_for_another() -> None:
    fill = compiled("{{ content | upper }}")
    for _ in range(60):
        assert len(fill(VALUES)) == len(VALUES["content"])


def test_names_and_lines() -> None:
    assert unknown_names("{{ name }}\n{{ foo }} {{ range(2) }}\n{{ foo }}", ["name"]) == {"foo": 2}
    assert set(LANGUAGE.globals) == {"range", "namespace"}


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
