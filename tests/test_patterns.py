"""Every regular expression of the program and its scripts, tried with texts on which one that is not linear would
take for ever: found by looking into all modules, made from the pattern's own parts.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import signal
import time
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from scripting import render

import lora_studio
from lora_studio.core.training import chat_templates
from lora_studio.core.training.scripts import TEMPLATES, render_template

SHORT, LONG = 6_000, 24_000
"""Characters; four times as many may take four times as long, twice that where the machine is busy."""
AT_ONCE_S = 0.01
"""Less than that is no sign of anything."""
PATIENCE_S = 2
METHODS = ("search", "match", "fullmatch", "sub", "split", "findall", "finditer")
Use = tuple[str, str, "str | bytes", int]
"""Where, how, and what: the pattern with its flags."""
_parse = importlib.import_module("re._parser").parse


def modules() -> Iterator[types.ModuleType]:
    for found in pkgutil.walk_packages(lora_studio.__path__, "lora_studio."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def scripts() -> Iterator[tuple[str, str]]:
    for name in TEMPLATES:
        yield f"train_{name}.py", render(name)
    values: dict[str, Any] = {"target_model": "m", "format": "chat", "dataset_folder": ".", "config_file": "c"}
    data = types.SimpleNamespace(name="n", sha256="s")
    for name in ("exam.py", "ask.py"):
        yield name, render_template(f"{name}.j2", **values, train=data, eval=data, adapter="a")


def compiled(value: object, depth: int = 3) -> Iterator[re.Pattern[Any]]:
    """The patterns in a value, tables of them too."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, Mapping):
        yield from compiled((*value.keys(), *value.values()), depth - 1)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from compiled(one, depth - 1)


def uses(where: str, source: str, names: Mapping[str, object]) -> Iterator[Use]:
    """The patterns that are names there, and those written where they are used."""
    for name, value in names.items():
        for pattern in compiled(value):
            called = set(re.findall(rf"\b{re.escape(name)}\.({'|'.join(METHODS)})\(", source)) or {"search"}
            for method in called:
                yield f"{where}: {name}", method, pattern.pattern, pattern.flags & ~re.UNICODE
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            of_module = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
            if of_module and node.args and isinstance(node.args[0], ast.Constant):
                flags = re.DOTALL.value if "re.DOTALL" in ast.unparse(node) else 0
                written = node.args[0].value
                assert isinstance(written, str | bytes)
                yield f"{where}, line {node.lineno}", node.func.attr, written, flags


@cache
def all_uses() -> tuple[Use, ...]:
    found: dict[tuple[object, ...], Use] = {}
    for module in modules():
        for use in uses(module.__name__, inspect.getsource(module), vars(module)):
            found.setdefault(use[1:], use)
    for beginning, _ in (*chat_templates._TABLE, *chat_templates._TURN_ENDS):
        found[beginning,] = ("the table of chat templates", "match", beginning, 0)
    for name, text in scripts():
        namespace: dict[str, object] = {"__name__": "script", "__file__": name}
        exec(compile(text, name, "exec", dont_inherit=True), namespace)
        for use in uses(name, text, namespace):
            found.setdefault(use[1:], use)
    return tuple(found.values())


def a_text(tree: Iterable[tuple[Any, Any]], pick: int) -> str:
    """A text that the parsed pattern takes, more or less; of its branches the `pick`-th."""
    return "".join(_piece(str(kind), value, pick) for kind, value in tree)


def _piece(kind: str, value: Any, pick: int) -> str:
    pieces: dict[str, Callable[[], str]] = {
        "LITERAL": lambda: chr(value),
        "NOT_LITERAL": lambda: "b" if value == ord("a") else "a",
        "ANY": lambda: "a",
        "IN": lambda: _one_of(value, pick),
        "BRANCH": lambda: a_text(value[1][pick % len(value[1])], pick),
        "SUBPATTERN": lambda: a_text(value[-1], pick),
        "ATOMIC_GROUP": lambda: a_text(value, pick),
    }
    if kind.endswith("_REPEAT"):
        return a_text(value[2], pick) * max(1, int(value[0]))
    return pieces[kind]() if kind in pieces else ""


def _one_of(parts: list[tuple[Any, Any]], pick: int) -> str:
    """A character of a set, the `pick`-th that can be found."""
    known = {"CATEGORY_DIGIT": "19", "CATEGORY_SPACE": " \t\n", "CATEGORY_WORD": "a1_é"}
    negated = str(parts[0][0]) == "NEGATE"
    inside = []
    for kind, value in parts:
        if str(kind) == "LITERAL":
            inside.append(chr(value))
        elif str(kind) == "RANGE":
            inside += [chr(value[0]), chr(value[1])]
        elif str(kind) == "CATEGORY":
            others = "".join(known.values()) + "-.!"
            own = known.get(str(value), "")
            inside += own or [c for c in others if c not in known[str(value).replace("NOT_", "")]]
    if negated:
        inside = [c for c in "ab1 _-.!\n" if c not in inside] or ["é"]
    return inside[pick % len(inside)]


def pumped(tree: Iterable[tuple[Any, Any]], pick: int, before: str = "") -> Iterator[tuple[str, str]]:
    """What stands before each part that repeats, and that part."""
    for kind, value in tree:
        if str(kind).endswith("_REPEAT"):
            if value[1] > 10:
                yield before, a_text(value[2], pick)
            yield from pumped(value[2], pick, before)
        elif str(kind) == "BRANCH":
            for branch in value[1]:
                yield from pumped(branch, pick, before)
        elif str(kind) == "SUBPATTERN":
            yield from pumped(value[-1], pick, before)
        before += _piece(str(kind), value, pick)


def attacks(pattern: str | bytes, flags: int, length: int) -> Iterator[str]:
    """Texts of about so many characters that keep the pattern busy."""
    tree = list(_parse(pattern, flags))
    pieces = {one for pick in range(3) for one in (*pumped(tree, pick), ("", a_text(tree, pick)))}
    for before, part in sorted(pieces):
        for once, often in ((before, part), ("", before + part)):
            for end in ("", "\x01", "\n\x01"):
                yield (once + often * (length // max(1, len(often))))[:length] + end


def seconds(work: Callable[[], object]) -> float:
    """Of this process's own time; at most PATIENCE_S of it."""
    began = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE_S)
    try:
        work()
    except TimeoutError:
        return float("inf")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return time.process_time() - began


def worked(method: str, pattern: str | bytes, flags: int, text: str) -> Callable[[], object]:
    made = re.compile(pattern, flags)
    told: Any = text.encode("utf-8", "replace") if isinstance(pattern, bytes) else text
    if method == "sub":
        return lambda: made.sub(lambda match: match[0], told)
    if method == "finditer":
        return lambda: sum(1 for _ in made.finditer(told))
    return lambda: getattr(made, method)(told)


@pytest.fixture(autouse=True)
def stops(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An expression looks for signals now and then: so even one that never ends can be ended."""

    def end(number: int, frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, end)
    yield
    signal.signal(signal.SIGVTALRM, before)


def is_linear(use: Use) -> bool:
    _, method, pattern, flags = use
    for short, long in zip(attacks(pattern, flags, SHORT), attacks(pattern, flags, LONG), strict=True):
        taken = seconds(worked(method, pattern, flags, short))
        if taken > PATIENCE_S or (taken > AT_ONCE_S and not is_fair(worked(method, pattern, flags, long), 8 * taken)):
            return False
    return True


def is_fair(work: Callable[[], object], most: float) -> bool:
    """Whether it takes no longer than that, one of three times; a busy machine makes anything look slow once."""
    return any(seconds(work) <= most for _ in range(3))


def test_an_expression_that_is_not_linear_is_found_out() -> None:
    bad = [r"(?:a+)+b", r"\s*$", r"<.*>", r"(?:a|aa)+!", r"(\w+\s?)*;"]
    assert [pattern for pattern in bad if is_linear(("here", "search", pattern, 0))] == []
    assert is_linear(("here", "search", r"\ba+b", 0))


def test_every_expression_is_linear() -> None:
    uses = all_uses()
    assert len(uses) > 100
    assert [use for use in uses if not is_linear(use)] == []
