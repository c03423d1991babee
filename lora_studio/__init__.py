"""LoRA Studio: from a team's guidelines to LoRA datasets, training scripts and adapters."""

__version__ = "0.1.0"
