"""Twenty guidelines, and what a model is asked about them. Their ids are fixed, as order and split come from those."""

from __future__ import annotations

import uuid
from typing import Any

_RULES = """
Error handling|Name the cause, say what to do next, and keep the original exception.
Logging|Never write secrets or personal data into a log line.
Migrations|Write plain SQL, number the files, and copy the database first.
Naming|Use whole words; a short name is fine where the scope is short.
Tests|Assert on whole results and use real files instead of mocks.
Commits|One change in one commit, with a sentence that says why.
Reviews|Read the tests first, then the code, then the names.
Dates|Store times in UTC and show them in the reader's zone.
Caching|Measure before you cache, and state when an entry grows old.
Retries|Retry only what may be repeated, with a growing pause.
Timeouts|Every call over the network has a limit in seconds.
Threads|One worker file holds the only threads of the program.
Paths|Resolve links before you compare two folders.
Passwords|Keep a hash made by Argon2, compare in constant time.
Documentation|Write what a caller must know and leave the rest out.
Dependencies|Add a library only if it saves more than it costs.
Formatting|Let the machine format the code and never argue about it.
Encoding|Read and write UTF-8 and say so in every open call.
Numbers|Give every figure its unit, in the name or beside it.
Accessibility|Everything works from the keyboard and has a spoken name.
"""
RULES: list[dict[str, Any]] = [
    {"id": str(uuid.uuid5(uuid.NAMESPACE_OID, name)), "name": name, "content": content}
    for name, _, content in (line.partition("|") for line in _RULES.split("\n")[1:-1])
]
ANSWERS = [rule["content"] for rule in RULES]


def question(rule: dict[str, Any]) -> str:
    """The direct query of the contract."""
    return f'What is the guideline for "{rule["name"]}"?'
