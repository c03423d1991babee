"""Folders from strangers that hold modules: no child and no script runs what lies beside it or where it starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from environments import GOOD
from scripting import make_script, write_dataset

from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.domain import OWNER, Draft, ExportOptions
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.library.store import Library, open_library
from lora_studio.core.settings import Settings
from lora_studio.core.training.adapters import dataset_of, read_adapter
from lora_studio.core.training.ask import Subject, end_asking, start_asking
from lora_studio.core.training.children import start_child
from lora_studio.core.training.exam import write_exam
from lora_studio.core.training.options import LoraOptions, TrainingOptions
from lora_studio.core.training.pythons import NEEDED, OLDEST, install_command, look_at, pythons
from lora_studio.core.training.runs import RESUME, RunPlan, prepare_run, start_run

MODULES = ("argparse", "json", "re", "random", "torch", "transformers", "sitecustomize", "usercustomize", "venv", "pip")
PLACES = ("PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONPLATLIBDIR", "PYTHONPYCACHEPREFIX")


class Trap:
    """Folders with modules that leave a mark when they run."""

    def __init__(self, folder: Path) -> None:
        self.mark = folder / "ran"

    def in_folder(self, folder: Path) -> Path:
        """Plants in `folder`: modules, a .pth, and libraries that seem to be new enough."""
        folder.mkdir(parents=True, exist_ok=True)
        code = f"open({str(self.mark)!r}, 'a').write(__file__ + chr(10))\n"
        for name in MODULES:
            (folder / f"{name}.py").write_text(code)
        packages = folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
        packages.mkdir(parents=True, exist_ok=True)
        for place in (folder, packages):
            (place / "evil.pth").write_text(f"import sys; open({str(self.mark)!r}, 'a').write('pth')\n")
        for name, version in GOOD.items():
            info = folder / f"{name}-{version}.dist-info"
            info.mkdir(exist_ok=True)
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        return folder

    def expect_unsprung(self) -> None:
        assert not self.mark.exists(), self.mark.read_text()


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trap:
    """In a working folder full of modules, with every variable that leads there."""
    trap = Trap(tmp_path)
    work = trap.in_folder(tmp_path / "work")
    monkeypatch.chdir(work)
    for name in PLACES:
        monkeypatch.setenv(name, str(work / "argparse.py" if name == "PYTHONSTARTUP" else work))
    monkeypatch.setenv("LD_LIBRARY_PATH", os.pathsep)
    return trap


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = open_library(tmp_path / "library.db")
    add_guidelines(library, [Draft(name=f"Rule {n}", content=f"Do {n}.") for n in range(4)], OWNER)
    return library


@pytest.fixture
def config(library: Library, tmp_path: Path, trap: Trap) -> Path:
    """The config file of a dataset whose folder is a trap too."""
    folder = trap.in_folder(tmp_path / "data")
    return export_dataset(
        library, Settings(), ExportOptions(target_model="m", format="chat"), folder, OWNER
    ).config_file


def said(log: Path) -> str:
    return log.read_text(encoding="utf-8")


SCRIPT = """
import argparse, json, os, sys
for name in ("torch", "transformers"):
    try:
        __import__(name)
    except ImportError:
        pass
told = {"path": sys.path, "cwd": os.getcwd(), "names": sorted(os.environ), "text": "é🚀"}
print(json.dumps(told, ensure_ascii=False))
"""


def here() -> list[str]:
    """Every Python here that scripts are for: what each looks for, and where, has changed from version to version."""
    return [str(one.path) for one in pythons() if tuple(map(int, one.version.split("."))) >= OLDEST]


def test_a_child_finds_no_module_beside_its_script_or_where_it_starts(trap: Trap, tmp_path: Path) -> None:
    folder = trap.in_folder(tmp_path / "stranger")
    (folder / "script.py").write_text(SCRIPT, encoding="utf-8")
    for python in here():
        assert start_child([python, str(folder / "script.py")], folder / "output.log").wait() == 0
        trap.expect_unsprung()
        told = json.loads(said(folder / "output.log"))
        assert not [place for place in told["path"] if place == "" or str(tmp_path) in place]
        assert told["cwd"] == str(Path(python).parent)  # what else looks in the working folder finds nothing
        assert [name for name in told["names"] if name.startswith("PYTHON")] == ["PYTHONSAFEPATH"]
        assert told["text"] == "é🚀"


def test_looking_at_a_python_runs_nothing_of_the_working_folder(trap: Trap, tmp_path: Path) -> None:
    assert set(look_at(Path(sys.executable)).libraries) <= set(NEEDED)
    pythons()
    trap.expect_unsprung()
    for part in install_command(tmp_path).split(" && "):
        assert " -I -m " in part


@pytest.mark.parametrize("flags", [["--check"], [RESUME], []], ids=str)
def test_a_run_whose_folder_holds_modules(trap: Trap, library: Library, config: Path, flags: list[str]) -> None:
    plan = RunPlan(
        dataset=config, base_model="m", python=Path(sys.executable), lora=LoraOptions(), training=TrainingOptions()
    )
    run = prepare_run(library, plan)
    trap.in_folder(run.folder)
    (run.output / "checkpoints" / "checkpoint-1").mkdir(parents=True)
    assert start_run(run, flags).wait() == 1
    trap.expect_unsprung()
    assert "pip install torch" in said(run.log)  # not even their versions are taken from there


def test_an_exam_in_an_adapter_that_holds_modules(trap: Trap, library: Library, config: Path, tmp_path: Path) -> None:
    adapter = trap.in_folder(tmp_path / "adapter")
    dataset = dataset_of(read_adapter(config)[0])
    assert dataset
    files = write_exam(library, Settings(), dataset, "m", adapter)
    start_child([sys.executable, str(files.script), "--check"], tmp_path / "exam.log").wait()
    trap.expect_unsprung()
    assert "There is no adapter in" in said(tmp_path / "exam.log")


def test_asking_an_adapter_that_holds_modules(trap: Trap, tmp_path: Path) -> None:
    adapter = trap.in_folder(tmp_path / "adapter")
    asking = start_asking(Subject(adapter=adapter, model="m", format="", system="", run=None), Path(sys.executable))
    asking.child.wait()
    trap.expect_unsprung()
    assert "pip install torch" in said(asking.log)
    end_asking(asking)


def started(trap: Trap, *command: str, folder: Path, **more: str) -> None:
    """Runs the command as a person would who has set nothing but `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run(command, cwd=folder, env=kept | more, capture_output=True, timeout=60, check=False)
    trap.expect_unsprung()


@pytest.mark.parametrize("format_name", ["chat", "dpo", "openai", "anthropic", "gemini"])
def test_a_script_typed_by_hand_in_a_folder_of_modules(trap: Trap, tmp_path: Path, format_name: str) -> None:
    """As `python train_x.py`, and as torchrun and accelerate start one of several processes."""
    folder = tmp_path / "data"
    script = make_script(folder, format_name, write_dataset(folder, format_name))
    trap.in_folder(folder)
    for python in here() if format_name == "chat" else [sys.executable]:
        started(trap, python, script.name, "--check", folder=folder)
        started(trap, python, "-u", script.name, "--check", folder=folder, RANK="1", WORLD_SIZE="2")
    started(trap, sys.executable, "-S", script.name, "--check", folder=folder, PYTHONPATH=str(folder))


def test_what_a_script_starts_finds_no_module_there_either(trap: Trap, tmp_path: Path) -> None:
    """As a process of a data loader: `python -c` would look in the working folder first."""
    folder = tmp_path / "data"
    script = make_script(folder, "chat", write_dataset(folder, "chat"))
    more = "import subprocess; subprocess.run([sys.executable, '-c', 'import argparse, json'], check=True); sys.exit()"
    script.write_text(
        script.read_text(encoding="utf-8").replace("\nHERE = ", f"\n{more}\nHERE = ", 1), encoding="utf-8"
    )
    trap.in_folder(folder)
    started(trap, sys.executable, script.name, folder=folder)
