"""train_anthropic.py against moto, which plays Amazon S3 and Bedrock."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from workshop import FILES, Prepared, Trainer, Workshop, events

pytestmark = pytest.mark.training

CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0:200k"
FLAGS = ("--bucket", "data", "--role-arn", "arn:aws:iam::123456789012:role/r", "--region", "us-west-2", "--poll", "0.2")


@dataclass
class Cloud:
    trainer: Trainer
    url: str
    ending: Path
    process: subprocess.Popen[str]

    def rows(self, address: str) -> list[dict[str, Any]]:
        """What lies at an s3:// address of the bucket."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(address.removeprefix("s3://data/") + "\n")
        self.process.stdin.flush()
        return [json.loads(line) for line in self.process.stdout.readline().split("\x1e")[:-1]]

    def run(self, made: Prepared, *flags: str, ok: bool = True) -> subprocess.CompletedProcess[str]:
        names = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_ENDPOINT_URL": self.url}
        return self.trainer.run("python", made.script, *flags, folder=made.folder, ok=ok, **names)


@pytest.fixture(scope="module")
def cloud(trainer: Trainer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    ending = tmp_path_factory.mktemp("cloud") / "ending"
    ending.write_text("Completed")
    with trainer.start("python", FILES / "fake_aws.py", ending, folder=FILES) as process:
        assert process.stdout
        assert process.stdin
        yield Cloud(trainer, process.stdout.readline().strip(), ending, process)
        process.stdin.close()


@pytest.fixture(scope="module")
def made(workshop_without_base: Workshop) -> Prepared:
    return workshop_without_base.prepare("anthropic", "anthropic", model=CLAUDE, split=0.8)


def test_success_and_what_is_sent_has_no_metadata(cloud: Cloud, made: Prepared) -> None:
    cloud.ending.write_text("Completed")
    done = cloud.run(made, *FLAGS)
    told = events(done.stdout)
    assert [one["event"] for one in told] == ["upload", "job", "status", "status", "done"]
    assert "The 12 eval rows are left out: Bedrock takes 32 to 1000 of them." in done.stdout
    rows = [json.loads(line) for line in Path(made.exported["trainFile"]).read_text().splitlines()]
    assert cloud.rows(told[0]["file"]) == [{key: row[key] for key in ("system", "messages")} for row in rows]
    assert done.stderr.startswith("As of November 2026 Anthropic's own interface offers no fine-tuning.")


def test_nova_gets_its_own_form(cloud: Cloud, made: Prepared) -> None:
    cloud.ending.write_text("Completed")
    done = cloud.run(made, *FLAGS, "--model", "amazon.nova-lite-v1:0:300k", "--name", "nova")
    sent = cloud.rows(events(done.stdout)[0]["file"])
    assert {row["schemaVersion"] for row in sent} == {"bedrock-conversation-2024"}
    assert [turn["role"] for turn in sent[0]["messages"]] == ["user", "assistant"]
    assert set(sent[0]["system"][0]) == {"text"}


def test_a_failed_job(cloud: Cloud, made: Prepared) -> None:
    cloud.ending.write_text("Failed")
    done = cloud.run(made, *FLAGS, "--name", "other", ok=False)
    assert done.returncode == 1
    assert " has ended (Failed): " in done.stderr.splitlines()[-1]
    assert events(done.stdout)[-1]["event"] == "error"


def test_what_is_refused_in_one_sentence(cloud: Cloud, made: Prepared, workshop_without_base: Workshop) -> None:
    few = workshop_without_base.prepare("few_claude", "anthropic", model=CLAUDE, split=0.5)
    for dataset, flags, sentence in (
        (few, FLAGS, "Bedrock takes 32 to 10000 train rows, here are 30; export accordingly."),
        (made, (), "Name the S3 bucket and the IAM role that Bedrock uses, with --bucket and --role-arn."),
        (made, (*FLAGS, "--bucket", "missing"), "The specified bucket does not exist"),
        (made, (*FLAGS, "--job", "nothing"), "AWS refused: "),
    ):
        done = cloud.run(dataset, *flags, ok=False)
        assert done.returncode == 1
        assert sentence in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr


def test_a_bad_key_is_named(trainer: Trainer, cloud: Cloud, made: Prepared) -> None:
    """Without any key; moto itself takes whatever it is given."""
    nowhere = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/", "AWS_SHARED_CREDENTIALS_FILE": "/"}
    done = trainer.run(
        "python", made.script, *FLAGS, folder=made.folder, ok=False, AWS_ENDPOINT_URL=cloud.url, **nowhere
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "AWS refused: Unable to locate credentials"


def test_check_sends_nothing(cloud: Cloud, made: Prepared) -> None:
    done = cloud.run(made, "--check")
    assert "The dataset is complete: 48 train rows, 12 eval rows, checksums agree." in done.stdout
    assert f"Requests would go to {cloud.url}, region us-west-2." in done.stdout
