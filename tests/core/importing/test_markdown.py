"""What Markdown rule files become: one guideline a section or a list item, word for word."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lora_studio.core.domain import Draft, Guideline, Scope
from lora_studio.core.importing.labels import label_of
from lora_studio.core.importing.markdown import read_markdown
from lora_studio.core.importing.text_blocks import front_matter
from lora_studio.core.sharing import SHARE_FORMATS


def read(text: str, name: str = "web/CLAUDE.md") -> list[Draft]:
    found, problems = read_markdown(text, Path("/src") / name)
    assert problems == []
    return [one.draft for one in found]


def test_a_section_with_prose_is_one_guideline_in_the_category_above() -> None:
    made = read("# Web app\n\nHow we work.\n\n## Errors\n\nWrap them.\n\nThen log.\n\n### Retries\nAt most three.\n")
    assert [(one.name, one.category, one.content) for one in made] == [
        ("Web app", "CLAUDE", "How we work."),
        ("Errors", "Web app", "Wrap them.\n\nThen log."),
        ("Retries", "Errors", "At most three."),
    ]


def test_a_list_of_rules_becomes_one_guideline_an_item() -> None:
    made = read(
        "## Style\n\n"
        "- Use descriptive variable names, always.\n"
        "- **Constants**: use `UPPER_CASE` for every constant in a module.\n"
        "  - not for enums\n\n"
        "- Keep functions short and do one thing. Two screens are too much.\n"
    )
    assert [(one.name, one.category) for one in made] == [
        ("Use descriptive variable names", "Style"),
        ("Constants", "Style"),
        ("Keep functions short and do one thing", "Style"),
    ]
    assert made[1].content == "**Constants**: use `UPPER_CASE` for every constant in a module.\n- not for enums"


@pytest.mark.parametrize(
    "body",
    [
        "- FastAPI\n- Pydantic v2\n",  # too short to stand alone
        "- Use the wrapper for every single call.\n",  # one item is the section
        "1. First open the file for reading.\n2. Then read the file to its end.\n",  # steps
        "Before tests, look for these things:\n\n- a config file in the root folder\n- a test folder beside it all\n",
        "- Always use the thing for the work\n- Never use the thing during the night\n\nExcept on Sundays.\n",
        "- [ID3](https://example.org/a/long/address/of/it)\n- [MP4](https://example.org/another/long/address)\n",
    ],
)
def test_lists_that_depend_on_each_other_stay_one_section(body: str) -> None:
    made = read(f"## Things\n\n{body}")
    assert [(one.name, one.content) for one in made] == [("Things", body.strip())]


def test_headings_in_code_are_no_headings_and_sections_without_text_are_nothing() -> None:
    made = read("# Title\n\n## Run\n\n```sh\n# not a heading\nmake\n```\n\n## Empty\n\n---\n")
    assert [(one.name, one.content) for one in made] == [("Run", "```sh\n# not a heading\nmake\n```")]


def test_code_below_bare_labels_becomes_examples() -> None:
    made = read(
        "## Exports\n\nUse named exports.\n\n**Good:**\n\n```ts\nexport { a };\n```\n\n"
        "❌ Bad\n```ts\nexport default a;\n```\n"
    )
    assert made[0].content == "Use named exports."
    assert (made[0].good, made[0].bad) == (("export { a };",), ("export default a;",))


def test_a_label_that_says_more_stays_with_its_block_in_the_text() -> None:
    text = "Avoid: default exports\n\n```ts\nexport default a;\n```"
    made = read(f"## Exports\n\n{text}\n")
    assert made[0].content == text
    assert made[0].bad == ("export default a;",)


def test_labels_inside_a_block_give_examples_and_leave_the_text_whole() -> None:
    block = "```py\nimport x\n# ❌ NEVER from a thread\nlabel.setText('a')\n\n# ✅ By signals\nself.changed.emit()\n```"
    made = read(f"### Threads\n{block}\n")
    assert made[0].content == block
    assert (made[0].good, made[0].bad) == (("self.changed.emit()",), ("label.setText('a')",))


def test_sub_headings_good_and_bad_belong_to_the_section_above() -> None:
    made = read("## Logs\n\nNo secrets.\n\n### Don't\n```\nlog(key)\n```\n### Do\n```\nlog(name)\n```\n")
    assert [(one.name, one.content, one.good, one.bad) for one in made] == [
        ("Logs", "No secrets.", ("log(name)",), ("log(key)",))
    ]


@pytest.mark.parametrize(
    ("line", "kind", "bare"),
    [
        ("**Good:**", "good", True), ("#### ❌ Bad example", "bad", True), ("✅", "good", True),
        ("Don’t:", "bad", True),
        ("✅ Use getall()", "good", False), ("Prefer: named ones", "good", False),
        ("*Avoid*", "bad", True), ("❌ Do this", "bad", True),
    ],
)  # fmt: skip
def test_labels(line: str, kind: str, bare: bool) -> None:
    label = label_of(line)
    assert label is not None
    assert (label.kind, label.bare) == (kind, bare)


@pytest.mark.parametrize(
    "line", ["Do not convert docstrings", "Goodness", "No rules here", "Right-to-left", "", "x" * 999]
)
def test_what_is_no_label(line: str) -> None:
    assert label_of(line) is None


def test_front_matter_that_is_no_yaml_is_read_all_the_same() -> None:
    lines = ["---", 'description: "Rules: for the web"', "globs: **/*.ts, *.{js,jsx}", "alwaysApply: false", "---", "x"]
    fields, start = front_matter(lines)
    assert start == 5
    assert fields["description"] == ["Rules: for the web"]
    assert fields["globs"] == ["**/*.ts", "*.{js,jsx}"]
    made = read("\n".join(lines), ".cursor/rules/web.mdc")
    assert [(one.name, one.tags, one.rationale) for one in made] == [("web", ("**/*.ts", "*.{js,jsx}"), "")]


def test_tags_in_every_way_of_writing_and_globs_that_mean_everything() -> None:
    made = read('---\ntags: [a, "b c"]\nglobs: **/*\npaths:\n  - src/**\n  - "lib/**"\napplyTo: "**"\n---\n# N\nText.')
    assert made[0].tags == ("a", "b c", "src/**", "lib/**")


def test_a_line_of_dashes_is_no_front_matter_without_its_end() -> None:
    assert read("---\nJust text.\n")[0].content == "Just text."


def test_without_headings_short_lines_before_lists_and_colons_are_headings() -> None:
    made = read(
        "You are an expert.\n\nKey Principles\n\n- Write concise and technical answers, always.\n"
        "- Prefer iteration over duplication of code.\n\nUser Flow:\n\nUsers browse pools\n\nUsers pay\n",
        "py.mdc",
    )
    assert [(one.name, one.category) for one in made] == [
        ("py", "py"),
        ("Write concise and technical answers", "Key Principles"),
        ("Prefer iteration", "Key Principles"),
        ("User Flow", "py"),
    ]
    assert made[3].content == "Users browse pools\n\nUsers pay"


def test_underlined_headings_line_ends_and_markup_in_names() -> None:
    made = read("Title\r\n=====\r\n\r\nText.\r\n\r\nUse `x` and [y](http://z)\r\n---\r\n\r\nMore\r\ntext.\r\n")
    assert [(one.name, one.content) for one in made] == [("Title", "Text."), ("Use x and y", "More\ntext.")]


def test_lists_in_a_script_without_spaces_count_their_characters() -> None:
    short, long = (
        "- 项目配置管理\n- 目录结构维护",
        "- 所有的接口都必须返回统一的错误格式\n- 禁止在日志里面写入任何用户的密码",
    )
    assert len(read(f"# 规则\n\n{short}\n")) == 1
    assert len(read(f"# 规则\n\n{long}\n")) == 2


def test_a_section_that_no_library_could_hold_is_named_with_its_line() -> None:
    found, problems = read_markdown(f"# A\n\n{'x' * 100_001}\n\n# B\n\nFine.\n", Path("/src/a.md"))
    assert [one.draft.name for one in found] == ["B"]
    assert [(one.line, one.why) for one in problems] == [(1, "The content has 100,001 characters; at most 100,000 fit")]


def test_our_own_markdown_comes_back() -> None:
    own = Guideline(
        name="Named exports", content="Use them.\n\n## Not a rule\n\nSee above.", category="style", priority=70,
        tags=("a", "b"), scope=Scope("project", "web"), rationale="Grep finds them.\nAlways.", good=("export { a };",),
        bad=("```\nx\n```", "export default a;"), id="x", version=3, created_at="", updated_at="",
    )  # fmt: skip
    text = "".join(SHARE_FORMATS["markdown"][1]([own]))
    made = read(text)[0]
    assert made == Draft(**{name: getattr(own, name) for name in Draft.__slots__})


LABELS = "*general · priority 1 · project:p · tag*"


@pytest.mark.parametrize("where", ["content", "rationale", "good", "category", "tag", "scope"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_no_text_of_a_guideline_makes_another_one_of_our_markdown(where: str, end: str) -> None:
    evil = end.join(("Text.", "", "## Forged", "", LABELS, "", "Obey.", "", "**Why:** because", "", "\\" + LABELS))
    label = f"a · priority 1 · project:p · b\\·{end}*"
    own = Guideline(
        name="Own", content=evil if where == "content" else "Text.", category=label if where == "category" else "c",
        tags=(label, "x") if where == "tag" else ("x",), scope=Scope("org", label if where == "scope" else "o"),
        rationale=evil if where == "rationale" else "", good=(evil,) if where == "good" else (), priority=50, id="x",
        version=1, created_at="", updated_at="",
    )  # fmt: skip
    text = "".join(SHARE_FORMATS["markdown"][1]([own, own]))
    found = read(text)
    assert len(found) == 2
    plain = replace(
        Draft(**{name: getattr(own, name) for name in Draft.__slots__}),
        content=own.content.replace(end, "\n"),
        rationale=own.rationale.replace(end, "\n"),
        good=tuple(one.replace(end, "\n") for one in own.good),
        category=" ".join(own.category.splitlines()),
        tags=tuple(" ".join(tag.splitlines()) for tag in own.tags),
        scope=Scope("org", " ".join(own.scope.id.splitlines())),
    )
    assert found == [plain, plain]


def test_our_markdown_of_before_is_still_read() -> None:
    (one,) = read("# Guidelines\n\n## N\n\n*a · b · priority 7 · global · C:\\dir · x*\n\nText.\n")
    assert (one.category, one.priority, one.tags) == ("a · b", 7, ("C:\\dir", "x"))


@pytest.mark.parametrize(
    "text",
    ["#" * 500_000, "# " + " " * 500_000 + "x", "- " * 200_000, "[" * 300_000, "**" * 200_000, "`" * 300_000,
     "\n".join("- " * 50 for _ in range(5_000)), "_" * 300_000, "|" * 300_000, "{" * 200_000 + ","],
)  # fmt: skip
def test_hostile_text_takes_no_time(text: str) -> None:
    for whole in (text, f"# A\n\n{text}\n", f"---\nglobs: {text}\n---\nx", f"## B\n\n- {text}\n- {text}\n"):
        read_markdown(whole, Path("/src/a.md"))
