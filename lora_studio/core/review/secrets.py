"""Keys, tokens and passwords in a text, by their well-known shapes; placeholders and dummies are let pass."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple


class Hit(NamedTuple):
    """Where in a text something stands: from `start` up to, not including, `end`; `what` says it in words."""

    what: str
    start: int
    end: int


_SHAPES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        "a private key",
        ("PRIVATE KEY-----",),
        r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY-----[\sA-Za-z0-9+/=:,\\-]{0,160}?[A-Za-z0-9+/=]{40}",
    ),
    ("an AWS access key", ("AKIA", "ASIA"), r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    ("a GitHub token", ("gh", "github_pat_"), r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})\b"),
    ("a GitLab token", ("glpat-",), r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ("a Slack token", ("xox",), r"\bxox[abeoprs]-(?:[A-Za-z0-9]{1,40}-){1,5}[A-Za-z0-9]{10,}"),
    (
        "a Slack webhook",
        ("hooks.slack.com/services/",),
        r"https://hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,}",
    ),
    ("an Anthropic key", ("sk-ant-",), r"\bsk-ant-[A-Za-z0-9_-]{24,}"),
    ("an OpenAI key", ("sk-",), r"\bsk-(?!ant-)(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{32,}|[A-Za-z0-9]{32,}\b)"),
    ("a Google key", ("AIza",), r"\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    ("a Stripe key", ("k_live_",), r"\b[rs]k_live_[A-Za-z0-9]{20,}"),
    ("a Hugging Face token", ("hf_",), r"\bhf_[A-Za-z0-9]{30,}\b"),
    ("an npm token", ("npm_",), r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("a PyPI token", ("pypi-Ag",), r"\bpypi-Ag[A-Za-z0-9_-]{50,}"),
    ("a signed token (JWT)", ("eyJ",), r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}"),
)
_COMPILED = tuple((what, signs, re.compile(shape)) for what, signs, shape in _SHAPES)

_LOGIN = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^\s:/@\"'<>{}$]{0,64}:([^\s@/\"'<>]{4,128})@([\w.-]+)")
_ASSIGNED = re.compile(
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|api_?-?key|access_?-?key|auth_?-?key|private_?-?key)[\w-]{0,20}"
    r"[\"']?\s{0,3}(?::=|=>|[:=])\s{0,3}(?:([\"'`])([^\s\"'`]{12,200})\1|([^\s\"'`,;]{12,200})(?=[\s,;]|$))",
    re.IGNORECASE,
)
_ASSIGNED_SIGNS = ("passw", "passphrase", "pwd", "secret", "token", "key")
_DUMMY = re.compile(
    r"example|placeholder|change.?me|your|dummy|sample|fake|test|secret|passw|token|redacted|x{4}|\*{3}|\.{3}|…"
    r"|12345|abcde|deadbeef|0{6}|<|>|\$|[{}()\[\]%]",
    re.IGNORECASE,
)
_LOCAL = ("localhost", "127.0.0.1", "0.0.0.0", "db", "database", "postgres", "mysql", "redis", "rabbitmq", "host")
ENTROPY_MIN = 3.2
"""Bits a character: words lie below, random keys of 16 characters and more above."""


def find_secrets(text: str) -> list[Hit]:
    """The secrets in `text`, in their order."""
    found: list[Hit] = []
    for what, signs, shape in _COMPILED:
        if any(sign in text for sign in signs):
            found += _shaped(what, shape, text)
    if "://" in text:
        found += _logins(text)
    if ("=" in text or ":" in text) and _has(text.lower(), _ASSIGNED_SIGNS):
        found += [hit for hit in _assigned(text) if not any(_overlap(hit, other) for other in found)]
    return sorted(found, key=lambda hit: hit.start) if len(found) > 1 else found


def _has(text: str, signs: tuple[str, ...]) -> bool:
    return any(sign in text for sign in signs)


def _shaped(what: str, shape: re.Pattern[str], text: str) -> Iterator[Hit]:
    for match in shape.finditer(text):
        if not _is_dummy(match.group(), whole=False):
            yield Hit(what, match.start(), match.end())


def _logins(text: str) -> Iterator[Hit]:
    for match in _LOGIN.finditer(text):
        password, host = match.groups()
        if not (_is_dummy(password) or host.partition(".")[0] in _LOCAL or "example" in host or password.isalpha()):
            yield Hit("a password in an address", match.start(1), match.end(1))


def _assigned(text: str) -> Iterator[Hit]:
    for match in _ASSIGNED.finditer(text):
        group = 2 if match.group(2) else 3
        value = match.group(group)
        if looks_random(value) and not _is_dummy(value) and (group == 2 or not _is_code(value)):
            yield Hit("a password or key", match.start(group), match.end(group))


def _is_code(value: str) -> bool:
    """An unquoted value with these is an expression or an address, not a key."""
    return any(sign in value for sign in "./\\:|&") or value.isdigit()


def _is_dummy(value: str, *, whole: bool = True) -> bool:
    """Whether `value` is plainly not a real secret: a placeholder, or one sign over and over."""
    if whole:
        return bool(_DUMMY.search(value)) or len(set(value)) < 5
    return any(sign in value.lower() for sign in ("example", "xxxx", "0000000", "abcdefgh", "12345678", "your"))


def looks_random(value: str) -> bool:
    """Whether `value` mixes letters and digits as keys do and words do not."""
    parts = re.split("[_-]", value)
    if len(parts) > 1 and all(part.isalpha() or part.isdigit() for part in parts):  # words with dashes
        return False
    has_digit, has_letter = any(map(str.isdigit, value)), any(map(str.isalpha, value))
    return has_digit and has_letter and _entropy(value) >= ENTROPY_MIN


def _entropy(text: str) -> float:
    shares = (count / len(text) for count in Counter(text).values())
    return -sum(share * math.log2(share) for share in shares)


def _overlap(one: Hit, other: Hit) -> bool:
    return one.start < other.end and other.start < one.end
