"""What can be done on the Guidelines page, as commands: keys, the palette and the table's menu share them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from lora_studio.core.library.changes import Edit
from lora_studio.gui.commands import command, runs
from lora_studio.gui.guidelines.words import lowered, told
from lora_studio.gui.widgets.parts import literal

if TYPE_CHECKING:
    from lora_studio.gui.guidelines.page import GuidelinesPage


class PageCommands(QObject):
    """Made once, then kept in step with the selection and the history. Has no signals of its own."""

    def __init__(self, page: GuidelinesPage) -> None:
        super().__init__(page)
        self._page, history = page, page.history
        self.undo = command(page, self.tr("Undo"), history.undo, "Ctrl+Z", "undo-2")
        self.redo = command(page, self.tr("Redo"), history.redo, "Ctrl+Shift+Z", "redo-2")
        self.redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        self.edit = self._add(self.tr("Edit the guideline"), page.edit_current, "F2", "pencil")
        self.tag = self._add(self.tr("Tag the selected…"), partial(self._go_to, "tags"), "Ctrl+T", "tag")
        self.priority = self._add(self.tr("Set the priority of the selected…"), partial(self._go_to, "priority"))
        self.category = self._add(self.tr("Move the selected to a category…"), partial(self._go_to, "category"))
        self.scope = self._add(self.tr("Move the selected to a scope…"), partial(self._go_to, "scope_type"))
        self.activate = self._add(self.tr("Activate the selected"), partial(page.change_selected, Edit(active=True)))
        self.deactivate = self._add(
            self.tr("Deactivate the selected"), partial(page.change_selected, Edit(active=False))
        )
        self.export = self._add(self.tr("Export the selected…"), page.export_wanted.emit, "", "package")
        self.share = self._add(self.tr("Share as rule files…"), self._share, "", "bot")
        runs(page.list.share_button, self.share)
        self.delete = self._add(self.tr("Delete the selected"), page.delete_selected, "", "trash-2")
        self.delete.setShortcut(QKeySequence("Del"))
        self.delete.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)  # in the table only, not beside a tick box
        page.table.addAction(self.delete)
        self.everything = self._add(self.tr("Select all that match"), self._select_all)
        self.columns = self._add(self.tr("Choose the columns…"), page.table.offer_columns)
        self.filter = self._add(self.tr("Show or hide the filter"), page.list.filter_button.toggle, "Ctrl+Shift+F")
        self.clear = self._add(self.tr("Clear search and filter"), page.show_all)
        self.reload = self._add(self.tr("Read the library again"), page.reload, "F5")
        history.steps_changed.connect(self.keep_up)
        history.started.connect(self.keep_up)
        history.ended.connect(self.keep_up)
        page.table.menu_wanted.connect(self.show_menu)
        self.keep_up()

    def _add(self, text: str, act: Callable[[], object], keys: str = "", icon: str = "") -> QAction:
        return command(self._page, text, act, keys, icon)

    def keep_up(self) -> None:
        """Enables what applies now, and says what undo and redo would do."""
        page, history = self._page, self._page.history
        count = page.table.selected_count()
        may = not history.is_busy() and not page.is_read_only()
        steps = (
            (self.undo, self.tr("Undo"), self.tr("Undo: {0}"), history.to_undo),
            (self.redo, self.tr("Redo"), self.tr("Redo: {0}"), history.to_redo),
        )
        for action, plain, words, change in steps:
            action.setText(plain if change is None else literal(words.format(lowered(told(change)))))
            action.setEnabled(may and change is not None)
        self.edit.setEnabled(count == 1 and may)
        for action in (self.tag, self.priority, self.category, self.scope):
            action.setEnabled(count > 1 and may)
        for action in (self.activate, self.deactivate, self.delete):
            action.setEnabled(count > 0 and may)
        self.export.setEnabled(count > 1)
        self.everything.setEnabled(bool(page.list.model.rows))
        if page.detail.several is not None:
            page.detail.several.allow(may)

    def _go_to(self, field: str) -> None:
        """Puts the cursor where the new value is typed."""
        several = self._page.detail.several
        wanted = getattr(several, field, None)
        if isinstance(wanted, QWidget):
            wanted.setFocus()

    def _share(self) -> None:
        """Opens Share for what the list shows, or for what is selected."""
        from lora_studio.gui.sharing.dialog import ShareDialog  # here: the window opens sooner without it

        ShareDialog(self._page.studio, self._page).open()

    def _select_all(self) -> None:
        self._page.table.setFocus()
        self._page.table.selectAll()

    def show_menu(self, place: QPoint) -> None:
        """The same commands as a menu at the selected lines."""
        menu = QMenu(self._page)
        menu.aboutToHide.connect(menu.deleteLater)
        groups = (
            (self.edit, self.tag, self.priority, self.category, self.scope),
            (self.activate, self.deactivate),
            (self.export, self.delete),
            (self.everything, self.undo, self.redo),
        )
        for group in groups:
            menu.addActions([action for action in group if action.isEnabled()])
            menu.addSeparator()
        menu.popup(place)
