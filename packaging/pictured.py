"""What the pictures show: a home with a library that was worked in, datasets, a trained adapter and its exam.

Training, adapter and exam are those of a true run, kept in true_run (`./dev bench true-run`).
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import struct
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lora_studio.core.dataset.export import Exported, export_dataset
from lora_studio.core.domain import OWNER, Draft, ExportOptions, Guideline, GuidelineFilter, Scope
from lora_studio.core.home import Home
from lora_studio.core.library.access import grant, set_admin_key
from lora_studio.core.library.guidelines import add_guidelines, change_guidelines, list_guidelines
from lora_studio.core.starter import add_starter_set, starter_drafts
from lora_studio.core.training.options import LoraOptions, TrainingOptions
from lora_studio.core.training.pythons import NEEDED
from lora_studio.core.training.runs import LOG, RunPlan, prepare_run
from lora_studio.gui.studio import Studio

KEY = "only for pictures"
TRUE_RUN = Path(__file__).parent / "true_run"
RULES = """# Frontend

## Components

### Keep components small
A component shows one thing. What it computes moves into a function with a test of its own.

**Good**
```tsx
<OrderLine order={order} />
```

**Bad**
```tsx
<Page render={() => everything()} />
```

### Name events after what happened
`orderPlaced`, not `handleClick`: the name says what happened.

### One source for colours
Colours come from the theme, by role. A hex value in a component is a bug.

## Texts

### Say what to do next
An error names what went wrong and the next step, in one sentence.
"""


@contextlib.contextmanager
def throw_away() -> Iterator[None]:
    """A folder to work in that is the person's home as well: no path of this machine comes into the pictures."""
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        os.environ["HOME"] = place
        Path("AGENTS.md").write_text(RULES)
        yield


def kept(name: str) -> Any:
    """What was kept of the true run."""
    return json.loads((TRUE_RUN / name).read_text())


def trained_at() -> datetime:
    """When the true run ended."""
    return datetime.strptime(kept("lora_studio.json")["trainedAt"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def at(days: float) -> None:
    """Sets the program's clock, so many days after the true training."""
    os.environ["LORA_STUDIO_NOW"] = f"{trained_at() + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def empty_home(folder: Path) -> Studio:
    """A home in which nothing has been done yet."""
    at(1)
    return Studio(Home(folder))


def worked_in(folder: Path) -> Studio:
    """Rules that were taught to a model; then more of them, some of them changed; three datasets, two stale."""
    at(-7)
    studio = Studio(Home(folder))
    _add_taught(studio)
    set_admin_key(studio.library, KEY)
    for agent, permission, scope in (
        ("build-bot", "read", Scope("all", "")), ("review-bot", "read", Scope("project", "webapp")),
        ("review-bot", "write", Scope("project", "webapp")), ("docs-bot", "read", Scope("global", "")),
    ):  # fmt: skip
        grant(studio.library, agent, permission, scope)
    at(-6)
    _export(studio, "Qwen/Qwen3-4B", "alpaca")
    at(0)
    _train(studio, _export(studio, kept("lora_studio.json")["targetModel"], "chat", variety="rich"))
    at(0.2)
    _add_rules_of_projects(studio)
    if kept("figures.json")["set"] != "starter":
        add_guidelines(studio.library, starter_drafts(), OWNER, "Starter set")
    _change_some(studio)
    at(0.6)
    _export(studio, "gpt-4.1-mini", "openai")
    at(1)
    studio.unlock(KEY)
    return studio


def _add_taught(studio: Studio) -> None:
    """The rules of the true run, with the ids that its exam speaks of."""
    rules = kept("rules.json")["guidelines"]
    drafts = [
        Draft(
            name=one["name"], content=one["content"], rationale=one.get("rationale", ""),
            category=one.get("category", "general"), priority=one.get("priority", 50), tags=tuple(one.get("tags", ())),
            good=tuple(one["examples"]["good"]), bad=tuple(one["examples"]["bad"]),
        )
        for one in rules
    ]  # fmt: skip
    add_guidelines(studio.library, drafts, OWNER, ids=[one["id"] for one in rules])


def locked(folder: Path) -> Studio:
    """A home with an admin key that this window does not know yet."""
    studio = empty_home(folder)
    add_starter_set(studio.library)
    set_admin_key(studio.library, KEY)
    return studio


def _add_rules_of_projects(studio: Studio) -> None:
    web, shop = Scope("project", "webapp"), Scope("org", "acme")
    drafts = [
        Draft(name="Amounts are integers of cents", category="data", priority=89, scope=shop, tags=("python", "money"),
              content="An amount of money is an integer in the currency's smallest unit, beside its currency code."),
        Draft(name="Every page has a title of its own", category="frontend", priority=55, scope=web, tags=("ux",),
              content="The title names what the page shows, then the product: screen readers say it first."),
        Draft(name="Feature flags carry an end date", category="delivery", priority=60, scope=web, tags=("ci",),
              content="A flag names its owner and the day on which it is removed; the build fails after that day."),
    ]  # fmt: skip
    add_guidelines(studio.library, drafts, OWNER)


def guidelines(studio: Studio) -> list[Guideline]:
    """All of them."""
    return list_guidelines(studio.library, GuidelineFilter(), limit=1_000)


def _change_some(studio: Studio) -> None:
    """Three rules change, one of them twice."""
    rules = guidelines(studio)
    chosen = [rules[1], rules[8], rules[14]]
    at(0.3)
    ids = [one.id for one in chosen]
    change_guidelines(
        studio.library, ids, lambda one: replace(one, tags=(*one.tags, "reviewed")), OWNER, "Read again together"
    )
    at(0.4)
    more = "\nWhere a framework already does this, use what it has and say so in the review."
    change_guidelines(
        studio.library, ids[:1], lambda one: replace(one, content=one.content + more), "review-bot", "Agreed"
    )


def _export(studio: Studio, model: str, shape: Any, **more: Any) -> Exported:
    options = ExportOptions(target_model=model, format=shape, **more)
    return export_dataset(studio.library, studio.settings, options, studio.home.datasets, OWNER)


def _train(studio: Studio, exported: Exported) -> None:
    """The true run, as it lay when it was over."""
    note = kept("lora_studio.json")
    python = _environment(studio.home.path.absolute() / ".venv-training", note["versions"])
    plan = RunPlan(dataset=exported.config_file, base_model=note["baseModel"], python=python, lora=LoraOptions(),
                   training=TrainingOptions())  # fmt: skip
    run = prepare_run(studio.library, plan)
    run.output.mkdir()
    (run.folder / LOG).write_text((TRUE_RUN / "output.log").read_text())
    for name in ("adapter_config.json", "trainer_state.json", "lora_studio.json", "exam.json"):
        (run.output / name).write_text(json.dumps(kept(name)))
    _write_weights(run.output / "adapter_model.safetensors")
    ended = trained_at().timestamp()
    for path in (*run.output.iterdir(), run.output):
        os.utime(path, (ended, ended))


def _write_weights(path: Path) -> None:
    """A file of the true one's size and shapes, without its figures."""
    weights = kept("weights.json")
    text = json.dumps(weights["header"], separators=(",", ":")).encode()
    tensors = max(one["data_offsets"][1] for name, one in weights["header"].items() if name != "__metadata__")
    length = weights["bytes"] - tensors - 8
    with path.open("wb") as file:
        file.write(struct.pack("<Q", length) + text.ljust(length))
        file.truncate(weights["bytes"])


def _environment(folder: Path, versions: dict[str, str]) -> Path:
    """A folder that answers like the environment with the training libraries."""
    packages = folder / "packages"
    for name in NEEDED:
        info = packages / f"{name}-{versions[name]}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {versions[name]}\n")
    program = folder / "bin" / "python"
    program.parent.mkdir()
    # Asked with "-I -u … -c CODE NAME…", it runs CODE beside those packages.
    start = f"import sys; sys.path.insert(0, {str(packages)!r}); del sys.argv[1 : sys.argv.index('-c', 1) + 1]"
    start += "; exec(sys.argv.pop(1))"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -I -c {shlex.quote(start)} "$@"\n')
    program.chmod(0o755)
    return program
