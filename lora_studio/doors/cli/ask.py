"""`lora-studio ask`: a question to a trained adapter and its base model, or one after the other from stdin."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import asdict

from lora_studio.core.errors import Invalid
from lora_studio.core.files import plain_path
from lora_studio.core.home import Home
from lora_studio.core.training.ask import (
    ANSWER_TOKENS,
    ANSWER_TOKENS_RANGE,
    Asking,
    Subject,
    ask,
    end_asking,
    meant_by,
    start_asking,
    subject_of,
    told,
)
from lora_studio.core.training.progress import Event
from lora_studio.doors.cli import show
from lora_studio.doors.cli.python import training_python
from lora_studio.doors.requests.desk import Desk
from lora_studio.doors.requests.respond import refusal, response_text
from lora_studio.terminal import is_terminal

_SIDES = {"tuned": "The adapter", "base": "The base model"}
_UNKNOWN = "Its dataset is not known here, so questions go to it without the system sentence that it was taught with"


def ask_adapter(arguments: argparse.Namespace, home: Home) -> None:
    """Shows each answer itself, as it comes; the child that answers is loaded once, and ended at the end."""
    least, most = ANSWER_TOKENS_RANGE
    tokens = ANSWER_TOKENS if arguments.max_tokens is None else arguments.max_tokens
    if not least <= tokens <= most:
        raise Invalid(f"max-tokens must be from {least} to {most:,}", "max-tokens")
    desk = Desk(home, person=True, makes=True)
    subject = subject_of(desk.library, desk.settings, plain_path(arguments.adapter, "adapter"), arguments.model or "")
    python = training_python(arguments.python, home).path
    asking = start_asking(subject, python, cpu=arguments.cpu, with_base=not arguments.no_base)
    try:
        events = told(asking)
        _wait_until_ready(events, subject)
        if not subject.format and not arguments.json:
            show.problem(f"Note: {_UNKNOWN}")
        for question in [arguments.question] if arguments.question is not None else _typed():
            try:
                ask(asking, subject, question, tokens)
                _show(desk, subject, question, events, as_json=arguments.json)
            except Invalid as error:
                _refuse(asking, error, arguments)
    finally:
        end_asking(asking)


def _wait_until_ready(events: Iterator[Event], subject: Subject) -> None:
    if is_terminal(sys.stderr):
        show.problem(f"Loading {subject.model} with the adapter…")
    for event in events:
        if event.event == "error":
            raise Invalid(event.message or "The adapter cannot be loaded", "adapter")
        if event.event == "ready":
            return


def _typed() -> Iterator[str]:
    """The questions that stand on stdin, a line each; a terminal is told whose turn it is."""
    at_terminal = is_terminal(sys.stdin)
    if at_terminal:
        show.problem("Ask something, and press Enter; Ctrl+D ends.")
    while True:
        if at_terminal:
            show.part("> ")
        line = "" if sys.stdin is None else sys.stdin.readline()
        if not line:
            return
        if line.strip():
            yield line.strip()


def _refuse(asking: Asking, error: Invalid, arguments: argparse.Namespace) -> None:
    """Of several questions one may be refused; a single one, or a child that has ended, ends the command."""
    if arguments.question is not None or asking.child.poll() is not None:
        raise error
    if arguments.json:
        show.data(response_text(refusal(error)))
    else:
        show.problem(f"lora-studio: {error.message}")


def _show(desk: Desk, subject: Subject, question: str, events: Iterator[Event], *, as_json: bool) -> None:
    meant = meant_by(desk.library, subject, question)
    answers = _answers(events, stream=not as_json)
    if as_json:
        found = {"question": question, "base": answers.get("base"), "tuned": answers.get("tuned")}
        more = {"meant": asdict(meant) if meant else None, "model": subject.model}
        warnings = {} if subject.format else {"warnings": [_UNKNOWN]}
        show.data(response_text({"success": True, **found, **more, **warnings}))
    elif meant:
        show.line(f'The rule that was meant, "{meant.name}":')
        show.block(f"{meant.content}\n")
    else:
        show.block("No rule of the library fits the question.\n")


def _answers(events: Iterator[Event], *, stream: bool) -> dict[str, str]:
    """What both sides answer; told as it grows where it is to `stream`."""
    answers: dict[str, str] = {}
    speaking = ""
    for event in events:
        if event.event == "error":
            raise Invalid(event.message or "This question cannot be answered", "question")
        if event.event == "answered":
            break
        side, text = event.side or "", event.text or ""
        if stream and side in _SIDES and side != speaking:
            speaking = side
            show.line(f"{_SIDES[side]}:")
        if event.event == "answer":
            answers[side] = text
        if stream and side in _SIDES:
            show.part("\n\n" if event.event == "answer" else text)
    return answers
