import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from airflow_bluegreen.clients.git import GitRepository
from airflow_bluegreen.clients.git_remote import Access, GitRemote
from airflow_bluegreen.core.model import RefMove
from airflow_bluegreen.exceptions import ConfigurationError, TransientError
from tests.clients.checkout import Checkout

MAIN = "refs/heads/main"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A clone of ``origin.git`` beside it, one commit ahead."""
    monkeypatch.setenv("HOME", str(tmp_path))
    checkout = Checkout(tmp_path / "repo")
    checkout.commit({"a.sql": "1"})
    checkout.git("clone", "--quiet", "--bare", ".", str(tmp_path / "origin.git"))
    checkout.git("remote", "add", "origin", "../origin.git")
    checkout.commit({"a.sql": "2"})
    return checkout


def move(checkout: Checkout) -> RefMove:
    return RefMove(
        ref=MAIN, before=checkout.git("rev-parse", "main~1"), after=checkout.git("rev-parse", "main")
    )


def test_what_was_pushed_is_noted_as_the_remotes(checkout: Checkout) -> None:
    GitRemote(checkout.path, "origin").push((move(checkout),))
    assert checkout.git("rev-parse", "origin/main") == checkout.git("rev-parse", "main")


def test_nothing_that_a_checkout_configures_is_run(checkout: Checkout, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\nexit 1\n")
    trap.chmod(0o755)
    for hook in ("pre-push", "reference-transaction"):
        file = checkout.path / ".git" / "hooks" / hook
        file.parent.mkdir(exist_ok=True)
        file.write_text(trap.read_text())
        file.chmod(0o755)
    for key in ("core.sshCommand", "core.askpass", "core.gitProxy", "credential.helper", "gpg.program"):
        checkout.git("config", key, str(trap))
    for key in ("uploadpack", "receivepack"):
        checkout.git("config", f"remote.origin.{key}", str(trap))
    checkout.git("config", "push.gpgSign", "true")
    remote = GitRemote(checkout.path, "origin")
    assert set(remote.fetch([MAIN])) == {MAIN}
    remote.push((move(checkout),))
    checkout.git("config", "remote.origin.url", f"ext::sh -c {trap}")
    with pytest.raises(ConfigurationError, match="not allowed"):
        remote.fetch([MAIN])
    checkout.git("config", "remote.origin.url", "ssh://nobody@localhost:1/x")
    with pytest.raises(TransientError):
        remote.fetch([MAIN])
    assert not (tmp_path / "sprung").exists()


def test_a_merge_driver_of_a_checkout_is_not_run(checkout: Checkout, tmp_path: Path) -> None:
    checkout.git("config", "merge.trap.driver", f"touch {tmp_path}/sprung")
    (checkout.path / ".git" / "info").mkdir(exist_ok=True)
    (checkout.path / ".git" / "info" / "attributes").write_text("*.sql merge=trap\n")
    checkout.commit({".gitattributes": "*.sql merge=trap\n", "a.sql": "base"})
    repository = GitRepository(checkout.path)
    base = repository.resolve("main")
    left, right = (
        repository.make_commit(base, {"a.sql": text}, message="m", at=1e9) for text in ("left", "right")
    )
    assert not hasattr(repository.make_merge(left, right, message="m", at=1e9), "sha")
    assert not (tmp_path / "sprung").exists()


class Doorkeeper(BaseHTTPRequestHandler):
    """Writes down who asks, and lets nobody in."""

    seen: tuple[str, ...] = ()

    def do_GET(self) -> None:
        Doorkeeper.seen = tuple(self.headers.get_all("Authorization") or ())
        self.send_response(403)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Doorkeeper)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/x.git"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_token_that_continuous_integration_left_in_the_clone_is_used(
    checkout: Checkout, address: str
) -> None:
    token = "basic " + base64.b64encode(b"x-access-token:t").decode()
    checkout.git("config", "remote.origin.url", address)
    checkout.git("config", f"http.{address}.extraheader", f"AUTHORIZATION: {token}")
    with pytest.raises(ConfigurationError, match="does not let git in"):
        GitRemote(checkout.path, "origin").fetch([MAIN])
    assert Doorkeeper.seen == (token,)


def test_given_credentials_are_open_while_git_runs(checkout: Checkout, address: str) -> None:
    open_now: list[bool] = []

    @contextmanager
    def entrance() -> Iterator[Access]:
        open_now.append(True)
        header = {"KEY_0": "http.extraheader", "VALUE_0": "Authorization: Bearer given", "COUNT": "1"}
        try:
            yield Access(
                url=address, variables={f"GIT_CONFIG_{name}": value for name, value in header.items()}
            )
        finally:
            open_now.pop()

    with pytest.raises(ConfigurationError):
        GitRemote(checkout.path, "airflow", entrance=entrance).fetch([MAIN])
    assert Doorkeeper.seen == ("Bearer given",)
    assert open_now == []


def test_an_unreachable_remote_is_transient(checkout: Checkout) -> None:
    checkout.git("config", "remote.origin.url", "http://127.0.0.1:1/x.git")
    remote = GitRemote(checkout.path, "origin")
    with pytest.raises(TransientError, match="origin cannot be reached"):
        remote.fetch([MAIN])


def test_only_what_is_lacking_is_fetched(checkout: Checkout, tmp_path: Path) -> None:
    other = Checkout(tmp_path / "other")
    other.git("pull", "--quiet", str(tmp_path / "origin.git"), "main")
    sha = other.commit({"b.sql": "theirs"})
    other.git("push", "--quiet", str(tmp_path / "origin.git"), "HEAD:main")
    before = checkout.git("for-each-ref")
    assert GitRemote(checkout.path, "origin").fetch([MAIN]) == {MAIN: sha}
    assert checkout.git("cat-file", "-t", sha) == "commit"
    assert checkout.git("for-each-ref") == before
    assert not (checkout.path / ".git" / "FETCH_HEAD").exists()
