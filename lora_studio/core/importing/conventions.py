"""Where agents keep rules in a project, and what by its name and place holds none. Knows names only, opens nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

MARKDOWN = {".md", ".mdc", ".markdown", ".txt"}
DATA = {
    ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".yaml": "yaml", ".yml": "yaml", ".csv": "csv",
    ".tsv": "csv",
}  # fmt: skip
DATABASES = {".db", ".sqlite", ".sqlite3"}
_RULE_FILE = re.compile(
    r"\.(?:aider|cline|continue|cursor|kilo|kilocode|roo|trae|void|windsurf|zoo)?rules(?:-[\w.-]+)?|\.goosehints|"
    r"\.augment-guidelines"
)
_LIKE_RULE_FILE = re.compile(r"\.[\w-]*(?:rules|guidelines|instructions|conventions|hints)(?:-[\w-]+)?")
_SETTINGS = {
    ".aider.conf.yml", ".coderabbit.yaml", ".coderabbit.yml", ".continuerc.json", ".pr_agent.toml", ".roomodes",
    "opencode.json", "opencode.jsonc",
}  # fmt: skip
"""Settings of tools in which rules may stand among other things."""
_NEAREST_WINS = {
    "agents.md", "agents.override.md", "claude.md", "claude.local.md", "gemini.md", "qwen.md", "qwen.local.md",
    "crush.md", "warp.md", "replit.md", "reasonix.md", ".hermes.md",
}  # fmt: skip
"""Rule files of which the nearest one counts."""
_TOOL_FILES = {"firebender.json", "code_review_guidelines.yaml", "code_review_guidelines.yml"}
"""Data files in which a tool keeps rules."""

HOMES = {
    ".agent", ".agents", ".ai", ".aiassistant", ".amazonq", ".augment", ".claude", ".clinerules", ".codex", ".continue",
    ".crush", ".cursor", ".devin", ".firebender", ".gemini", ".github", ".goose", ".grok", ".hermes", ".idx", ".junie",
    ".kilo", ".kilocode", ".kimi-code", ".kiro", ".lingma", ".opencode", ".openhands", ".pi", ".qwen", ".reasonix",
    ".roo", ".ruler", ".rules", ".rulesync", ".tabnine", ".trae", ".vibe", ".warp", ".windsurf", ".zed", ".zoo",
}  # fmt: skip
"""Hidden folders in which agents keep things; other hidden folders are not entered."""
_RULE_FOLDERS = {
    "rules", "guidelines", "conventions", "standards", "instructions", "steering", "microagents", ".rules", ".ruler",
    ".clinerules", ".junie", ".idx",
}  # fmt: skip
_MODE_FOLDER = re.compile(r"rules-.+|\.clinerules-.+")
_PROMPT_FOLDERS = {
    "agent", "agents", "chatmodes", "command", "commands", "hooks", "modes", "plans", "prompts", "specs", "workflows",
}  # fmt: skip
_PROMPT_FILE = re.compile(r".+\.(?:prompt|chatmode|agent)\.md")
_BUILT_FOLDERS = {
    "node_modules", "vendor", "venv", "env", "site-packages", "__pycache__", "dist", "build", "target", "third_party",
}  # fmt: skip
_OTHER_TEXTS = {".rst", ".adoc", ".asciidoc", ".org", ".html", ".htm", ".docx", ".odt", ".rtf", ".pdf", ".tex"}
_TEMPLATES = {"issue_template", "pull_request_template"}

_ALWAYS_DOCUMENTS = {
    "readme", "liesmich", "leeme", "lisezmoi", "leiame", "leggimi", "czytajmnie", "прочтименя", "читайменя", "自述",
    "自述文件", "changelog", "releasenotes", "license", "licence", "copying", "codeofconduct", "issuetemplate",
    "pullrequesttemplate",
}  # fmt: skip
_MOSTLY_DOCUMENTS = {
    "changes", "history", "security", "authors", "contributors", "notice", "news", "support",
}  # fmt: skip
"""Names of documents where they stand alone; in a folder of rules they are subjects like any other."""
_LANGUAGES = {
    "ar", "bg", "bn", "br", "ca", "cn", "cs", "cyrl", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "gb",
    "gl", "hans", "hant", "he", "hi", "hk", "hr", "hu", "id", "it", "ja", "jp", "ka", "ko", "kr", "latn", "lt", "lv",
    "ms", "nb", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "ta", "th", "tr", "tw", "ua", "uk", "ur",
    "us", "vi", "zh",
}  # fmt: skip
_SAYS_RULES = re.compile(r"rule|guid|styl|convention|standard|instruct")

DOCUMENT = "A document about the project by its name, no rules; import it by name if it holds some"
HIDDEN = "A hidden folder of no agent that is known here; import it by name if it holds rules"
BUILT = "A folder of built or foreign files by its name; import it by name if it holds rules"
PROMPTS = "Commands, agents or prompts by its name, no rules; import it by name if it holds some"
TEXT = "A text file outside of a folder of rules; import it by name if it holds rules"
DATA_FILE = "A data file in a folder of rules, whose name does not say guidelines; import it by name if it holds some"

LIKE_RULES = "A hidden file of no agent that is known here; import it by name if it holds rules"
SETTINGS = "A tool's settings, in which rules may stand; copy those into a Markdown file and import that"
OTHER_TEXT = "A text of a kind that is not read here; save it as Markdown (.md) if it holds rules"
XML = "An XML file outside of an agent's folder; import it by name if it holds rules"
NO_ENDING = "A file in a folder of rules, whose name does not say its kind; give it the ending .md if it holds some"


def kind_of(path: Path) -> str:
    """What the file's name says that it is: "markdown", "xml", "database", a kind of data, or empty."""
    name, ending = path.name.lower(), path.suffix.lower()
    if ending in MARKDOWN or _LIKE_RULE_FILE.fullmatch(name) or _is_rule_file(name, ending):
        return "markdown"
    if ending == ".xml":
        return "xml"
    return "database" if ending in DATABASES else DATA.get(ending, "")


def _is_rule_file(name: str, ending: str) -> bool:
    """Whether the name is that of an agent's one file, also as an ending: web.cursorrules, but not firestore.rules."""
    return bool(_RULE_FILE.fullmatch(name) or (ending != ".rules" and _RULE_FILE.fullmatch(ending)))


def is_rule_folder(parts: Sequence[str]) -> bool:
    """Whether one of the folders with these names is one in which every file holds rules."""
    return any(part in _RULE_FOLDERS or _MODE_FOLDER.fullmatch(part) for part in map(str.lower, parts))


def place_of(parts: Sequence[str], name: str) -> str:
    """The folder for which a file of rules speaks, empty where that is the whole project: `parts` are the folders from
    the project to the file, `name` is its own. AGENTS.md and its like speak for the folder in which they lie, what is
    in an agent's folder for the one around that."""
    home = next((number for number, part in enumerate(parts) if part.lower() in HOMES), None)
    if home is not None:
        return "/".join(parts[:home])
    return "/".join(parts) if name.lower() in _NEAREST_WINS or _RULE_FILE.fullmatch(name.lower()) else ""


def why_not_entered(name: str, above: str, in_rules: bool) -> str:
    """Why a folder is left alone, in one sentence; empty where it is entered. `above` is the name of its parent."""
    low, above = name.lower(), above.lower()
    if above in HOMES and low in _PROMPT_FOLDERS:
        return PROMPTS
    if low.startswith("."):
        return "" if low in HOMES or _MODE_FOLDER.fullmatch(low) else HIDDEN
    if low in _TEMPLATES:
        return DOCUMENT
    return BUILT if low in _BUILT_FOLDERS and not in_rules else ""


def why_not_read(path: Path, in_rules: bool) -> str | None:
    """Why a file is left alone, in one sentence; empty where it is read, None where nobody would look for rules in it.

    Data files are read in a folder where their names say guidelines, as our exports do.
    """
    kind, name, stem, ending = kind_of(path), path.name.lower(), path.stem.lower(), path.suffix.lower()
    if name in _SETTINGS:
        return SETTINGS
    if kind == "markdown":
        if ending == ".txt" and not in_rules:
            return TEXT
        if _PROMPT_FILE.fullmatch(name):
            return PROMPTS
        if ending not in MARKDOWN and not _is_rule_file(name, ending):
            return LIKE_RULES
        return DOCUMENT if ending != ".mdc" and _is_document(stem, in_rules) else ""
    if kind in DATA.values() and (stem.startswith("guidelines") or name in _TOOL_FILES):
        return ""
    if ending in _OTHER_TEXTS and (in_rules or stem == "contributing" or _SAYS_RULES.search(stem)):
        return OTHER_TEXT
    if not in_rules:
        return None
    if kind == "xml":
        return "" if any(part.lower() in HOMES for part in path.parts) else XML
    return DATA_FILE if kind else NO_ENDING if "." not in name else None


def _is_document(stem: str, in_rules: bool) -> bool:
    """Whether the name is a document's, in whatever language and of whatever date: README.zh-CN, CHANGELOG-2024."""
    words = [word for word in re.split(r"[-_. ()]+", stem) if word and not re.fullmatch(r"v?[0-9]+x?|x", word)]
    if words[:1] in (["readme"], ["changelog"]):
        return not _SAYS_RULES.search(stem)
    plain = "".join(word for n, word in enumerate(words) if not n or word not in _LANGUAGES)
    return plain in _ALWAYS_DOCUMENTS or (plain in _MOSTLY_DOCUMENTS and not in_rules)
