"""The window: the only place that knows Qt. It asks the core, shows, and decides nothing itself."""

# First of all, because PySide6 reads the source of every module that is imported after it: 30 ms of the start.
from lora_studio.core import settings, starter
from lora_studio.core.library import browse, guidelines

__all__ = ["browse", "guidelines", "settings", "starter"]
