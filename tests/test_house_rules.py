"""The rules of the house that no other tool keeps: sizes, what start-up may load, what a repository may say."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = sorted((ROOT / "lora_studio").rglob("*.py"))


def test_no_file_of_the_program_is_longer_than_300_lines() -> None:
    long = {str(path.relative_to(ROOT)): n for path in CODE if (n := len(path.read_text().splitlines())) > 300}
    assert long == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {}
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 60:
                long[f"{path.name}:{node.name}"] = (node.end_lineno or 0) - node.lineno + 1
    assert long == {}


def test_every_module_says_in_its_first_line_what_it_does() -> None:
    silent = [str(path.relative_to(ROOT)) for path in CODE if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX", "NotImplementedError"])
def test_nothing_is_left_for_later(word: str) -> None:
    found = [str(path.relative_to(ROOT)) for path in CODE if word in path.read_text()]
    assert found == []


def test_lock_files_name_no_host() -> None:
    for path in ROOT.glob("*.lock"):
        assert not re.search(r"https?://|--index-url|--find-links|file:", path.read_text()), path.name


def _loaded_by(statement: str) -> set[str]:
    script = f"import sys; {statement}; print(' '.join(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_the_core_and_the_doors_load_no_qt() -> None:
    loaded = _loaded_by("import lora_studio.core.dataset.export, lora_studio.doors.cli.main")
    assert "PySide6" not in loaded
    assert "peewee" in loaded


def test_the_window_loads_nothing_slow() -> None:
    loaded = _loaded_by("import lora_studio.gui.app, lora_studio.gui.main_window")
    assert "PySide6" in loaded
    assert loaded.isdisjoint({"pandas", "numpy", "torch", "transformers", "pyqtgraph", "rich", "yaml", "jinja2"})
