"""Asking a person for what to import: files, or a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QWidget

_KINDS = "*.md *.mdc *.markdown *.txt *.xml *.json *.jsonl *.yaml *.yml *.csv *.tsv *.db"

Chosen = Callable[[Sequence[Path]], None]


def ask_for_files(parent: QWidget, chosen: Chosen) -> None:
    """Lets a person choose files; `chosen` gets them, unless the dialog is cancelled."""
    kinds = [_tr("What can be imported ({0})").format(_KINDS), _tr("All files (*)")]
    _ask(QFileDialog(parent, _tr("Choose what to import"), "", ";;".join(kinds)), chosen, folder=False)


def ask_for_folder(parent: QWidget, chosen: Chosen) -> None:
    """Lets a person choose a folder; `chosen` gets it, unless the dialog is cancelled."""
    _ask(QFileDialog(parent, _tr("Choose a project or a folder of rules")), chosen, folder=True)


def _ask(chooser: QFileDialog, chosen: Chosen, *, folder: bool) -> None:
    chooser.setFileMode(QFileDialog.FileMode.Directory if folder else QFileDialog.FileMode.ExistingFiles)
    chooser.setOption(QFileDialog.Option.ShowDirsOnly, folder)
    chooser.filesSelected.connect(lambda files: chosen([Path(file) for file in files]))
    chooser.finished.connect(chooser.deleteLater)
    chooser.open()


def _tr(text: str) -> str:
    return QCoreApplication.translate("choosing", text)
