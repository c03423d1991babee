"""A Python that seems to have the training libraries, and in whose place a small program answers questions."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from environments import GOOD, environment_with

STAND_IN = """
import json, pathlib, sys, time
sides = ("tuned",) if "--no-base" in sys.argv else ("tuned", "base")
stop = pathlib.Path("STOP")
def tell(event, **values):
    print("@lora " + json.dumps({"event": event, **values}), flush=True)
tell("start", model="tiny", output="lora_output")
print("a library's own words", flush=True)
if not pathlib.Path("ask.py").exists() or pathlib.Path(__file__).with_name("fails").exists():
    tell("error", message="The model tiny cannot be loaded: there is no such folder.")
    sys.exit(1)
tell("ready", seconds=0.1)
for line in sys.stdin:
    asked = json.loads(line)
    question, system = asked["question"], asked["system"]
    if question == "die":
        sys.exit("Killed by the system")
    if question == "refuse":
        tell("error", message="The question is too long for this model; ask a shorter one.")
        continue
    for side in sides:
        said = [f"{side} ", "<b>says</b> ", question.splitlines()[-1], f" | {system} | {asked['maxTokens']}"]
        for text in said:
            tell("token", side=side, text=text)
        while question == "long" and not stop.exists():
            tell("token", side=side, text=".")
            time.sleep(0.02)
        tell("answer", side=side, text="".join(said), seconds=0.5)
    tell("answered")
"""


def answering(folder: Path) -> Path:
    """The environment in `folder`; its Python answers by STAND_IN, and fails to load once `fails` lies beside that."""
    environment_with(folder, GOOD)
    script = folder / "stand_in.py"
    script.write_text(STAND_IN)
    program = folder / "bin" / "python"
    first, rest = program.read_text().split("\n", 1)
    command = shlex.join([sys.executable, str(script)])
    run = f'case "$5" in */ask.py) cd "${{5%/*}}"; shift 5; exec {command} "$@";; esac'
    program.write_text(f"{first}\n{run}\n{rest}")
    return program
