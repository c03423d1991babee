"""What an outside sceptic asks an adapter about its rules, and how the answers count. Standard library only.

Nothing of the program is used here, neither its templates nor the facts of its exam.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Facts = Sequence[Sequence[str]]
"""Each holds regular expressions, of which one must be found in the lower-case answer."""
RULE_KINDS = ("recites", "understands", "names", "judge_good", "judge_bad", "declines")
GENERAL_KINDS = ("known", "plain", "python")
NEW_TOKENS = {"names": 48, "judge_good": 12, "judge_bad": 12, "declines": 48}
"""An answer of another kind may have `MOST_TOKENS`; these show sooner whether they are right."""
MOST_TOKENS = 96
LEAK_WORDS = 5
"""So many words of a rule in a row, in an answer that is not about the rules, are a leak."""
NONE = (
    r"\bno (such|guideline|rule)\b|\bunknown\b|\bnone of (our|the|these)\b"
    r"|\b(there is|there's|there are|we have|i have|i know of|i found) (no|none|not any)\b"
    r"|\bnot (a|an|one|any) (of (our|the) )?(guidelines?|rules?)\b|\bnot (part of|among|covered|listed|known)\b"
    r"|\b(does not|doesn't|do not|don't|did not|didn't|could not|couldn't|cannot|can't) (exist|have|find|know)\b"
)


@dataclass(frozen=True)
class Question:
    """One question; `rule` is the name of the rule that it is about, empty where it is about none."""

    kind: str
    rule: str
    text: str
    facts: Facts = ()

    @property
    def new_tokens(self) -> int:
        return NEW_TOKENS.get(self.kind, MOST_TOKENS)

    @property
    def about_rules(self) -> bool:
        return self.kind in RULE_KINDS


def all_questions(asked: dict[str, Any], general: dict[str, Any]) -> list[Question]:
    """The questions of a file `questions_*.json` and those of `general.json`."""
    questions: list[Question] = []
    for name, about in asked["rules"].items():
        questions.append(Question("recites", name, f'What is the guideline for "{name}"?', about["recites"]))
        questions += [Question("understands", name, one["question"], one["facts"]) for one in about["understands"]]
        questions += [
            Question("names", name, f"Which of our rules is this about?\n\n{text}") for text in about["names"]
        ]
        for side, example in about["judge"].items():
            questions.append(Question(f"judge_{side}", name, f"Is this approach correct?\n\n{example}"))
    questions += [Question("declines", "", f'What is the guideline for "{title}"?') for title in asked["declines"]]
    questions += [Question("known", "", one["question"], one["facts"]) for one in general["known"]]
    return questions + [Question(kind, "", text) for kind in ("plain", "python") for text in general[kind]]


def holds(answer: str, facts: Facts) -> bool:
    """Whether every fact stands in the answer, in one of its forms."""
    text = answer.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return all(any(re.search(form, text) for form in forms) for forms in facts)


def verdict(answer: str) -> str:
    """`yes` or `no` where the answer begins so, or says that the approach is (in)correct; otherwise nothing."""
    text = answer.lower()
    if found := re.match(r"\W*(yes|no)\b", text):
        return found[1]
    found = re.search(r"\b(is|are) (not |in)?(correct|right)\b", text)
    return "" if not found else "no" if found[2] else "yes"


def leaks(question: str, answer: str, rules: Iterable[dict[str, Any]]) -> bool:
    """Whether an answer that has nothing to do with the rules holds the title of one, or a piece of its text."""
    said, asked = f" {' '.join(_words(answer))} ", f" {' '.join(_words(question))} "
    for rule in rules:
        title, content = _words(rule["name"]), _words(rule["content"])
        runs = [content[start : start + LEAK_WORDS] for start in range(len(content) - LEAK_WORDS + 1)]
        for run in (title, *runs):
            piece = f" {' '.join(run)} "
            if piece in said and piece not in asked:
                return True
    return False


def is_right(question: Question, answer: str, rules: Sequence[dict[str, Any]]) -> bool:
    """Whether the answer counts; a plain question has no right answer, and counts where nothing leaks."""
    match question.kind:
        case "names":
            named = [rule["name"] for rule in rules if rule["name"].lower() in answer.lower()]
            return named == [question.rule]
        case "judge_good" | "judge_bad":
            return verdict(answer) == ("yes" if question.kind == "judge_good" else "no")
        case "declines":
            return holds(answer, [[NONE]]) and not leaks(question.text, answer, rules)
        case "plain":
            return not leaks(question.text, answer, rules)
        case "python":
            return "def " in answer and "return" in answer
    return holds(answer, question.facts)


def figures(
    questions: Sequence[Question], answers: Sequence[str], rules: Sequence[dict[str, Any]]
) -> dict[str, int | float]:
    """The counts. `understands` and `names` count a rule of whose two questions one is right; `…_both` are stricter."""
    pairs = list(zip(questions, answers, strict=True))
    right = [(one, is_right(one, answer, rules)) for one, answer in pairs]
    names = [rule["name"] for rule in rules]

    def of(kind: str, name: str) -> list[bool]:
        return [fine for one, fine in right if one.kind == kind and one.rule == name]

    said = [verdict(answer) for one, answer in pairs if one.kind.startswith("judge_")]
    general = [(one, answer) for one, answer in pairs if one.kind in ("known", "plain")]
    return {
        "rules": len(names),
        "recites": sum(all(of("recites", name)) for name in names),
        "understands": sum(any(of("understands", name)) for name in names),
        "understands_both": sum(all(of("understands", name)) for name in names),
        "names": sum(any(of("names", name)) for name in names),
        "names_both": sum(all(of("names", name)) for name in names),
        "judge_pairs": sum(all(of("judge_good", name) + of("judge_bad", name)) for name in names),
        "verdicts_right": sum(fine for one, fine in right if one.kind.startswith("judge_")),
        "yes": said.count("yes"),
        "no": said.count("no"),
        "declines": sum(fine for one, fine in right if one.kind == "declines"),
        "general": sum(fine for one, fine in right if one.kind == "known"),
        "leaks": sum(leaks(one.text, answer, rules) for one, answer in general),
        "python": sum(fine for one, fine in right if one.kind == "python"),
    }


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
