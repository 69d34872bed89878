"""The errors: the tree of exceptions.py, and every message with its remedy, from the places that raise it."""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from airflow_bluegreen import exceptions
from airflow_bluegreen.exceptions import BluegreenError, OutcomeUnknownError, RefusedError, TransientError
from tests.docs.reference.telling import code, table, told

PACKAGE = Path(exceptions.__file__).parent
_ROOMS = {
    "core": "the project, the plan and the comparison",
    "actions": "the steps of a release",
    "clients": "the servers, git and the lake",
    "hooks": "Airflow's connections and settings",
    "operators": "the tasks",
    "triggers": "the tasks",
    "snapshot": "the drawn graph",
    "dag_factory": "the drawn graph",
    "cli": "the command line",
    "stack": "the local stack",
    "demo": "the demo",
    "report": "the report",
    "plugins": "the report",
}
_MARKUP = str.maketrans({"*": "\\*", "<": "&lt;"})
_CODE = re.compile(r"`[^`]+`")
_PLACE = re.compile(r"(?<!\\)\*([^*]+)\*")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Message:
    """What an error says, with names in italics where a value is put in, and what to do about it."""

    room: str
    kind: str
    what: str
    remedy: str


def tree() -> str:
    """Every kind of error: what it is a kind of, what it means, whether to repeat."""
    rows = [
        [code(kind.__name__), code(above.__name__ if above else ""), told(kind).text, _retry(kind)]
        for kind, above in _kinds(BluegreenError)
    ]
    return table(["error", "a kind of", "means", "exit code"], rows)


def messages_reference() -> str:
    """A table of messages for each part of the product."""
    found = sorted({message for path in sorted(PACKAGE.rglob("*.py")) for message in messages(path)})
    rooms = dict.fromkeys(_ROOMS.values())
    return "\n".join(
        f"### From {room}\n\n{table(['message', 'what to do'], _rows(found, room))}"
        for room in rooms
        if any(message.room == room for message in found)
    )


def messages(path: Path, package: Path = PACKAGE) -> Iterator[Message]:
    """The messages that a module can give. Texts that it gets from elsewhere are not known here."""
    source = ast.parse(path.read_text(encoding="utf-8"))
    constants = _constants(source)
    room = path.relative_to(package).parts[0].removesuffix(".py")
    for call in ast.walk(source):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.args):
            continue
        kind = getattr(exceptions, call.func.id, None)
        if inspect.isclass(kind) and issubclass(kind, BluegreenError):
            remedies = [word.value for word in call.keywords if word.arg == "remedy"]
            what = _readable(_text(call.args[0], constants))
            if re.search(r"[a-z]{3}", _PLACE.sub("", what)):
                remedy = _readable(_text(remedies[0], constants)) if remedies else ""
                yield Message(room=_ROOMS[room], kind=call.func.id, what=what, remedy=remedy)


def _readable(text: str) -> str:
    """With neighbouring places as one, and those in code in capitals: nothing is in italics there."""
    merged = re.sub(r"(?<!\\)\*\*", " ", text)
    return _CODE.sub(lambda span: _PLACE.sub(lambda place: place[1].upper(), span[0]), merged)


def _rows(found: list[Message], room: str) -> Iterator[list[str]]:
    for message in sorted(
        (one for one in found if one.room == room), key=lambda one: one.what.strip("*\\`").lower()
    ):
        yield [message.what, message.remedy]


def _kinds(
    kind: type[BluegreenError], above: type[BluegreenError] | None = None
) -> Iterator[tuple[type[BluegreenError], type[BluegreenError] | None]]:
    yield kind, above
    for inner in kind.__subclasses__():
        if inner.__module__ == exceptions.__name__:
            yield from _kinds(inner, kind)


def _retry(kind: type[BluegreenError]) -> str:
    if issubclass(kind, OutcomeUnknownError):
        return f"{kind.exit_code}: look before you repeat"
    if issubclass(kind, TransientError):
        return f"{kind.exit_code}: repeat"
    return (
        f"{kind.exit_code}: mend the cause, then repeat"
        if issubclass(kind, RefusedError)
        else str(kind.exit_code)
    )


def _constants(source: ast.Module) -> dict[str, str]:
    """The texts that the module has names for."""
    found: dict[str, str] = {}
    for node in source.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                found[name] = text
    return found


def _text(node: ast.expr, constants: dict[str, str]) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text.translate(_MARKUP)
        case ast.JoinedStr(values=parts):
            return "".join(_text(part, constants) for part in parts)
        case ast.FormattedValue(value=value):
            return _text(value, constants) if _known(value, constants) else f"*{_name(value)}*"
        case ast.Name(id=name) if name in constants:
            return constants[name].translate(_MARKUP)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left, constants) + _text(right, constants)
        case _:
            return f"*{_name(node)}*"


def _known(node: ast.expr, constants: dict[str, str]) -> bool:
    return isinstance(node, ast.Name) and node.id in constants


def _name(node: ast.expr) -> str:
    """What stands there, in a word or two: the last names of an expression, or dots."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").replace("_", " ").lower()
        case ast.Call(func=ast.Attribute(attr="join"), args=[inner]) | ast.Subscript(value=inner):
            return _name(inner)
        case ast.Call(args=[inner, *_]) | ast.BoolOp(values=[inner, *_]):
            return _name(inner)
        case ast.GeneratorExp(elt=inner) | ast.ListComp(elt=inner):
            return _name(inner)
        case ast.Call(func=ast.Attribute(value=inner)):
            return _name(inner)
        case _:
            return "…"
