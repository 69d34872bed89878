"""What the tests read of a page: its blocks of code, its links, its anchors as the git host makes them."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SITE = sorted((ROOT / "docs").rglob("*.md"))
"""The pages of the site; the others stand at the root of the repository only."""
PAGES = [ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", ROOT / "README.md", *SITE]
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\S*)\n(?P<text>.*?)^(?P=indent)```$", re.M | re.S)
_LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block of code: its language, and where it is."""

    language: str
    text: str
    page: str
    line: int

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """The blocks of all pages in one of the languages; all of them without any."""
    return [
        block
        for page in PAGES
        for block in blocks_of(page.read_text(encoding="utf-8"), str(page.relative_to(ROOT)))
        if not languages or block.language in languages
    ]


def blocks_of(text: str, page: str) -> Iterator[Block]:
    """The blocks of one page, by the lines that they begin at."""
    for found in _FENCE.finditer(text):
        yield Block(
            language=found["language"],
            text=found["text"],
            page=page,
            line=text.count("\n", 0, found.start()) + 1,
        )


def without_blocks(text: str) -> str:
    """The page's prose: blocks of code leave their lines empty."""
    return _FENCE.sub(lambda found: "\n" * found[0].count("\n"), text)


def links(text: str) -> list[str]:
    """Where a page leads to, in Markdown and in HTML."""
    prose = re.sub(r"`[^`\n]*`", "", without_blocks(text))
    return [one or other for one, other in _LINK.findall(prose)]


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as the git host makes them."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r"^#{1,6} +(.*?) *#*$", without_blocks(text), re.M):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "")
        slug = re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found
