"""Run by the training Python: asks a base model, and an adapter on it, the questions of a sceptic.

    python -m benchmarks.real_model.ask_outside --base MODEL --adapter ADAPTER --set tune --system SENTENCE

prints the figures as JSON; `--output FILE` takes the answers as well.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from benchmarks.real_model.questions import Question, all_questions, figures, is_right

HERE = Path(__file__).parent
ROWS = 16
Answerer = Callable[[Sequence[Question]], list[str]]


def messages(question: Question, system: str) -> list[dict[str, str]]:
    """General questions have no system sentence: who asks those knows nothing of the rules."""
    before = [{"role": "system", "content": system}] if question.about_rules and system else []
    return [*before, {"role": "user", "content": question.text}]


def batches(prompts: Sequence[str], questions: Sequence[Question]) -> Iterator[list[int]]:
    """Places of prompts that are answered together: equally long answers, then prompts of one length."""
    order = sorted(range(len(prompts)), key=lambda at: (questions[at].new_tokens, questions[at].kind, len(prompts[at])))
    while order:
        limit = questions[order[0]].new_tokens
        group = [at for at in order[:ROWS] if questions[at].new_tokens == limit]
        order = order[len(group) :]
        yield group


def answers_of(model: Any, tokenizer: Any, questions: Sequence[Question], system: str) -> list[str]:
    """The model's greedy answers, in the order of the questions."""
    made = [messages(one, system) for one in questions]
    prompts = [tokenizer.apply_chat_template(one, tokenize=False, add_generation_prompt=True) for one in made]
    answers = [""] * len(prompts)
    for group in batches(prompts, questions):
        given = tokenizer([prompts[at] for at in group], return_tensors="pt", padding=True, add_special_tokens=False)
        with torch.no_grad():
            out = model.generate(
                input_ids=given["input_ids"],
                attention_mask=given["attention_mask"],
                max_new_tokens=questions[group[0]].new_tokens,
                do_sample=False,
                pad_token_id=tokenizer.pad_token_id,
                eos_token_id=tokenizer.eos_token_id,
            )
        for at, row in zip(group, out[:, given["input_ids"].shape[1] :], strict=True):
            answers[at] = tokenizer.decode(row, skip_special_tokens=True).strip()
    return answers


def cached(file: Path, key: str, questions: Sequence[Question], answer: Answerer) -> list[str]:
    """Answers that stand in the file, and the others, which are asked for and written there."""
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    keys = [f"{key if one.about_rules else ''}|{one.new_tokens}|{one.text}" for one in questions]
    new = [at for at, one in enumerate(keys) if one not in known]
    if new:
        said = answer([questions[at] for at in new])
        known |= {keys[at]: text for at, text in zip(new, said, strict=True)}
        file.parent.mkdir(parents=True, exist_ok=True)
        half = file.with_suffix(".half")
        half.write_text(json.dumps(known, ensure_ascii=False, indent=1))
        half.replace(file)
    return [known[one] for one in keys]


def cache_file(folder: Path, base: str) -> Path:
    """One file for each model: its folder, and its weights by size and time."""
    weights = [(path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(Path(base).glob("*.safetensors"))]
    digest = hashlib.sha256(repr((str(Path(base).absolute()), weights)).encode()).hexdigest()
    return folder / f"base_answers_{digest[:12]}.json"


def ask(arguments: argparse.Namespace) -> dict[str, Any]:
    rules = json.loads(arguments.rules.read_text())["guidelines"]
    general = json.loads((HERE / "general.json").read_text())
    questions = all_questions(json.loads(arguments.questions.read_text()), general)
    tokenizer = AutoTokenizer.from_pretrained(arguments.base, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(arguments.base, dtype=torch.float32).eval()
    told: dict[str, Any] = {}

    def answer(some: Sequence[Question]) -> list[str]:
        return answers_of(model, tokenizer, some, arguments.system)

    def tell(who: str, answers: Sequence[str], began: float) -> None:
        rows = [
            {
                "kind": one.kind,
                "rule": one.rule,
                "question": one.text,
                "answer": said,
                "right": is_right(one, said, rules),
            }
            for one, said in zip(questions, answers, strict=True)
        ]
        counts = figures(questions, answers, rules)
        told[who] = {"figures": counts, "seconds": round(time.perf_counter() - began, 1), "answers": rows}

    if arguments.ask_base or not arguments.adapter:
        began = time.perf_counter()
        file = cache_file(arguments.cache, arguments.base) if arguments.cache else None
        tell("base", cached(file, arguments.system, questions, answer) if file else answer(questions), began)
    if arguments.adapter:
        began = time.perf_counter()
        model = PeftModel.from_pretrained(model, arguments.adapter).merge_and_unload().eval()
        tell("adapter", answer(questions), began)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description="Asks base and adapter what an outside sceptic would ask")
    parser.add_argument("--base", required=True)
    parser.add_argument("--adapter")
    parser.add_argument("--set", help="instead of --rules and --questions: tune, count or six")
    parser.add_argument("--rules", type=Path)
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--system", default="", help="the system sentence of the dataset, for questions about rules")
    parser.add_argument("--ask-base", action="store_true", help="the base model too; alone where there is no adapter")
    parser.add_argument("--cache", type=Path, help="a folder that keeps the base model's answers")
    parser.add_argument("--output", type=Path, help="a file for the figures with all answers")
    arguments = parser.parse_args()
    if arguments.set:
        arguments.rules = HERE / f"rules_{arguments.set}.json"
        arguments.questions = HERE / f"questions_{arguments.set}.json"
    if not arguments.rules or not arguments.questions:
        parser.error("give --set, or --rules and --questions")
    told = ask(arguments)
    if arguments.output:
        arguments.output.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    brief = {who: one["figures"] | {"seconds": one["seconds"]} for who, one in told.items()}
    sys.stdout.write(json.dumps(brief) + "\n")


if __name__ == "__main__":
    main()
