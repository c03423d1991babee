"""The language of example templates: Jinja2 in its sandbox, with a limit on what one filling may cost.

A template is a stranger's program when it was copied from somewhere. So there is nothing in it that is left to chance
(random, lipsum), and everything that makes text or goes round is counted, before it is made where it could be large.
"""

from __future__ import annotations

import contextlib
import functools
import threading
import traceback
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Sized, ValuesView
from typing import Any

from jinja2 import StrictUndefined, TemplateError, meta, nodes, pass_context, pass_environment
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.runtime import Context, LoopContext, Macro, Undefined
from jinja2.sandbox import SandboxedEnvironment
from jinja2.tests import TESTS as JINJA_TESTS
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

COST_MAX = 4_000_000
"""What one filling may cost, in characters made; a round of a loop and a call cost ROUND_COST and their own text."""
ROUND_COST = 256
PLACE_COST = 16
"""What each place of a list or table costs, beside its text, whenever something is done with all of it."""
RANGE_MAX = 10_000
NUMBER_MAX = 1_000_000
TEXT_MAX = 100_000
"""Longest template, in characters."""
_FILTERS = (
    "abs", "capitalize", "count", "d", "default", "e", "escape", "first", "float", "int", "last", "length", "list",
    "lower", "map", "max", "min", "reject", "reverse", "select", "sort", "string", "title", "trim", "truncate",
    "unique", "upper", "wordcount",
)  # fmt: skip
FILTERS = tuple(sorted((*_FILTERS, "indent", "join", "replace", "wordwrap")))
"""The filters that a template may use."""
_METHODS = frozenset({
    "capitalize", "endswith", "get", "items", "keys", "lower", "lstrip", "removeprefix", "removesuffix", "rstrip",
    "split", "splitlines", "startswith", "strip", "title", "upper", "values",
})  # fmt: skip
"""The methods of texts and tables that a template may call: none makes more than it is given."""


class TemplateProblem(Exception):
    """What is wrong with a template's text, for the end of a sentence; `line` counts from 1, 0 where it is unknown."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class _TooMuchError(Exception):
    """A filling costs more than COST_MAX."""

    def __init__(self) -> None:
        super().__init__(f"it makes more than {COST_MAX:,} characters or loops too often; make it shorter")


class _Purse(threading.local):
    """What is left to spend for the filling that runs in this thread."""

    left = COST_MAX

    def pay(self, cost: int) -> None:
        self.left -= max(cost, 0)  # nobody is paid for asking for less than nothing
        if self.left < 0:
            raise _TooMuchError


_purse = _Purse()


_ROUNDS, _WEIGHED = "rounds of a loop", "what is weighed"  # no template can write a name with spaces


class _Counting(NodeTransformer):
    """Lets every round of a loop be counted, every text that is put together, and lists that are made or compared."""

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        is_loop = isinstance(node, nodes.For)
        own_text = sum(len(data.data) for data in node.find_all(nodes.TemplateData)) if is_loop else 0
        super().visit(node, *args, **kwargs)
        if isinstance(node, nodes.For):
            node.iter = _filter(_ROUNDS, node.iter, nodes.Const(ROUND_COST + own_text))
        elif isinstance(node, nodes.Concat):
            return _filter("join", nodes.List(node.nodes, lineno=node.lineno))
        elif isinstance(node, nodes.Compare):
            node.expr = _filter(_WEIGHED, node.expr)
            for operand in node.ops:
                operand.expr = _filter(_WEIGHED, operand.expr)
        elif isinstance(node, nodes.List | nodes.Dict) or (isinstance(node, nodes.Tuple) and node.ctx == "load"):
            return _filter(_WEIGHED, node)
        return node


def _filter(name: str, given: nodes.Expr | nodes.Node, *values: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(given, name, list(values), [], None, None, lineno=given.lineno)


class Language(SandboxedEnvironment):
    """Jinja2's sandbox with counted loops, calls, outputs and operators, and a short list of filters and methods."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "**", "%"})

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, keep_trailing_newline=True, optimized=False, finalize=_counted)
        self.globals = {"range": _range, "namespace": Namespace}
        own = {"join": _join, "replace": _replace, "indent": _indent, "wordwrap": _wordwrap}
        known = {name: _paying(JINJA_FILTERS[name]) for name in _FILTERS}
        self.filters = {**known, **own, _ROUNDS: _rounds, _WEIGHED: _weighed}
        self.tests = {name: _paying(test) for name, test in JINJA_TESTS.items()}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree: nodes.Template = _Counting().visit(super()._parse(source, name, filename))
        return tree

    def is_safe_callable(self, obj: Any) -> bool:
        name = getattr(obj, "__name__", "")
        is_method = isinstance(getattr(obj, "__self__", None), str | dict) and name in _METHODS
        return is_method or obj in (_range, Namespace) or isinstance(obj, Macro | LoopContext)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        _purse.pay(ROUND_COST)
        _weighed((*args, *kwargs.values()))
        return _paid(super().call(context, obj, *args, **kwargs))

    def getitem(self, obj: Any, argument: Any) -> Any:
        return super().getitem(obj, _weighed(argument))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "+":
            _purse.pay(_size(left) + _size(right))
        elif not all(isinstance(value, int | float) and abs(value) <= NUMBER_MAX for value in (left, right)):
            raise SecurityError(f"{operator} works on numbers up to {NUMBER_MAX:,} only")
        elif operator == "**" and abs(right) > 16:
            raise SecurityError("** works up to the power of 16 only")
        return super().call_binop(context, operator, left, right)


def _size(value: object) -> int:
    return len(value) if isinstance(value, Sized) and not isinstance(value, Undefined) else 0


def _paid(value: Any) -> Any:
    _purse.pay(_size(value))
    return value


_HOLDERS = (list, tuple, dict, KeysView, ValuesView, ItemsView)


def _weighed(value: Any) -> Any:
    """`value`, paid for with all that stands in it: a list can stand in another one 2**40 times."""
    waiting = [value] if isinstance(value, (*_HOLDERS, Namespace)) else []
    while waiting:
        one = waiting.pop()
        if isinstance(one, Namespace):
            one = object.__getattribute__(one, "_Namespace__attrs")
        if isinstance(one, str):
            _purse.pay(len(one))
        elif isinstance(one, _HOLDERS):
            _purse.pay(PLACE_COST * len(one))
            waiting += [*one, *one.values()] if isinstance(one, dict) else one
    return value


def _text(value: Any) -> str:
    return str(_weighed(value))


def _paying(work: Any) -> Callable[..., Any]:
    @functools.wraps(work)  # with the mark by which Jinja2 knows what to give it first
    def paying(*args: Any, **kwargs: Any) -> Any:
        _weighed((*args, *kwargs.values()))
        return _paid(work(*args, **kwargs))

    return paying


@pass_context
def _counted(context: Context, value: Any) -> Any:
    """Counts what is put out. Taking the context keeps Jinja2 from putting it out while it reads the template."""
    if not isinstance(value, Undefined):
        value = _text(value)
        _purse.pay(len(value))
    return value


def _rounds(items: Iterable[Any], cost: int) -> Iterator[Any]:
    for item in items:
        _purse.pay(cost)
        yield item


def _range(*values: int) -> range:
    made = range(*values)
    if len(made) > RANGE_MAX:
        raise SecurityError(f"a range has at most {RANGE_MAX:,} numbers")
    return made


def _join(items: Iterable[Any], between: str = "") -> str:
    """The items as texts, one after another."""
    texts = [_text(item) for item in _rounds(items, 1 + len(between))]
    _purse.pay(sum(map(len, texts)))
    return between.join(texts)


def _replace(text: str, old: str, new: str, count: int = -1) -> str:
    """`text` with `new` in every place of `old`."""
    text = _text(text)
    found = text.count(old) if count < 0 else min(count, text.count(old))
    _purse.pay(len(text) + found * len(new))
    return text.replace(old, new, count)


def _indent(text: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
    """`text` with spaces, or the text `width`, before every line but the first."""
    text = _text(text)
    step = len(width) if isinstance(width, str) else width
    _purse.pay(len(text) + step * (text.count("\n") + 1))
    before = width if isinstance(width, str) else " " * width
    start, *rest = text.split("\n")
    lines = [before + start if first else start, *(before + line if line or blank else line for line in rest)]
    return "\n".join(lines)


@pass_environment
def _wordwrap(
    environment: Language,
    text: str,
    width: int = 79,
    break_long_words: bool = True,
    wrapstring: str = "\n",
    break_on_hyphens: bool = True,
) -> str:
    _purse.pay(len(text) * (1 + len(wrapstring)))  # a line for each character, at worst
    wrapped: str = JINJA_FILTERS["wordwrap"](environment, text, width, break_long_words, wrapstring, break_on_hyphens)
    return wrapped


LANGUAGE = Language()


def compiled(text: str) -> Callable[[dict[str, Any]], str]:
    """A function that fills the Jinja2 `text`. Both this and that one raise TemplateProblem."""
    with _problems():
        template = LANGUAGE.from_string(text)

    def render(values: dict[str, Any]) -> str:
        with _problems():
            return template.render(values)

    return render


def parsed(text: str) -> nodes.Template:
    """The Jinja2 `text` as a tree. Raises TemplateProblem."""
    with _problems():
        return LANGUAGE.parse(text)


def unknown_names(text: str, known: Iterable[str]) -> dict[str, int]:
    """The names in `text` beside the `known` ones, each with the first line it stands in. Raises TemplateProblem."""
    with _problems():
        tree = LANGUAGE.parse(text)
        unknown = meta.find_undeclared_variables(tree) - set(known) - set(LANGUAGE.globals)
    lines = [(node.lineno, node.name) for node in tree.find_all(nodes.Name) if node.name in unknown]
    return {name: line for line, name in sorted(lines, reverse=True)}


@contextlib.contextmanager
def _problems() -> Iterator[None]:
    """One filling's money, and one kind of error: a template is a program, and may raise anything."""
    _purse.left = COST_MAX
    try:
        yield
    except Exception as error:
        raise TemplateProblem(_reason(error), _line(error)) from error


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply or calls itself without end"
    if isinstance(error, TemplateError):
        return (error.message or "").rstrip(".")
    return str(error)


def _line(error: BaseException) -> int:
    known = getattr(error, "lineno", None)
    if isinstance(known, int):
        return known
    lines = [frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return lines[-1] if lines else 0
