"""Example templates: Jinja2 text from resources/examples, with the user's changes on top."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from jinja2 import nodes

from lora_studio.core.dataset.language import TEXT_MAX, TemplateProblem, compiled, parsed, unknown_names
from lora_studio.core.domain import is_blank
from lora_studio.core.errors import Invalid
from lora_studio.core.resources import resource_text
from lora_studio.core.settings import TemplateSetting

SOURCES: dict[str, tuple[str, ...]] = {
    "guideline": (),
    "good": ("example",),
    "bad": ("example",),
    "pair": ("good", "bad"),
}
"""What a template may be filled from, and the names that it gets beside the guideline's own."""
GUIDELINE_NAMES = ("name", "content", "category", "priority", "tags", "rationale")

Render = Callable[[dict[str, Any]], str]
"""Fills a template from its names. Raises Invalid where the text fails on these values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleTemplate:
    """One kind of question and answer. `source` is a key of SOURCES; prompt and completion are Jinja2 text."""

    id: str
    type: str
    source: str
    prompt: str
    completion: str
    enabled: bool = True


_TEXTS = ("type", "source", "prompt", "completion")


@cache
def shipped_templates() -> tuple[ExampleTemplate, ...]:
    """The templates that come with the program, in their order."""
    items = tomllib.loads(resource_text("examples/shipped.toml"))["template"]
    return tuple(ExampleTemplate(**item) for item in items)


def all_templates(settings: Sequence[TemplateSetting]) -> tuple[ExampleTemplate, ...]:
    """The shipped templates with the user's changes, then the user's own. Raises Invalid for one that is wrong.

    One that was saved when templates could do more is kept, but not used: the shipped one is, in place of one's own
    none (`set_aside` says which).
    """
    shipped = {template.id: template for template in shipped_templates()}
    for setting in settings:
        missing = [name for name in _TEXTS if getattr(setting, name) is None]
        if missing and setting.id not in shipped:
            raise Invalid(f"The example template {setting.id!r} has no {missing[0]}; add it in the settings")
    used = []
    for template in known_templates(settings):
        if not is_set_aside(template):
            check_template(template)
            used.append(template)
        elif template.id in shipped:
            used.append(replace(shipped[template.id], enabled=template.enabled))
    return tuple(used)


def is_set_aside(template: ExampleTemplate) -> bool:
    """Whether nothing is wrong with it but that it uses what templates do not have any more."""
    faults = template_faults(template)
    return bool(faults) and all(fault.is_foreign for fault in faults)


def set_aside(settings: Sequence[TemplateSetting]) -> list[str]:
    """A sentence for the user about each template that is kept, but not used."""
    return [
        f"The {_where(template, fault.part)} {fault.message}; until then "
        + ("the shipped one is used" if any(one.id == template.id for one in shipped_templates()) else "it is left out")
        for template in known_templates(settings)
        if template.enabled and is_set_aside(template)
        for fault in template_faults(template)[:1]
    ]


def known_templates(settings: Sequence[TemplateSetting]) -> tuple[ExampleTemplate, ...]:
    """The templates as `all_templates` gives them, the wrong ones too; what one of the user's own lacks is empty."""
    changed = {setting.id: setting for setting in settings}
    templates = [_apply(shipped, changed.pop(shipped.id, None)) for shipped in shipped_templates()]
    blank = ExampleTemplate(id="", type="", source="", prompt="", completion="")
    return (*templates, *(_apply(replace(blank, id=own.id), own) for own in changed.values()))


def template_settings(templates: Sequence[ExampleTemplate]) -> tuple[TemplateSetting, ...]:
    """What has to be kept for `known_templates` to give these templates, the user's own in their order."""
    shipped = {template.id: template for template in shipped_templates()}
    kept = []
    for template in templates:
        first = shipped.get(template.id)
        if template != first:
            texts = {name: value for name in _TEXTS if (value := getattr(template, name)) != getattr(first, name, None)}
            kept.append(TemplateSetting(id=template.id, enabled=template.enabled, **texts))
    return tuple(kept)


def _apply(template: ExampleTemplate, setting: TemplateSetting | None) -> ExampleTemplate:
    if setting is None:
        return template
    return replace(
        template, **{name: value for name in ("enabled", *_TEXTS) if (value := getattr(setting, name)) is not None}
    )


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """What is wrong with one part of a template ("source", "type", "prompt", "completion"); `message` goes on after
    the part's name. `line` counts from 1; 0 where there is none. `is_foreign`: it uses what templates do not have.
    """

    part: str
    message: str
    line: int = 0
    is_foreign: bool = False


def check_template(template: ExampleTemplate) -> None:
    """Raises Invalid, saying where, for a template that cannot be filled."""
    for fault in template_faults(template):
        if fault.part in ("source", "type"):
            raise Invalid(f"The example template {template.id!r} {fault.message}", fault.part)
        raise Invalid(f"The {_where(template, fault.part)} {fault.message}", "templates")


@lru_cache(maxsize=256)
def template_faults(template: ExampleTemplate) -> tuple[TemplateFault, ...]:
    """All that is wrong with a template; the first fault of each part."""
    faults = []
    if template.source not in SOURCES:
        faults.append(TemplateFault("source", f"needs a source out of {', '.join(SOURCES)}"))
    if not re.fullmatch(r"[a-z0-9_]{1,64}", template.type):
        faults.append(TemplateFault("type", "needs a type of 1 to 64 letters a-z, digits and _"))
    names = names_for(template.source)
    for part in ("prompt", "completion"):
        fault = _text_fault(getattr(template, part), part, names)
        if fault:
            faults.append(fault)
    return tuple(faults)


def names_for(source: str) -> tuple[str, ...]:
    """The names that a template with this source may use; the guideline's own for an unknown source."""
    return (*GUIDELINE_NAMES, *SOURCES.get(source, ()))


def _where(template: ExampleTemplate, part: str) -> str:
    return f"{part} of the example template {template.id!r}"


def _text_fault(text: str, part: str, names: Sequence[str]) -> TemplateFault | None:
    """What is wrong with a prompt or completion, tried on sample values."""
    if is_blank(text):
        return TemplateFault(part, "is blank; write what the model should read there")
    if len(text) > TEXT_MAX:
        return TemplateFault(part, f"is longer than {TEXT_MAX:,} characters; make it shorter")
    sample: dict[str, Any] = {**dict.fromkeys(names, "text"), "priority": 50, "tags": ["text"]}
    try:
        for name, line in unknown_names(text, names).items():
            return TemplateFault(part, _unknown_name(name, names), line)
        render = compiled(text)
    except TemplateProblem as problem:
        return TemplateFault(part, f"is not valid: {problem.reason}", problem.line, problem.is_foreign)
    try:
        render(sample)
    except TemplateProblem as problem:
        return TemplateFault(part, f"cannot be filled: {problem.reason}", problem.line)
    return None


def _unknown_name(name: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, names, 1)
    meant = f"; did you mean {near[0]!r}?" if near else ";"
    return f"has an unknown name {name!r}{meant} use {', '.join(names)}"


@lru_cache(maxsize=256)
def compile_text(text: str, where: str) -> Render:
    """A function that fills the Jinja2 `text`; `where` names it in errors.

    Text with nothing but plain names becomes one string concatenation: 700,000 rows are filled in a second then,
    where Jinja2's own rendering takes ten.
    """
    try:
        return _plain_render(text) or _jinja_render(compiled(text), where)
    except TemplateProblem as problem:
        raise Invalid(f"The {where} is not valid: {problem.reason}", "templates") from None


def _jinja_render(fill: Render, where: str) -> Render:
    def render(values: dict[str, Any]) -> str:
        try:
            return fill(values)
        except TemplateProblem as problem:
            raise Invalid(f"The {where} cannot be filled: {problem.reason}", "templates") from problem

    return render


def is_plain_text(text: str) -> bool:
    """Whether the Jinja2 `text` holds nothing but text and the plain names of strings."""
    return _plain_parts(text) is not None


def _plain_render(text: str) -> Render | None:
    parts = _plain_parts(text)
    return None if parts is None else _concatenation(parts)


def _plain_parts(text: str) -> list[tuple[str, bool]] | None:
    """Texts and names (True) in order; None where `text` holds more than that."""
    parts: list[tuple[str, bool]] = []
    for output in parsed(text).body:
        if not isinstance(output, nodes.Output):
            return None
        for node in output.nodes:
            if isinstance(node, nodes.TemplateData):
                parts.append((node.data, False))
            elif isinstance(node, nodes.Name) and node.name in _STRING_NAMES:
                parts.append((node.name, True))
            else:
                return None
    return parts


_STRING_NAMES = frozenset({"name", "content", "category", "rationale", "example", "good", "bad"})


def _concatenation(parts: Sequence[tuple[str, bool]]) -> Render:
    if sum(is_name for _, is_name in parts) != 1:
        return lambda values: "".join([values[text] if is_name else text for text, is_name in parts])
    place = next(i for i, (_, is_name) in enumerate(parts) if is_name)
    name = parts[place][0]
    head = "".join(text for text, _ in parts[:place])
    tail = "".join(text for text, _ in parts[place + 1 :])
    return lambda values: head + values[name] + tail
