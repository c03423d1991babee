"""An exam that is truly taken: a model trained on half of the guidelines, and what a kill leaves behind."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from driver import KEY
from twenty import RULES
from workshop import Workshop, events

from lora_studio.core.settings import Settings
from lora_studio.core.training.exam import ExamFiles, exam_dataset, write_exam
from lora_studio.core.training.exam_reading import read_exam
from lora_studio.core.training.exam_records import Exam, Examined

pytestmark = pytest.mark.training

LORA = {"r": 16, "alpha": 32, "dropout": 0.0}
TRAINING = {
    "epochs": 150,
    "learningRate": 5e-3,
    "batchSize": 15,
    "gradientAccumulation": 1,
    "maxLength": 256,
    "replay": 0,
}


@pytest.fixture(scope="module")
def half(workshop: Workshop) -> tuple[Path, ExamFiles]:
    """An adapter that was trained on about half of the guidelines, and its exam about all of them."""
    out = workshop.door.home.path / "half"
    names = {"targetModel": str(workshop.base), "format": "chat", "admin_key": KEY, "outputPath": str(out)}
    exported = workshop.door.call(
        action="export", agentId="t", includeExamples=False, trainEvalSplit=0.5, splitBy="guideline", **names
    )
    assert exported["success"], exported
    generated = workshop.door.call(
        action="generate_script", datasetPath=str(out), lora=LORA, training=TRAINING, **names
    )
    assert generated["success"], generated
    workshop.trainer.run("python", "train_chat.py", folder=out)
    adapter = out / "lora_output"
    dataset = exam_dataset(adapter)
    files = write_exam(workshop.door.library, Settings(), dataset, str(workshop.base), adapter)
    return adapter, files


def recited(one: Examined) -> float:
    return one.kinds["recites"].score


def test_the_trained_half_ranks_above_the_other_half(workshop: Workshop, half: tuple[Path, ExamFiles]) -> None:
    adapter, files = half
    done = workshop.trainer.run("python", files.script, folder=adapter)
    told = events(done.stdout)
    assert [told[0]["event"], told[-1]["event"]] == ["start", "done"]
    assert told[-1]["step"] == told[-1]["of"] > files.count
    exam = read_exam(adapter)
    assert isinstance(exam, Exam)
    trained = [recited(one) for one in exam.guidelines if one.questions[0].in_train]
    other = [recited(one) for one in exam.guidelines if not one.questions[0].in_train]
    assert len(trained) + len(other) == len(RULES)
    assert min(len(trained), len(other)) >= 5
    assert sum(trained) / len(trained) > sum(other) / len(other) + 0.4
    above = sum(one > another for one in trained for another in other)
    assert above >= 0.95 * len(trained) * len(other)
    base = exam.totals.kinds["recites"].base
    assert base is not None
    assert base < 0.3
    recite = {one.id for one in exam.guidelines if one.kinds["recites"].passed}
    assert recite <= {one.id for one in exam.guidelines if one.questions[0].in_train}
    assert len(recite) >= 0.8 * len(trained)
    assert not any(question.in_train for one in exam.guidelines for question in one.questions[1:])
    assert exam.general.asked == exam.general.kept + exam.general.changed == len(exam.general.questions) > 20
    assert exam.declines.asked == len(exam.declines.questions) >= 5
    assert exam.findings
    assert exam.dataset.train_sha256 == exam_dataset(adapter).train.sha256
    assert not (adapter / ".exam_answers.jsonl").exists()


def test_a_killed_exam_leaves_no_result_and_goes_on_where_it_was(
    workshop: Workshop, half: tuple[Path, ExamFiles]
) -> None:
    adapter, files = half
    (adapter / "exam.json").unlink(missing_ok=True)
    cache = exam_dataset(adapter).adapter.dataset_path / ".exam_base_answers.jsonl"
    cache.unlink(missing_ok=True)
    with workshop.trainer.start("python", files.script, "--batch-size", "2", folder=adapter) as child:
        assert child.stdout
        for line in child.stdout:
            if '"event": "step"' in line:
                child.send_signal(signal.SIGKILL)
                break
        child.wait()
    assert read_exam(adapter) is None
    with (adapter / ".exam_answers.jsonl").open("a") as file:
        file.write('{"id": "half a li')
    told = events(workshop.trainer.run("python", files.script, "--batch-size", "2", folder=adapter).stdout)
    assert told[0]["event"] == "start"
    assert 2 <= told[0]["step"] < told[0]["of"]
    exam = read_exam(adapter)
    assert exam is not None
    assert exam.totals.guidelines == len(RULES)
    assert sorted(path.name for path in adapter.glob(".exam*")) == []


def test_the_same_exam_gives_the_same_scores_and_does_not_ask_the_base_model_again(
    workshop: Workshop, half: tuple[Path, ExamFiles]
) -> None:
    adapter, files = half
    taken, began = [], []
    for _ in range(2):
        done = workshop.trainer.run("python", files.script, folder=adapter)
        began.append(events(done.stdout)[0])
        taken.append({**json.loads((adapter / "exam.json").read_text()), "createdAt": ""})
    assert taken[0] == taken[1]
    kinds = [json.loads(line)["kind"] for line in files.questions.read_text().splitlines()]
    assert began[1]["step"] == sum(kind not in ("names", "declines") for kind in kinds)


def test_a_sample_is_drawn_evenly_and_says_so(workshop: Workshop, half: tuple[Path, ExamFiles]) -> None:
    adapter, files = half
    workshop.trainer.run("python", files.script, "--sample", "4", folder=adapter)
    exam = read_exam(adapter)
    assert exam is not None
    assert exam.sample is not None
    assert (exam.sample.asked, exam.sample.of, len(exam.guidelines)) == (4, len(RULES), 4)
    lines = [json.loads(line) for line in files.questions.read_text().splitlines()]
    names = list(dict.fromkeys(line["name"] for line in lines if line["id"]))
    assert [one.name for one in exam.guidelines] == names[::5]


def test_an_adapter_that_is_not_there_is_one_sentence(workshop: Workshop, half: tuple[Path, ExamFiles]) -> None:
    adapter, files = half
    done = workshop.trainer.run("python", files.script, "--adapter", "nowhere", folder=adapter, ok=False)
    said = "There is no adapter in nowhere; train one, or name its folder: --adapter."
    assert (done.returncode, done.stderr.strip()) == (1, said)
    assert events(done.stdout) == [{"event": "error", "message": said}]
