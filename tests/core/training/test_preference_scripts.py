"""The scripts for DPO and KTO, up to where they would load the training libraries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scripting import ROWS, make_script, render, run, shape, turn, write_dataset

from lora_studio.core.errors import InvalidFields
from lora_studio.core.training.options import LOSS_TYPES, PreferenceOptions


def pair(chosen: Any, rejected: Any) -> dict[str, Any]:
    return {**ROWS["dpo"]("Q", ""), "chosen": chosen, "rejected": rejected}


@pytest.mark.parametrize(
    ("format_name", "row"),
    [
        ("dpo", pair([turn("assistant", "A")], [turn("assistant", " A\n")])),
        ("dpo", pair([turn("assistant", "A")], [turn("assistant", "  ")])),
        ("dpo", pair([turn("assistant", " ")], [turn("assistant", "B")])),
        ("dpo", pair([turn("assistant", "A")], [])),
        ("dpo", pair("A", "B")),
        ("dpo", pair([turn("user", "A")], [turn("assistant", "B")])),
        ("dpo", ROWS["kto"]("Q", "A")),
        ("kto", {**ROWS["kto"]("Q", "A"), "label": 1}),
        ("kto", {**ROWS["kto"]("Q", "A"), "completion": []}),
        ("kto", ROWS["kto"]("Q", " ")),
        ("kto", ROWS["chat"]("Q", "A")),
    ],
)
def test_a_row_that_teaches_nothing_is_refused_in_one_sentence(
    tmp_path: Path, format_name: str, row: dict[str, Any]
) -> None:
    script = make_script(tmp_path, format_name, write_dataset(tmp_path, format_name, rows=[row]))
    refused = run(script)
    said = f"Row 1 of the train file is no {format_name} row with question and answer; export again.\n"
    assert (refused.returncode, refused.stderr) == (1, said)


@pytest.mark.parametrize("format_name", LOSS_TYPES)
def test_the_values_are_constants_and_flags(tmp_path: Path, format_name: str) -> None:
    loss = LOSS_TYPES[format_name][-1]
    given = PreferenceOptions(beta=0.3, loss_type=loss, adapter=tmp_path / 'a"b')
    text = render(format_name, preference=given, script_folder=tmp_path)
    assert shape(text) == shape(render(format_name))
    assert f"BETA = 0.3\nLOSS_TYPE = {loss!r}\nADAPTER = 'a\"b'\n" in text
    assert '#   "trl>=1.16",\n' in text
    script = make_script(tmp_path, format_name, None)
    helped = run(script, "--help", COLUMNS="200").stdout
    assert all(flag in helped for flag in ("--beta", "--loss-type", "--adapter"))
    assert run(script, "--loss-type", "unknown").returncode == run(script, "--beta", "0").returncode == 2


def test_values_that_the_script_cannot_take_are_refused_by_name() -> None:
    with pytest.raises(InvalidFields) as refused:
        render("kto", preference=PreferenceOptions(beta=float("nan"), loss_type="sigmoid"))
    assert refused.value.faults == (
        ("training.beta", "training.beta must be between 0.0001 and 10"),
        ("training.lossType", "training.lossType must be one of kto, apo_zero_unpaired"),
    )


def test_an_adapter_that_is_none_or_would_be_overwritten_is_refused(tmp_path: Path) -> None:
    script = make_script(tmp_path, "dpo", write_dataset(tmp_path, "dpo"))
    refused = run(script, "--adapter", "nowhere")
    said = "There is no adapter in nowhere; name its folder with --adapter.\n"
    assert (refused.returncode, refused.stderr) == (1, said)
    trained = tmp_path / "lora_output"
    trained.mkdir()
    (trained / "adapter_config.json").write_text("{}")
    refused = run(script, "--adapter", str(trained))
    assert refused.stderr == f"{trained} would be overwritten; name another folder with --output.\n"
    assert sorted(path.name for path in trained.iterdir()) == ["adapter_config.json"]
