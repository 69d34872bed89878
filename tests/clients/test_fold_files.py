import os
import time
from pathlib import Path

import numpy as np
import pytest

from airflow_bluegreen.clients.fold_files import FoldFiles, open_folds
from airflow_bluegreen.core.comparison.hashed import ENTRY, Entries


def entries(*keys: int) -> Entries:
    made = np.zeros(len(keys), ENTRY)
    made["key"] = keys
    return made


def loaded(store: FoldFiles, name: str) -> tuple[str, list[int]] | None:
    """The facts kept under a name, and the keys of the entries."""
    with store.load(name) as kept:
        return None if kept is None else (kept[0], [int(key) for one in kept[1] for key in one["key"]])


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    store = FoldFiles(tmp_path / "folds")
    store.save("one", '{"a": "ä"}', [entries(1, 2), entries(3)])
    assert loaded(store, "one") == ('{"a": "ä"}', [1, 2, 3])
    store.save("one", "{}", [])
    assert loaded(store, "one") == ("{}", [])
    store.forget("one")
    store.forget("one")
    assert loaded(store, "one") is None


@pytest.mark.parametrize("damage", [b"", b"\0\0\0", b"\xff" * 8, b"\0\0\0\0\0\0\0\1{" + b"x" * 31])
def test_a_damaged_file_counts_as_none(tmp_path: Path, damage: bytes) -> None:
    store = FoldFiles(tmp_path)
    store.save("one", "{}", [])
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    assert loaded(store, "one") is None


def test_facts_and_entries_are_those_of_one_fold(tmp_path: Path) -> None:
    store = FoldFiles(tmp_path)
    store.save("one", "first", [entries(1)])
    with store.load("one") as kept:
        assert kept is not None
        store.save("one", "second", [entries(2), entries(3)])
        assert (kept[0], [one["key"].tolist() for one in kept[1]]) == ("first", [[1]])
    store.forget("one")


def test_other_brokers_have_folds_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLUEGREEN_COMPARISONS", str(tmp_path))
    open_folds("a:1").save("one", "{}", [entries(1)])
    other = open_folds("b:1")
    assert loaded(other, "one") is None
    other.forget("one")
    assert loaded(open_folds("a:1"), "one") == ("{}", [1])


def test_folds_are_gone_after_a_day(tmp_path: Path) -> None:
    store = FoldFiles(tmp_path)
    for name, hours in (("one", 25), ("two", 23), ("three", 25)):
        store.save(name, "{}", [entries(1)])
        then = time.time() - hours * 3600
        (file,) = tmp_path.glob(f"{name}.*")
        os.utime(file, (then, then))
    (tmp_path / "notes.txt").touch()
    os.utime(tmp_path / "notes.txt", (0, 0))
    assert loaded(store, "one") is None
    assert loaded(store, "two") == ("{}", [1])
    assert sorted(path.name.split(".")[0] for path in tmp_path.iterdir()) == ["notes", "two"]


def test_a_save_that_breaks_off_leaves_what_was_there(tmp_path: Path) -> None:
    store = FoldFiles(tmp_path)
    store.save("one", "first", [entries(1)])

    def breaking() -> object:
        yield entries(2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.save("one", "second", breaking())  # type: ignore[arg-type]
    assert loaded(store, "one") == ("first", [1])
    assert [path.suffix for path in tmp_path.iterdir()] == [".fold"]


def test_a_shelf_keeps_the_order_and_goes_with_its_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLUEGREEN_COMPARISONS", str(tmp_path))
    with open_folds("a:1").shelf() as shelf:
        shelf.append(3, entries(1))
        shelf.append(3, entries(5, 2))
        assert shelf.read(3)["key"].tolist() == [1, 5, 2]
        shelf.replace(3, entries(7))
        assert shelf.read(3)["key"].tolist() == [7]
        folder = shelf._folder  # type: ignore[attr-defined]
    assert not folder.exists()
