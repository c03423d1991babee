"""For every test: Qt off screen, a clean environment, and noise is a failure."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from lora_studio.preflight import window_problem

for _name in ("LORA_STUDIO_HOME", "LORA_STUDIO_NOW", "LORA_STUDIO_ADMIN_KEY"):
    os.environ.pop(_name, None)


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts what is to run in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what the tests start hears Ctrl+C again


def pytest_configure() -> None:
    problem = window_problem()
    if problem:  # Qt would abort the whole run without a word
        pytest.exit(problem, returncode=3)


@pytest.fixture(autouse=True)
def quiet_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fails a test in which something was logged at WARNING or above that the test did not clear away."""
    yield
    loud = [record for record in caplog.get_records("call") if record.levelno >= logging.WARNING]
    assert not loud, f"unexpected log: {loud[0].name}: {loud[0].getMessage()}"
