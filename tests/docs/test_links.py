"""Links hold on the git host as well as in the site: relative, to files and headings that are there."""

import itertools
import re
from pathlib import Path

import pytest

from tests.docs.markdown import PAGES, ROOT, SITE, anchors, links, without_blocks


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    lost = []
    for link in links(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", SITE, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_of_the_site_lead_to_pages_of_the_site(page: Path) -> None:
    relative = [link for link in links(page.read_text(encoding="utf-8")) if not re.match(r"[a-z]+:|#", link)]
    assert [
        link
        for link in relative
        if ROOT / "docs" not in (page.parent / link.partition("#")[0]).resolve().parents
    ] == []


@pytest.mark.parametrize("page", SITE, ids=lambda page: str(page.relative_to(ROOT)))
def test_lists_stand_apart_from_the_text_before_them(page: Path) -> None:
    """The git host needs no empty line there; the site's Markdown does."""
    lines = without_blocks(page.read_text(encoding="utf-8")).splitlines()
    assert [
        number
        for number, (before, line) in enumerate(itertools.pairwise(lines), 2)
        if re.match(r"([-*]|\d+\.) ", line) and before.strip() and not re.match(r"\s|([-*]|\d+\.) ", before)
    ] == []


def test_anchors_are_those_of_the_git_host() -> None:
    page = "# One `two`\n\n## What's *new*?\n\n## A – b\n\n```sh\n# no heading\n```\n\n## One two\n"
    assert anchors(page) == {"one-two", "whats-new", "a--b", "one-two-1"}
