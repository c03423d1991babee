"""The watch list: names that an export warns of."""

from __future__ import annotations

from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget

from lora_studio.core.settings import plain_names
from lora_studio.gui.settings.section import WIDTH, Section, button_line
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.parts import button, label, panel


class NamesSection(Section):
    """One name a line, with Save and Revert. Signals: Section's."""

    def __init__(self, studio: Studio, owner: QWidget) -> None:
        super().__init__(studio, owner, fills=True)
        why = self.tr(
            "People, customers, products: names that should not go into a dataset. Where one of them stands in a "
            "guideline, the export warns and names the guideline; nothing is removed by itself."
        )
        self.head(self.tr("Watch list of names"), why)
        self._given: tuple[str, ...] = ()
        self.names = QPlainTextEdit()
        self.names.setAccessibleName(self.tr("Names, one a line"))
        self.names.setPlaceholderText(self.tr("One name a line, for example\nAda Example\nProject Bluebird"))
        self.names.setTabChangesFocus(True)
        self.names.setWordWrapMode(QTextOption.WrapMode.NoWrap)
        self.names.setMinimumHeight(160)
        self.count = label("", "small")
        self.save_button = button(self.tr("Save the names"), "primary")
        self.revert_button, self.paste_button = button(self.tr("Revert")), button(self.tr("Add from the clipboard"))
        self.save_action = self.command(self.tr("Save the watch list"), self._on_save, "Ctrl+S")
        self.revert_action = self.command(self.tr("Revert the watch list"), self._show_kept)
        self.paste_action = self.command(self.tr("Add names from the clipboard"), self._on_paste)
        made = self._panel()
        made.setMaximumWidth(WIDTH)
        self.body.addWidget(made, 1)
        self.names.textChanged.connect(self._check)
        studio.settings_changed.connect(self.refresh)

    def _panel(self) -> QWidget:
        box, layout = panel()
        layout.addWidget(self.names, 1)
        layout.addWidget(self.count)
        pairs = ((self.save_button, self.save_action), (self.revert_button, self.revert_action))
        layout.addLayout(button_line((*pairs, (self.paste_button, self.paste_action))))
        return box

    def refresh(self) -> None:
        kept = self.studio.settings.watch_names
        untouched = not self.unsaved()
        changed = kept != self._given
        self._given = kept
        if untouched and changed:
            self._show_kept()
        self._check()

    def _show_kept(self) -> None:
        self.names.setPlainText("\n".join(self._given))

    def unsaved(self) -> str:
        return self.tr("The watch list of names is not saved.") if self._typed() != self._given else ""

    def _typed(self) -> tuple[str, ...]:
        return plain_names(self.names.toPlainText())

    def _check(self) -> None:
        names = self._typed()
        lines = [line for line in self.names.toPlainText().splitlines() if line.strip()]
        said = self.tr("{0} names").format(f"{len(names):,}")
        if len(lines) > len(names):
            said += self.tr("; {0} stand there twice and are kept once").format(f"{len(lines) - len(names):,}")
        self.count.setText(said)
        self.save_action.setEnabled(names != self._given)
        self.revert_action.setEnabled(names != self._given)

    def _on_paste(self) -> None:
        added = plain_names(self.names.toPlainText() + "\n" + QApplication.clipboard().text())
        self.names.selectAll()
        self.names.insertPlainText("\n".join(added))

    def _on_save(self) -> None:
        self._save(self._typed())

    def _save(self, names: tuple[str, ...]) -> None:
        before = self.studio.settings.watch_names
        if self.change(watch_names=names):
            self._given = self.studio.settings.watch_names
            self._show_kept()
            self._check()
            self.done.emit(self.tr("The watch list is saved."), lambda: self._save(before))
