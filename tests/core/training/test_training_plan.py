"""A training is planned from rows, model and machine: long enough, at a rate that suits, and what is wanted wins."""

from __future__ import annotations

import ast
import dataclasses
import math
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lora_studio.core.training import plan as module
from lora_studio.core.training.plan import (
    EPOCHS_MAX,
    EXPOSURES,
    LENGTH_MAX,
    REPLAY_SHARE,
    RICH_STEPS_MIN,
    STEPS_MIN,
    Machine,
    Model,
    Plan,
    Rows,
    Wanted,
    in_words,
    plan,
    replay_rows,
)

SMALL = Model(parameters=134.5e6, hidden=576, layers=30, vocabulary=49_152)
LARGE = Model(parameters=8e9, hidden=4096, layers=32, vocabulary=128_256)
TWO_CORES = Machine("cpu", cores=2)
CARD = Machine("cuda")

rows = st.builds(
    Rows,
    count=st.integers(1, 200_000),
    tokens=st.none() | st.integers(1, 10**9),
    longest=st.none() | st.integers(1, 10**5),
    rules=st.none() | st.integers(1, 50_000),
    kind=st.sampled_from(["sft", "dpo", "kto"]),
    variety=st.sampled_from(["documented", "rich"]),
)
models = st.builds(
    Model,
    parameters=st.floats(1e6, 1e12),
    hidden=st.integers(64, 20_000),
    layers=st.integers(1, 200),
    vocabulary=st.integers(300, 300_000),
)
machines = st.builds(
    Machine,
    device=st.sampled_from([None, "cpu", "mps", "cuda"]),
    cores=st.integers(1, 256),
    processes=st.integers(1, 8),
)


def test_the_example_of_the_start() -> None:
    made = plan(Rows(43, tokens=43 * 60, longest=101, rules=12), SMALL, TWO_CORES, Wanted(replay=0.15))
    assert made == Plan(
        steps=312,
        epochs=12,
        learning_rate=5.8e-4,
        batch_size=2,
        gradient_accumulation=1,
        warmup_steps=16,
        max_length=256,
        replay=0.15,
        r=8,
        rows=43,
        tokens=43 * 60,
        seconds=made.seconds,
        memory_bytes=made.memory_bytes,
        reasons=(
            "12 epochs of 26 steps, in which a rule is seen about 43 times.",
            "2 rows make a step, as suits 43 rows.",
            "A learning rate of 0.00058 suits a model of hidden size 576.",
            "15% of the rows are general questions that the base model answers itself.",
        ),
    )
    assert made.seconds is not None
    assert made.memory_bytes is not None
    assert 120 < made.seconds < 600
    assert 1.5e9 < made.memory_bytes < 4e9


@pytest.mark.parametrize(
    ("data", "steps", "epochs", "a_step"),
    [
        (Rows(42, rules=6), 126, 6, 2),
        (Rows(448, rules=64), 1_344, 6, 2),
        (Rows(1_600, rules=230), 2_400, 6, 4),
        (Rows(7_000, rules=1_000), 5_250, 6, 8),
        (Rows(30_000, rules=30_000), 56_250, 30, 16),  # no more than 30 epochs for the exposures
        (Rows(3, rules=1), 100, 50, 2),  # but for 100 steps
        (Rows(1_400, rules=12, variety="rich"), 700, 1, 2),  # one pass over many rows is enough
        (Rows(700, rules=6, variety="rich"), 350, 1, 2),
        (Rows(600, rules=64, variety="rich"), 1_500, 5, 2),
        (Rows(100, rules=60, kind="dpo"), 150, 6, 4),
        (Rows(6, rules=6, kind="kto"), 100, 50, 4),
        (Rows(84), 252, 6, 2),  # about seven rows a rule where nobody knows
    ],
)
def test_steps_by_rows_and_rules(data: Rows, steps: int, epochs: int, a_step: int) -> None:
    made = plan(data, SMALL, TWO_CORES, Wanted(replay=0))
    assert (made.steps, made.epochs, made.batch_size * made.gradient_accumulation) == (steps, epochs, a_step)


@pytest.mark.parametrize(
    ("hidden", "kind", "rate"),
    [
        (576, "sft", 5.8e-4),
        (2048, "sft", 2.2e-4),
        (4096, "sft", 1.3e-4),
        (576, "dpo", 1.1e-4),
        (2048, "dpo", 4.0e-5),
        (2048, "kto", 4.0e-5),
    ],
)
def test_the_learning_rate_by_the_model(hidden: int, kind: str, rate: float) -> None:
    assert plan(Rows(43, kind=kind), dataclasses.replace(LARGE, hidden=hidden)).learning_rate == rate


@pytest.mark.parametrize(
    ("machine", "longest", "kind", "portions"),
    [
        (TWO_CORES, 100, "sft", (2, 1)),
        (TWO_CORES, 2_000, "dpo", (2, 2)),
        (CARD, 100, "sft", (2, 1)),
        (Machine(), 100, "sft", (2, 1)),
        (CARD, 5_000, "dpo", (4, 1)),  # what is longer than 2,048 is cut
        (Machine("cuda", processes=2), 100, "sft", (1, 1)),
        (Machine("cuda", processes=16), 100, "sft", (1, 1)),
        (Machine("mps"), 5_000, "kto", (2, 2)),
    ],
)
def test_rows_at_once_by_the_machine(machine: Machine, longest: int, kind: str, portions: tuple[int, int]) -> None:
    made = plan(Rows(500, longest=longest, kind=kind), SMALL, machine)
    assert (made.batch_size, made.gradient_accumulation) == portions


@pytest.mark.parametrize(("longest", "length"), [(None, 1024), (1, 64), (64, 64), (65, 128), (2_048, 2_048)])
def test_the_length_by_the_longest_row(longest: int | None, length: int) -> None:
    made = plan(Rows(43, longest=longest), SMALL, wanted=Wanted(replay=0.0))
    assert made.max_length == length
    assert "cut" not in " ".join(made.reasons)
    assert plan(Rows(43, longest=longest), SMALL).max_length == max(length, 256)  # general answers have room too


def test_what_is_cut_is_said() -> None:
    made = plan(Rows(43, longest=2_049), SMALL)
    assert made.max_length == LENGTH_MAX
    assert "The longest row has 2,049 tokens; above 2,048 it is cut." in made.reasons


@pytest.mark.parametrize(("rules", "proposed"), [(500, ""), (501, "16 for 501"), (2_001, "32 for 2,001")])
def test_a_larger_rank_is_proposed_never_taken(rules: int, proposed: str) -> None:
    made = plan(Rows(rules * 7, rules=rules), SMALL)
    assert made.r == 8
    assert [why for why in made.reasons if "rank" in why] == (
        [f"A larger rank is proposed: {proposed} rules, in place of 8."] if proposed else []
    )
    assert not [why for why in plan(Rows(rules * 7, rules=rules), SMALL, CARD, Wanted(r=32)).reasons if "rank" in why]


@settings(deadline=None)
@given(rows, models, machines)
def test_every_plan_is_long_enough_and_holds_together(data: Rows, model: Model, machine: Machine) -> None:
    made = plan(data, model, machine)
    a_step = made.batch_size * made.gradient_accumulation * machine.processes
    every = data.count + replay_rows(data.count, made.replay)
    per_epoch = math.ceil(every / a_step)
    assert made.steps >= (RICH_STEPS_MIN if data.variety == "rich" else STEPS_MIN)
    assert made.steps == per_epoch * made.epochs
    if data.rules:
        assert made.epochs >= min(EPOCHS_MAX, EXPOSURES[data.kind] * data.rules / data.count)
    assert 5 <= made.warmup_steps <= made.steps // 2
    assert 0 < made.learning_rate < 1
    assert 64 <= made.max_length <= LENGTH_MAX
    assert made.replay == (REPLAY_SHARE if data.kind == "sft" else 0)
    assert (made.seconds is None) == (machine.device is None or data.tokens is None)
    assert (made.memory_bytes is None) == (machine.device is None or data.longest is None)
    assert all(why[0].isupper() or why[0].isdigit() for why in made.reasons)
    assert all(why.endswith(".") for why in made.reasons)
    assert in_words(made).startswith(f"{data.count:,} rows, {made.steps:,} steps")


wants = st.builds(
    Wanted,
    epochs=st.none() | st.floats(0.1, 1000),
    steps=st.none() | st.integers(1, 10**6),
    learning_rate=st.none() | st.floats(1e-8, 1.0),
    batch_size=st.none() | st.integers(1, 4096),
    gradient_accumulation=st.none() | st.integers(1, 4096),
    max_length=st.none() | st.integers(16, 10**6),
    replay=st.none() | st.floats(0, 0.5),
    r=st.integers(1, 1024),
)


@settings(deadline=None)
@given(rows, models, machines, wants)
def test_what_is_wanted_always_wins(data: Rows, model: Model, machine: Machine, wanted: Wanted) -> None:
    made = dataclasses.asdict(plan(data, model, machine, wanted))
    given = {name: value for name, value in dataclasses.asdict(wanted).items() if value is not None}
    if wanted.steps is not None:
        given.pop("epochs", None)
    if data.kind != "sft":
        given.pop("replay", None)
    assert {name: made[name] for name in given} == given
    assert made["steps"] >= 1
    assert made["warmup_steps"] <= made["steps"]


@settings(deadline=None)
@given(rows, models, machines, st.integers(1, 1000))
def test_more_of_it_never_takes_less(data: Rows, model: Model, machine: Machine, more: int) -> None:
    made = plan(data, model, machine)
    if data.rules:
        assert plan(dataclasses.replace(data, rules=data.rules + more), model, machine).steps >= made.steps
    if data.tokens and made.seconds:
        slower = plan(dataclasses.replace(data, tokens=data.tokens + more), model, machine).seconds
        assert slower is not None
        assert slower >= made.seconds
    wider = dataclasses.replace(model, hidden=model.hidden + more)
    assert plan(data, wider, machine).learning_rate <= made.learning_rate
    if data.longest:
        longer = plan(dataclasses.replace(data, longest=data.longest + more), model, machine)
        assert longer.max_length >= made.max_length
    bigger = plan(data, dataclasses.replace(model, parameters=2 * model.parameters), machine)
    if made.memory_bytes is not None:
        assert bigger.memory_bytes is not None
        assert bigger.memory_bytes > made.memory_bytes


def test_few_steps_that_are_wanted_are_warned_of() -> None:
    few = "Fewer than 100 steps often teach nothing."
    assert few in plan(Rows(43), SMALL, CARD, Wanted(steps=9)).reasons
    assert few in plan(Rows(43), SMALL, CARD, Wanted(epochs=3)).reasons
    assert few not in plan(Rows(43), SMALL, CARD, Wanted(steps=100)).reasons


def test_no_replay_is_warned_of() -> None:
    assert "may be forgotten" in " ".join(plan(Rows(43), SMALL, CARD, Wanted(replay=0)).reasons)


def test_replay_is_a_share_of_all_rows() -> None:
    assert [replay_rows(85, 0.15), replay_rows(40, 0.5), replay_rows(40, 0)] == [15, 40, 0]


@pytest.mark.parametrize(
    ("seconds", "memory", "words"),
    [
        (None, None, "43 rows, 312 steps"),
        (20, 2_640_000_000, "43 rows, 312 steps, about 1 minute on this machine, 2.6 GB"),
        (540, None, "43 rows, 312 steps, about 9 minutes on this machine"),
        (7_300, None, "43 rows, 312 steps, about 2 hours on this machine"),
        (300_000, None, "43 rows, 312 steps, about 3 days on this machine"),
    ],
)
def test_the_plan_in_words(seconds: int | None, memory: int | None, words: str) -> None:
    made = plan(Rows(43, rules=12), SMALL, wanted=Wanted(replay=0.15))
    assert in_words(dataclasses.replace(made, seconds=seconds, memory_bytes=memory)) == words


def test_the_module_stands_alone_on_an_old_python() -> None:
    """Every script holds its text, and scripts run on Python 3.10 with nothing of ours."""
    text = Path(module.__file__).read_text(encoding="utf-8")
    tree = ast.parse(text, feature_version=(3, 10))
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {node.module if isinstance(node, ast.ImportFrom) else node.names[0].name for node in imports}
    assert names <= sys.stdlib_module_names | {"__future__"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)][len(imports) :]
