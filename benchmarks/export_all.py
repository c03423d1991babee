"""One export of everything, as a process: `python -m benchmarks.export_all LIBRARY SPLIT_BY`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.domain import OWNER, ExportOptions
from lora_studio.core.library.store import open_library
from lora_studio.core.settings import Settings


def main(library: str, split_by: str) -> None:
    options = ExportOptions(target_model="bench/model", split_by=split_by)
    with tempfile.TemporaryDirectory() as folder:
        made = export_dataset(open_library(Path(library)), Settings(), options, Path(folder), OWNER)
        print(made.train_rows + made.eval_rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
