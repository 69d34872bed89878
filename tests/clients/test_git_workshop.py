from pathlib import Path

from airflow_bluegreen.clients.git_process import GitProcess
from airflow_bluegreen.clients.git_workshop import workshop
from tests.clients.checkout import Checkout


def test_it_sees_objects_and_refs_and_no_configuration(checkout: Checkout) -> None:
    sha = checkout.commit({"a.sql": "1"})
    checkout.git("config", "merge.trap.driver", "false")
    with workshop(GitProcess(checkout.path)) as bench:
        assert bench.attempt("rev-parse", "refs/heads/main")[1].decode().strip() == sha
        assert bench.attempt("cat-file", "-p", f"{sha}:a.sql")[1] == b"1"
        assert bench.attempt("config", "--get", "merge.trap.driver")[0] == 1
        folder = bench.folder
    assert not folder.exists()


def test_a_shallow_clone_stays_one(checkout: Checkout, tmp_path: Path) -> None:
    checkout.commit({"a.sql": "1"})
    sha = checkout.commit({"a.sql": "2"})
    checkout.git("clone", "--quiet", "--depth=1", f"file://{checkout.path}", str(tmp_path / "shallow"))
    with workshop(GitProcess(tmp_path / "shallow")) as bench:
        assert bench.attempt("rev-list", "refs/heads/main")[1].decode().split() == [sha]


def test_a_repository_without_commits(checkout: Checkout) -> None:
    with workshop(GitProcess(checkout.path)) as bench:
        assert bench.attempt("for-each-ref") == (0, b"", "")
