"""Which Python trains: those found, whether each has the libraries, and how to get them where none has."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.core.training.pythons import NEEDED, Interpreter, install_command, known_pythons
from lora_studio.gui.latest import Latest
from lora_studio.gui.theme import icon, show_icon
from lora_studio.gui.training.work import ask_python, find_pythons
from lora_studio.gui.widgets.parts import button, label, panel, short, tool
from lora_studio.gui.widgets.text_view import TextView


class PythonField(QWidget):
    """Offers to make an environment for training in the folder `home`; knows the Python that was `picked` last.

    Signals: changed() when another Python was chosen or what is known of it changed; picked(path) when the person
    named one and it has answered.
    """

    changed = Signal()
    picked = Signal(str)

    def __init__(self, home: Path, picked: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: list[Interpreter] = []
        self._home = home
        self._known = known_pythons(home, picked)
        self.list = QComboBox()
        self.list.setAccessibleName(self.tr("Python"))
        self.list.view().setAccessibleName(self.tr("Pythons"))
        self.list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.list.setMinimumContentsLength(12)
        self.pick_button = tool(self.tr("Choose another Python"), "folder-open")
        self.again_button = tool(self.tr("Look again"), "refresh-cw")
        self.state = label("", "small", wrap=True)
        self._help, inner = panel("inset")
        inner.setContentsMargins(12, 8, 8, 8)
        self.command = TextView("code", self.tr("Command that installs the libraries"))
        self.copy_button = button(self.tr("Copy the command"), "link")
        self._build(inner)
        self._latest = Latest(self, pause_ms=0)
        self._latest.succeeded.connect(self._on_found)
        self._latest.failed.connect(self._on_failure)
        self.list.currentIndexChanged.connect(self._show_state)
        self.pick_button.clicked.connect(self._pick)
        self.again_button.clicked.connect(self.look_again)
        self.copy_button.clicked.connect(self._copy)

    def _build(self, inner: QVBoxLayout) -> None:
        line = QHBoxLayout()
        line.setSpacing(4)
        for part, share in ((self.list, 1), (self.pick_button, 0), (self.again_button, 0)):
            line.addWidget(part, share)
        inner.addWidget(label(self.tr("Run this in a terminal, then look again:"), "small", wrap=True))
        inner.addWidget(self.command)
        inner.addWidget(self.copy_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(line)
        layout.addWidget(self.state)
        layout.addWidget(self._help)
        self._help.hide()

    def look_again(self) -> None:
        """Looks for Pythons: those that were picked, our own, an active environment's, and those on the PATH."""
        self.state.setText(self.tr("Looking for a Python that can train…"))
        known = (*self._known, *(one.path for one in self._found))
        self._latest.ask(partial(find_pythons, known))

    def chosen(self) -> Interpreter | None:
        """The chosen Python, whether it can train or not; None before any was found."""
        index = self.list.currentIndex()
        return self._found[index] if 0 <= index < len(self._found) else None

    def is_known(self) -> bool:
        """Whether it has looked, or looks."""
        return bool(self._found) or self.is_busy()

    def is_busy(self) -> bool:
        """Whether it still looks."""
        return self._latest.is_busy()

    def _on_found(self, found: list[Interpreter] | Interpreter) -> None:
        if isinstance(found, Interpreter):
            rest = [one for one in self._found if one.path != found.path]
            self._show([found, *rest], found.path)
            self.picked.emit(str(found.path))
        else:
            present = self.chosen()
            self._show(found, present.path if present and present.can_train else None)

    def _show(self, found: list[Interpreter], wanted: Path | None) -> None:
        self._found = found
        self.list.blockSignals(True)
        self.list.clear()
        for one in found:
            sign = icon("check", "good") if one.can_train else icon("triangle-alert", "warning")
            self.list.addItem(sign, f"{_place(one.path)}  ·  {one.version}")
        places = [place for place, one in enumerate(found) if one.path == wanted]
        self.list.setCurrentIndex(places[0] if places else 0 if found else -1)
        self.list.blockSignals(False)
        self._show_state()

    def _show_state(self) -> None:
        one = self.chosen()
        if one is None:
            said = self.tr("No Python was found; choose one, or install Python 3.10 or newer.")
        elif one.can_train:
            versions = "  ".join(f"{name} {one.libraries[name]}" for name in list(NEEDED)[:4])
            said = self.tr("Ready: {0}").format(versions)
        else:
            said = self.tr("Cannot train yet: {0}.").format("; ".join(one.faults))
        self.state.setText(said)
        self.list.setToolTip(str(one.path) if one else "")
        self.list.setAccessibleDescription(said)
        self._help.setVisible(one is None or not one.can_train)
        self.command.show_text(install_command(self._home))
        self.changed.emit()

    def _on_failure(self, error: Exception) -> None:
        self.state.setText(str(error))
        self.changed.emit()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(install_command(self._home))
        show_icon(self.copy_button, "check", "good", size=14)

    def _pick(self) -> None:
        dialog = QFileDialog(self, self.tr("Python program"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.ask)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def ask(self, path: str) -> None:
        """Chooses the Python at `path`, once it has answered."""
        self._latest.ask(partial(ask_python, Path(path)))


def _place(path: Path) -> str:
    """The path so that its telling end is seen: the environment's folder rather than bin/python."""
    folder = path.parent.parent if path.parent.name in ("bin", "Scripts") else path
    return f"…/{folder.parent.name}/{folder.name}" if len(str(folder)) > 34 else short(str(folder), 60)
