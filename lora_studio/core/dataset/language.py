"""The language of example templates: a small part of Jinja2, named here kind by kind; all else is refused.

A template is a stranger's program when it was copied from somewhere. This one has names, conditions, filters that make
nothing longer than what they are given and the words between it, and a loop over a guideline's tags. So what it can do
is bounded by its own length and its guideline's, and nothing has to be counted while it is filled.
"""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jinja2 import StrictUndefined, TemplateError, meta, nodes
from jinja2.sandbox import SandboxedEnvironment

TEXT_MAX = 100_000
"""Longest template, in characters."""
PARTS_MAX = 300
"""Most names, filters and conditions of a template; what does something with the guideline's own texts in each round
of a loop counts as LOOP_WEIGHT of them.
"""
LOOP_WEIGHT = 100
_WEIGHTS = {"title": 6, "wordcount": 6}
"""Of the filters that take longer than a copy."""
BETWEEN_MAX = 100
"""Longest text that `join` puts between tags."""
LIST = "tags"
"""The one list that a template is given."""
FILTERS = (
    "capitalize", "first", "join", "last", "length", "lower", "reverse", "sort", "title", "trim", "unique", "upper",
    "wordcount",
)  # fmt: skip
"""The filters that a template may use; `join` alone takes a text, that between the tags."""
_LOOP_PARTS = ("first", "index", "index0", "last", "length", "revindex", "revindex0")
_SHAPE = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Filter, nodes.If, nodes.CondExpr,
    nodes.For, nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Getattr, nodes.Getitem, nodes.Concat,
)  # fmt: skip
"""The kinds of nodes that there are; some of them only in one place, as `_checked` says."""
_WORDS = {
    nodes.Assign: "set", nodes.AssignBlock: "set", nodes.Macro: "a macro", nodes.CallBlock: "call",
    nodes.Call: "a call", nodes.Test: "a test (is)", nodes.Slice: "a part of a text", nodes.List: "a list",
    nodes.Tuple: "a list", nodes.Dict: "a table", nodes.Import: "import", nodes.FromImport: "import",
    nodes.FilterBlock: "filter", nodes.BinExpr: "arithmetic", nodes.UnaryExpr: "arithmetic",
}  # fmt: skip
_INSTEAD = f"names, {{% if %}}, {{% for tag in {LIST} %}} and the filters {', '.join(FILTERS)} are what there is"


class TemplateProblem(Exception):
    """What is wrong with a template's text, for the end of a sentence; `line` counts from 1, 0 where it is unknown.

    `is_foreign`: it is Jinja2, but not of this language.
    """

    def __init__(self, reason: str, line: int = 0, *, is_foreign: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.is_foreign = is_foreign


LANGUAGE = SandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True, optimized=False)
LANGUAGE.globals.clear()


def compiled(text: str) -> Callable[[dict[str, Any]], str]:
    """A function that fills the `text`. Both this and that one raise TemplateProblem."""
    parsed(text)
    with _problems():
        template = LANGUAGE.from_string(text)

    def render(values: dict[str, Any]) -> str:
        with _problems():
            return template.render(values)

    return render


def parsed(text: str) -> nodes.Template:
    """The `text` as a tree of the kinds that there are. Raises TemplateProblem."""
    with _problems():
        tree = LANGUAGE.parse(text)
        if _weight(tree, None) > PARTS_MAX:
            raise TemplateProblem("it fills in too much; make it shorter", is_foreign=True)
    return tree


def unknown_names(text: str, known: Iterable[str]) -> dict[str, int]:
    """The names in `text` beside the `known` ones, each with the first line it stands in. Raises TemplateProblem."""
    tree = parsed(text)
    with _problems():
        unknown = meta.find_undeclared_variables(tree) - set(known)
    lines = [(node.lineno, node.name) for node in tree.find_all(nodes.Name) if node.name in unknown]
    return {name: line for line, name in sorted(lines, reverse=True)}


def _weight(node: nodes.Node, tag: str | None) -> int:
    """How much the tree below `node` does; `tag` is the name of the tag in the loop around it. Raises TemplateProblem
    for what is not of this language.
    """
    _check(node, tag)
    if isinstance(node, nodes.For):
        assert isinstance(node.target, nodes.Name)
        tag = node.target.name
    if isinstance(node, nodes.Template | nodes.Output | nodes.TemplateData):
        own = 0
    else:
        in_rounds = tag is not None and any(name.name not in (tag, "loop") for name in _names(node))
        own = LOOP_WEIGHT if in_rounds else 1
        own *= _WEIGHTS.get(node.name or "", 1) if isinstance(node, nodes.Filter) else 1
    return own + sum(_weight(child, tag) for child in node.iter_child_nodes(exclude=("iter", "target")))


def _names(node: nodes.Node) -> Iterator[nodes.Name]:
    if isinstance(node, nodes.Name):
        yield node
    elif not isinstance(node, nodes.For):  # its list is gone through once
        yield from node.find_all(nodes.Name)


def _check(node: nodes.Node, tag: str | None) -> None:
    if isinstance(node, nodes.For):
        wrong = _loop_fault(node, tag)
    elif isinstance(node, nodes.Filter):
        wrong = _filter_fault(node)
    elif isinstance(node, nodes.Getattr):
        of_loop = isinstance(node.node, nodes.Name) and node.node.name == "loop" and node.attr in _LOOP_PARTS
        wrong = "" if of_loop else f".{node.attr}"
    elif isinstance(node, nodes.Getitem):
        is_number = isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, int)
        wrong = "" if is_number else "a part of a text"
    else:
        wrong = "" if type(node) in _SHAPE else _word(node)
    if wrong:
        raise TemplateProblem(f"it uses {wrong}, which templates do not have; {_INSTEAD}", node.lineno, is_foreign=True)


def _word(node: nodes.Node) -> str:
    return next((word for kind, word in _WORDS.items() if isinstance(node, kind)), type(node).__name__.lower())


def _loop_fault(node: nodes.For, tag: str | None) -> str:
    if tag is not None:
        return "a loop in a loop"
    fits = _is_list(node.iter) and isinstance(node.target, nodes.Name) and not node.recursive
    return "" if fits else f"a loop not over {LIST}"


def _is_list(node: nodes.Node | None) -> bool:
    """Whether it is the list of tags, as it is or in another order."""
    while isinstance(node, nodes.Filter) and node.name in ("reverse", "sort", "unique"):
        node = node.node
    return isinstance(node, nodes.Name) and node.name == LIST


def _filter_fault(node: nodes.Filter) -> str:
    if node.name not in FILTERS or node.node is None:
        return f"the filter {node.name}"
    if node.name in ("join", "sort", "unique") and not _is_list(node.node):
        return f"the filter {node.name} on something else than {LIST}"
    values = [*node.args, *node.kwargs, *filter(None, (node.dyn_args, node.dyn_kwargs))]
    texts = [one.value for one in values if isinstance(one, nodes.Const) and isinstance(one.value, str)]
    fits = node.name == "join" and len(values) == len(texts) <= 1 and all(len(text) <= BETWEEN_MAX for text in texts)
    return "" if fits or not values else f"the filter {node.name} with values"


@contextlib.contextmanager
def _problems() -> Iterator[None]:
    """One kind of error: filling a template may raise anything."""
    try:
        yield
    except TemplateProblem:
        raise
    except Exception as error:
        foreign = isinstance(error, TemplateError) and (error.message or "").startswith(("No filter", "No test"))
        raise TemplateProblem(_reason(error), _line(error), is_foreign=foreign) from error


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, TemplateError):
        return (error.message or "").rstrip(".")
    return str(error)


def _line(error: BaseException) -> int:
    known = getattr(error, "lineno", None)
    if isinstance(known, int):
        return known
    lines = [frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return lines[-1] if lines else 0
