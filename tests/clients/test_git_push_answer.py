import pytest

from airflow_bluegreen.clients.git_push_answer import refusal_of_push, refusal_of_transport
from airflow_bluegreen.exceptions import (
    ConfigurationError,
    ConflictError,
    RefusedError,
    TransientError,
)

HEAD = "To https://git.example.com/team/sql.git\n"
LINE = "!\tabc:refs/heads/{0}\t[{1}] ({2})\n"
ATOMIC = LINE.format("develop", "remote rejected", "atomic push failure")


@pytest.mark.parametrize("reason", ["stale info", "fetch first", "non-fast-forward", "already exists"])
def test_a_ref_that_moved_is_a_conflict(reason: str) -> None:
    answer = HEAD + LINE.format("main", "rejected", reason) + ATOMIC
    error = refusal_of_push("origin", answer, "error: failed to push some refs")
    assert type(error) is ConflictError
    assert str(error) == f"main moved at origin meanwhile ({reason}); nothing was changed. Run it again"


def test_a_protected_branch_is_refused_in_the_words_of_the_server() -> None:
    answer = HEAD + LINE.format("main", "remote rejected", "protected branch hook declined") + ATOMIC
    err = "remote: \nremote: error: GH006: Protected branch update failed for refs/heads/main.\nremote: \n"
    error = refusal_of_push("origin", answer, err)
    assert type(error) is RefusedError
    assert str(error).startswith(
        "origin refuses main: protected branch hook declined (error: GH006: Protected branch update failed "
        "for refs/heads/main.); nothing was changed. Where the branch is protected, merge by a pull request"
    )


def test_a_remote_that_cannot_move_refs_together() -> None:
    error = refusal_of_push("origin", "", "fatal: the receiving end does not support --atomic push\n")
    assert type(error) is RefusedError


def test_no_word_on_any_ref_is_no_answer() -> None:
    assert refusal_of_push("origin", "", "fatal: the remote end hung up unexpectedly") is None


HOST = "https://git.example.com"
UNABLE = f"fatal: unable to access '{HOST}/x/':"


@pytest.mark.parametrize(
    "said",
    [
        "fatal: Authentication failed for 'https://ada:secret@git.example.com/x.git/'",
        f"fatal: could not read Username for '{HOST}': terminal prompts disabled",
        "git@git.example.com: Permission denied (publickey).\nfatal: Could not read from remote repository.",
        f"{UNABLE} The requested URL returned error: 403",
        f"remote: Repository not found.\nfatal: repository '{HOST}/x/' not found",
        "fatal: '/nowhere' does not appear to be a git repository",
        "fatal: transport 'ext' not allowed",
    ],
)
def test_a_remote_that_does_not_let_us_in(said: str) -> None:
    error = refusal_of_transport("origin", said)
    assert type(error) is ConfigurationError
    assert "secret" not in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    "said",
    [
        f"{UNABLE} Could not resolve host: git.example.com",
        "ssh: connect to host git.example.com port 403: Connection timed out",
        "",
    ],
)
def test_a_remote_that_cannot_be_reached(said: str) -> None:
    assert type(refusal_of_transport("origin", said)) is TransientError
