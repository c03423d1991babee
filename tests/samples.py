"""Guidelines for tests: plain ones, and ones whose text breaks what is not careful."""

from __future__ import annotations

from typing import Any

from lora_studio.core.domain import SourceRow

SOURCE = SourceRow(
    row=1,
    id="0b9e4a52-7c1d-4f7e-9a55-2f3f0c1d8e66",
    version=3,
    name='Say "why" — 理由',
    content="Comments give reasons.\n\tCode says what. \\o/ \x7f\u2028",
    category="code_style",
    priority=70,
    tags='["review"]',
    rationale="",
    good="[]",
    bad="[]",
)
"""What the golden rows are made of."""

NASTY: list[dict[str, Any]] = [
    {
        "name": 'Say "why" — not what',
        "content": "Comments give reasons.\n\nCode says what.\n",
        "tags": ["日本語", "a b"],
    },
    {"name": "Backslash \\ and {{ 7 * 7 }} and {% raw %}", "content": "C:\\new\\users {{ name }} %s {0} ${HOME} \\n"},
    {"name": "Line\nbreak\r\nand\ttab", "content": "a\u2028b\u2029c\u0085d\x0be\x0cf", "category": "new\nline"},
    {"name": "All controls", "content": "".join(map(chr, range(1, 32))) + "\x7f\x80\x9f"},
    {"name": "Blanks inside", "content": "\u200b\ufeff x \u3000", "examples": {"good": [" ", "\ufeff", "\u200b\n"]}},
    {"name": "𝒜strál 👩‍👩‍👧 e\u0301 ﷽", "content": "\U0010ffff\uffff\ufffe ‮right to left", "priority": 0},
    {"name": " ", "content": "."},
    {"name": "x" * 500, "content": "é" * 5_000, "priority": 100, "category": "c" * 200},
    {
        "name": "Blank examples are left out before the cap counts",
        "content": "Yes.",
        "examples": {"good": ["", "one", " \t", "two", "three", "four"], "bad": ["\n\n", "\ufeff", "no"]},
    },
    {"name": "Same example twice", "content": "Twice.", "examples": {"good": ["same", "same"], "bad": ["same"]}},
    {"name": "</script><b>&amp;' OR 1=1 --", "content": "'; DROP TABLE guideline; --", "tags": ["'", '"', "%", "_"]},
    {"name": '{"json": [1, null]}', "content": '["\\u0000", "\\ud800"]', "scopeType": "project", "scopeId": "web:app"},
    {"name": "ȷ" * 30, "content": "\u0001\u001f\u007f", "scopeType": "org", "scopeId": "日本"},
    {"name": "Session", "content": "s", "scopeType": "session", "scopeId": "s-1", "rationale": "because\n\n\t“why”"},
]


def plain(count: int, **more: Any) -> list[dict[str, Any]]:
    """`count` guidelines with one good and one bad example each."""
    return [
        {
            "name": f"Rule {number}",
            "content": f"Do thing {number} well.",
            "category": "even" if number % 2 == 0 else "odd",
            "priority": number % 101,
            "tags": [f"t{number % 7}"],
            "examples": {"good": [f"good {number}"], "bad": [f"bad {number}"]},
            **more,
        }
        for number in range(count)
    ]
