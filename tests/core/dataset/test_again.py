"""A config read back: the same export once more, whatever was chosen, and a sentence where that cannot be."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lora_studio.core.dataset.again import read_again
from lora_studio.core.dataset.export import Exported, export_dataset
from lora_studio.core.domain import OWNER, Draft, ExportOptions, GuidelineFilter, Scope
from lora_studio.core.errors import Invalid
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.library.store import Library
from lora_studio.core.settings import Settings

WEB = Scope("project", "web:app")
FILTERS = (
    GuidelineFilter(),
    GuidelineFilter(categories=("odd",)),
    GuidelineFilter(categories=("odd", "even"), tags=("a", "b")),
    GuidelineFilter(priority_min=50, priority_max=50),
    GuidelineFilter(priority_min=20, priority_max=60, scopes=(Scope(), WEB)),
    GuidelineFilter(scopes=(WEB,)),
    GuidelineFilter(scopes=(Scope("project"),)),
)


@pytest.fixture
def filled(library: Library) -> Library:
    drafts = [
        Draft(
            name=f"Rule {n}",
            content=f"Do {n}.",
            category="odd" if n % 2 else "even",
            tags=("a",),
            scope=WEB if n % 3 else Scope(),
            good=("g",),
        )
        for n in range(12)
    ]
    add_guidelines(library, drafts, OWNER)
    return library


def config_of(made: Exported) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(made.config_file.read_text())
    return config


@pytest.mark.parametrize("wanted", FILTERS)
def test_options_and_filter_come_back_as_they_were(filled: Library, tmp_path: Path, wanted: GuidelineFilter) -> None:
    options = ExportOptions(
        target_model="acme/tiny", format="anthropic", include_examples=False, examples_per_guideline=7, seed=41,
        train_eval_split=0.333, filter=wanted, split_by="guideline", strict=True,
    )  # fmt: skip
    again = read_again(filled, config_of(export_dataset(filled, Settings(), options, tmp_path / "out", OWNER)))
    assert again.options == options
    assert again.folder == tmp_path / "out"
    assert not again.is_list


def test_a_selection_comes_back_by_what_the_library_remembers(filled: Library, tmp_path: Path) -> None:
    ids = tuple(one.id for one in add_guidelines(filled, [Draft(name=n, content=n) for n in "abc"], OWNER))
    options = ExportOptions(target_model="acme/tiny", filter=GuidelineFilter(ids=ids))
    config = config_of(export_dataset(filled, Settings(), options, tmp_path, OWNER))
    again = read_again(filled, config)
    assert (set(again.options.filter.ids), again.count, again.is_list) == (set(ids), 3, True)
    with pytest.raises(Invalid, match="selection that this library knows nothing of"):
        read_again(filled, {**config, "createdAt": "1999-01-01T00:00:00.000Z"})


def test_what_an_agent_could_not_see_is_not_exported_again(filled: Library, tmp_path: Path) -> None:
    made = export_dataset(filled, Settings(), ExportOptions(target_model="m"), tmp_path, "agent", [Scope()])
    again = read_again(filled, config_of(made))
    assert again.is_list
    assert len(again.options.filter.ids) == made.guidelines == 4


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "unheard_of"},
        {"format": 3},
        {"split": {"by": "moon", "ratio": 0.5}},
        {"split": {"by": "example", "ratio": 5}},
        {"split": None},
        {"options": {"examplesPerGuideline": "3"}},
        {"filter": {"scopes": ["planet:mars"]}},
        {"filter": {"tags": "a"}},
    ],
)
def test_a_config_that_is_not_understood_is_one_sentence(
    filled: Library, tmp_path: Path, changes: dict[str, Any]
) -> None:
    options = ExportOptions(target_model="acme/tiny")
    config = config_of(export_dataset(filled, Settings(), options, tmp_path, OWNER))
    assert read_again(filled, config).options == replace(options, if_exists="replace")
    with pytest.raises(Invalid, match="by hand"):
        read_again(filled, {**config, **changes})
