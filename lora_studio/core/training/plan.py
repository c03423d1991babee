"""How long, how fast and in what portions a training learns, by its rows, model and machine, and why.

The text below the imports is also part of every training script, which plans with the model's own tokens. So
it needs nothing but the standard library and Python 3.10, and no line is longer than in a script.
"""

from __future__ import annotations

import dataclasses
import math

STEPS_MIN, RICH_STEPS_MIN = 100, 150  # fewer teach a small library nothing
# Rows a step by the rows below which it holds: what is rare is learnt better by many small steps.
STEP_SIZES = ((1_500, 2), (2_000, 4), (20_000, 8))
STEP_MAX = 16
EXPOSURES = {"sft": 40, "dpo": 10, "kto": 10}  # of a rule
EPOCHS_MAX = 30  # for the sake of exposures; a tiny dataset takes more to reach STEPS_MIN
ROWS_A_RULE = 7  # where nobody knows how many rules there are
RATE_FACTOR = 0.62  # of 5e-4 * (2000 / hidden size) ** 0.775, which is meant for 128 rows a step
RATE_ROWS = 4  # of a step, for which that factor was found; a smaller step takes the root of its share
PREFERENCE_FACTOR = 0.13
WARMUP_SHARE, WARMUP_MIN = 0.05, 5
LENGTH_MAX, LENGTH_STEP, LENGTH_UNKNOWN = 2048, 64, 1024  # the last where nobody knows the rows
REPLAY_LENGTH = 256  # tokens: room for a general question and its answer
REPLAY_SHARE, REPLAY_MAX = 0.12, 0.5
SAID_TOKENS = 4_000  # what the base model says to the general questions
TOKENS_AT_ONCE, TOKENS_AT_ONCE_CARD = {"cpu": 4096, "mps": 4096}, 8192  # more would fill the memory
FLOPS, CORES_MAX = {"cpu": 1e11, "mps": 2e12, "cuda": 2e13}, 16  # in training; of the cpu by each core
PASSES = {"sft": 1.0, "dpo": 1.8, "kto": 1.7}  # work a token, against learning an answer
START_S, STEP_S = 20, 0.1  # to load libraries and model; around a step
STEP_TOKENS = {"cpu": 300}  # a small step takes a processor as long as so many tokens more


@dataclasses.dataclass(frozen=True)
class Rows:
    """The rows to learn from; `tokens` in all of them, `longest` in one; None for what nobody knows."""

    count: int
    tokens: int | None = None
    longest: int | None = None
    rules: int | None = None
    kind: str = "sft"  # or dpo, kto
    variety: str = "documented"  # or rich


@dataclasses.dataclass(frozen=True)
class Model:
    """What the base model is like; `guess` is a sentence where that is not known for sure."""

    parameters: float
    hidden: int
    layers: int
    vocabulary: int
    guess: str = ""


@dataclasses.dataclass(frozen=True)
class Machine:
    """What trains: `device` is cpu, mps, cuda, None for somewhere else; `weight_bytes` None is the usual."""

    device: str | None = None
    cores: int = 1
    processes: int = 1
    weight_bytes: float | None = None


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What somebody has decided; None is planned. Of `epochs` and `steps` the steps count."""

    epochs: float | None = None
    steps: int | None = None
    learning_rate: float | None = None
    batch_size: int | None = None
    gradient_accumulation: int | None = None
    max_length: int | None = None
    replay: float | None = None
    r: int = 8


@dataclasses.dataclass(frozen=True)
class Plan:
    """A training as it will be; `tokens` are those of the rows, each seen once. None is unknown."""

    steps: int
    epochs: float
    learning_rate: float
    batch_size: int
    gradient_accumulation: int
    warmup_steps: int
    max_length: int
    replay: float
    r: int
    rows: int
    tokens: int | None
    seconds: int | None
    memory_bytes: int | None
    reasons: tuple[str, ...]


ANYWHERE = Machine()
ALL_PLANNED = Wanted()


def plan(rows: Rows, model: Model, machine: Machine = ANYWHERE, wanted: Wanted = ALL_PLANNED) -> Plan:
    """The training that fits; what is wanted is taken as it is."""
    count = max(1, rows.count)
    replay, replay_why = _replay(rows, wanted)
    mixed = count + replay_rows(count, replay)
    max_length, length_why = _max_length(rows, wanted, REPLAY_LENGTH if replay else 1)
    longest = min(rows.longest or max_length, max_length)
    batch, accumulation, step_why = _step(rows, machine, wanted, longest)
    a_step = batch * accumulation * machine.processes
    per_epoch = math.ceil(mixed / a_step)
    steps, epochs, steps_why = _steps(rows, wanted, per_epoch)
    rate, rate_why = _rate(rows, model, wanted, a_step)
    on_card = machine.device == "cuda"
    weight = machine.weight_bytes or (2 if on_card else 4)
    shape = (model.parameters, model.layers, model.hidden, model.vocabulary)
    memory = memory_needed(*shape, batch, longest, wanted.r, weight, on_card, rows.kind)
    why = [model.guess, steps_why, step_why, rate_why, length_why, replay_why, _rank_why(rows, wanted)]
    return Plan(
        steps=steps,
        epochs=epochs,
        learning_rate=rate,
        batch_size=batch,
        gradient_accumulation=accumulation,
        warmup_steps=min(max(WARMUP_MIN, round(WARMUP_SHARE * steps)), steps // 2),
        max_length=max_length,
        replay=replay,
        r=wanted.r,
        rows=rows.count,
        tokens=rows.tokens,
        seconds=_seconds(rows, model, machine, steps, steps * batch * accumulation, replay),
        memory_bytes=None if machine.device is None or rows.longest is None else int(memory),
        reasons=tuple(sentence for sentence in why if sentence),
    )


def replay_rows(rows: int, share: float) -> int:
    """How many general rows make up `share` of all when they join `rows` others."""
    return round(rows * share / (1 - share))


def _replay(rows: Rows, wanted: Wanted) -> tuple[float, str]:
    if rows.kind != "sft":
        return 0.0, ""  # a preference has no answer of the base model
    share = REPLAY_SHARE if wanted.replay is None else wanted.replay
    if not share:
        return 0.0, "No general questions are mixed in, so more of what the model knew may be forgotten."
    return share, f"{share:.0%} of the rows are general questions that the base model answers itself."


def _max_length(rows: Rows, wanted: Wanted, least: int) -> tuple[int, str]:
    if wanted.max_length is not None:
        return wanted.max_length, ""
    if rows.longest is None:
        return LENGTH_UNKNOWN, ""
    if rows.longest > LENGTH_MAX:
        return LENGTH_MAX, f"The longest row has {rows.longest:,} tokens; above {LENGTH_MAX:,} it is cut."
    return LENGTH_STEP * math.ceil(max(rows.longest, least) / LENGTH_STEP), ""


def _step(rows: Rows, machine: Machine, wanted: Wanted, length: int) -> tuple[int, int, str]:
    """Rows at once on one device, how many times that makes a step, and why."""
    size = next((size for below, size in STEP_SIZES if rows.count < below), STEP_MAX)
    size = size if rows.kind == "sft" else max(size, 4)  # a preference compares answers of one step
    batch, accumulation = wanted.batch_size, wanted.gradient_accumulation
    if batch is not None and accumulation is not None:
        return batch, accumulation, ""
    size = max(1, size // machine.processes)
    if batch is not None:
        return batch, max(1, size // batch), ""
    if accumulation is not None:
        return max(1, size // accumulation), accumulation, ""
    at_once = size if machine.device in TOKENS_AT_ONCE else min(size, 4)
    least = min(size, 2) if rows.kind == "kto" else 1  # KTO compares the answers of one batch
    most = TOKENS_AT_ONCE.get(machine.device or "", TOKENS_AT_ONCE_CARD)
    while at_once > least and at_once * length > most:
        at_once //= 2
    why = f"{size * machine.processes} rows make a step, as suits {rows.count:,} rows."
    return at_once, size // at_once, why


def _steps(rows: Rows, wanted: Wanted, per_epoch: int) -> tuple[int, float, str]:
    """Steps, epochs, and why."""
    few = f"Fewer than {STEPS_MIN} steps often teach nothing."
    if wanted.steps is not None:
        return wanted.steps, round(wanted.steps / per_epoch, 4), few * (wanted.steps < STEPS_MIN)
    if wanted.epochs is not None:
        steps = max(1, math.ceil(per_epoch * wanted.epochs))
        return steps, wanted.epochs, few * (steps < STEPS_MIN)
    count = max(1, rows.count)
    rules = rows.rules or math.ceil(count / ROWS_A_RULE)
    seen = min(EPOCHS_MAX, math.ceil(EXPOSURES[rows.kind] * rules / count))
    epochs = max(seen, math.ceil((RICH_STEPS_MIN if rows.variety == "rich" else STEPS_MIN) / per_epoch))
    times = math.floor(epochs * count / rules)
    said = f"{epochs} epochs" if epochs > 1 else "One epoch"
    why = f"{said} of {per_epoch:,} steps, in which a rule is seen about {times} times."
    return per_epoch * epochs, epochs, why


def _rate(rows: Rows, model: Model, wanted: Wanted, a_step: int) -> tuple[float, str]:
    if wanted.learning_rate is not None:
        return wanted.learning_rate, ""
    rate = RATE_FACTOR * min(1, a_step / RATE_ROWS) ** 0.5 * 5e-4 * (2000 / model.hidden) ** 0.775
    rate = float(f"{rate if rows.kind == 'sft' else PREFERENCE_FACTOR * rate:.1e}")
    return rate, f"A learning rate of {rate:g} suits a model of hidden size {model.hidden:,}."


def _rank_why(rows: Rows, wanted: Wanted) -> str:
    proposed = 32 if (rows.rules or 0) > 2_000 else 16 if (rows.rules or 0) > 500 else 0
    if wanted.r >= proposed:
        return ""
    return f"A larger rank is proposed: {proposed} for {rows.rules:,} rules, in place of {wanted.r}."


def _seconds(rows: Rows, model: Model, machine: Machine, steps: int, seen: int, replay: float) -> int | None:
    if rows.tokens is None or machine.device is None:
        return None
    speed = FLOPS[machine.device] * (min(machine.cores, CORES_MAX) if machine.device == "cpu" else 1)
    learnt = seen * rows.tokens / max(1, rows.count) * PASSES[rows.kind]
    learnt += steps * STEP_TOKENS.get(machine.device, 0)
    work = 6 * model.parameters * (learnt + (SAID_TOKENS if replay else 0))
    return round(START_S + STEP_S * steps + work / speed)


def memory_needed(
    parameters: float,
    layers: int,
    hidden: int,
    vocabulary: int,
    rows_at_once: int,
    length: int,
    r: int,
    bytes_per_weight: float,
    checkpointing: bool,
    kind: str,
) -> float:
    """Bytes: libraries, base model, adapter and its optimizer, what a step keeps, the answers' scores.

    Fitted to the peaks of trainings with 2 and 30 layers on a processor, each met within a tenth.
    """
    adapter = layers * 7 * r * 3 * hidden * 16  # 7 layers in a block, 4 numbers of 4 bytes
    kept = layers * (2 if checkpointing else 197) + 34  # by each token, times the hidden size
    tokens = rows_at_once * length * (2 if kind == "dpo" else 1)  # both answers at once
    return parameters * bytes_per_weight + adapter + tokens * (kept * hidden + 20 * vocabulary) + 6e8


def in_words(made: Plan) -> str:
    """One line for people before the start: rows, steps, and what is known of time and memory."""
    time = "" if made.seconds is None else f", about {_duration(made.seconds)} on this machine"
    memory = "" if made.memory_bytes is None else f", {made.memory_bytes / 1e9:.1f} GB"
    return f"{made.rows:,} rows, {made.steps:,} steps{time}{memory}"


def _duration(seconds: float) -> str:
    if seconds < 5400:
        minutes = max(1, round(seconds / 60))
        return f"{minutes} minute{'s' * (minutes > 1)}"
    return f"{seconds / 3600:.0f} hours" if seconds < 48 * 3600 else f"{seconds / 86400:.0f} days"
