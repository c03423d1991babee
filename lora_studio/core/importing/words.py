"""The words by which people give rules, in English and German, and the headings below which they do or do not."""

from __future__ import annotations

import re


def words_of(text: str) -> frozenset[str]:
    """The words in `text`."""
    return frozenset(text.split())


VERBS = words_of(
    """
    accept apologise apologize mention indicate illustrate thank talk outline re-run re-start restart re-use spell
    access account achieve accept acknowledge act activate adapt add address adhere adjust adopt advise agree aim
    align allow annotate answer append apply approve archive ask assert assign assume attach audit authenticate
    auto-generate automate await back backport balance base batch be begin block break bring build bump bundle
    cache call cancel capture carry catch centralize change check choose clarify clean clear close co-locate code
    collapse collect combine come comment commit communicate compare compile complete compose comply compress
    compute configure confirm connect consider consolidate construct consult contain continue control convert copy
    cover craft create cut deactivate debug decide declare decouple dedicate defer define delegate delete
    deliver depend deprecate derive describe design destroy detect determine develop disable discuss display
    distinguish divide do document drop edit eliminate embed embrace emit emphasize employ enable encapsulate
    encode encourage encrypt end enforce ensure escape establish evaluate examine exclude execute exit expand
    expect explain explore export expose express extend extract face fail fall favor favour fetch fill filter find
    finish fire fix flag flatten focus fold follow forbid force format free freeze gate generate get give go grant
    group guard guarantee handle hash have help hide highlight hold host identify ignore implement import improve
    include incorporate increase indent index inform inherit initialize inject inline insert inspect install
    instantiate instrument integrate introduce invalidate invert invoke isolate iterate join justify keep label
    lazy-load lead leave let leverage limit link lint list load localize lock log look lower maintain make manage
    map mark mask match maximize measure memoize merge migrate minimize mirror mock modify modularize monitor mount
    move name narrow nest normalize note notify obey offer omit open operate optimise optimize order organise
    organize output override own pair parallelize parse partition pass perform persist pick pin place plan point
    poll position practice practise prefer prefix prepare present preserve prevent prioritise prioritize process
    produce profile project promote propagate propose protect prove provide publish pull push put query queue raise
    read rebase recheck recommend record recover redact redirect reduce refactor refer reference refine refresh
    refuse regenerate register reject release rely remember remind remove rename render reorder reorganize repeat
    replace reply report represent reproduce request require rerun reset resize resolve respect respond restart
    restore restrict retain rethrow retry return reuse revert review revise rewrite roll rotate round route run
    sanitise sanitize save scan schedule scope search secure seek segregate select send separate serialize serve
    set share shorten show sign simplify skip sort specify split squash stage standardize start state stay stick
    stop store stream strip strive structure subclass submit subscribe substitute suggest summarise summarize
    supply support surface suspend switch synchronize tag take target tell terminate test think throttle throw
    track train transform translate treat trigger trim trust truncate try tune turn type understand undo unify
    unsubscribe update upgrade use utilise utilize validate verify version visualize wait walk warn watch whitelist
    wire work wrap write yield
    achte achten beachte beachten benutze benutzen benenne benennen bevorzuge bevorzugen dokumentiere dokumentieren
    erstelle erstellen fange formatiere füge führe gib halte halten implementiere implementieren kommentiere
    kommentieren lass lege lies logge lösche mach mache melde minimiere nenne nimm nutze nutzen öffne ordne pflege
    prüfe prüfen reduziere rufe schließe schreib schreibe schreiben sei setze setzen sichere sorge speichere starte
    stelle stellen teile teste testen trenne trennen übergib überprüfe überprüfen validiere validieren verhindere
    vermeide vermeiden verpacke verwende verwenden verzichte verzichten wähle wandle warte wiederhole wirf zeige
    """
)
"""What a sentence that tells somebody to do something starts with."""


def _any_of(words: str) -> re.Pattern[str]:
    """A pattern for any of `words`, which | parts, standing alone."""
    either = "|".join(" ".join(word.split()) for word in words.split("|"))
    return re.compile(rf"(?<![\w'’-])(?:{either})(?![\w'’-])", re.IGNORECASE)


MUST = _any_of(
    """
    must|must not|mustn['’]t|should|shouldn['’]t|shall|always|never|do not|don['’]t|dont|avoids?|(?<!if )required
    |requires|mandatory|forbidden|prohibited|not allowed|disallowed|forbid|may not|cannot|can['’]t|ought to
    |needs? to|has to|have to|ensure|prefer|preferred|prefers|instead of|rather than|not recommended
    |encouraged|discouraged|at least|at most|no more than|under no|strictly|be sure
    |make sure|remember to|only use|favou?r|make it|not part of|no longer
    |muss|müssen|musst|müsst|soll|sollen|sollte|sollten|darf|dürfen|nie|niemals|immer|stets|kein|keine|keinen|keinem
    |keiner|verboten|erlaubt|erforderlich|pflicht|statt|anstatt|höchstens|mindestens|vermeide|vermeiden
    |ausschließlich|grundsätzlich|nicht
    """
)
"""Words that make a rule of a sentence, wherever they stand in it."""
CHINESE = re.compile(
    r"必须|必須|禁止|不要|不得|不能|避免|请|应该|应当|始终|总是|确保|优先|統一|统一使用|べき|してください|すること|しない"
)
"""The same where a script parts no words."""
NO_LEAD = re.compile(r"(?:no|not|kein|keine|keinen|without|ohne)[ \t]+\S", re.IGNORECASE)
CONDITION = re.compile(
    r"(?:if|when|whenever|before|after|while|for|on|in|wenn|falls|bevor|nachdem|sobald|beim)\b", re.IGNORECASE
)
ADVERBS = words_of(
    """
    actively additionally also always carefully clearly consistently deliberately directly effectively explicitly
    first finally generally immediately instead just mostly only otherwise periodically preferably proactively
    properly regularly simply strictly then therefore thus typically explicitly usually please now immer stets
    dann zuerst bitte
    """
)

NOUNS = words_of("support access test code query type output display form format style list name state")
"""Verbs that are nouns before words such as `for`."""
STATED = re.compile(
    r"(?:(?:every|each|all|only|any|the|jede[rs]?|alle|nur) )?(?:[\w-]{1,30} )?"
    r"(?:names?|handlers?|functions?|class(?:es)?|methods?|variables?"
    r"|modules?|files?|tests?|components?|errors?|exceptions?|comments?|commits?|branch(?:es)?|endpoints?|quer(?:y|ies)|fix(?:es)?"
    r"|migrations?|types?|imports?|constants?|log lines?|logs?|secrets?|passwords?|dates?|times?"
    r"|messages?|lines?|rows?|units?|buttons?"
    r"|namen?|funktion(?:en)?|klassen?|methoden?|variablen?|fehler|dateie?n?|kommentare?|abfragen?|größen?|schnittstellen?)\b"
    r"(?! (?:in|for|of) (?:this|the) (?:repo|project|package))",
    re.IGNORECASE,
)
"""A sentence that starts so states how things are to be: Names of modules are short."""
STYLE = re.compile(
    r"\Anaming\b"
    r"|\b(?:names|indentation|quotes|quote style|line length|docstrings?|commit messages?|imports?|type hints?)\Z",
    re.IGNORECASE,
)
"""Labels before a style: Naming: `snake_case` functions."""
STRONG = re.compile(r"\b(?:must|never|always|muss|müssen|niemals|immer)\b", re.IGNORECASE)
OF_RULES = _any_of(
    """
    rules?|guidelines?|guidance|conventions?|standards?|practices?|principles?|styles?|requirements?|constraints?
    |restrictions?|polic(?:y|ies)|pitfalls?|mistakes?|gotchas?|anti-?patterns?|boundaries|checklists?|checks
    |do['’]?s|don['’]?ts?|forbidden|never|always|avoid|naming|nomenclature|error handling|errors?|exceptions?
    |comments?|docstrings?
    |testing|tests|security|accessibility|performance|readability|logging|concurrency|interfaces|formatting|imports?
    |quality|expectations|review|code|coding|functions|classes
    |types?|typing|typescript|usage|commits?|git|workflow|pull requests?|structure rules|optimization|validation
    |regeln?|richtlinien?|vorgaben|konventionen?|standards|grundsätze|stil|namen|benennung|fehlerbehandlung|tests?
    |sicherheit|verbote|verboten|prinzipien|规则|规范|要求|约定|原则|准则|注意事项
    """
)
"""Headings below which a short phrase is a rule too."""


NOT_OF_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (_any_of("table of contents|contents|toc|inhalt|inhaltsverzeichnis|目录"), "It is a table of contents"),
    (
        _any_of(
            "licen[cs]e|licensing|copyright|authors?|contact|credits|acknowledge?ments|support|lizenz|kontakt|许可证"
        ),
        "It is about the licence or whom to ask",
    ),
    (_any_of("persona|role|role definition|who you are|identity|rolle|角色"), "It says who the model is to be"),
    (
        _any_of(
            """resources?|references?|further reading|see also|links|documentation links|key documentation|documents
        |read more|quellen|verweise|weiterführendes|specifications|additional references|参考"""
        ),
        "It only points to other documents",
    ),
    (
        _any_of("""commands?|cheat ?sheet|quick commands|essential commands|befehle|kommandos|命令|usage examples"""),
        "It lists commands",
    ),
    (
        _any_of(
            """set ?up|setting up|installation|install|installing|getting started|quick ?start|prerequisites|environment
        |building and running|building|running|debugging|deployment|how to run|switching|run tests
        |einrichtung|installieren|voraussetzungen|erste schritte|安装|环境"""
        ),
        "It tells how to set something up or run it",
    ),
    (
        _any_of(
            """overview|about|purpose|introduction|background|architecture|tech(?:nology)? stack|stack|technologies
        |dependencies|structure|directory|layout|quick facts|quick reference|summary|goals|features|key features
        |entry points?|key (?:files|locations|modules|components)|modules|components|project context|glossary|domain
        |core components|data flow|training flow|versions|system|roadmap|history|what is .{1,40}|to-?do list
        |überblick|übersicht|einleitung|zweck|architektur|aufbau|struktur|technik|abhängigkeiten|verzeichnisse|ziele
        |项目概述|技术栈|目录结构|数据流设计|核心模块设计|架构"""
        ),
        "It describes the project",
    ),
)
"""Headings below which something else stands, and what."""
TASK = re.compile(
    r"\A(?:add(?:ing)?|creat(?:e|ing)|chang(?:e|ing)|modify(?:ing)?|implement(?:ing)?|install(?:ing)?|how to|set ?up"
    r"|setting up|run(?:ning)?|build(?:ing)?|deploy(?:ing)?|releas(?:e|ing)|migrat(?:e|ing))\b|\bsteps?\b",
    re.IGNORECASE,
)
"""Headings and leads whose lists are one way to go."""
WAY = re.compile(
    r"\b(?:process|procedure|flow|playbooks?|change|guide|recipe|\d (?:steps|places)|setup|ablauf|schritte"
    r"|anleitung|vorgehen|contribution guidelines)\b|流程",
    re.IGNORECASE,
)
"""Headings whose numbered lists are one way to go."""
FIRST_THEN = re.compile(
    r"(?:first|then|next|after that|finally|lastly|zuerst|dann|danach|anschließend|schließlich)\b", re.IGNORECASE
)
LOOKS_BACK = re.compile(
    r"(?:except|exceptions?|otherwise|unless|this|these|those|they|it|that|such|missing|the above|all of|both|here"
    r"|in this case|außer|ausnahmen?|sonst|dies|diese|das)\b",
    re.IGNORECASE,
)
"""A sentence that starts so has no sense without the one before."""
PERSONA = re.compile(
    r"(?:you are|you're|act as|you possess|you have (?:deep|extensive|exceptional)|your role is|as an? .{1,60}, you"
    r"|you will act|expert \w+ developer|you excel|you build|you specialize"
    r"|du bist|sie sind ein|handle als|你是)\b",
    re.IGNORECASE,
)
