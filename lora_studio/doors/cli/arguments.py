"""The commands and their flags. The flags of a request have its fields' names and meanings."""

from __future__ import annotations

import argparse

from lora_studio.core.dataset.formats import FORMATS
from lora_studio.core.domain import IF_EXISTS, PERMISSIONS, SCOPE_TYPES, SPLIT_MODES
from lora_studio.doors.cli.top import top_parser

OPTIONAL_BOOL = argparse.BooleanOptionalAction


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = top_parser()
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    _quickstart(commands)
    _call(commands)
    _export(commands)
    _adapters(commands)
    _script(commands)
    _query(commands)
    _access(commands)
    _add(commands, "doctor", "what is installed, what is missing, where files live")
    return top


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text.capitalize() + ".")
    command.add_argument("--json", action="store_true", help="print the JSON response instead of text for people")
    return command


def _quickstart(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "a library with starter guidelines, a first dataset and its training script, then the window"
    command = _add(commands, "quickstart", text)
    command.add_argument("--no-window", action="store_true", help="do not open the window at the end")


def _call(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "one JSON request in, one JSON response out"
    command = commands.add_parser("call", help=text, description=text.capitalize() + ".")
    command.add_argument("file", nargs="?", default="-", metavar="FILE", help="the request; - or nothing: stdin")


def _export(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _add(commands, "export", "write a training dataset from the guidelines")
    command.add_argument("--target-model", required=True, metavar="MODEL")
    command.add_argument("--output-path", metavar="DIR", help="the folder for the files (default: HOME/lora)")
    command.add_argument("--format", choices=tuple(FORMATS))
    command.add_argument("--include-examples", action=OPTIONAL_BOOL, default=None)
    command.add_argument("--examples-per-guideline", type=int, metavar="N")
    command.add_argument("--train-eval-split", type=float, metavar="SHARE")
    command.add_argument("--seed", type=int, metavar="N")
    command.add_argument("--split-by", choices=SPLIT_MODES)
    command.add_argument("--if-exists", choices=IF_EXISTS)
    command.add_argument("--strict", action=OPTIONAL_BOOL, default=None, help="no metadata in anthropic rows")
    command.add_argument("--agent-id", metavar="AGENT", help="export what this agent may read")
    _filter(command)


def _filter(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("which guidelines")
    group.add_argument("--category")
    group.add_argument("--priority", type=int, metavar="0..100")
    group.add_argument("--tag", dest="tags", action="append", metavar="TAG", help="may be given several times")
    group.add_argument("--scope-type", choices=SCOPE_TYPES)
    group.add_argument("--scope-id", metavar="ID")


def _adapters(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _add(commands, "adapters", "list the datasets in a folder")
    command.add_argument("output_path", nargs="?", metavar="DIR", help="default: HOME/lora")


def _script(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _add(commands, "script", "generate the training script for a dataset")
    command.add_argument("--target-model", required=True, metavar="MODEL")
    command.add_argument("--dataset-path", required=True, metavar="DIR")
    command.add_argument("--format", choices=tuple(FORMATS))
    command.add_argument("--output-path", metavar="DIR", help="write it there (otherwise it is printed)")
    lora = command.add_argument_group("lora")
    lora.add_argument("--r", type=int, metavar="RANK")
    lora.add_argument("--alpha", type=int)
    lora.add_argument("--dropout", type=float)
    lora.add_argument("--target-modules", nargs="+", metavar="NAME", help="all-linear, or names of layers")
    lora.add_argument("--quantization", choices=("none", "4bit", "8bit"))
    training = command.add_argument_group("training")
    training.add_argument("--epochs", type=int)
    training.add_argument("--learning-rate", type=float)
    training.add_argument("--batch-size", type=int)
    training.add_argument("--gradient-accumulation", type=int)
    training.add_argument("--max-length", type=int, metavar="TOKENS")
    training.add_argument("--seed", type=int)


def _query(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _add(commands, "query", "search the guidelines")
    command.add_argument("query", metavar="TEXT")
    command.add_argument("--limit", type=int)
    command.add_argument("--offset", type=int)
    _filter(command)


def _access(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _add(commands, "admin-key", "set or verify the key that guards exports")
    command.add_argument("what", choices=("set", "verify"), help="the key comes from a prompt or stdin")
    for name, text in (("grant", "give an agent a permission"), ("revoke", "take a permission back")):
        command = _add(commands, name, text)
        command.add_argument("agent", metavar="AGENT")
        command.add_argument("--permission", required=True, choices=PERMISSIONS)
        command.add_argument("--scope", required=True, metavar="global|org:ID|project:ID|session:ID|all")
