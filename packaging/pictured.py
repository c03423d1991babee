"""What the pictures show: a home with a library that was worked in, datasets, a trained adapter and its exam."""

from __future__ import annotations

import contextlib
import json
import math
import os
import shlex
import struct
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lora_studio.core.dataset.export import Exported, export_dataset
from lora_studio.core.dataset.layout import read_config
from lora_studio.core.domain import OWNER, Draft, ExportOptions, Guideline, GuidelineFilter, Scope
from lora_studio.core.home import Home
from lora_studio.core.library.access import grant, set_admin_key
from lora_studio.core.library.guidelines import add_guidelines, change_guidelines, list_guidelines
from lora_studio.core.starter import add_starter_set
from lora_studio.core.training.exam_records import KINDS
from lora_studio.core.training.options import LoraOptions, TrainingOptions
from lora_studio.core.training.pythons import NEEDED
from lora_studio.core.training.runs import LOG, Run, RunPlan, prepare_run
from lora_studio.gui.studio import Studio

KEY = "only for pictures"
MODEL = "meta-llama/Llama-3.2-1B-Instruct"
STEPS, STEPS_AN_EPOCH = 120, 40
BARS = {"recites": 0.6, "understands": 0.5, "names": 1.0, "judges": 1.0}
TRAINED_AT = datetime(2026, 1, 14, 17, 2, tzinfo=UTC).timestamp()
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


def at(moment: str) -> None:
    """Sets the program's clock."""
    os.environ["LORA_STUDIO_NOW"] = moment


def empty_home(folder: Path) -> Studio:
    """A home in which nothing has been done yet."""
    at("2026-01-15T09:30:00Z")
    return Studio(Home(folder))


def worked_in(folder: Path) -> Studio:
    """The starter set and rules of a project, some of them changed; two datasets, one of them stale; a training."""
    at("2026-01-07T08:00:00Z")
    studio = Studio(Home(folder))
    add_starter_set(studio.library)
    _add_rules_of_projects(studio)
    set_admin_key(studio.library, KEY)
    for agent, permission, scope in (
        ("build-bot", "read", Scope("all", "")), ("review-bot", "read", Scope("project", "webapp")),
        ("review-bot", "write", Scope("project", "webapp")), ("docs-bot", "read", Scope("global", "")),
    ):  # fmt: skip
        grant(studio.library, agent, permission, scope)
    at("2026-01-08T10:12:00Z")
    _export(studio, "Qwen/Qwen3-4B", "alpaca")
    _change_some(studio)
    at("2026-01-14T16:40:00Z")
    _train(studio, _export(studio, MODEL, "chat"))
    _export(studio, "gpt-4.1-mini", "openai")
    at("2026-01-15T09:30:00Z")
    studio.unlock(KEY)
    return studio


def locked(folder: Path) -> Studio:
    """A home with an admin key that this window does not know yet."""
    studio = empty_home(folder)
    add_starter_set(studio.library)
    set_admin_key(studio.library, KEY)
    return studio


def _add_rules_of_projects(studio: Studio) -> None:
    web, shop = Scope("project", "webapp"), Scope("org", "acme")
    drafts = [
        Draft(name="Amounts are integers of cents", category="data", priority=90, scope=shop, tags=("python", "money"),
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
    chosen = [rules[3], rules[8], rules[14]]
    at("2026-01-09T11:05:00Z")
    ids = [one.id for one in chosen]
    change_guidelines(
        studio.library, ids, lambda one: replace(one, priority=one.priority + 3), OWNER, "Matters more to us"
    )
    at("2026-01-12T15:20:00Z")
    more = "\nWhere a framework already does this, use what it has and say so in the review."
    change_guidelines(
        studio.library, ids[:1], lambda one: replace(one, content=one.content + more), "review-bot", "Agreed"
    )


def _export(studio: Studio, model: str, shape: Any) -> Exported:
    options = ExportOptions(target_model=model, format=shape)
    return export_dataset(studio.library, studio.settings, options, studio.home.datasets, OWNER)


def _train(studio: Studio, exported: Exported) -> None:
    """A run that is over: its log, its adapter as PEFT leaves one, and the exam."""
    python = _environment(studio.home.path.absolute() / ".venv-training")
    config = exported.config_file
    run = prepare_run(
        studio.library,
        RunPlan(dataset=config, base_model=MODEL, python=python, lora=LoraOptions(), training=TrainingOptions()),
    )
    losses = [(step, 0.42 + 2.3 * math.exp(-step / 26) + 0.05 * math.sin(step * 1.7)) for step in range(1, STEPS + 1)]
    evals = [(step, 0.55 + 2.0 * math.exp(-step / 28)) for step in range(STEPS_AN_EPOCH, STEPS + 1, STEPS_AN_EPOCH)]
    _write_log(run, losses, evals)
    _write_adapter(run, losses, evals, read_config(config) or {})
    (run.output / "exam.json").write_text(json.dumps(_exam(guidelines(studio), run)))
    for path in (*run.output.iterdir(), run.output):
        os.utime(path, (TRAINED_AT, TRAINED_AT))


def _environment(folder: Path) -> Path:
    """A folder that answers like an environment with the training libraries."""
    packages = folder / "packages"
    for name, oldest in NEEDED.items():
        info = packages / f"{name}-{oldest}.1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {oldest}.1\n")
    program = folder / "bin" / "python"
    program.parent.mkdir()
    start = f"import sys; sys.path.insert(0, {str(packages)!r}); sys.argv = sys.argv[1:]; exec(sys.argv.pop(2))"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -I -c {shlex.quote(start)} "$@"\n')
    program.chmod(0o755)
    return program


def _write_log(run: Run, losses: list[tuple[int, float]], evals: list[tuple[int, float]]) -> None:
    def tell(**values: object) -> str:
        return f"@lora {json.dumps(values)}"

    at_step = dict(evals)
    lines = [tell(event="start", step=0, of=STEPS, rows=630, evalRows=70), "Loading the model", "trainable: 1,703,936"]
    for step, loss in losses:
        epoch = step / STEPS_AN_EPOCH
        lines.append(tell(event="step", step=step, of=STEPS, epoch=epoch, loss=loss, learningRate=2e-4))
        if step in at_step:
            lines.append(tell(event="eval", step=step, evalLoss=at_step[step]))
            lines.append(f"epoch {epoch:.0f}: eval loss {at_step[step]:.3f}, checkpoint-{step} saved")
    lines.append(tell(event="done", step=STEPS, of=STEPS, output="lora_output"))
    (run.folder / LOG).write_text("\n".join(lines) + "\n")


def _write_adapter(
    run: Run, losses: list[tuple[int, float]], evals: list[tuple[int, float]], config: dict[str, Any]
) -> None:
    run.output.mkdir()
    (run.output / "adapter_config.json").write_text(json.dumps({
        "peft_type": "LORA", "base_model_name_or_path": MODEL, "task_type": "CAUSAL_LM", "r": 8, "lora_alpha": 32,
        "lora_dropout": 0.1, "bias": "none", "target_modules": ["k_proj", "o_proj", "q_proj", "v_proj"],
        "modules_to_save": None, "use_rslora": False, "use_dora": False, "revision": None,
    }))  # fmt: skip
    (run.output / "adapter_model.safetensors").write_bytes(_weights())
    history = [{"step": step, "loss": loss, "epoch": step / STEPS_AN_EPOCH} for step, loss in losses]
    history += [{"step": step, "eval_loss": loss} for step, loss in evals]
    (run.output / "trainer_state.json").write_text(json.dumps({"log_history": history, "global_step": STEPS}))
    note = {"schemaVersion": 1, "dataset": {"files": config.get("files", [])}}
    (run.output / "lora_studio.json").write_text(json.dumps(note))


def _weights(layers: int = 16, r: int = 8, wide: int = 64) -> bytes:
    """A safetensors file of zeros: four adapted parts in each layer."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    place = 0
    for layer in range(layers):
        for part in ("k_proj", "o_proj", "q_proj", "v_proj"):
            for side, shape in (("A", (r, wide)), ("B", (wide, r))):
                name = f"base_model.model.model.layers.{layer}.self_attn.{part}.lora_{side}.weight"
                header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [place, place + 4 * r * wide]}
                place += 4 * r * wide
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(place)


def _exam(rules: list[Guideline], run: Run) -> dict[str, Any]:
    """Most rules known, some by their title alone, few not; always the same."""
    examined = [_examined(place, one) for place, one in enumerate(rules)]
    results = Counter(one["result"] for one in examined)
    kinds = {}
    for kind in KINDS:
        asked = [question for one in examined for question in one["questions"] if question["kind"] == kind]
        passed = [question["passed"] for question in asked]
        kinds[kind] = {
            "questions": len(asked), "passed": sum(passed), "guidelines": len(asked), "guidelinesPassed": sum(passed),
            "base": _mean(asked, "base"), "tuned": _mean(asked, "tuned"),
        }  # fmt: skip
    right, pairs = kinds["judges"]["passed"], kinds["judges"]["questions"]
    return {
        "schemaVersion": 2,
        "createdAt": "2026-01-14T17:05:00.000Z",
        "measure": {},
        "model": {"name": MODEL},
        "adapter": {"path": "lora_output"},
        "dataset": {"configFile": Path(run.dataset).name, "trainSha256": "0" * 64, "evalSha256": "0" * 64},
        "guidelines": examined,
        "general": {"asked": 32, "kept": 30, "changed": 2, "leaks": 0},
        "declines": {"asked": 8, "declined": 7},
        "verdicts": {"asked": 2 * pairs, "yes": pairs + 2, "no": pairs - 2, "right": pairs + right, "pairs": pairs,
                     "pairsRight": right},
        "totals": {
            "guidelines": len(examined), "knows": results["knows"], "judgesWrong": results["judges_wrong"],
            "recitesOnly": results["recites_only"], "notLearnt": results["not_learnt"], "kinds": kinds,
        },
        "findings": [f"{right} of {pairs} pairs are judged rightly on both sides", "2 of 32 general answers changed"],
        "advice": ["Give each rule two pairs of a good and a bad example, and export with variety rich."],
    }  # fmt: skip


def _examined(place: int, rule: Guideline) -> dict[str, Any]:
    noise = [abs(math.sin(place * 12.9 + turn * 7.7)) for turn in range(6)]
    passed = {
        "recites": place % 9 != 4, "understands": place % 9 not in (4, 6), "names": place % 4 != 1,
        "judges": place % 3 != 2,
    }  # fmt: skip
    questions = [
        _asked("recites", f'What is the guideline for "{rule.name}"?', rule, 0.1 + 0.2 * noise[0], passed),
        _asked("understands", f"Where do we stand on {rule.content.split()[1]}?", rule, 0.2 * noise[1], passed),
        _asked("names", f"What was this one called again?\n\n{rule.rationale}", rule, 0.0, passed),
    ]
    if rule.bad and rule.good:
        questions.append(_asked("judges", f"Is this approach correct?\n\n{rule.bad[0]}", rule, 0.0, passed))
    kinds = {
        one["kind"]: {"score": one["tuned"], "bar": BARS[one["kind"]], "passed": one["passed"], "base": one["base"]}
        for one in questions
    }
    result = "knows" if passed["judges"] or "judges" not in kinds else "judges_wrong"
    result = result if passed["understands"] else "recites_only"
    result = result if passed["recites"] else "not_learnt"
    return {"id": rule.id, "name": rule.name, "version": rule.version, "result": result, "kinds": kinds,
            "questions": questions}  # fmt: skip


def _asked(kind: str, question: str, rule: Guideline, base: float, passed: dict[str, bool]) -> dict[str, Any]:
    right = {"names": f'This is about "{rule.name}".', "judges": "No."}.get(kind, rule.content[:160])
    score = (1.0 if passed[kind] else 0.0) if kind in ("names", "judges") else 0.96 if passed[kind] else 0.31
    before = "There are many ways to do this, and which one is best depends."
    wrong = "Yes." if kind == "judges" else "It depends on the project and on the team."
    return {"kind": kind, "question": question, "inTrain": kind == "recites", "base": base, "tuned": score,
            "passed": passed[kind], "baseAnswer": before, "tunedAnswer": right if passed[kind] else wrong,
            "expected": right, "missing": []}  # fmt: skip


def _mean(records: list[dict[str, Any]], side: str) -> float:
    return float(sum(one[side] for one in records)) / max(len(records), 1)
