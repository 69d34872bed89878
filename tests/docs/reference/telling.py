"""Docstrings and values as Markdown."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

_ROLE = re.compile(r":(?:class|func|meth|mod|data):`~?([^`]+)`")
_FIELD = re.compile(r"^:(param|raises)\s+([\w.]+):\s*(.*?)(?=^:|\Z)", re.M | re.S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A docstring: its text, and what it says of each parameter and each error."""

    text: str
    params: dict[str, str]
    raises: dict[str, str]


def told(thing: Any) -> Told:
    """What the docstring of a class or a function says, as Markdown."""
    doc = inspect.cleandoc(thing.__doc__ or "")
    fields = [
        (kind, name, in_markdown(" ".join(text.split()))) for kind, name, text in _FIELD.findall(doc + "\n")
    ]
    return Told(
        text=in_markdown(re.split(r"^:", doc, maxsplit=1, flags=re.M)[0].strip()),
        params={name: text for kind, name, text in fields if kind == "param"},
        raises={name: text for kind, name, text in fields if kind == "raises"},
    )


def in_markdown(text: str) -> str:
    """Without the marks of reStructuredText."""
    plain = _ROLE.sub(lambda found: f"`{found[1].rsplit('.', 1)[-1]}`", text)
    return plain.replace("``", "`")


def attribute_docs(kind: type) -> dict[str, str]:
    """The text below each attribute of a class, in one line each."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(body, ast.ClassDef)
    found = {}
    for attribute, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(attribute, ast.AnnAssign) and isinstance(text, ast.Expr):
            assert isinstance(attribute.target, ast.Name)
            assert isinstance(text.value, ast.Constant)
            found[attribute.target.id] = " ".join(str(text.value.value).split())
    return found


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts that are Markdown already."""
    safe = ([cell.replace("|", r"\|") for cell in row] for row in rows)
    lines = [f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in safe)]) + "\n"


def code(value: object) -> str:
    """A value as code; nothing for nothing."""
    text = "" if value is None else str(value)
    return f"`{text}`" if text else ""
