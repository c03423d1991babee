"""Training scripts are valid Python whatever the names, run without torch up to the training, and keep edits."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lora_studio.core.errors import Invalid, InvalidFields
from lora_studio.core.resources import resources_dir
from lora_studio.core.training.adapters import Dataset, find_dataset
from lora_studio.core.training.options import LoraOptions, TrainingOptions
from lora_studio.core.training.scripts import TEMPLATES, render_script, write_script

MODEL = "meta-llama/Llama-3-8B"
LOCAL = ("huggingface", "chat", "alpaca", "sharegpt")


def turn(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def gemini_turn(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"text": text}]}


Row = Callable[[str, str], dict[str, Any]]
ROWS: dict[str, Row] = {
    "huggingface": lambda q, a: {"text": f"<|user|>{q}<|assistant|>{a}<|end|>", "metadata": {}},
    "chat": lambda q, a: {
        "prompt": [turn("system", "S"), turn("user", q)],
        "completion": [turn("assistant", a)],
        "metadata": {},
    },
    "alpaca": lambda q, a: {"instruction": "Guide.", "input": q, "output": a, "metadata": {}},
    "sharegpt": lambda q, a: {
        "conversations": [
            {"from": "system", "value": "S"},
            {"from": "human", "value": q},
            {"from": "gpt", "value": a},
        ]
    },
    "openai": lambda q, a: {"messages": [turn("system", "S"), turn("user", q), turn("assistant", a)]},
    "anthropic": lambda q, a: {
        "system": "S",
        "messages": [turn("user", q), turn("assistant", a)],
        "metadata": {"type": "direct_query"},
    },
    "gemini": lambda q, a: {
        "systemInstruction": gemini_turn("system", "S"),
        "contents": [gemini_turn("user", q), gemini_turn("model", a)],
    },
}


def made_rows(format_name: str, count: int) -> list[dict[str, Any]]:
    question, answer = 'What about "{}"?\n\n\\ \u2028', "Answer {} <b> \x85 {{{{ 7*7 }}}}"
    return [ROWS[format_name](question.format(number), answer.format(number)) for number in range(count)]


def write_dataset(
    folder: Path,
    format_name: str,
    *,
    rows: int | list[dict[str, Any]] = 40,
    evals: int = 0,
    date: str = "2025-12-24",
    **changes: Any,
) -> Dataset:
    """An export as core/dataset writes it: two data files and their config."""
    folder.mkdir(parents=True, exist_ok=True)
    slug = re.sub("[^A-Za-z0-9]", "_", MODEL)
    train = made_rows(format_name, rows) if isinstance(rows, int) else rows
    files = []
    for side, made in (("train", train), ("eval", made_rows(format_name, evals))):
        data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made).encode()
        path = folder / f"{slug}_{format_name}_{side}_{date}.jsonl"
        path.write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        files.append({"name": path.name, "rows": len(made), "bytes": len(data), "sha256": digest})
    config = {
        "name": f"{slug}_{format_name}_{date}",
        "targetModel": MODEL,
        "format": format_name,
        "createdAt": f"{date}T10:30:00.000Z",
        "datasetPath": str(folder),
        "exampleCount": len(train) + evals,
        "schemaVersion": 1,
        "files": files,
        **changes,
    }
    (folder / f"{slug}_{format_name}_config_{date}.json").write_text(json.dumps(config))
    found = find_dataset(folder, str(config["targetModel"]), format_name)
    assert found
    return found


def render(format_name: str, **changes: Any) -> str:
    given = {
        "target_model": MODEL,
        "dataset": None,
        "dataset_path": Path("/data/sets"),
        "script_folder": None,
        "lora": LoraOptions(),
        "training": TrainingOptions(),
        **changes,
    }
    return render_script(given.pop("target_model"), format_name, **given)


def make_script(folder: Path, format_name: str, dataset: Dataset | None, data: Path | None = None) -> Path:
    text = render(format_name, dataset=dataset, dataset_path=data or folder, script_folder=folder)
    path, warnings = write_script(folder, format_name, text)
    assert warnings == []
    return path


def run(script: Path, *flags: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(script), *flags],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=script.parents[-1],
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )


def shape(text: str) -> str:
    """The script's syntax tree with every constant's value blanked, its kind kept."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = type(node.value).__name__
    return ast.dump(tree)


def loose_parts(text: str) -> list[str]:
    """The top-level statements that would do something at import."""
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.Assign)
    docstring, *rest = ast.parse(text).body
    assert isinstance(docstring, ast.Expr)
    assert isinstance(docstring.value, ast.Constant)
    return [ast.unparse(node) for node in rest if not isinstance(node, kinds)]


@pytest.mark.parametrize("format_name", TEMPLATES)
def test_a_script_does_nothing_when_it_is_imported(format_name: str) -> None:
    text = render(format_name)
    assert text.startswith("#!/usr/bin/env python3\n# lora-studio-sha256: ")
    assert loose_parts(text) == ["if __name__ == '__main__':\n    main()"]
    assert "\n# /// script\n# requires-python = " in text
    top = [node for node in ast.parse(text).body if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {node.module if isinstance(node, ast.ImportFrom) else node.names[0].name for node in top}
    assert modules <= sys.stdlib_module_names
    assert max(map(len, text.splitlines())) <= 110


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
]


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
        epochs=1, learning_rate=1e-5, batch_size=2, gradient_accumulation=8, max_length=512, seed=7
    )
    text = render("alpaca", lora=lora, training=training)
    assert shape(text) == shape(render("alpaca"))
    assert (
        "R = 16\nALPHA = 8\nDROPOUT = 0.0\nTARGET_MODULES = 'q_proj,v_proj'\nQUANTIZATION = '4bit'\nEPOCHS = 1\n"
        "LEARNING_RATE = 1e-05\nBATCH_SIZE = 2\nGRADIENT_ACCUMULATION = 8\nMAX_LENGTH = 512\nSEED = 7\n"
    ) in text
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


def test_a_format_without_a_script_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        render("dpo")
    assert refused.value.field == "format"


@pytest.mark.parametrize("format_name", TEMPLATES)
@pytest.mark.parametrize("known", [True, False], ids=["named", "found"])
def test_help_and_check_run_without_the_training_libraries(tmp_path: Path, format_name: str, known: bool) -> None:
    folder = tmp_path / "a folder [x] é"
    dataset = write_dataset(folder, format_name, evals=5)
    script = make_script(folder, format_name, dataset if known else None)
    assert script.stat().st_mode & 0o777 == 0o755
    helped = run(script, "--help", COLUMNS="200")
    assert (helped.returncode, helped.stderr) == (0, "")
    assert MODEL in helped.stdout
    checked = run(script, "--check", PYTHONWARNINGS="error")
    assert checked.returncode == 0
    assert "The dataset is complete: 40 train rows, 5 eval rows, checksums agree.\n" in checked.stdout


@pytest.mark.parametrize("format_name", LOCAL)
def test_an_empty_eval_file_is_fine(tmp_path: Path, format_name: str) -> None:
    script = make_script(tmp_path, format_name, write_dataset(tmp_path, format_name, rows=1))
    checked = run(script, "--check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "1 train rows, 0 eval rows" in checked.stdout


@pytest.mark.parametrize("known", [True, False], ids=["named", "found"])
@pytest.mark.parametrize("side", ["train", "eval"])
def test_a_changed_file_is_refused(tmp_path: Path, side: str, known: bool) -> None:
    dataset = write_dataset(tmp_path, "chat", evals=3)
    script = make_script(tmp_path, "chat", dataset if known else None)
    changed = tmp_path / (dataset.train if side == "train" else dataset.eval).name
    changed.write_bytes(changed.read_bytes() + b"\n")
    refused = run(script)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"{changed} was changed or is being replaced; export the dataset again.\n"


def test_an_export_made_again_is_taken_with_its_new_checksums(tmp_path: Path) -> None:
    script = make_script(tmp_path, "chat", write_dataset(tmp_path, "chat"))
    write_dataset(tmp_path, "chat", rows=50)
    assert "50 train rows" in run(script, "--check").stdout


def test_without_its_config_the_script_goes_by_its_own_checksums(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path, "chat")
    script = make_script(tmp_path, "chat", dataset)
    dataset.adapter.config_file.unlink()
    assert "40 train rows" in run(script, "--check").stdout
    (tmp_path / dataset.train.name).write_text("{}\n")
    assert run(script, "--check").returncode == 1


def test_the_newest_export_of_the_same_model_and_format_is_found(tmp_path: Path) -> None:
    write_dataset(tmp_path, "alpaca", rows=3, date="2025-12-24")
    write_dataset(tmp_path, "alpaca", rows=4, date="2025-12-25")
    write_dataset(tmp_path, "alpaca", rows=5, date="2025-12-26", targetModel="another/model")
    write_dataset(tmp_path, "chat", rows=6, date="2025-12-27")
    (tmp_path / "x_alpaca_config_2025-12-28.json").write_text("[" * 100_000)
    (tmp_path / "y_alpaca_config_2025-12-28.json").write_text("null")
    script = make_script(tmp_path, "alpaca", None)
    assert "4 train rows" in run(script, "--check").stdout


def test_a_folder_without_an_export_is_refused_in_one_sentence(tmp_path: Path) -> None:
    script = make_script(tmp_path, "chat", None)
    refused = run(script)
    assert refused.returncode == 1
    assert refused.stderr == (
        f"There is no chat export for {MODEL} in {tmp_path}; make one, or name its folder: --dataset.\n"
    )
    refused = run(script, "--dataset", str(tmp_path / "missing"))
    assert refused.returncode == 1
    assert refused.stderr == (
        f"The dataset folder {tmp_path / 'missing'} does not exist; name the right one with --dataset.\n"
    )


@pytest.mark.parametrize("format_name", LOCAL)
def test_a_row_of_another_kind_is_refused_in_one_sentence(tmp_path: Path, format_name: str) -> None:
    script = make_script(tmp_path, format_name, write_dataset(tmp_path, format_name))
    for row in ({"text": 3, "prompt": "p", "completion": "c", "conversations": [1]}, {}, ROWS[format_name]("Q", " ")):
        write_dataset(tmp_path, format_name, rows=[row])
        refused = run(script, "--check")
        assert refused.returncode == 1
        assert refused.stderr == (
            f"Row 1 of the train file is no {format_name} row with question and answer; export again.\n"
        )


def twice(role: str) -> dict[str, Any]:
    return {"messages": [turn(role, "Q"), turn(role, "A")]}


@pytest.mark.parametrize(
    ("format_name", "rows", "reason"),
    [
        ("openai", 9, "OpenAI wants at least 10 train rows, here are 9; export more."),
        ("openai", [ROWS["openai"]("Q", " ")], "Row 1 of the train file: a message is empty"),
        ("openai", [ROWS["anthropic"]("Q", "A")], "the row must hold messages and nothing else"),
        ("openai", [twice("user")], "the last message must be the assistant's"),
        ("openai", [twice("narrator")], "every message needs a role (system, user, assistant) and content"),
        ("anthropic", 31, "Bedrock takes 32 to 10000 train rows, here are 31; export accordingly."),
        ("anthropic", [ROWS["openai"]("Q", "A")], "user and assistant must take turns, the user first"),
        ("anthropic", [ROWS["anthropic"]("Q", "A" * 96_000)], "it is longer than about 32000 tokens"),
        ("anthropic", [twice("user")], "user and assistant must take turns, the user first"),
        ("gemini", [ROWS["gemini"]("Q", "")], "user and model must take turns with some text each, the model last"),
        ("gemini", [ROWS["openai"]("Q", "A")], "the row must hold contents"),
    ],
)
def test_what_a_service_would_refuse_is_refused_before_the_upload(
    tmp_path: Path, format_name: str, rows: int | list[dict[str, Any]], reason: str
) -> None:
    script = make_script(tmp_path, format_name, write_dataset(tmp_path, format_name, rows=rows))
    refused = run(script, "--check")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert reason in refused.stderr.splitlines()[-1]


def test_the_notice_on_availability_comes_first(tmp_path: Path) -> None:
    for format_name in ("openai", "anthropic"):
        script = make_script(tmp_path, format_name, write_dataset(tmp_path, format_name))
        assert "As of November 2026" in run(script, "--help").stdout
        assert run(script, "--check").stderr.startswith("As of November 2026")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a folder name")
def test_names_that_no_terminal_can_show_are_still_shown(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"odd \xff %s {0} 'x'")
    write_dataset(folder, "chat", targetModel="%(prog)s 模型", datasetPath="odd")
    text = render("chat", target_model="%(prog)s 模型", dataset_path=folder, script_folder=tmp_path)
    script, _ = write_script(tmp_path, "chat", text)
    for flag in ("--help", "--check"):
        shown = run(script, flag, PYTHONIOENCODING="ascii")
        assert (shown.returncode, shown.stderr) == (0, "")
    refused = run(script, "--dataset", str(tmp_path), PYTHONIOENCODING="ascii")
    assert refused.stderr.startswith("There is no chat export for %(prog)s \\u6a21\\u578b in ")


def test_without_the_training_libraries_a_script_says_what_to_install(tmp_path: Path) -> None:
    script = make_script(tmp_path, "chat", write_dataset(tmp_path, "chat"))
    blocked = tmp_path / "blocked" / "torch"
    blocked.mkdir(parents=True)
    (blocked / "__init__.py").write_text("raise ImportError('no torch here')")
    refused = run(script, PYTHONPATH=str(blocked.parent))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "The training libraries cannot be loaded (no torch here). "
        "Install them: pip install torch transformers trl peft datasets accelerate\n"
    )


def test_a_moved_folder_still_works(tmp_path: Path) -> None:
    data, scripts = tmp_path / "old" / "data", tmp_path / "old" / "scripts"
    script = make_script(scripts, "chat", write_dataset(data, "chat"), data)
    (tmp_path / "old").rename(tmp_path / "new")
    moved = tmp_path / "new" / "scripts" / script.name
    assert "40 train rows" in run(moved, "--check").stdout


def test_an_edited_script_is_kept(tmp_path: Path) -> None:
    first, second = render("chat"), render("chat", target_model="another")
    path = tmp_path / "train_chat.py"
    assert write_script(tmp_path, "chat", first) == (path, [])
    assert write_script(tmp_path, "chat", second) == (path, [])
    for number, name in enumerate(("train_chat_edited.py", "train_chat_edited_2.py", "train_chat_edited_3.py")):
        edited = path.read_text().replace("EPOCHS = 3", f"EPOCHS = 3{number}")
        path.write_text(edited)
        assert write_script(tmp_path, "chat", first) == (
            path,
            [f"train_chat.py had been edited; that version is kept as {name}"],
        )
        assert (tmp_path / name).read_text() == edited
        assert path.read_text() == first
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "train_chat.py",
        "train_chat_edited.py",
        "train_chat_edited_2.py",
        "train_chat_edited_3.py",
    ]


def test_what_stands_in_the_way_is_kept_or_refused(tmp_path: Path) -> None:
    path, outside = tmp_path / "train_chat.py", tmp_path / "outside.py"
    outside.write_text("mine")
    for make in (lambda: path.write_bytes(b"\xff"), lambda: path.symlink_to(outside), lambda: os.mkfifo(path)):
        make()
        _, (warning,) = write_script(tmp_path, "chat", render("chat"))
        assert warning.startswith("train_chat.py had been edited; that version is kept as train_chat_edited")
        path.unlink()
    assert outside.read_text() == "mine"
    path.mkdir()
    with pytest.raises(Invalid):
        write_script(tmp_path, "chat", render("chat"))
