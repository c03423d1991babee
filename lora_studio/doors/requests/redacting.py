"""Keeps the admin key out of what is said and written down, in whatever field of a request somebody gave it.

It is taken out of the request's own words where they are quoted, never out of ours and never out of serialised text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from lora_studio.core.errors import InvalidFields, PermissionDenied, StudioError
from lora_studio.core.library.access import KEY_MAX, KEY_MIN
from lora_studio.doors.fields import shown
from lora_studio.pasting import command_line

HIDDEN = "…"
_CHECKS_MAX = 32
"""Most texts of one request that are held against the hash, which is slow; the rest is hidden unseen."""
_CUT_LEAST = 4


def take_key_out(error: StudioError, request: object) -> None:
    """Hides what `request` gave as admin_key where `error` quotes it from another field."""
    key = _given_key(request)
    if key is None or not any(key in text for text in _texts(request)):
        return
    error.message = _after_head(error, lambda said: hidden(said, key))
    error.field = None if error.field is None else hidden(error.field, key)
    if isinstance(error, InvalidFields):
        error.faults = tuple((hidden(field, key), hidden(message, key)) for field, message in error.faults)


def without_key(text: str, request: object) -> str:
    """`text`, a traceback perhaps, without what `request` gave as admin_key."""
    key = _given_key(request)
    return text if key is None else hidden(text, key)


def kept(texts: Sequence[str], request: object) -> list[str]:
    """`texts` as they may be written down: without what `request` gave as admin_key in other fields too."""
    key = _given_key(request)
    if key is None or not any(key in text for text in _texts(request)):
        return list(texts)
    return [hidden(text, key) for text in texts]


def kept_of_refused(texts: Sequence[str], request: object, is_key: Callable[[str], bool]) -> list[str]:
    """As `kept`, for a request that was refused and may hold the key without saying so: no name or text of it that
    `is_key` is left."""
    texts = kept(texts, request)
    own = dict.fromkeys(_texts(request))
    quoted = (one for one in own if KEY_MIN <= len(one) <= KEY_MAX and _stands_in(one, texts))
    for number, one in enumerate(quoted):
        if number >= _CHECKS_MAX or is_key(one):
            texts = [hidden(text, one) for text in texts]
    return texts


def hidden(text: str, secret: str) -> str:
    """`text` without `secret`, in every form in which a message quotes it: escaped, quoted for a
    shell, without control signs, cut off."""
    for form in _forms(secret):
        text = text.replace(form, HIDDEN)
        end = text.find(HIDDEN)
        while end >= 0:
            start = text.find(form[:_CUT_LEAST], 0, end)
            if start >= 0 and form.startswith(text[start:end]):
                text, end = text[:start] + text[end:], start
            end = text.find(HIDDEN, end + 1)
    return text


def _stands_in(secret: str, texts: Iterable[str]) -> bool:
    return any(hidden(text, secret) != text for text in texts)


def _forms(secret: str) -> set[str]:
    return {secret, repr(secret)[1:-1], shown(secret, len(secret)), _in_a_command(secret)}


def _in_a_command(secret: str) -> str:
    """As it stands between the quotes of a command to copy, where it is a part of a word."""
    line = command_line("x", f" {secret}")
    return line[line.index(" ", 2) + 1 : -1]


def _after_head(error: StudioError, change: Callable[[str], str]) -> str:
    """The message, its first words kept: callers look for them."""
    head = PermissionDenied("").message if isinstance(error, PermissionDenied) else ""
    return head + change(error.message.removeprefix(head))


def _given_key(request: object) -> str | None:
    key = request.get("admin_key") if isinstance(request, dict) else None
    return key if isinstance(key, str) and len(key) >= KEY_MIN else None


def _texts(request: object) -> Iterator[str]:
    """Every name and text in `request`, but for the value of admin_key."""
    left: list[object] = [request]
    if isinstance(request, dict):
        left = [*request, *(value for name, value in request.items() if name != "admin_key")]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            left += one.keys()
            left += one.values()
        elif isinstance(one, list):
            left += one
