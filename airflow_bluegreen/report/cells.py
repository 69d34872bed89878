"""Two texts side by side, with what differs in them marked; and the lines of a rewritten file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff

LONGEST = 400
"""Characters of a cell that are shown: data may hold whole documents."""


_CONTROLS = (*range(9), 11, 12, *range(13, 32), *range(127, 160), 0x200E, 0x200F, 0xFEFF)
_DIRECTIONS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SHOWN = {code: f"\\u{code:04x}" for code in (*_CONTROLS, *_DIRECTIONS)}


def visible(text: str) -> str:
    """The text with what nobody sees, and what turns the text after it around, as ``\\u202e``.

    Halves of surrogate pairs, which data may hold and no file takes, become question marks.
    """
    return text.translate(_SHOWN).encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A text in three parts, of which the middle is not in the other text; ``more`` characters follow."""

    before: str
    middle: str
    after: str
    more: int = 0


def marked(one: str, other: str) -> tuple[Marked, Marked]:
    """Both texts, split where they begin and end to differ, at whole words."""
    start = _alike(one, other)
    end = _alike(one[start:][::-1], other[start:][::-1])
    while start and _joined(one, start) | _joined(other, start):
        start -= 1
    while end and _joined(one, len(one) - end) | _joined(other, len(other) - end):
        end -= 1
    return _split(one, start, end), _split(other, start, end)


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    differs = (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
    return next(differs, min(len(one), len(other)))


def _joined(text: str, at: int) -> bool:
    """Whether a cut there would go through a word or a number."""
    around = text[at - 1 : at + 1]
    return len(around) == 2 and all(letter.isalnum() or letter in "_.," for letter in around)


def _split(text: str, start: int, end: int) -> Marked:
    stop = len(text) - end
    if len(text) <= LONGEST:
        return Marked(before=text[:start], middle=text[start:stop], after=text[stop:])
    # Shown from shortly before the first difference, or nobody would see it.
    begin = max(0, min(start - LONGEST // 4, len(text) - LONGEST))
    shown = begin + LONGEST
    return Marked(
        before=("…" if begin else "") + text[begin:start],
        middle=text[start : min(stop, shown)],
        after=text[stop:shown] if stop < shown else "",
        more=max(0, len(text) - shown),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a diff: ``look`` is ``plus``, ``minus``, ``place`` or nothing."""

    look: str
    sign: str
    text: Marked


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """What the rewrite changes in a file."""

    path: str
    plus: int
    minus: int
    lines: tuple[Line, ...]


def file_diffs(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[FileDiff, ...]:
    """The differing lines of every rewritten file, by path."""
    return tuple(_file(path, before.get(path, ""), text) for path, text in sorted(after.items()))


def unified(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """The same as a unified diff."""
    return "\n".join(
        line
        for path, text in sorted(after.items())
        for line in unified_diff(
            before.get(path, "").splitlines(), text.splitlines(), f"a/{path}", f"b/{path}", lineterm=""
        )
    )


def _file(path: str, before: str, after: str) -> FileDiff:
    raw = list(unified_diff(before.splitlines(), after.splitlines(), lineterm=""))[2:]
    lines = tuple(_lines(raw))
    return FileDiff(
        path=path,
        plus=sum(line.look == "plus" for line in lines),
        minus=sum(line.look == "minus" for line in lines),
        lines=lines,
    )


def _lines(raw: list[str]) -> Iterator[Line]:
    """Runs of as many lines out as in are taken pairwise: there only names were rewritten."""
    at = 0
    while at < len(raw):
        out = _run(raw, at, "-")
        put = _run(raw, at + len(out), "+")
        if not out and not put:
            look = "place" if raw[at].startswith("@@") else ""
            sign, text = ("", raw[at]) if look else (raw[at][:1], raw[at][1:])
            yield Line(look=look, sign=sign, text=_plain(text))
            at += 1
            continue
        at += len(out) + len(put)
        pairs = [marked(one, other) for one, other in zip(out, put, strict=False)]
        alike = len(out) == len(put)
        for look, sign, texts, side in (("minus", "-", out, 0), ("plus", "+", put, 1)):
            for number, text in enumerate(texts):
                yield Line(look=look, sign=sign, text=pairs[number][side] if alike else _plain(text))


def _run(raw: list[str], at: int, sign: str) -> list[str]:
    found = []
    while at < len(raw) and raw[at].startswith(sign):
        found.append(raw[at][1:])
        at += 1
    return found


def _plain(text: str) -> Marked:
    return Marked(before=text, middle="", after="")
