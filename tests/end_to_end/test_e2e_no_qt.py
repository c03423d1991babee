"""Everything but the window works where Qt cannot be loaded; the window says in a sentence what is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from driver import KEY, MODEL, Studio, export_request
from samples import plain

# Python runs this at its start. Absent: as if PySide6 were not installed. Broken: as if a library of Qt were missing.
ABSENT = """
import sys
class NoQt:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("PySide6", "shiboken6"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.modules["PySide6"] = None
sys.meta_path.insert(0, NoQt())
"""
BROKEN = 'raise ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")'


@pytest.fixture(params=["absent", "broken"])
def without_qt(request: pytest.FixtureRequest, studio: Studio) -> dict[str, str]:
    folder = studio.folder / "python"
    if request.param == "absent":
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(ABSENT)
    else:
        (folder / "PySide6").mkdir(parents=True)
        (folder / "PySide6" / "__init__.py").write_text(BROKEN)
    path = studio.environment()["PYTHONPATH"]
    return {"PYTHONPATH": f"{folder}:{path}", "LORA_STUDIO_ADMIN_KEY": KEY}


def test_qt_is_really_out_of_reach(studio: Studio, without_qt: dict[str, str]) -> None:
    script = "import lora_studio.core, lora_studio.doors.cli.main, lora_studio.start\nimport PySide6.QtCore"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=studio.environment(**without_qt),
        check=False,
    )
    assert done.stderr.splitlines()[-1].startswith(("ModuleNotFoundError", "ImportError"))
    assert "lora_studio" not in done.stderr


def test_every_command_works(studio: Studio, without_qt: dict[str, str]) -> None:
    studio.door.add(plain(3))
    target = ("--target-model", MODEL)
    for arguments, stdin in (
        (("call",), json.dumps(export_request("out"))),
        (("export", *target), ""),
        (("adapters",), ""),
        (("script", *target, "--dataset-path", "out", "--output-path", "out"), ""),
        (("query", "thing"), ""),
        (("grant", "a", "--permission", "read", "--scope", "all"), ""),
        (("revoke", "a", "--permission", "read", "--scope", "all"), ""),
        (("admin-key", "verify"), KEY),
        (("admin-key", "set"), "another good key"),
        (("doctor",), ""),
        (("--version",), ""),
        (("--home", str(studio.folder / "fresh"), "quickstart"), ""),
        (("--help",), ""),
    ):
        done = studio.run(*arguments, stdin=stdin, **without_qt)
        assert (done.returncode, done.stderr) == (0, ""), arguments
    assert len(list(Path(studio.work / "out").iterdir())) == 6


@pytest.mark.parametrize("env", [{}, {"QT_QPA_PLATFORM": "offscreen"}, {"DISPLAY": ":99"}])
def test_the_window_says_what_is_missing(studio: Studio, without_qt: dict[str, str], env: dict[str, str]) -> None:
    done = studio.run(**without_qt, **env)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("lora-studio: ")
    assert "Traceback" not in done.stderr
    assert any(said in done.stderr for said in ("there is no display", "cannot be reached", "install", "Install"))


def test_without_a_display_the_window_says_so(bare_studio: Studio) -> None:
    done = bare_studio.run()
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no display" in done.stderr
