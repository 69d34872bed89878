from pathlib import Path

import numpy as np
import pytest

from airflow_bluegreen.clients.fold_files import FoldFiles, open_folds
from airflow_bluegreen.core.comparison.hashed import ENTRY, Entries


def entries(*keys: int) -> Entries:
    made = np.zeros(len(keys), ENTRY)
    made["key"] = keys
    return made


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    store = FoldFiles(tmp_path / "folds")
    store.save("one", '{"a": "ä"}', [entries(1, 2), entries(3)])
    kept = store.load("one")
    assert kept is not None
    assert kept[0] == '{"a": "ä"}'
    assert np.concatenate(list(kept[1]))["key"].tolist() == [1, 2, 3]
    store.save("one", "{}", [])
    kept = store.load("one")
    assert kept is not None
    assert (kept[0], list(kept[1])) == ("{}", [])
    store.forget("one")
    store.forget("one")
    assert store.load("one") is None


@pytest.mark.parametrize("damage", [b"", b"\0\0\0", b"\xff" * 8, b"\0\0\0\0\0\0\0\1{" + b"x" * 31])
def test_a_damaged_file_counts_as_none(tmp_path: Path, damage: bytes) -> None:
    store = FoldFiles(tmp_path)
    store.save("one", "{}", [])
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    kept = store.load("one")
    assert kept is None or not kept[0]


def test_other_brokers_have_folds_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLUEGREEN_COMPARISONS", str(tmp_path))
    open_folds("a:1").save("one", "{}", [entries(1)])
    other = open_folds("b:1")
    assert other.load("one") is None
    other.forget("one")
    assert open_folds("a:1").load("one") is not None


def test_a_save_that_breaks_off_leaves_what_was_there(tmp_path: Path) -> None:
    store = FoldFiles(tmp_path)
    store.save("one", "first", [entries(1)])

    def breaking() -> object:
        yield entries(2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.save("one", "second", breaking())  # type: ignore[arg-type]
    kept = store.load("one")
    assert kept is not None
    assert kept[0] == "first"
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
