"""The shelf as one list, and how it stands: whole, as exported, as the library is today."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from peft_files import put_adapter

from lora_studio.core.dataset.export import Exported, export_dataset
from lora_studio.core.domain import OWNER, Draft, ExportOptions, Guideline, GuidelineFilter
from lora_studio.core.errors import Cancelled
from lora_studio.core.library.browse import last_change
from lora_studio.core.library.guidelines import add_guidelines, change_guidelines, set_active, set_deleted
from lora_studio.core.library.store import Library
from lora_studio.core.library.used import describe
from lora_studio.core.resources import resources_dir
from lora_studio.core.settings import Settings
from lora_studio.core.training import states
from lora_studio.core.training.belongings import belongings
from lora_studio.core.training.facts import wanted_guidelines
from lora_studio.core.training.shelf import Contents, Item, Place, read_shelf
from lora_studio.core.training.states import Comparison, check_files, compare_with_library, state_of


@pytest.fixture
def rules(library: Library) -> list[Guideline]:
    drafts = [Draft(name=f"Rule {n}", content=f"Do {n}.", category="odd" if n % 2 else "even") for n in range(6)]
    return add_guidelines(library, drafts, OWNER)


def export(library: Library, folder: Path, **more: object) -> Exported:
    options = ExportOptions(**{"target_model": "m", "format": "chat", **more})  # type: ignore[arg-type]
    return export_dataset(library, Settings(), options, folder, OWNER)


def look(*folders: Path, known: Contents | None = None, depth: int = 1) -> Contents:
    before = {item.path: item for item in known.items} if known else {}
    return read_shelf([Place(folder, depth) for folder in folders], before, lambda done, total: None)


def compared(library: Library, contents: Contents, before: Comparison | None = None) -> Comparison:
    return compare_with_library(library, contents.items, before or Comparison(), lambda done, total: None)


def states_of(library: Library, contents: Contents) -> list[str]:
    standings = compared(library, contents).standings
    hashes = check_files(contents.items, {}, lambda done, total: None)
    return [state_of(item, hashes, standings[item.path]).kind for item in contents.items]


def sums(item: Item) -> list[str]:
    assert item.facts is not None
    return [file.sha256 for file in item.facts.files]


def test_datasets_and_adapters_are_found_below_a_place(library: Library, rules: object, tmp_path: Path) -> None:
    made = export(library, tmp_path / "a")
    export(library, tmp_path / "a" / "b" / "c" / "too deep")
    put_adapter(tmp_path / "a" / "lora_output")
    put_adapter(tmp_path / "a" / "lora_output" / "checkpoints" / "checkpoint-5")
    put_adapter(tmp_path / "a" / ".hidden")
    put_adapter(tmp_path / "outside")
    (tmp_path / "a" / "link").symlink_to(tmp_path / "outside")
    contents = look(tmp_path / "a", depth=2)
    assert [item.path for item in contents.items] == [made.config_file, tmp_path / "a" / "lora_output"]
    assert contents.items[1].name == "a/lora_output"
    assert contents.warnings == ()
    assert tmp_path / "a" / "b" in contents.folders


def test_what_is_known_is_not_read_again(library: Library, rules: object, tmp_path: Path) -> None:
    made = export(library, tmp_path / "a")
    put_adapter(tmp_path / "a" / "tuned")
    first = look(tmp_path / "a")
    made.config_file.chmod(0o600)
    again = look(tmp_path / "a", known=first)
    assert again == first
    assert all(one is other for one, other in zip(again.items, first.items, strict=True))
    made.train_file.write_bytes(b"{}\n")
    put_adapter(tmp_path / "a" / "tuned", r=16, losses=False)
    third = look(tmp_path / "a", known=first)
    assert [item.shape for item in third.items] == ["chat", "r 16 · α 32"]
    assert third.items[0].stamps != first.items[0].stamps


def test_a_set_that_is_being_exchanged_is_shown_as_it_was(library: Library, rules: object, tmp_path: Path) -> None:
    made = export(library, tmp_path / "a")
    first = look(tmp_path / "a")
    stage = tmp_path / "a" / ".lora-studio-0123456789abcdef.commit"
    if os.name == "posix":
        import fcntl

        stage.mkdir()
        handle = os.open(tmp_path / "a", os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)  # as its writer does
        made.train_file.unlink()
        assert look(tmp_path / "a", known=first).items == first.items
        os.close(handle)
        stage.rmdir()
    assert states_of(library, look(tmp_path / "a", known=first)) == ["missing"]


def test_batches_come_while_it_is_read_and_cancelling_stops(
    library: Library, rules: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lora_studio.core.training.shelf.BATCH", 2)
    for model in "abcde":
        export(library, tmp_path / "a", target_model=model)
    told: list[tuple[Item, ...]] = []
    contents = read_shelf([Place(tmp_path / "a")], {}, lambda done, total: None, told.append)
    assert sum(told, ()) == contents.items[:4]

    def stop(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        read_shelf([Place(tmp_path / "a")], {}, stop)


def test_a_named_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    quiet = read_shelf([Place(gone)], {}, lambda done, total: None)
    assert quiet == Contents((), (), ())
    said = read_shelf([Place(gone, named=True)], {}, lambda done, total: None)
    assert said.warnings == (f"The folder {gone} is not there now; put it back or stop watching it.",)


def test_every_state(library: Library, rules: list[Guideline], tmp_path: Path) -> None:
    made = export(library, tmp_path / "a")
    assert states_of(library, look(tmp_path / "a")) == ["complete"]
    text = made.train_file.read_bytes()
    made.train_file.write_bytes(text.replace(b"Do 1", b"Do 9"))  # as long as before
    assert states_of(library, look(tmp_path / "a")) == ["differs"]
    made.train_file.write_bytes(text + b"{}\n")
    contents = look(tmp_path / "a")
    assert state_of(contents.items[0], {}, None).kind == "differs"  # without a hash: the size says it
    made.train_file.unlink()
    assert state_of(look(tmp_path / "a").items[0], {}, None).files == (made.train_file.name,)
    made.train_file.write_bytes(text)
    change_guidelines(library, [rules[0].id], lambda old: replace(old, content="Other."), OWNER)
    assert states_of(library, look(tmp_path / "a")) == ["stale"]
    config = json.loads(made.config_file.read_text())
    made.config_file.write_text(json.dumps({**config, "files": []}))
    assert states_of(library, look(tmp_path / "a")) == ["unreadable"]


def test_what_changed_since_is_told_rule_by_rule(library: Library, rules: list[Guideline], tmp_path: Path) -> None:
    export(library, tmp_path / "a", filter=GuidelineFilter(categories=("even",)))
    contents = look(tmp_path / "a")
    path = contents.items[0].path
    first = compared(library, contents)
    assert first.standings[path].since.count == 0
    change_guidelines(library, [rules[0].id], lambda old: replace(old, content="Other.", priority=9), OWNER)
    set_active(library, [rules[2].id], False, OWNER)
    set_deleted(library, [rules[1].id], True, OWNER)  # of another category
    add_guidelines(library, [Draft(name="Also even", content="x", category="even")], OWNER)
    add_guidelines(library, [Draft(name="Blank", content="\u200b" * 300, category="even")], OWNER)
    add_guidelines(library, [Draft(name="Also odd", content="x", category="odd")], OWNER)
    for second in (compared(library, contents, first), compared(library, contents)):
        standing = second.standings[path]
        assert standing.run is not None
        told = [(one.name, one.what) for one in describe(library, standing.run, standing.since)]
        assert told == [("Rule 0", "content priority"), ("Rule 2", "gone"), ("Also even", "new")]
    change_guidelines(library, [rules[0].id], lambda old: replace(old, content="Do 0.", priority=50), OWNER)
    set_active(library, [rules[2].id], True, OWNER)
    third = compared(library, contents, second)
    assert third.seen == last_change(library)
    assert [len(part) for part in (third.standings[path].since.changed, third.standings[path].since.new)] == [0, 1]
    assert third.standings[path].since == compared(library, contents).standings[path].since


def test_a_library_without_changes_is_not_asked_again(
    library: Library, rules: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(library, tmp_path / "a")
    contents = look(tmp_path / "a")
    first = compared(library, contents)

    def never(*given: object) -> None:
        raise AssertionError

    monkeypatch.setattr(states, "differences", never)
    assert compared(library, contents, first).standings == first.standings


def test_an_adapter_is_stale_when_its_dataset_is_even_if_that_is_gone(
    library: Library, rules: list[Guideline], tmp_path: Path
) -> None:
    made = export(library, tmp_path / "a")
    one = look(tmp_path / "a").items[0]
    put_adapter(tmp_path / "a" / "tuned", checksums=sums(one))
    put_adapter(tmp_path / "a" / "strange", checksums=["f" * 64])
    contents = look(tmp_path / "a")
    assert states.dataset_of(contents.items[2], states.datasets_by_file(contents.items)) == one
    assert states_of(library, contents) == ["complete"] * 3
    change_guidelines(library, [rules[0].id], lambda old: replace(old, content="Other."), OWNER)
    assert states_of(library, contents) == ["stale", "complete", "stale"]
    for path in (made.train_file, made.eval_file, made.config_file):
        path.unlink()
    contents = look(tmp_path / "a")
    assert states_of(library, contents) == ["complete", "stale"]
    assert compared(library, contents).standings[tmp_path / "a" / "strange"].run is None


def test_a_foreign_dataset_is_known_by_its_digest_or_not_at_all(
    library: Library, rules: list[Guideline], tmp_path: Path
) -> None:
    made = export(library, tmp_path / "a")
    config = json.loads(made.config_file.read_text())
    strange = {**config, "files": [{**file, "sha256": "f" * 64} for file in config["files"]]}
    made.config_file.write_text(json.dumps(strange))
    contents = look(tmp_path / "a")
    assert compared(library, contents).standings[made.config_file].run is not None
    made.config_file.write_text(json.dumps({**strange, "guidelines": {"count": 6, "digest": "e" * 64}}))
    assert compared(library, look(tmp_path / "a")).standings[made.config_file].run is None


@pytest.mark.parametrize("text", ["[]", "{", '{"ids": 3}', '{"tags": "x"}', '{"scopeType": "moon"}', '{"odd": 1}'])
def test_a_filter_that_is_none_of_ours_lets_nothing_in(text: str) -> None:
    assert wanted_guidelines(text) is None


def test_what_goes_to_the_bin_is_its_own(library: Library, rules: object, tmp_path: Path) -> None:
    one = export(library, tmp_path / "a")
    item = look(tmp_path / "a").items[0]
    alone = belongings(item, [item])
    assert alone == (one.train_file, one.eval_file, one.folder / "README.md", one.config_file)
    other = export(library, tmp_path / "a", target_model="n")
    contents = look(tmp_path / "a").items
    assert set(belongings(item, contents)) == {one.train_file, one.eval_file, one.config_file}
    (tmp_path / "a" / "train_chat.py").write_text("print('mine')\n")
    assert set(belongings(item, [item])) == set(alone)
    one.train_file.unlink()
    one.train_file.symlink_to(other.train_file)
    assert one.train_file not in belongings(item, contents)


def test_an_adapter_goes_as_a_folder_unless_others_live_in_it(library: Library, rules: object, tmp_path: Path) -> None:
    tuned = put_adapter(tmp_path / "a" / "tuned")
    contents = look(tmp_path / "a").items
    assert belongings(contents[0], contents) == (tuned,)
    made = export(library, tuned)
    contents = look(tmp_path / "a").items
    item = next(one for one in contents if one.is_adapter)
    assert made.config_file not in belongings(item, contents)
    assert tuned / "adapter_model.safetensors" in belongings(item, contents)
    card = tuned / "README.md"  # the dataset's
    assert card not in belongings(item, contents)
    card.write_text(f"---\nbase_model: m\n---\n{model_card_sign()}\n")
    assert card in belongings(item, contents)


def model_card_sign() -> str:
    """The line by which a training script knows the card that it wrote."""
    template = (resources_dir() / "scripts" / "adapter_card.py.j2").read_text()
    return template.partition('CARD_SIGN = "')[2].partition('"\n')[0]


def test_a_file_without_rows_links_no_adapter_to_a_dataset(library: Library, rules: object, tmp_path: Path) -> None:
    export(library, tmp_path / "a", train_eval_split=1)
    train, evaluation = sums(look(tmp_path / "a").items[0])
    put_adapter(tmp_path / "a" / "ours", checksums=[train, evaluation])
    put_adapter(tmp_path / "a" / "foreign", checksums=["f" * 64, evaluation])
    dataset, foreign, ours = look(tmp_path / "a").items
    by_file = states.datasets_by_file([dataset])
    assert states.dataset_of(ours, by_file) == dataset
    assert states.dataset_of(foreign, by_file) is None
