"""The size of a base model comes from its config, else from its name, else one is assumed and said."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lora_studio.core.training import sizes
from lora_studio.core.training.plan import Rows, plan
from lora_studio.core.training.scripts import SHARED
from lora_studio.core.training.sizes import model_facts

SMOLLM2 = {
    "hidden_size": 576,
    "num_hidden_layers": 30,
    "vocab_size": 49_152,
    "intermediate_size": 1536,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "tie_word_embeddings": True,
}
LLAMA_3_8B = {
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "vocab_size": 128_256,
    "intermediate_size": 14_336,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "tie_word_embeddings": False,
}
MIXTRAL = {**LLAMA_3_8B, "vocab_size": 32_000, "num_local_experts": 8}
GPT2 = {"n_embd": 768, "n_layer": 12, "n_head": 12, "vocab_size": 50_257}


@pytest.mark.parametrize(
    ("config", "billions"), [(SMOLLM2, 0.1345), (LLAMA_3_8B, 8.03), (MIXTRAL, 46.7), (GPT2, 0.124)]
)
def test_the_parameters_of_a_config(config: dict[str, object], billions: float) -> None:
    found = model_facts("any", config)
    assert found.parameters == pytest.approx(billions * 1e9, rel=0.02)
    assert found.guess == ""
    inner = {"text_config": config, "tie_word_embeddings": config.get("tie_word_embeddings", True), "vision": {}}
    assert model_facts("any", inner) == found


@pytest.mark.parametrize(
    ("name", "parameters", "hidden", "said"),
    [
        ("HuggingFaceTB/SmolLM2-135M-Instruct", 135e6, 576, "135M"),
        ("TinyLlama/TinyLlama-1.1B-Chat-v1.0", 1.1e9, 2048, "1.1B"),
        ("meta-llama/Llama-3-8B", 8e9, 4096, "8B"),
        ("mistralai/Mixtral-8x7B-v0.1", 56e9, 4096, "8x7B"),
        ("google/gemma-3-270m-it", 270e6, 640, "270m"),
        ("/models/70B/Qwen3-0.6b/", 0.6e9, 1024, "0.6b"),
        ("meta-llama/Llama-3.1-70B", 70e9, 8192, "70B"),
        ("C:\\models\\Qwen2.5-7B", 7e9, 3584, "7B"),
    ],
)
def test_the_size_of_a_name(name: str, parameters: float, hidden: int, said: str) -> None:
    found = model_facts(name)
    assert found.parameters == pytest.approx(parameters)
    assert found.hidden == pytest.approx(hidden, rel=0.5)
    assert found.guess.endswith(f"is not on this machine: its name says {said}.")


@pytest.mark.parametrize("name", ["microsoft/phi", "a 4bit model", "/8B/mine", "", "v2-base"])
def test_a_name_without_a_size_is_one_of_1b_and_that_is_said(name: str) -> None:
    found = model_facts(name)
    assert (found.parameters, found.hidden) == (1e9, 2048)
    assert plan(Rows(43), found).reasons[0].endswith("its name holds no size, so 1B is assumed.")


things = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*SMOLLM2, "text_config"]), inner),
)


@example("0x0B", None)
@example("9" * 190 + "x9B", SMOLLM2)
@settings(deadline=None)
@given(st.text(max_size=40) | st.from_regex(r"[0-9]{1,190}x?[0-9]{1,5}[bBmM]", fullmatch=True), things)
def test_any_name_and_any_config_give_a_plan(name: str, config: object) -> None:
    found = model_facts(name, config)
    assert 0 < found.parameters < 1e30
    assert plan(Rows(43), found).steps >= 100


def test_scripts_hold_the_shared_modules_without_their_heads(tmp_path: Path) -> None:
    """As templates include them; a script's own head imports dataclasses, math and re."""
    from lora_studio.core.training import scripts

    environment = scripts._environment()
    text = "".join(environment.get_template(name).render() for name in SHARED)
    for name in SHARED:
        source = Path(sizes.__file__).with_name(name).read_text(encoding="utf-8")
        body = environment.get_template(name).render()
        assert source.endswith(body)
        assert "import" not in body
    assert max(map(len, text.splitlines())) <= 110
    names: dict[str, object] = {"__name__": "script"}
    sys.modules["script"] = type(sys)("script")
    try:
        exec("import dataclasses, math, re\n" + text, names)
    finally:
        del sys.modules["script"]
    made = eval("plan(Rows(43, rules=12), model_facts('Llama-3-8B'))", names)
    assert repr(made) == repr(plan(Rows(43, rules=12), model_facts("Llama-3-8B")))
