"""The commands and their flags. The flags of a request have its fields' names and meanings."""

from __future__ import annotations

import argparse

from lora_studio.core.dataset.formats import FORMATS
from lora_studio.core.dataset.preferences import PREFERENCES
from lora_studio.core.domain import IF_EXISTS, PERMISSIONS, SCOPE_TYPES, SPLIT_MODES, VARIETIES
from lora_studio.core.training.launch import LAUNCHERS
from lora_studio.core.training.options import LOSS_TYPES
from lora_studio.doors.cli.top import top_parser

_ALL_FORMATS = (*FORMATS, *PREFERENCES)
OPTIONAL_BOOL = argparse.BooleanOptionalAction


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = top_parser()
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    _quickstart(commands)
    _call(commands)
    _import(commands)
    _export(commands)
    _adapters(commands)
    _script(commands)
    _train(commands)
    _exam(commands)
    _ask(commands)
    _query(commands)
    _access(commands)
    _keeping(commands)
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


def _import(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _add(commands, "import", "rule files and data files into the library")
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "paths",
        nargs="*",
        default=[],
        metavar="PATH",
        help="Markdown rules, a folder, JSON, JSONL, YAML, CSV, TSV, agent-memory's .db",
    )
    command.add_argument("--dry-run", action="store_true", help="only show what would be new, changed, the same")
    command.add_argument(
        "--scope",
        metavar="global|org:ID|project:ID|session:ID",
        help="for rules that name none (default: where their source went before, global for a new one)",
    )
    what.add_argument("--again", action="store_true", help="read all files that were imported before once more")
    command.add_argument(
        "--anew",
        action="store_true",
        help="also cut files that have not changed since an older version read them as this one does",
    )
    command.add_argument(
        "--take",
        action="append",
        default=[],
        choices=("conflict", "gone", "duplicate", "unlikely", "declined"),
        help="also these: put the file's text in place of an edited one, switch off what the file no longer has, "
        "add what is there under another name, what is probably no rule, what was left out before; "
        "may be given several times",
    )


def _export(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _add(commands, "export", "write a training dataset from the guidelines")
    command.add_argument("--target-model", required=True, metavar="MODEL")
    command.add_argument("--output-path", metavar="DIR", help="the folder for the files (default: HOME/lora)")
    command.add_argument("--format", choices=_ALL_FORMATS, help="dpo and kto: preferences from good and bad examples")
    command.add_argument("--include-examples", action=OPTIONAL_BOOL, default=None)
    command.add_argument("--examples-per-guideline", type=int, metavar="N")
    command.add_argument("--train-eval-split", type=float, metavar="SHARE")
    command.add_argument("--seed", type=int, metavar="N")
    command.add_argument("--split-by", choices=SPLIT_MODES)
    command.add_argument("--if-exists", choices=IF_EXISTS)
    command.add_argument("--variety", choices=VARIETIES, help="rich: more ways of asking, for local training")
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
    command = _add(commands, "adapters", "list the datasets and the trained adapters in a folder")
    command.add_argument("output_path", nargs="?", metavar="DIR", help="default: HOME/lora")


def _script(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _add(commands, "script", "generate the training script for a dataset")
    command.add_argument("--target-model", required=True, metavar="MODEL")
    command.add_argument("--dataset-path", required=True, metavar="DIR")
    command.add_argument("--format", choices=_ALL_FORMATS)
    command.add_argument("--output-path", metavar="DIR", help="write it there (otherwise it is printed)")
    _values(command)
    launch = command.add_argument_group("several graphics cards or machines, or another tool")
    launch.add_argument("--launcher", choices=LAUNCHERS, help="also write what starts the training this way")
    launch.add_argument("--machines", type=int, metavar="N", help="default: 1")
    launch.add_argument("--processes", type=int, metavar="N", help="graphics cards in each machine (default: 2)")
    _preference(command)


def _preference(command: argparse.ArgumentParser) -> None:
    preference = command.add_argument_group("formats dpo and kto only")
    preference.add_argument("--beta", type=float, help="how close to stay to the model before")
    preference.add_argument("--loss-type", choices=tuple(loss for losses in LOSS_TYPES.values() for loss in losses))
    preference.add_argument("--adapter-path", metavar="DIR", help="go on from this trained adapter")


def _values(command: argparse.ArgumentParser) -> None:
    lora = command.add_argument_group("lora")
    lora.add_argument("--r", type=int, metavar="RANK")
    lora.add_argument("--alpha", type=int)
    lora.add_argument("--dropout", type=float)
    lora.add_argument("--target-modules", nargs="+", metavar="NAME", help="all-linear, or names of layers")
    lora.add_argument("--quantization", choices=("none", "4bit", "8bit"))
    training = command.add_argument_group("training", "what is left out is planned from rows and model")
    training.add_argument("--epochs", type=int, help="times that every row is seen")
    training.add_argument("--steps", type=int, help="in place of --epochs")
    training.add_argument("--learning-rate", type=float)
    training.add_argument("--batch-size", type=int, help="rows at a time on one device")
    training.add_argument("--gradient-accumulation", type=int, help="batches that make one step")
    training.add_argument("--max-length", type=int, metavar="TOKENS")
    training.add_argument("--replay", type=float, metavar="SHARE", help="of rows that the base model answers itself")
    training.add_argument("--seed", type=int)


def _train(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _add(commands, "train", "train an adapter on a dataset, with a Python that has the training libraries")
    command.add_argument("dataset", metavar="DATASET", help="its config file or folder; with --resume the run's folder")
    command.add_argument("--base", metavar="MODEL", help="a name on the hub or a folder (default: the dataset's)")
    command.add_argument("--python", metavar="PYTHON", help="which Python trains (default: the first that can)")
    command.add_argument("--cpu", action="store_true", help="use no graphics card")
    command.add_argument("--output", metavar="DIR", help="the folder for the adapter and its log (default: a new one)")
    command.add_argument("--max-steps", type=int, metavar="N", help="end after so many steps, 0 for no limit")
    command.add_argument("--precision", choices=("auto", "float32", "bf16"), help="auto: bf16 where it is quick")
    command.add_argument("--verbose", action="store_true", help="show all that the libraries say")
    how = command.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="look whether all is ready, train nothing")
    how.add_argument("--resume", action="store_true", help="go on from the last checkpoint of a run")
    _values(command)
    _preference(command)


def _exam(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _add(commands, "exam", "ask a trained adapter and its base model about every guideline")
    command.add_argument("adapter", metavar="ADAPTER", help="the adapter's folder, for example lora_output")
    command.add_argument("--python", metavar="PYTHON", help="which Python takes it (default: the first that can)")
    command.add_argument("--dataset-path", metavar="DIR", help="where its dataset lies (default: above the adapter)")
    command.add_argument("--model", help="the base model (default: what the adapter names)")
    command.add_argument("--sample", type=int, metavar="N", help="ask about N guidelines only, drawn evenly")
    command.add_argument("--batch-size", type=int, metavar="N", help="questions at a time")
    command.add_argument("--quantization", choices=("none", "4bit", "8bit"), help="bits of the base model")
    command.add_argument("--cpu", action="store_true", help="use no graphics card")


def _ask(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _add(commands, "ask", "ask a trained adapter and its base model, side by side")
    command.add_argument("adapter", metavar="ADAPTER", help="the adapter's folder, for example lora_output")
    command.add_argument("question", nargs="?", metavar="QUESTION", help="without one: a question a line from stdin")
    command.add_argument("--python", metavar="PYTHON", help="which Python answers (default: the first that can)")
    command.add_argument("--model", help="the base model (default: what the adapter names)")
    command.add_argument("--max-tokens", type=int, metavar="N", help="most tokens of an answer (default: 256)")
    command.add_argument("--no-base", action="store_true", help="let only the adapter answer")
    command.add_argument("--cpu", action="store_true", help="use no graphics card")


def _query(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _add(commands, "query", "search the guidelines")
    command.add_argument("query", metavar="TEXT")
    command.add_argument("--limit", type=int)
    command.add_argument("--offset", type=int)
    _filter(command)


def _access(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _add(commands, "admin-key", "set, verify or reset the key that guards exports")
    how = "set, verify: the key comes from a prompt or stdin; reset does away with a lost one, at a terminal only"
    command.add_argument("what", choices=("set", "verify", "reset"), help=how)
    for name, text in (("grant", "give an agent a permission"), ("revoke", "take a permission back")):
        command = _add(commands, name, text)
        command.add_argument("agent", metavar="AGENT")
        command.add_argument("--permission", required=True, choices=PERMISSIONS)
        command.add_argument("--scope", required=True, metavar="global|org:ID|project:ID|session:ID|all")


def _keeping(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _add(commands, "backup", "a sound copy of the library")
    command.add_argument("file", nargs="?", metavar="FILE", help="where to (default: among the backups in the home)")
    command = _add(commands, "restore", "put a backup back; the present library is kept beside it")
    command.add_argument("file", metavar="FILE")
    command = _add(commands, "purge", "erase guidelines for good, in every version and backup; asks at a terminal")
    command.add_argument("ids", nargs="+", metavar="ID")
    command = _add(commands, "doctor", "what is installed, what is missing, where files live")
    command.add_argument("--check", action="store_true", help="also look whether the library is sound")
