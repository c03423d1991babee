"""What the Adapters page says: states and their reasons, filters, sizes and times in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QCoreApplication

from lora_studio.core.dataset.formats import FORMATS
from lora_studio.core.library.used import Difference, Since
from lora_studio.core.training.exam_records import Exam
from lora_studio.core.training.facts import said, table
from lora_studio.core.training.shelf import Item
from lora_studio.core.training.states import COMPLETE, DIFFERS, MISSING, STALE, State


def tr(text: str) -> str:
    """`text` in the person's language."""
    return QCoreApplication.translate("AdaptersPage", text)


def kind_name(item: Item) -> str:
    """What it is, in one word."""
    return tr("Adapter") if item.is_adapter else tr("Dataset")


def shape_name(item: Item) -> str:
    """A dataset's format, an adapter's rank."""
    return FORMATS[item.shape].title if item.shape in FORMATS else item.shape


def state_name(state: State, since: Since | None) -> str:
    """The state as the table shows it."""
    if state.kind == STALE and since:
        return tr("stale: 1 rule") if since.count == 1 else tr("stale: {0} rules").format(f"{since.count:,}")
    names = {COMPLETE: tr("complete"), MISSING: tr("file missing"), DIFFERS: tr("hash differs")}
    return names.get(state.kind, tr("unreadable"))


def reason(item: Item, state: State, since: Since | None) -> str:
    """Why it is in that state and what can be done; for one that is complete a hint, if there is one."""
    if state.kind == MISSING and item.is_adapter:
        return item.problem
    if state.kind == MISSING:
        return tr("Missing: {0}. Export it again to train on it.").format(", ".join(state.files))
    if state.kind == DIFFERS:
        files = ", ".join(state.files)
        return tr("Not what was exported any more: {0}. Export it again, or put the file back.").format(files)
    if state.kind == STALE and since:
        return stale_reason(item, since)
    return item.hint if state.kind == COMPLETE else item.problem


def stale_reason(item: Item, since: Since) -> str:
    """What has changed since, in numbers."""
    counts = (
        (len(since.changed), tr("1 rule changed"), tr("{0} rules changed")),
        (len(since.gone), tr("1 rule went away"), tr("{0} rules went away")),
        (len(since.new), tr("1 rule is new"), tr("{0} rules are new")),
    )
    parts = [one if count == 1 else many.format(f"{count:,}") for count, one, many in counts if count]
    advice = tr("Train again on a new export.") if item.is_adapter else tr("Export it again to bring it up to date.")
    return f"{', '.join(parts)} {tr('since it was made.')} {advice}"


def change_name(difference: Difference) -> str:
    """What became of one rule."""
    if difference.what == "gone":
        return tr("deactivated or deleted")
    if difference.what == "new":
        return tr("new")
    names = {
        "name": tr("name"), "content": tr("content"), "category": tr("category"), "priority": tr("priority"),
        "tags": tr("tags"), "scope_type": tr("scope"), "scope_id": tr("scope"), "rationale": tr("reason why"),
        "good": tr("good examples"), "bad": tr("bad examples"),
    }  # fmt: skip
    words = dict.fromkeys(names.get(word, "") for word in difference.what.split())
    return ", ".join(word for word in words if word) or tr("changed")


def made(item: Item) -> str:
    """When it was made, in local time; empty where nobody knows."""
    if item.made is None:
        return ""
    try:
        return datetime.fromtimestamp(item.made, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return ""


def size(count: int) -> str:
    """A number of bytes, readable."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= step:
            return f"{count / step:.1f} {unit}"
    return tr("{0} bytes").format(count)


def quantity(count: int) -> str:
    """A large number in millions or thousands: 1.2 M."""
    for unit, step in (("B", 10**9), ("M", 10**6), ("k", 10**4)):
        if count >= step:
            return f"{count / (10**3 if unit == 'k' else step):.1f} {unit}"
    return f"{count:,}"


def config_facts(config: dict[str, Any]) -> list[tuple[str, str]]:
    """What a config says about how the dataset was made, as far as it is what an export writes."""
    options, split = table(config, "options"), table(config, "split")
    guidelines = table(config, "guidelines").get("count")
    examples = tr("up to {0} good and bad ones a guideline").format(said(options.get("examplesPerGuideline")))
    shares = tr("{0} for training, by {1}").format(_share(split.get("ratio")), said(split.get("by")))
    facts = (
        (tr("Guidelines"), said(guidelines) if guidelines is not None else ""),
        (tr("Filter"), filter_words(table(config, "filter")) if config else ""),
        (tr("Examples"), examples if options.get("includeExamples") else tr("left out") if options else ""),
        (tr("Metadata"), tr("left out, as the service wants it") if options.get("strict") is True else ""),
        (tr("Split"), shares if split else ""),
        (tr("Seed"), said(config["seed"]) if "seed" in config else ""),
    )
    return [(name, value[:300]) for name, value in facts if value]


def exam_facts(exam: Exam) -> list[tuple[str, str]]:
    """What an exam found, in short."""
    totals = exam.totals
    facts = [
        (tr("Known"), tr("{0} of {1} rules").format(f"{totals.knows:,}", f"{totals.guidelines:,}")),
        (tr("Judged wrongly"), f"{totals.judges_wrong:,}" if totals.judges_wrong else ""),
        (tr("By title only"), f"{totals.recites_only:,}" if totals.recites_only else ""),
        (tr("Not learnt"), f"{totals.not_learnt:,}"),
    ]
    if exam.general.asked:
        kept = tr("{0} of {1} general answers kept").format(f"{exam.general.kept:,}", f"{exam.general.asked:,}")
        facts.append((tr("The rest"), kept))
    return [(name, value) for name, value in facts if value]


def _share(ratio: Any) -> str:
    return f"{ratio:.0%}" if isinstance(ratio, int | float) and 0 <= ratio <= 1 else said(ratio)


def filter_words(wanted: dict[str, Any]) -> str:
    """A filter as one would say it."""
    names = {
        "category": tr("category {0}"), "categories": tr("categories {0}"), "priority": tr("priority {0}"),
        "priorityMin": tr("priority from {0}"), "priorityMax": tr("priority up to {0}"), "tags": tr("tagged {0}"),
        "scopeType": tr("scope {0}"), "scopeId": tr("{0}"), "scopes": tr("scopes {0}"),
        "ids": tr("{0} chosen by hand"),
    }  # fmt: skip
    parts = [
        names[key].format(said(value)) if key in names else f"{said(key, 40)}: {said(value)}"
        for key, value in list(wanted.items())[:10]
    ]
    return ", ".join(parts) or tr("none: all guidelines")
