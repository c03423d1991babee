"""Personal data is found where a checksum or a shape proves it, and dummies are let pass."""

from __future__ import annotations

import pytest

from lora_studio.core.review.personal import find_personal, find_watched


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("Ask jane.miller@contoso.com first.", "an e-mail address", "jane.miller@contoso.com"),
        ("call +49 30 901820 now", "a phone number", "+49 30 901820"),
        ("or (212) 867-4309 .", "a phone number", "(212) 867-4309"),
        ("pay with 4539 1488 0343 6467 today", "a card number", "4539 1488 0343 6467"),
        ("to DE75 5121 0800 1245 1261 99, please", "a bank account number", "DE75 5121 0800 1245 1261 99"),
    ],
)
def test_personal_data_is_found_with_its_place(text: str, what: str, where: str) -> None:
    assert [(hit.what, text[hit.start : hit.end]) for hit in find_personal(text)] == [(what, where)]


@pytest.mark.parametrize(
    "text",
    [
        "git@github.com:acme/web.git", "you@example.com", "user@company.com", "noreply@contoso.com", "a @ b.c",
        "icon@2x.png", "uses actions/checkout@v4.1", "result = weights@inputs.mean()", "pip install thing@1.2.3",
        "4111 1111 1111 1111", "4539 1488 0343 6468", "order 4539148803436467123456", "1700000000000",
        "DE89 3704 0044 0532 0130 00", "DE75 5121 0800 1245 1261 98", "+1 555 867 5309", "555-867-5309",
        "2024-01-15 10:30", "192.168.100.200", "1.234.567.890", "UTC+2 2024 12 15",
        "UUID 0b9e4a52-7c1d-4f7e-9a55-2f3f0c1d8e66", "x = 3 +4 12 15",
    ],
)  # fmt: skip
def test_what_is_nobodys_is_let_pass(text: str) -> None:
    assert find_personal(text) == []


def test_names_on_the_watch_list_are_words_of_their_own() -> None:
    text = "Jane Doe told acme. Acmeist JANE DOE, and C++ too."
    found = [text[hit.start : hit.end] for hit in find_watched(text, ("Jane Doe", "Acme", "C++", " ", "Nobody"))]
    assert found == ["Jane Doe", "acme", "JANE DOE", "C++"]
    assert find_watched(text, ()) == []
