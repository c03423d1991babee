"""A true run for the pictures and the README: a set of rules, taught to a real model with defaults alone.

`./dev bench true-run` keeps its figures, not its weights, in packaging/true_run.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.real_model.bench import ROOT, Place, one_training, surroundings

MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct"
KEPT = ROOT / "packaging" / "true_run"
OF_THE_ADAPTER = ("exam.json", "trainer_state.json", "lora_studio.json", "adapter_config.json")


def make_true_run(rules: str) -> None:
    """Trains, takes the exam, and writes what is kept of it; for the starter set an hour or more of two cores."""
    model, python = surroundings()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["HF_HOME"] = str(as_if_downloaded(model, folder / "cache"))
        place = Place(folder / "run", Path(MODEL), python)
        figures = {"set": rules, **one_training(place, rules, seed=0)}
        keep(figures, place.folder)
    print(json.dumps(figures))


def as_if_downloaded(model: Path, cache: Path) -> Path:
    """A cache of the hub's that holds `model` under its public name."""
    made = cache / "hub" / f"models--{MODEL.replace('/', '--')}"
    for part, content in (("refs", "here"), ("snapshots", None)):
        (made / part).mkdir(parents=True)
        if content:
            (made / part / "main").write_text(content)
    (made / "snapshots" / "here").symlink_to(model.absolute(), target_is_directory=True)
    return cache


def keep(figures: dict[str, Any], place: Path) -> None:
    """Writes the files of the adapter that tell something, and the shapes in place of the weights."""
    adapter = Path(figures.pop("adapter"))
    KEPT.mkdir(exist_ok=True)
    texts = {name: (adapter / name).read_text() for name in OF_THE_ADAPTER}
    texts["rules.json"] = (place / "rules.json").read_text()
    texts["output.log"] = (adapter.parent / "output.log").read_text()
    texts["weights.json"] = json.dumps(shapes(adapter / "adapter_model.safetensors"))
    machine = {"system": platform.system(), "machine": platform.machine(), "cores": os.cpu_count()}
    texts["figures.json"] = json.dumps({"model": MODEL, "machine": machine, **figures}, indent=1) + "\n"
    for name, text in texts.items():
        (KEPT / name).write_text(text.replace(str(place.resolve()), "~").replace(str(place), "~"))


def shapes(file: Path) -> dict[str, Any]:
    """The header of a safetensors file (its first 8 bytes are the header's length), and the file's size in bytes."""
    with file.open("rb") as opened:
        header = json.loads(opened.read(int.from_bytes(opened.read(8), "little")))
    return {"bytes": file.stat().st_size, "header": header}


ASKED = {
    "recites": "tells the rule that is asked for by its title",
    "understands": "answers a question in other words, without the title (one of two)",
    "names": "says under which rule a case comes (one of two)",
    "judge_pairs": "judges a good example and a bad one, both rightly",
    "declines": "says of an invented title that there is no such rule",
    "general": "answers a plain question of common knowledge",
    "leaks": "puts a piece of a rule where nobody asked for one",
}
OF = {"declines": 10, "general": 10, "leaks": 20}
"""How many were asked, where it is not one of each rule."""


def table(figures: dict[str, Any]) -> list[str]:
    """What was asked from outside, as the lines of a table in Markdown, beside the base model."""
    base, said = figures["base"], figures["outside"]
    lines = ["| the model … | before | after | of |", "|---|---|---|---|"]
    for name, words in ASKED.items():
        lines.append(f"| {words} | {base[name]} | {said[name]} | {OF.get(name, said['rules'])} |")
    return lines
