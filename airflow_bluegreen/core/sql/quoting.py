"""Names in quotes: `` `a` ``, and ``U&"a\\0062"``, in which a character may be written as its number."""

import re
from collections.abc import Iterator

_ESCAPED = r"""
    {0}(?P<high>[dD][89abAB][0-9A-Fa-f]{{2}}){0}(?P<low>[dD][c-fC-F][0-9A-Fa-f]{{2}})
  | {0}(?P<number>[0-9A-Fa-f]{{4}})
  | {0}(?P<itself>{0})
  | (?P<quote>"")
  | (?P<plain>[^{0}"])
"""
_QUOTED = re.compile(r'[uU]&"((?:""|[^"\r\n])+)"')
_BACKSLASH = "\\"
_LAST_OF_FIRST_PLANE = 0xFFFF


def is_quoted(text: str) -> bool:
    """Whether an identifier stands in quotes."""
    return text[0] == "`" or text[1:2] == "&"


def unquoted(text: str) -> str:
    """The name that a quoted one stands for.

    :raises ValueError: for an escape character that no character's number follows.
    """
    if text[0] == "`":
        return text[1:-1].replace("``", "`")
    return "".join(character for _, character in _characters(text))


def requoted(written: str, name: str) -> str:
    """Another name in the quotes of a written one.

    What both names begin with stays as it is written, so that a version comes and goes without a trace.
    """
    if written[0] == "`":
        return "`" + name.replace("`", "``") + "`"
    opened, closed, escape = _frame(written)
    kept: list[str] = []
    for (spelled, before), after in zip(_characters(written), name, strict=False):
        if before != after:
            break
        kept.append(spelled)
    rest = [_escaped(character, escape) for character in name[len(kept) :]]
    return written[:opened] + "".join(kept + rest) + written[closed:]


def _frame(text: str) -> tuple[int, int, str]:
    """Where the name between the double quotes begins and ends, and its escape character."""
    quoted = _QUOTED.match(text)
    assert quoted is not None
    return quoted.start(1), quoted.end(1), text[-2] if text.endswith("'") else _BACKSLASH


def _characters(text: str) -> Iterator[tuple[str, str]]:
    """Each character as it is written, and as it is."""
    opened, closed, escape = _frame(text)
    token = re.compile(_ESCAPED.format(re.escape(escape)), re.VERBOSE)
    at = opened
    while at < closed:
        found = token.match(text, at, closed)
        if found is None:
            raise ValueError(text[at])
        yield found[0], _meant(found)
        at = found.end()


def _meant(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "low":
            return bytes.fromhex(found["high"] + found["low"]).decode("utf-16-be")
        case "number":
            # Half of a character is none: UnicodeDecodeError is a ValueError.
            return bytes.fromhex(found["number"]).decode("utf-16-be")
        case "quote":
            return '"'
        case "itself":
            return found["itself"]
        case _:
            return found[0]


def _escaped(character: str, escape: str) -> str:
    if character in ('"', escape):
        return character * 2
    if character.isprintable() or ord(character) > _LAST_OF_FIRST_PLANE:
        return character
    return f"{escape}{ord(character):04x}"
