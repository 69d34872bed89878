"""Which of a project's release tags is the newest."""

import re
from collections.abc import Sequence
from datetime import datetime

from airflow_bluegreen.core.branching import version_order
from airflow_bluegreen.core.model import Tag

_WILDCARD = re.compile(r"[*?\[]")
_VERSION = re.compile(r"[vV]?\d")


def newest_tag(tags: Sequence[Tag], pattern: str) -> Tag | None:
    """The tag with the highest version; where none has one in place of the pattern's wildcards, the one that
    was made last. None of no tags.

    A tag without version does not count beside those that have one: a date would put a patch of an old
    version above the new one.

    :param pattern: the glob that they match; what stands before its first wildcard is no part of a version.
    """
    before = _WILDCARD.split(pattern, maxsplit=1)[0]
    versioned = [tag for tag in tags if _VERSION.match(tag.name.removeprefix(before))]
    if versioned:
        return max(versioned, key=lambda tag: _order(tag, before))
    return max(tags, key=lambda tag: (datetime.fromisoformat(tag.at), _order(tag, before)), default=None)


def _order(tag: Tag, before: str) -> tuple[tuple[int, int, str], ...]:
    return version_order(tag.name.removeprefix(before).lstrip("vV"))
