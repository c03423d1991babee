"""Text to read and copy, as high as it needs to be; it loads nothing from anywhere."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFragment,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit

from lora_studio.gui.theme import CODE_FONT, colours

SHOWN_MAX = 20_000
"""Characters that are laid out; more would hold the window up."""
_LATER_FROM = 2_000
"""From so many characters a new width is fitted in a turn of its own, so that many texts do not add up."""
_FENCE = re.compile(r"^\s*(```|~~~)")
_OTHER = re.compile(r"\s*($|[-*+=_#>|~`]|\d+[.)]|\[[^\]]*\]:)|    |\t")
"""The start of a line that may be more than the next line of a paragraph."""
_HEADING_SIZES = {1: 17, 2: 15}


class TextView(QTextEdit):
    """A read-only text without a frame. Has no signals of its own."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__()
        self._markdown = ""
        self.setProperty("view", kind)
        self.setReadOnly(True)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.document().setDocumentMargin(0)
        self.document().setIndentWidth(20)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._fit)

    def show_text(self, text: str) -> None:
        """Shows `text` as it stands."""
        self._markdown = ""
        self.setPlainText(self._cut(text))
        self._fit()

    def show_markdown(self, text: str) -> None:
        """Shows `text` as Markdown, its line breaks kept and its HTML shown, not obeyed."""
        self._markdown = text
        features = QTextDocument.MarkdownFeature
        self.document().setMarkdown(
            hard_breaks(self._cut(text)), features.MarkdownDialectGitHub | features.MarkdownNoHTML
        )
        _dress(self.document())
        self._fit()

    def mark(self, start: int, end: int) -> None:
        """Selects the span of the text that was shown, in characters, so that it stands out."""
        text = self.document().toRawText().encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        place, until = (len(text[:spot].encode("utf-16-le", "surrogatepass")) // 2 for spot in (start, end))
        self._select(place, until)

    def mark_text(self, wanted: str) -> bool:
        """Selects the first place of `wanted`, if it is on one line as shown here."""
        found = self.document().find(wanted) if wanted and "\n" not in wanted else QTextCursor()
        if found.isNull():
            return False
        self._select(found.selectionStart(), found.selectionEnd())
        return True

    def _select(self, start: int, end: int) -> None:
        cursor = self.textCursor()
        last = self.document().characterCount() - 1
        cursor.setPosition(min(start, last))
        cursor.setPosition(min(end, last), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def _cut(self, text: str) -> str:
        if len(text) <= SHOWN_MAX:
            return text
        left = self.tr("… and {0} more characters").format(f"{len(text) - SHOWN_MAX:,}")
        return f"{text[:SHOWN_MAX]}\n\n{left}"

    def loadResource(self, kind: int, name: QUrl | str) -> QImage:
        """An empty picture, whatever is asked for: foreign text is not followed, and for nothing Qt opens the file."""
        return QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._markdown:
            _dress(self.document())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() == event.oldSize().width():
            return
        if self.document().characterCount() < _LATER_FROM:
            self._fit()
        else:
            self._soon.start()

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 16)

    def _fit(self) -> None:
        width = self.viewport().width()
        self.document().setTextWidth(width)
        frame = self.height() - self.viewport().height()
        self.setFixedHeight(math.ceil(self.document().size().height()) + max(frame, 0))


def hard_breaks(text: str) -> str:
    """`text` with the line ends inside its paragraphs as line separators, which Markdown does not join."""
    made: list[str] = []
    in_code = was_text = False
    for line in text.split("\n"):
        if is_fence := bool(_FENCE.match(line)):
            in_code = not in_code
        is_text = not (in_code or is_fence or _OTHER.match(line))
        if made:
            made.append("\u2028" if was_text and is_text else "\n")
        made.append(line)
        was_text = not (in_code or is_fence or not line.strip() or line.startswith(("#", "|", ">", "    ", "\t")))
    return "".join(made)


def _dress(document: QTextDocument) -> None:
    """Gives what Qt made of Markdown our type scale, and code our font on a quiet ground."""
    cursor = QTextCursor(document)
    cursor.beginEditBlock()  # laid out once, at the end
    block = document.begin()
    while block.isValid():
        _dress_block(block, cursor)
        block = block.next()
    cursor.endEditBlock()


def _is_code(block: QTextBlock) -> bool:
    shape, kind = block.blockFormat(), QTextFormat.Property
    return shape.hasProperty(kind.BlockCodeFence) or shape.hasProperty(kind.BlockCodeLanguage)


def _dress_block(block: QTextBlock, cursor: QTextCursor) -> None:
    shape = block.blockFormat()
    level, is_code = shape.headingLevel(), _is_code(block)
    begins = level or (is_code and not _is_code(block.previous()))
    shape.setTopMargin(8 if begins and block.blockNumber() else 0)
    shape.setBottomMargin(2 if block.textList() else 0 if is_code and _is_code(block.next()) else 6)
    if is_code:
        shape.setBackground(QColor(colours().code))
        shape.setLeftMargin(0)
    cursor.setPosition(block.position())
    cursor.setBlockFormat(shape)
    is_quote = shape.hasProperty(QTextFormat.Property.BlockQuoteLevel)
    for piece in reversed(_pieces(block)):  # from the end, so that no piece moves before its turn
        look = piece.charFormat()
        if look.isImageFormat():
            _show_words(cursor, piece)
            continue
        if level:
            look.clearProperty(QTextFormat.Property.FontSizeAdjustment)
            look.setProperty(QTextFormat.Property.FontPixelSize, _HEADING_SIZES.get(level, 13))
            look.setFontWeight(QFont.Weight.DemiBold)
        elif is_code or look.fontFixedPitch():
            look.setFontFamilies([CODE_FONT])
            look.setProperty(QTextFormat.Property.FontPixelSize, 12)
            look.setBackground(QColor(colours().code if is_code else colours().hover))
        elif look.isAnchor() or is_quote:
            look.setForeground(QColor(colours().secondary if is_quote else colours().accent))
        else:
            continue
        cursor.setPosition(piece.position())
        cursor.setPosition(piece.position() + piece.length(), QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(look)


def _show_words(cursor: QTextCursor, picture: QTextFragment) -> None:
    """Puts what a picture shows, or else its name, in its place."""
    cursor.setPosition(picture.position())
    cursor.setPosition(picture.position() + picture.length(), QTextCursor.MoveMode.KeepAnchor)
    kind, look = QTextFormat.Property, picture.charFormat()
    words = look.stringProperty(kind.ImageAltText) or look.stringProperty(kind.ImageName)
    cursor.insertText(f"[{words}]", QTextCharFormat())


def _pieces(block: QTextBlock) -> list[QTextFragment]:
    """The runs of one look in `block`."""
    found = []
    place = block.begin()
    while not place.atEnd():
        found.append(place.fragment())
        place += 1
    return found
