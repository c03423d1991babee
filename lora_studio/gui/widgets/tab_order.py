"""The order of Tab for widgets that come and go: as their layouts read, not as they were made."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QWidget


def order_tabs(widget: QWidget) -> None:
    """Lets Tab go through `widget` in the order of its layouts. Its first stop keeps its place among the others'."""
    for before, after in itertools.pairwise(_stops(widget)):
        QWidget.setTabOrder(before, after)


def _stops(widget: QWidget) -> Iterator[QWidget]:
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
        yield widget
    inner = widget.widget() if isinstance(widget, QScrollArea) else None
    if inner is not None:
        yield from _stops(inner)
    elif (layout := widget.layout()) is not None:
        yield from _stops_of(layout, widget)


def _stops_of(layout: QLayout, owner: QWidget) -> Iterator[QWidget]:
    # Not by itemAt: Python would keep the items that it gives, and take what Qt makes in their place for them.
    parts = [part for part in (*owner.children(), *layout.children()) if isinstance(part, QWidget | QLayout)]
    places = {place: part for part in parts if (place := layout.indexOf(part)) >= 0}
    for _, part in sorted(places.items(), key=lambda at: at[0]):
        if isinstance(part, QWidget):
            yield from _stops(part)
        else:
            yield from _stops_of(part, owner)
