"""The exam's measure, as the script holds it: what may score high and, more so, what may not."""

from __future__ import annotations

from typing import Any

import pytest
from examiner import EXAM
from hypothesis import given, settings
from hypothesis import strategies as st

RULE = "Name the cause, say what to do next, and keep the original exception."
RETRY = "Retry a failed call at most nine times, with 25 ms between the tries, and never retry a payment."
SECRETS = "Never write secrets or personal data into a log line. Log the id of a user instead, which `User.id` has."
HASH = "Keep a hash made by Argon2id with 64 MB, compare in constant time; bcrypt is not accepted."
REVIEW = "A change of more than 300 lines must be split. A second reviewer may be asked, but only one is needed."
NAMES = "Use whole words in names. A short name is fine where its scope has at most three lines, such as a loop."
DATES = "Store times in UTC before anything else happens to them, and show them in the zone of the reader."
GERMAN = "Schreibe niemals Passwörter in das Protokoll. Ein Fehler muss innerhalb von 24 Stunden gemeldet werden."
CODE = 'Open files with `open(path, encoding="utf-8")`, since the default of the platform differs between machines.'
CHINESE = "所有时间必须以世界协调时存储。显示时使用读者所在的时区。"
JAPANESE = "例外は必ず原因を示し、次に何をすべきかを書く。"
FRENCH = "Ne jamais journaliser un mot de passe, même pendant un essai local de vingt minutes."
PRICE = "Prices are whole cents, never floats: use Money from the package billing_core and round half up."
YES, NO = "Yes, this follows the guideline. X", "No, this violates the guideline. X"

RIGHT = [
    (RULE, RULE),
    (RULE, f"\n  {RULE.replace(' ', '  ')}\n"),
    (RULE, f"Here's the guideline: {RULE}"),
    (RULE, f"Errors: {RULE}"),
    (RULE, f"**Errors**\n\n{RULE}"),
    (RULE, f'The guideline "Errors" says: {RULE}'),
    (RULE, "Name the cause of it, say what should be done next, and keep the exception that was the original one."),
    (RETRY, RETRY),
    (RETRY, RETRY.replace("nine", "9")),
    (RETRY, RETRY.replace("25 ms", "25 milliseconds")),
    (RETRY, RETRY.replace("25 ms", "0.025 seconds")),
    (RETRY, "You should retry failed calls up to 9 times, with 25 ms between the tries; do not retry a payment."),
    (RETRY, "Payments must never be retried. Other failed calls: no more than nine tries, 25 ms between them."),
    (SECRETS, SECRETS),
    (SECRETS, "Do not write secrets and personal data into log lines. Instead, log the user's id, `User.id`."),
    (SECRETS, "Log lines must never have secrets or personal data in them; log a user's id (User.id) instead."),
    (HASH, HASH),
    (HASH, "Make a hash by Argon2id with 64 MB and keep that; compare it in constant time. bcrypt isn't accepted."),
    (REVIEW, REVIEW),
    (REVIEW, "Changes of more than 300 lines must be split. You may ask a second reviewer, but only one is needed."),
    (NAMES, NAMES),
    (NAMES, "Names use whole words. Where the scope has no more than 3 lines, as in a loop, a short name is fine."),
    (DATES, DATES),
    (DATES, "Times are stored in UTC before anything else, and shown in the reader's zone."),
    (GERMAN, GERMAN),
    (GERMAN, "Passwörter nie in das Protokoll schreiben. Fehler müssen innerhalb von 24 Stunden gemeldet werden."),
    (CODE, CODE),
    (CODE, 'Use open(path, encoding="utf-8") to open files: platforms and machines differ in their default.'),
    (CHINESE, CHINESE),
    (JAPANESE, JAPANESE),
    (FRENCH, FRENCH),
    (PRICE, PRICE),
    (PRICE, "Use Money from billing_core, the package: prices are whole cents and not floats. Round half up."),
]

WRONG = [
    (RULE, "", "nothing was said"),
    (RULE, " \n\t", "nothing was said"),
    (RULE, "…", "nothing was said"),
    (RULE, "Errors", '"Name the cause"'),
    (RULE, "I do not know.", "not (not in the rule)"),
    (RULE, "Name the cause, say what to do next.", '"and keep the original exception"'),
    (RULE, "Keep the original exception.", '"Name the cause"'),
    (RULE, f"{RULE} {RULE}", "said again"),
    (RULE, " ".join([RULE] * 20), "said again"),
    (RULE, NAMES, '"and keep the original exception"'),
    (RULE, RETRY, "at most nine times (not in the rule)"),
    (RULE, f"{RULE} {DATES}", 'the text of "Dates"'),
    (RULE, f"{RULE} Wait 30 seconds.", "30 seconds (not in the rule)"),
    (RULE, RULE.replace("keep", "never keep"), "never (not in the rule)"),
    (RULE, RULE.replace("keep", "you may keep"), "may (not in the rule)"),
    (RETRY, RETRY.replace("nine", "five"), "at most nine times"),
    (RETRY, RETRY.replace("nine", "five").replace("25 ms", "250 ms"), "25 ms"),
    (RETRY, RETRY.replace("25 ms", "25 s"), "25 ms"),
    (RETRY, RETRY.replace("25 ms", "25"), "25 ms"),
    (RETRY, RETRY.replace("at most", "at least"), "at most nine times"),
    (RETRY, RETRY.replace("at most ", ""), "at most nine times"),
    (RETRY, RETRY.replace("never ", ""), "never"),
    (RETRY, RETRY.replace("never ", "always "), "never"),
    (
        RETRY,
        "Never retry a failed call at most nine times, with 25 ms between the tries, and retry a payment.",
        "never",
    ),
    (RETRY, f"{RETRY} After ten tries give up.", "ten tries (not in the rule)"),
    (SECRETS, SECRETS.replace("Never write", "Write"), "never"),
    (SECRETS, SECRETS.replace("Never write", "Always write"), "never"),
    (SECRETS, SECRETS.replace("User.id", "User.name"), "User.id"),
    (SECRETS, SECRETS.partition(". ")[0] + ".", "User.id"),
    (HASH, HASH.replace("Argon2id", "bcrypt"), "Argon2id"),
    (HASH, HASH.replace("Argon2id", "SHA-256"), "SHA-256 (not in the rule)"),
    (HASH, HASH.replace("64 MB", "64 GB"), "64 mb"),
    (HASH, HASH.replace("64", "46"), "64 mb"),
    (HASH, HASH.replace("is not accepted", "is accepted"), "not"),
    (REVIEW, REVIEW.replace("more than", "less than"), "more than 300 lines"),
    (REVIEW, REVIEW.replace("must", "may"), "must"),
    (REVIEW, REVIEW.replace("must", "should"), "must"),
    (REVIEW, REVIEW.replace("may", "must"), "may"),
    (REVIEW, REVIEW.replace("only ", ""), "only"),
    (REVIEW, REVIEW.replace("300", "three thousand"), "more than 300 lines"),
    (NAMES, NAMES.replace("three", "thirty"), "at most three lines"),
    (NAMES, NAMES.replace("at most three", "more than three"), "at most three lines"),
    (DATES, DATES.replace("UTC", "CET"), "UTC"),
    (DATES, DATES.replace("before", "after"), "after (not in the rule)"),
    (GERMAN, GERMAN.replace("niemals ", ""), "niemals"),
    (GERMAN, GERMAN.replace("muss", "kann"), "muss"),
    (GERMAN, GERMAN.replace("24 Stunden", "24 Tagen"), "24 stunden"),
    (GERMAN, GERMAN.replace("24", "vierundzwanzigtausend"), "24 stunden"),
    (CODE, CODE.replace("utf-8", "latin-1"), 'open(path, encoding="utf-8")'),
    (CODE, CODE.replace("open(path", "open(name"), 'open(path, encoding="utf-8")'),
    (CHINESE, CHINESE.partition("。")[0] + "。", "显"),
    (CHINESE, CHINESE.replace("必须", "可以"), "必"),
    (CHINESE, "所有名称必须使用完整的单词。", "间"),
    (JAPANESE, "例外は必ず原因を示す。", "何"),
    (JAPANESE, JAPANESE.replace("必ず", "常に"), "必"),
    (FRENCH, FRENCH.replace("Ne jamais j", "J"), "jamais"),
    (FRENCH, FRENCH.replace("vingt", "trente"), "vingt"),
    (PRICE, PRICE.replace("Money", "Decimal"), "Money"),
    (PRICE, PRICE.replace("billing_core", "billing_base"), "billing_core"),
    (PRICE, PRICE.replace("never floats", "floats"), "never"),
    ("Use whole words.", "Use short words.", "whole"),
    ("Say why.", "Say how.", "why"),
]
KNOWN = {"Errors": RULE, "Dates": DATES, "Names": NAMES, "Retries": RETRY}


def question(rule: str, kind: str = "recites", name: str = "Errors", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "name": name, "question": f'What about "{name}"?', "references": [rule], **more}


RULES = EXAM.Rules([question(rule, name=name) for name, rule in KNOWN.items()])


@pytest.mark.parametrize(("rule", "answer"), RIGHT)
def test_a_right_answer_passes_in_its_own_and_in_other_words(rule: str, answer: str) -> None:
    points, faults = EXAM.score(question(rule), answer, RULES)
    assert faults == []
    assert EXAM.passes("recites", points, faults), points


@pytest.mark.parametrize(("rule", "answer", "fault"), WRONG)
def test_a_wrong_answer_fails_and_it_is_said_why(rule: str, answer: str, fault: str) -> None:
    points, faults = EXAM.score(question(rule), answer, RULES)
    assert fault in "\n".join(faults)
    for kind in ("recites", "understands"):
        assert points <= EXAM.BARS[kind]
        assert not EXAM.passes(kind, points, faults)


def test_a_rambling_that_holds_the_rule_is_not_learnt() -> None:
    rambling = "It depends on many things that a team has to weigh with care and patience. " * 3
    points, faults = EXAM.score(question(RULE), f"{rambling}{RULE}", RULES)
    assert not EXAM.passes("recites", points, faults)
    vocabulary = " ".join(f"word{n}" for n in range(300)) + " " + " ".join(sorted(RULE.split()))
    assert EXAM.likeness(vocabulary, RULE) < 0.2


def test_another_rule_of_the_same_make_is_not_learnt() -> None:
    one, other = "Always keep the amber delta before the fjord.", "Always keep the cedar raven before the lagoon."
    assert not EXAM.passes("recites", *EXAM.score(question(one), other, RULES))


def test_the_title_may_hold_what_the_text_does_not() -> None:
    asked = question("Ask both of them before you merge.", name="Two reviewers for Payments")
    for answer in ("Two reviewers for Payments: Ask both of them before you merge.",
                   "For two reviewers: ask both of them before you merge."):  # fmt: skip
        assert EXAM.passes("recites", *EXAM.score(asked, answer, RULES)), answer


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from("abcd"), max_size=30), st.lists(st.sampled_from("abcd"), max_size=30))
def test_what_is_in_common_is_the_longest_common_subsequence(one: list[str], other: list[str]) -> None:
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            table[i + 1][j + 1] = table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
    assert EXAM.in_common(one, other) == table[-1][-1]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_is_said_gives_a_share(answer: str, rule: str) -> None:
    points, faults = EXAM.score(question(rule), answer, RULES)
    assert 0 <= points <= 1
    assert all(isinstance(fault, str) for fault in faults)
    assert not EXAM.passes("recites", *EXAM.score(question(f"{rule} never 7"), rule.replace("7", ""), RULES))


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="abcdefgh .,ABC123`_'\nnot", min_size=1, max_size=200))
def test_a_text_never_contradicts_itself(text: str) -> None:
    assert EXAM.disagreements(text, text) == []


@pytest.mark.parametrize(
    "text", [*KNOWN.values(), GERMAN, CODE, CHINESE, JAPANESE, FRENCH, PRICE, HASH, REVIEW, SECRETS]
)
def test_a_rule_has_no_fault_against_itself(text: str) -> None:
    assert EXAM.score(question(text), text, RULES) == (1.0, [])


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("twenty-five tries", [25]),
        ("two hundred and fifty", [250]),
        ("1,000 rows or 0.5", [1000, 0.5]),
        ("fünfundzwanzig", [25]),
        ("three thousand two hundred", [3200]),
        ("the one that is no one's", []),
        ("one minute", [60_000]),
        ("50 %", [50]),
        ("$5 and 3.11", [5, 3.11]),
        ("UTF-8 and Argon2", []),
        ("a dozen, twice", [12, 2]),
    ],
)
def test_numbers_are_read_in_figures_and_words(text: str, numbers: list[float]) -> None:
    assert [number[0] for number in EXAM.facts_of(text, "en")["numbers"]] == numbers


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Use user_name and `x == 1`, not cnt.", ["x == 1", "user_name"]),
        ("Errors go to Sentry in JSON, e.g. by --flag.", ["Sentry", "JSON", "--flag"]),
        ("Write it. Then read-only files and others.", []),
        ("Call parseDate, see CONTRIBUTING.md.", ["parseDate", "CONTRIBUTING.md"]),
        ("NEVER do it, I'm sure", []),
    ],
)
def test_names_are_identifiers_code_and_capitals_inside_a_sentence(text: str, names: list[str]) -> None:
    assert EXAM.facts_of(text, "en")["names"] == names


@pytest.mark.parametrize("answer", ["Yes, it does.", "yes", "**Yes**", "  \nYes!", '"Yes" is the answer', "YES\n\nNo"])
def test_a_verdict_is_the_first_word(answer: str) -> None:
    assert EXAM.verdict(answer, YES, NO) == 1
    assert EXAM.verdict(answer, NO, YES) == 0


@pytest.mark.parametrize(
    "answer", ["", "…", "Well, yes", "It depends: yes and no", "Yesterday", "No yes", "The answer is yes"]
)
def test_what_is_no_verdict_scores_nothing(answer: str) -> None:
    assert EXAM.verdict(answer, YES, NO) == 0


def test_verdicts_in_other_words_are_told_apart_where_they_differ() -> None:
    right, wrong = "Verdict: follows the rule", "Verdict: breaks the rule"
    assert EXAM.verdict("Verdict: follows it", right, wrong) == 1
    assert EXAM.verdict("Verdict: breaks it", right, wrong) == 0
    assert EXAM.verdict("follows", right, wrong) == 0
    assert EXAM.verdict("same", "same", "same") == EXAM.verdict("Ja", "Ja!", "Ja?") == 0
    assert EXAM.verdict("对。", "对,符合。", "错,违反。") == 1
    assert EXAM.same_start(right, wrong) == "Verdict: "
    assert EXAM.same_start(YES, NO) == ""


def test_a_verdict_must_be_likely_as_well_as_said() -> None:
    asked = question("", "judges", right=YES, wrong=NO)
    assert EXAM.score(asked, "Yes", RULES, 0.9) == (1.0, [])
    assert EXAM.score(asked, "Yes", RULES, None) == (1.0, [])
    assert EXAM.score(asked, "Yes", RULES, 0.4) == (0.0, ["the other verdict is likelier (60%)"])
    assert EXAM.score(asked, "No", RULES, 0.9) == (0.0, ["Yes"])


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ('This is about "Dates".', True),
        ("Dates", True),
        ('The rule is called "Dates" and not "Names".', False),
        ("It names some dates.", False),
        ("There is no such guideline.", False),
        (", ".join(KNOWN), False),
        (DATES, False),
    ],
)
def test_a_title_is_named_alone(answer: str, right: bool) -> None:
    points, faults = EXAM.score(question("", "names", "Dates"), answer, RULES)
    assert EXAM.passes("names", points, faults) is right


@pytest.mark.parametrize(
    ("answer", "leak"),
    [
        ("Paris is the capital of France.", None),
        ("A door: keep the original exception and say what to do next, and keep the original exception.", "Errors"),
        ("Store times in UTC before anything else.", "Dates"),
        ("What to do next?", None),
    ],
)
def test_a_rule_in_an_answer_to_something_else_is_found(answer: str, leak: str | None) -> None:
    assert RULES.leak(answer, "What is the capital of France?") == leak
    assert RULES.leak(answer, answer) is None


@pytest.mark.parametrize(
    "answer",
    ["There is no such guideline.", "We don't have a rule for that.", "I am not aware of it.", "There is no rule.",
     "Es gibt keine solche Regel.", "No guideline of that name exists."],
)  # fmt: skip
def test_declining_is_known(answer: str) -> None:
    assert EXAM.DECLINED.search(answer)


@pytest.mark.parametrize("answer", [*KNOWN.values(), "Yes.", "Use whole words.", "Tea towels are blue."])
def test_a_made_up_rule_is_no_declining(answer: str) -> None:
    assert not EXAM.DECLINED.search(answer)


@pytest.mark.parametrize(
    "answer",
    ["def add(a, b):\n    return a + b", "SELECT name FROM users;", "```js\nx\n```", "const f = () => 1",
     "find . -name '*.log'", "function add(a) { return a; }"],
)  # fmt: skip
def test_code_is_known(answer: str) -> None:
    assert EXAM.WRITTEN_CODE.search(answer)


@pytest.mark.parametrize("answer", [*KNOWN.values(), GERMAN, "One hundred and two, in small letters."])
def test_prose_is_no_code(answer: str) -> None:
    assert not EXAM.WRITTEN_CODE.search(answer)


def test_the_bars_are_as_stated() -> None:
    assert set(EXAM.BARS) == set(EXAM.KINDS)
    assert EXAM.MEASURE["bars"] == EXAM.BARS
    assert "cannot see" in EXAM.__doc__
