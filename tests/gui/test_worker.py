"""Workers at the end of the program."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from pytestqt.qtbot import QtBot

from lora_studio.gui.worker import Worker, cancel_all


def test_a_worker_that_went_with_its_parent_does_not_hinder_the_end(qtbot: QtBot) -> None:
    parent = QObject()
    Worker(lambda progress: None, parent)
    parent.deleteLater()
    QCoreApplication.sendPostedEvents(parent, QEvent.Type.DeferredDelete.value)
    cancel_all()
