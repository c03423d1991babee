"""Garbage is looked for on the GUI thread alone."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from lora_studio.gui.app import Collector


@pytest.fixture
def no_collector_of_pythons() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Knot:
    """Holds itself, so that only the collector can let it go, and tells on which thread it went."""

    def __init__(self, gone_on: list[int]) -> None:
        self.itself = self
        weakref.finalize(self, lambda: gone_on.append(threading.get_ident()))


def test_it_collects_once_enough_was_made(qtbot: QtBot, no_collector_of_pythons: None) -> None:
    owner = QObject()
    collector = Collector(owner)
    gone_on: list[int] = []
    Knot(gone_on)
    knots = [[] for _ in range(gc.get_threshold()[0] + 1_000)]  # type: list[list[object]]
    assert gone_on == []
    qtbot.waitUntil(lambda: gone_on == [threading.get_ident()], timeout=10_000)
    assert knots
    collector.deleteLater()
