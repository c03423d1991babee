"""Training scripts are valid Python whatever the names, do nothing at import, and hold what was asked for."""

from __future__ import annotations

import ast
import random
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripting import loose_parts, render, shape, write_dataset

from lora_studio.core.errors import Invalid, InvalidFields
from lora_studio.core.resources import resources_dir
from lora_studio.core.training.options import LoraOptions, TrainingOptions
from lora_studio.core.training.scripts import TEMPLATES


@pytest.mark.parametrize("format_name", TEMPLATES)
def test_a_script_does_nothing_when_it_is_imported(format_name: str) -> None:
    text = render(format_name)
    assert text.startswith("#!/usr/bin/env python3\n# lora-studio-sha256: ")
    first, last = loose_parts(text)
    assert first.startswith("if __name__ == '__main__':\n    os.environ['PYTHONSAFEPATH'] = '1'\n")
    assert last == "if __name__ == '__main__':\n    run(main)"
    assert "\n# /// script\n# requires-python = " in text
    top = [node for node in ast.parse(text).body if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {node.module if isinstance(node, ast.ImportFrom) else node.names[0].name for node in top}
    assert modules <= sys.stdlib_module_names
    assert max(map(len, text.splitlines())) <= 110


@pytest.mark.parametrize("format_name", TEMPLATES)
def test_no_part_of_a_script_takes_a_name_from_another(format_name: str) -> None:
    names: list[str] = []
    for node in ast.parse(render(format_name)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [one.id for target in node.targets for one in ast.walk(target) if isinstance(one, ast.Name)]
    assert [name for name, times in Counter(names).items() if times > 1] == []


def test_every_value_in_a_template_goes_through_repr() -> None:
    for template in (resources_dir() / "scripts").glob("*.j2"):
        own = re.sub(r"\{% raw %\}.*?\{% endraw %\}", "", template.read_text(), flags=re.DOTALL)
        assert [value for value in re.findall(r"\{\{(.*?)\}\}", own) if not value.endswith("| py ")] == []


HOSTILE = [
    'a"b',
    "a'b",
    '"""\nimport os\n"""#',
    "x'''; import os; '''",
    "{{ 7*7 }}",
    "{% raw %}",
    "{# #}",
    "\\",
    "C:\\new\\users",
    "a\\nb",
    "%s %(prog)s %",
    "模型 🎉 \u202e\u2028\u0085",
    "\ud800\udcff",
    "#!\n",
    "] ///",
    '# ///\n#   "evil>=1",\n',
    "\0",
    "\\\\server\\share\\'",
    "C:\\users\\x\\N{DASH}",
    '"; print("INJECTED"); b="',
    "{% endblock %}{{ lora }}",
    "${HOME} $(id) `id`",
    "\r\n@lora {}",
    "'" * 3 + '"' * 3 + "\\'",
    "f'{exit()}'",
]


def hostile_names(count: int) -> list[str]:
    """The names above, and others made of several of them, of ordinary text and of any character."""
    chance = random.Random(4)
    pieces = [*HOSTILE, "meta-llama/", "Llama 3", *map(chr, range(128)), *map(chr, range(0x2000, 0x2070))]
    return [*HOSTILE, *("".join(chance.choices(pieces, k=chance.randint(1, 12))) for _ in range(count - len(HOSTILE)))]


@pytest.mark.parametrize("format_name", TEMPLATES)
def test_of_500_hostile_names_each_is_only_a_constant(format_name: str) -> None:
    """Line by line, so that all 500 take a moment: each line that differs is one assignment of one constant."""
    plain = render(format_name).split("\n")
    trees = set()
    for name in hostile_names(500):
        folders = {"dataset_path": Path("/data") / name, "script_folder": Path("/data") / name[::-1]}
        lines = render(format_name, target_model=name, **folders).split("\n")
        assert len(lines) == len(plain)
        differing = [number for number, pair in enumerate(zip(lines, plain, strict=True)) if len(set(pair)) == 2]
        differing.remove(1)  # the seal
        assert {lines[number].partition(" = ")[0] for number in differing} <= {"MODEL", "DATASET"}
        for number in differing:
            assert shape(lines[number]) == shape(plain[number])
            trees.add(shape(lines[number]))
        found = next(line for line in lines if line.startswith("MODEL = "))
        assert ast.literal_eval(found.removeprefix("MODEL = ")) == name
    assert len(trees) == 2


def is_only_constants(format_name: str, model: str, path: str) -> None:
    """Fails unless the script for these names is the plain script with other constants."""
    folders = {"dataset_path": Path("/data") / path, "script_folder": Path("/data/scripts")}
    text = render(format_name, target_model=model, **folders)
    text.encode("utf-8")
    assert shape(text) == shape(render(format_name))
    constants = {
        node.targets[0].id: node.value.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    assert constants["MODEL"] == model


@pytest.mark.parametrize("format_name", TEMPLATES)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_name_is_only_a_constant(format_name: str, hostile: str) -> None:
    is_only_constants(format_name, hostile, hostile)


@given(format_name=st.sampled_from(list(TEMPLATES)), model=st.text(min_size=1, max_size=200), path=st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_name_is_only_a_constant(format_name: str, model: str, path: str) -> None:
    is_only_constants(format_name, model, path)


def test_a_dataset_fills_the_constants_and_nothing_else(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path / "sets", "chat")
    text = render("chat", dataset=dataset, dataset_path=tmp_path / "sets", script_folder=tmp_path / "scripts")
    assert shape(text) == shape(render("chat"))
    assert "DATASET = HERE / '../sets'\n" in text
    assert f"TRAIN_FILE = {dataset.train.name!r}\nTRAIN_SHA256 = {dataset.train.sha256!r}\n" in text
    assert f"EVAL_FILE = {dataset.eval.name!r}\nEVAL_SHA256 = {dataset.eval.sha256!r}\n" in text
    assert "DATASET = HERE / '.'\n" in render("chat", dataset=dataset, dataset_path=tmp_path / "sets")


def test_options_are_constants() -> None:
    lora = LoraOptions(r=16, alpha=8, dropout=0.0, target_modules=("q_proj", "v_proj"), quantization="4bit")
    training = TrainingOptions(
        epochs=1, learning_rate=1e-5, batch_size=2, gradient_accumulation=8, max_length=512, replay=0.2, seed=7
    )
    text = render("alpaca", lora=lora, training=training)
    constants = (
        "R = 16\nALPHA = 8\nDROPOUT = 0.0\nTARGET_MODULES = 'q_proj,v_proj'\nQUANTIZATION = '4bit'\nEPOCHS = 1\n"
        "STEPS = None  # in place of epochs, where it is a number\nLEARNING_RATE = 1e-05\nBATCH_SIZE = 2\n"
        "GRADIENT_ACCUMULATION = 8\nMAX_LENGTH = 512\nREPLAY = 0.2\nSEED = 7\n"
    )
    assert constants in text
    planned = render("alpaca")
    assert "EPOCHS = None\n" in planned
    assert "LEARNING_RATE = None\nBATCH_SIZE = None\nGRADIENT_ACCUMULATION = None\nMAX_LENGTH = None\n" in planned
    assert "bitsandbytes>=" in text
    assert "bitsandbytes>=" not in render("alpaca")


def test_values_out_of_range_are_refused_by_name() -> None:
    lora = LoraOptions(r=0, dropout=float("nan"), target_modules=("q\n",), quantization="2bit")
    with pytest.raises(InvalidFields) as refused:
        render("chat", lora=lora, training=TrainingOptions(epochs=1001, learning_rate=float("inf")))
    assert refused.value.faults == (
        ("lora.r", "lora.r must be between 1 and 1024"),
        ("lora.dropout", "lora.dropout must be between 0 and 0.9"),
        ("training.epochs", "training.epochs must be between 1 and 1000"),
        ("training.learningRate", "training.learningRate must be between 1e-08 and 1"),
        ("lora.quantization", "lora.quantization must be 4bit or 8bit, or left out"),
        (
            "lora.targetModules",
            "lora.targetModules must be 'all-linear' or a list of layer names such as q_proj",
        ),
    )


def test_epochs_and_steps_exclude_each_other() -> None:
    with pytest.raises(InvalidFields, match="exclude each other"):
        render("chat", training=TrainingOptions(epochs=1, steps=1))


def test_a_service_takes_epochs_alone() -> None:
    assert "EPOCHS = 3\n" in render("openai")
    assert "EPOCHS = 5\n" in render("gemini", training=TrainingOptions(epochs=5))
    for field, options in (("steps", TrainingOptions(steps=100)), ("replay", TrainingOptions(replay=0.1))):
        with pytest.raises(Invalid) as refused:
            render("anthropic", training=options)
        assert refused.value.field == f"training.{field}"


def test_a_format_without_a_script_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        render("haiku")
    assert refused.value.field == "format"
