"""Personal data in a text: addresses, numbers with a checksum, and the names that the user watches for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from lora_studio.core.review.secrets import Hit

_MAIL = re.compile(
    r"(?<![\w.+%@/:-])([A-Za-z0-9][\w.+%-]{0,63})@((?:[A-Za-z0-9-]{1,63}\.)+([A-Za-z]{2,24}))(?![\w(@-])"
)
_NOBODY = {
    "git", "hg", "svn", "noreply", "no-reply", "user", "username", "you", "your.name", "name", "someone", "somebody",
    "foo", "bar", "test", "tester", "email", "mail", "me", "example", "root", "admin", "a", "b", "x",
}  # fmt: skip
_NOWHERE = {"example", "test", "invalid", "localhost", "local", "internal", "lan", "corp"}
_FILES = {"png", "jpg", "jpeg", "gif", "svg", "webp", "py", "js", "ts", "css", "md", "txt", "json", "yml", "yaml"}
_PHONE = re.compile(
    r"(?<![\w+./#=-])(?:\+[1-9]\d{0,2}(?:[ .-]?\(?\d{1,5}\)?){2,5}|\(\d{3}\) ?\d{3}[-. ]\d{4}|\d{3}-\d{3}-\d{4})"
    r"(?![\w.-]?\d)"
)
_CARD = re.compile(
    r"(?<![\w.+-])(?<!\d[ -])(?:\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{1,7}|\d{4}[ -]\d{6}[ -]\d{4,5}|\d{13,19})(?![\w-]|[. ]\d)"
)
_CARD_STARTS = re.compile(r"4|5[1-5]|2[2-7]|3[47]|6011|65|35")
_TEST_CARDS = {
    "4111111111111111", "4242424242424242", "4012888888881881", "5555555555554444", "5105105105105100",
    "378282246310005", "371449635398431", "6011111111111117", "4000056655665556", "5454545454545454",
}  # fmt: skip
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?!\w)")
_IBAN_LENGTHS = {
    "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18,
    "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20,
    "LV": 21, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24, "TR": 26,
}  # fmt: skip
_TEST_IBANS = {
    "DE89370400440532013000",
    "GB82WEST12345698765432",
    "GB29NWBK60161331926819",
    "FR1420041010050500013M02606",
}
_DIGIT_RUN = re.compile(r"\d[\d ().-]{7}")


def find_personal(text: str) -> list[Hit]:
    """E-mail addresses, phone, card and bank account numbers in `text`, in their order; dummies are let pass."""
    found = list(_mails(text)) if "@" in text else []
    if _DIGIT_RUN.search(text):
        found += _cards(text)
        found += _ibans(text)
        found += [hit for hit in _phones(text) if not any(hit.start < one.end and one.start < hit.end for one in found)]
    return sorted(found, key=lambda hit: hit.start) if len(found) > 1 else found


def find_watched(text: str, names: Sequence[str]) -> list[Hit]:
    """Where one of `names` stands in `text` as a word of its own, in whatever case."""
    if not names:
        return []
    low = text.lower()
    seen = tuple(name for name in names if name.lower() in low and not name.isspace())
    if not seen:
        return []
    return [Hit("a name on the watch list", *match.span()) for match in _words(seen).finditer(text)]


@lru_cache(maxsize=64)
def _words(names: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted((name.strip() for name in names), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)


def _mails(text: str) -> Iterator[Hit]:
    for match in _MAIL.finditer(text):
        person, host, last = (part.lower() for part in match.groups())
        fits = person not in _NOBODY and last not in _NOWHERE and last not in _FILES
        if fits and not _NOWHERE & set(host.split(".")):
            yield Hit("an e-mail address", *match.span())


def _phones(text: str) -> Iterator[Hit]:
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        is_grouped = len(digits) < len(match.group().lstrip("+"))
        if (
            10 - is_grouped <= len(digits) <= 15
            and "555" not in digits
            and len(set(digits)) > 4
            and "12345" not in digits
        ):
            yield Hit("a phone number", *match.span())


def _cards(text: str) -> Iterator[Hit]:
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        known = digits in _TEST_CARDS or len(set(digits)) < 4
        if 13 <= len(digits) <= 19 and _CARD_STARTS.match(digits) and not known and _luhn(digits):
            yield Hit("a card number", *match.span())


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def _ibans(text: str) -> Iterator[Hit]:
    for match in _IBAN.finditer(text):
        number = match.group().replace(" ", "")
        if len(number) == _IBAN_LENGTHS.get(number[:2]) and number not in _TEST_IBANS and _mod_97(number):
            yield Hit("a bank account number", *match.span())


def _mod_97(number: str) -> bool:
    return int("".join(str(int(sign, 36)) for sign in number[4:] + number[:4])) % 97 == 1
