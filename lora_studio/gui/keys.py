"""The admin key as a person gives it: to unlock exports, to set the first one, to change it. It is never kept here."""

from __future__ import annotations

import math
import time
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from lora_studio.core.dataset.export import Progress
from lora_studio.core.domain import OWNER
from lora_studio.core.errors import Cancelled, StudioError
from lora_studio.core.library.access import KEY_MIN, check_admin_key, has_admin_key, set_admin_key
from lora_studio.core.library.audit import record
from lora_studio.core.library.store import Library
from lora_studio.core.library.tries import OWNERS
from lora_studio.gui.latest import delete_when_idle
from lora_studio.gui.messages import show_error
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import restyle
from lora_studio.gui.widgets.parts import button, label, picture
from lora_studio.gui.worker import Worker, in_background

_WAIT_STEP_MS = 100


class AdminKeyDialog(QDialog):
    """Asks for the admin key, lets it be set where there is none, or, with `change`, replaced by another.

    `why`, where given, is the reason it shows for asking.

    Signals: QDialog's accepted once the key was right; the studio is unlocked then.
    """

    def __init__(self, studio: Studio, parent: QWidget | None = None, *, change: bool = False, why: str = "") -> None:
        super().__init__(parent)
        self._studio = studio
        self._why = why
        self._is_set = has_admin_key(studio.library)
        self._is_new = change or not self._is_set
        self.setMinimumWidth(440)
        self.present = self._key_field(self.tr("Admin key"))
        self.new = self._key_field(self.tr("New admin key"))
        self.again = self._key_field(self.tr("New admin key, once more"))
        self.strength = label("", "small")
        self.error = label(kind="error", wrap=True)
        self.error.hide()
        self.show_button = button(self.tr("Show"), "link", "eye")
        self.show_button.setCheckable(True)
        self.show_button.toggled.connect(self._show_keys)
        self._build()
        (self.present if self._is_set else self.new).setFocus()

    def done(self, result: int) -> None:
        """Forgets what was typed, and goes as soon as no check is running; one that waits is given up."""
        for worker in self.findChildren(Worker):
            worker.cancel()
        for field in (self.present, self.new, self.again):
            field.clear()
        super().done(result)
        delete_when_idle(self)

    def _key_field(self, name: str) -> QLineEdit:
        field = QLineEdit()
        field.setEchoMode(QLineEdit.EchoMode.Password)
        field.setAccessibleName(name)
        field.textChanged.connect(self._show_readiness)
        return field

    def _build(self) -> None:
        title, why, action = self._words()
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(why)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(picture("key-round", "accent", 20))
        head.addWidget(label(title, "title"), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(label(why, "secondary", wrap=True))
        layout.addLayout(self._form())
        layout.addWidget(self.error)
        layout.addSpacing(4)
        layout.addLayout(self._buttons(action))
        self._show_readiness()

    def _words(self) -> tuple[str, str, str]:
        """Title, reason and what the button says."""
        if not self._is_set:
            why = self.tr(
                "Once it is set, exports need this key, yours and those of agents, so that only you decide what leaves "
                "the library. It is kept only as a hash: write it down, nobody can read it back."
            )
            return self.tr("Set an admin key"), why, self.tr("Set key and unlock")
        if self._is_new:
            why = self.tr("From now on exports and agents need the new key. It is kept only as a hash.")
            return self.tr("Change the admin key"), why, self.tr("Change key")
        why = self.tr("Exports need the admin key. It is asked for once while this window is open.")
        if self._why:
            return self.tr("Admin key"), self._why, self.tr("Continue")
        return self.tr("Unlock exports"), why, self.tr("Unlock")

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        if self._is_set:
            form.addRow(self.tr("Present key") if self._is_new else self.tr("Admin key"), self.present)
        if self._is_new:
            form.addRow(self.tr("New key"), self.new)
            form.addRow(self.tr("Once more"), self.again)
            form.addRow("", self.strength)
            self.new.textChanged.connect(self._show_strength)
            self._show_strength("")
        return form

    def _buttons(self, action: str) -> QHBoxLayout:
        cancel = button(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.ok = button(action, "primary")
        self.ok.setDefault(True)
        self.ok.clicked.connect(self._try)
        self._action = action
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.show_button)
        line.addStretch()
        line.addWidget(cancel)
        line.addWidget(self.ok)
        return line

    def _fields(self) -> list[QLineEdit]:
        asked = [self.present] if self._is_set else []
        return [*asked, self.new, self.again] if self._is_new else asked

    def _show_keys(self, shown: bool) -> None:
        """Shows what is typed, or hides it again."""
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        for field in (self.present, self.new, self.again):
            field.setEchoMode(mode)
        said = self.tr("Hide") if shown else self.tr("Show")
        self.show_button.setText(said)
        self.show_button.setAccessibleName(said)

    def _show_readiness(self) -> None:
        if hasattr(self, "ok"):
            self.ok.setEnabled(all(field.text() for field in self._fields()))

    def _show_strength(self, key: str) -> None:
        kinds = (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
        worth = len(set(key)) + 3 * sum(any(map(kind, key)) for kind in kinds)
        if len(key) < KEY_MIN:
            said = self.tr("At least {0} characters; four unrelated words are easy to keep in mind.").format(KEY_MIN)
        elif worth < 14:
            said = self.tr("Weak: easy to guess. Make it longer.")
        else:
            said = self.tr("Fair.") if worth < 20 else self.tr("Strong.")
        self.strength.setText(said)
        self.new.setAccessibleDescription(said)

    def _try(self) -> None:
        if self._is_new and self.new.text() != self.again.text():
            self._say(self.tr("The two new keys differ; type the same one twice."), self.again)
            return
        key = self.new.text() if self._is_new else self.present.text()
        present = self.present.text() if self._is_set else None
        self.error.hide()
        for field in self._fields():
            restyle(field, "invalid", False)
        self._set_busy(True)
        work = partial(_set_key if self._is_new else _check_key, self._studio.library, key, present)
        in_background(self, work, self._on_right, self._on_wrong).progressed.connect(self._show_wait)

    def _show_wait(self, passed: int, whole: int) -> None:
        """After wrong keys the next one is not looked at at once: the button counts the seconds."""
        left = math.ceil((whole - passed) / 1_000)
        if left > 0 and self.isVisible():
            self.ok.setText(self.tr("Checking in {0} s…").format(left))

    def _set_busy(self, busy: bool) -> None:
        for field in self._fields():
            field.setEnabled(not busy)
        self.ok.setEnabled(not busy)
        self.ok.setText(self.tr("Checking…") if busy else self._action)

    def _on_right(self, key: str) -> None:
        if self.isVisible():
            self._studio.unlock(key)
            self.accept()

    def _on_wrong(self, error: Exception) -> None:
        if not self.isVisible():
            return
        self._set_busy(False)
        if isinstance(error, StudioError):
            field = self.present if self._is_set else self.new
            self._say(error.message, field)
        else:
            show_error(self, error)

    def _say(self, sentence: str, field: QLineEdit) -> None:
        self.error.setText(sentence)
        self.error.show()
        self.adjustSize()
        field.setAccessibleDescription(sentence)
        restyle(field, "invalid", True)
        field.setFocus()
        field.selectAll()


def _wait(progress: Progress, seconds: float) -> None:
    """Passes the time that wrong keys cost, in steps in which the person sees it and may give up."""
    whole = int(seconds * 1_000)
    for passed in range(0, whole, _WAIT_STEP_MS):
        progress(passed, whole)
        time.sleep(min(_WAIT_STEP_MS, whole - passed) / 1_000)


def _check_key(library: Library, key: str, present: str | None, progress: Progress) -> str:
    """The key, when it is right; a wrong one is a refusal and goes into the audit log."""
    try:
        check_admin_key(library, key, OWNERS, partial(_wait, progress))
    except Cancelled:
        raise
    except StudioError as error:
        record(library, OWNER, "admin_key check", error.code, {"error": error.message})
        raise
    return key


def _set_key(library: Library, key: str, present: str | None, progress: Progress) -> str:
    """Sets or changes the key; the core notes that it was done, and this that it was refused."""
    try:
        set_admin_key(library, key, present, partial(_wait, progress))
    except Cancelled:
        raise
    except StudioError as error:
        record(library, OWNER, "admin_key set", error.code, {"error": error.message})
        raise
    return key
