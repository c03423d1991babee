"""train_openai.py against a server of our own that answers as OpenAI does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from workshop import Prepared, Trainer, Workshop, events

pytestmark = pytest.mark.training


class Service(ThreadingHTTPServer):
    """What was asked of it, and how its job will end."""

    ending = "succeeded"
    looks = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, bytes]] = []

    def job(self, status: str) -> dict[str, Any]:
        failed = {"code": "invalid_training_file", "message": "The file has a harmful row.", "param": None}
        return {
            "id": "ftjob-1", "object": "fine_tuning.job", "status": status, "model": "gpt-4.1-mini", "created_at": 1,
            "fine_tuned_model": "ft:gpt-4.1-mini:x" if status == "succeeded" else None, "organization_id": "o",
            "result_files": [], "seed": 0, "training_file": "f", "validation_file": None, "trained_tokens": None,
            "finished_at": None, "hyperparameters": {}, "error": failed if status == "failed" else None,
        }  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    server: Service

    def log_message(self, *ignored: object) -> None:
        """Says nothing."""

    def give(self, answer: dict[str, Any], code: int = 200) -> None:
        data = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append((self.path, body))
        if self.headers["authorization"] != "Bearer good":
            self.give({"error": {"message": "Incorrect API key provided"}}, 401)
        elif self.path == "/v1/files":
            self.give(file_object(f"file-{len(self.server.asked)}"))
        elif json.loads(body)["model"] == "gpt-closed":
            self.give({"error": {"message": "Fine-tuning is not available to your organization"}}, 403)
        else:
            self.give(self.server.job("queued"))

    def do_GET(self) -> None:
        if self.path.startswith("/v1/files/"):
            self.give(file_object(self.path.rpartition("/")[2]))
        elif "/events" in self.path:
            self.give(
                {"object": "list", "data": [event(n) for n in range(self.server.looks, 0, -1)], "has_more": False}
            )
        else:
            self.server.looks += 1
            self.give(self.server.job(self.server.ending if self.server.looks > 2 else "running"))


def file_object(name: str) -> dict[str, Any]:
    return {"id": name, "object": "file", "bytes": 1, "created_at": 1, "filename": "x", "purpose": "fine-tune",
            "status": "processed"}  # fmt: skip


def event(number: int) -> dict[str, Any]:
    figures = {"step": number, "total_steps": 3, "train_loss": 1 / number}
    return {"id": f"e{number}", "object": "fine_tuning.job.event", "created_at": 1, "level": "info",
            "message": f"Step {number}", "type": "metrics", "data": figures}  # fmt: skip


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as service:
        thread = threading.Thread(target=service.serve_forever, args=(0.05,))
        thread.start()
        yield service
        service.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def made(workshop_without_base: Workshop) -> Prepared:
    return workshop_without_base.prepare("openai", "openai", model="gpt-4.1-mini", split=0.8)


def run(trainer: Trainer, made: Prepared, service: Service, *flags: str, key: str = "good", ok: bool = True) -> Any:
    url = f"http://127.0.0.1:{service.server_port}/v1"
    command = ("python", made.script, "--poll", "0.05", *flags)
    return trainer.run(*command, folder=made.folder, ok=ok, OPENAI_BASE_URL=url, OPENAI_API_KEY=key)


def test_success(trainer: Trainer, made: Prepared, service: Service) -> None:
    done = run(trainer, made, service)
    assert [path for path, _ in service.asked] == ["/v1/files", "/v1/files", "/v1/fine_tuning/jobs"]
    for (_, body), side in zip(service.asked, ("trainFile", "evalFile"), strict=False):
        sent = [json.loads(line) for line in body.splitlines() if line.startswith(b'{"messages"')]
        assert sent == [json.loads(line) for line in Path(made.exported[side]).read_text().splitlines()]
    asked = json.loads(service.asked[2][1])
    assert asked["method"] == {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}}
    assert (asked["training_file"], asked["validation_file"]) == ("file-1", "file-2")
    told = events(done.stdout)
    assert [one["event"] for one in told] == ["upload", "upload", "job", "step", "step", "step", "done"]
    assert told[3] == {"event": "step", "step": 1, "of": 3, "loss": 1.0}
    assert told[-1]["model"] == "ft:gpt-4.1-mini:x"
    assert done.stderr.startswith("As of November 2026 OpenAI is winding fine-tuning down")


def test_a_bad_key(trainer: Trainer, made: Prepared, service: Service) -> None:
    done = run(trainer, made, service, key="bad", ok=False)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "The API key was refused; check OPENAI_API_KEY.")
    assert events(done.stdout)[-1]["event"] == "error"
    unset = run(trainer, made, service, key="", ok=False)
    assert unset.stderr.splitlines()[-1] == "OPENAI_API_KEY is not set; set it to your key and start again."


def test_too_few_rows_are_refused_before_anything_is_sent(
    trainer: Trainer, workshop_without_base: Workshop, service: Service
) -> None:
    few = workshop_without_base.prepare("few", "openai", model="gpt-4.1-mini", split=0.1)
    done = run(trainer, few, service, ok=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "OpenAI wants at least 10 train rows, here are 6; export more."
    assert service.asked == []


def test_a_failed_job(trainer: Trainer, made: Prepared, service: Service) -> None:
    service.ending = "failed"
    done = run(trainer, made, service, ok=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "The job ftjob-1 has failed: The file has a harmful row."
    again = run(trainer, made, service, "--job", "ftjob-1", ok=False)
    assert again.stderr.splitlines()[-1] == done.stderr.splitlines()[-1]


def test_a_refused_model_and_no_connection(trainer: Trainer, made: Prepared, service: Service) -> None:
    done = run(trainer, made, service, "--model", "gpt-closed", ok=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == ("The service refused: Fine-tuning is not available to your organization")
    command = ("python", made.script)
    lost = trainer.run(
        *command, folder=made.folder, ok=False, OPENAI_BASE_URL="http://127.0.0.1:9/v1", OPENAI_API_KEY="good"
    )
    assert lost.returncode == 1
    assert lost.stderr.splitlines()[-1].startswith("No connection to http://127.0.0.1:9/v1")


def test_check_sends_nothing(trainer: Trainer, made: Prepared, service: Service) -> None:
    done = run(trainer, made, service, "--check")
    assert "The dataset is complete: 48 train rows, 12 eval rows, checksums agree." in done.stdout
    assert f"Requests would go to http://127.0.0.1:{service.server_port}/v1." in done.stdout
    assert service.asked == []
