"""What git says when a remote refuses: one error with a remedy, by what the reader can do."""

import re

from airflow_bluegreen.exceptions import (
    BluegreenError,
    ConfigurationError,
    ConflictError,
    RefusedError,
    TransientError,
)

_REJECTED = re.compile(
    r"^!\t[^\t]*:(?P<ref>refs/[^\t]+)\t\[(?P<kind>[^\]]+)\](?: \((?P<reason>.*)\))?$", re.M
)
_MOVED = (
    "stale info",
    "fetch first",
    "non-fast-forward",
    "already exists",
    "cannot lock ref",
    "failed to update ref",
)
_NO_ENTRY = re.compile(
    r"authentication failed|could not read (username|password)|permission denied|access denied|"
    r"terminal prompts disabled|host key verification failed|http basic: access denied|error: 40[13]",
    re.I,
)
_NO_REPOSITORY = re.compile(
    r"repository .*not found|dubious ownership|does not appear to be a git repository|not allowed|error: 404",
    re.I,
)
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")


def refusal_of_push(remote: str, answer: str, err: str) -> BluegreenError | None:
    """The error for a push that the remote answered; None where there is no word on any ref.

    :param answer: standard output of ``git push --porcelain``.
    :param err: its standard error, with what the remote says.
    """
    # Of refs that moved together only the one that was declined has a reason of its own.
    everything = list(_REJECTED.finditer(answer))
    rejected = [
        found for found in everything if not (found["reason"] or "").startswith("atomic")
    ] or everything
    if not rejected:
        if "--atomic" in err:
            return RefusedError(
                f"{remote} cannot move refs together", remedy="It needs git 2.4 or newer, or another protocol"
            )
        return None
    names = ", ".join(_short(found["ref"]) for found in rejected)
    reason = rejected[0]["reason"] or rejected[0]["kind"]
    if any(sign in reason for sign in _MOVED):
        return ConflictError(
            f"{names} moved at {remote} meanwhile ({reason}); nothing was changed", remedy="Run it again"
        )
    words = _remote_words(err)
    return RefusedError(
        f"{remote} refuses {names}: {reason}{f' ({words})' if words else ''}; nothing was changed",
        remedy="Where the branch is protected, merge by a pull request there and run it again, "
        "or let this user push",
    )


def refusal_of_transport(remote: str, err: str) -> BluegreenError:
    """The error for a remote that could not be talked to."""
    lines = [line for line in err.strip().splitlines() if line.startswith(("fatal:", "ssh:", "error:"))]
    said = _CREDENTIALS.sub("", (lines or err.strip().splitlines() or ["no message"])[0])
    said = said.removeprefix("fatal: ")
    if _NO_ENTRY.search(err):
        return ConfigurationError(
            f"{remote} does not let git in: {said}",
            remedy="Set up a credential helper or an ssh key (in Airflow: the git connection)",
        )
    if _NO_REPOSITORY.search(err):
        return ConfigurationError(f"no repository at {remote}: {said}", remedy="Mend the remote's address")
    return TransientError(f"{remote} cannot be reached: {said}", remedy="Run it again")


def _remote_words(err: str) -> str:
    """The first of the lines that the server itself wrote."""
    said = [line.removeprefix("remote:").strip() for line in err.splitlines() if line.startswith("remote:")]
    return _CREDENTIALS.sub("", next((line for line in said if line), ""))


def _short(ref: str) -> str:
    return ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
