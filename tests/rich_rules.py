"""Guidelines in several languages, and the rich rows that the program makes of one."""

from __future__ import annotations

from lora_studio.core.dataset.examples import recipes
from lora_studio.core.dataset.templates import all_templates
from lora_studio.core.dataset.variety import example_maker
from lora_studio.core.domain import Example, ExportOptions, SourceRow
from lora_studio.core.library.tables import write_list
from lora_studio.core.settings import Settings

RICH = ExportOptions(target_model="acme/tiny", variety="rich")
DOCUMENTED = {"direct_query", "contextual_query", "validation_query", "example_validation"}


def source(
    name: str, content: str, *, good: tuple[str, ...] = (), bad: tuple[str, ...] = (), why: str = "", row: int = 1
) -> SourceRow:
    return SourceRow(
        row, f"0000-{row}", 1, name, content, "general", 50, "[]", why, write_list(good), write_list(bad)
    )  # fmt: skip


def made(
    one: SourceRow, options: ExportOptions = RICH, titles: frozenset[str] = frozenset(), guidelines: int = 10
) -> list[Example]:
    plan = recipes(all_templates(Settings().templates), include_examples=options.include_examples)
    return example_maker(plan, options, titles.__contains__, guidelines)(one)


RETRY = source(
    "Retry with backoff",
    "Send a failed request three times more, with growing pauses. Log each attempt at WARNING.\n"
    "- Never repeat a POST without an idempotency key; max_retry and retryCount stand in the config.",
    good=("fetch(url, retries=3)", "post(url, key=uuid4())", "held_out_good(url)"),
    bad=("fetch(url, retries=99)", "post(url)", "held_out_bad(url)"),
    why="Bursts of retries take a service down that has just come back.",
)
CHINESE = source(
    "错误处理", "错误处理必须统一。所有错误都要记录到日志，不要忽略异常。返回给用户的信息不得包含堆栈。",
    good=("raise 自定义错误(原因)", "记录(错误)"), bad=("pass", "打印(错误)"), why="没有日志就无法找到原因。", row=2,
)  # fmt: skip
GERMAN = source(
    "Größe von Änderungen", "Änderungen bleiben unter 400 Zeilen. Größere Änderungen werden aufgeteilt, sodass jede für"
    " sich geprüft werden kann. Umbenennungen kommen in einen eigenen Schritt.",
    good=("Umbenennen, dann ändern", "drei kleine"), bad=("alles auf einmal", "eine große"), row=3,
)  # fmt: skip
ARABIC = source(
    "تسمية الملفات", "تكتب أسماء الملفات بأحرف صغيرة وتفصل الكلمات بشرطة. لا تستعمل المسافات في أسماء الملفات أبدا.",
    why="الأدوات القديمة لا تقبل المسافات.", row=4,
)  # fmt: skip
HINDI = source(
    "त्रुटि संदेश", "हर त्रुटि संदेश में कारण और उपाय लिखें। संदेश छोटा रखें और तकनीकी शब्दों से बचें। उपयोगकर्ता को दोष न दें।", row=5
)
CODE = source(
    "Opening files",
    "with open(path, encoding='utf-8') as file:\n    text = file.read()\nreturn text.splitlines()",
    row=6,
)
SHORT = source("Line length", "At most 100 characters.", row=7)
ALL = (RETRY, CHINESE, GERMAN, ARABIC, HINDI, CODE, SHORT)
