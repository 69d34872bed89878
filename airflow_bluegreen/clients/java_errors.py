"""Java stack traces, as Flink and Kafka Connect answer with them, as one line that a person can act on."""

import re
from collections.abc import Sequence

LONGEST = 500

_CLASS = re.compile(r"^(?:[a-z_$][\w$]*\.)+[A-Z][\w$]*(?:\s*:\s*|$)")
_POSITION = re.compile(r"(?:From line (\d+), column (\d+) to|[Aa]t line (\d+), column (\d+))")
_FIRST_LINE = re.compile(r"line 1, column (\d+)")
_TABLE = re.compile(r"Unable to create a \w+ for \w+ table '(?:\S+\.)?(\S+?)'")
# Packages of the registry's clients: Confluent's, which Flink brings under a name of its own, and Apicurio's.
_REGISTRY = re.compile(r"\.schemaregistry\.client\.|\bapicurio\.registry\.(?:rest|resolver)\.")
_NOISE = re.compile(
    r"\s*(?:Was expecting(?: one of)?:|Supported options:|Available factory identifiers are:).*$",
    re.S,
)


def root_cause(errors: Sequence[str], *, prefix: int = 0, depth: int = 1) -> str:
    """The innermost reason, without class names, with the SQL's line and column where Flink told them.

    :param errors: what the ``errors`` list of a response holds, or a bare stack trace: messages and Java
        stack traces, in which the causes follow one another as ``Caused by: …``.
    :param depth: how many of the innermost causes to tell, outermost first.
    :param prefix: characters that were put before the first line of the user's SQL; columns are corrected.
    """
    causes = [message for error in errors for message in _messages(error)]
    if not causes:
        return "no reason given"
    reason = ": ".join(dict.fromkeys(causes[-depth:]))
    position = next((found for message in causes if (found := _POSITION.search(message))), None)
    if position and not _POSITION.search(reason):
        line, column = (part for part in position.groups() if part is not None)
        reason = f"{reason} (line {line}, column {column})"
    table = next((found[1] for message in causes if (found := _TABLE.search(message))), None)
    if table:
        reason = f"table {table}: {reason}"
    if "registry" not in reason.lower() and any(map(_asks_registry, errors)):
        reason = f"schema registry: {reason}"
    reason = _FIRST_LINE.sub(lambda found: f"line 1, column {max(1, int(found[1]) - prefix)}", reason)
    return reason if len(reason) <= LONGEST else f"{reason[: LONGEST - 1]}…"


def _asks_registry(trace: str) -> bool:
    """Whether the innermost exception comes from a client of the schema registry, which does not say so when
    its server is gone: "Unexpected end of file from server".
    """
    return _REGISTRY.search(trace.rpartition("Caused by: ")[2]) is not None


def _messages(trace: str) -> list[str]:
    """Message of each exception of a trace, outermost first; those that say nothing are left out."""
    messages: list[list[str]] = [[]]
    inside = True
    for line in trace.strip().removeprefix("<Exception on server side:\n").splitlines():
        if line.startswith("Caused by: "):
            messages.append([line.removeprefix("Caused by: ")])
            inside = True
        elif re.match(r"\s*(?:at [\w.$/]+|\.\.\. \d+ more)", line) or line.startswith(
            "End of exception on server"
        ):
            inside = False
        elif inside:
            messages[-1].append(line)
    return [text for lines in messages if (text := _readable("\n".join(lines)))]


def _readable(message: str) -> str:
    text = message.strip()
    while (stripped := _CLASS.sub("", text, count=1)) != text:
        text = stripped
    text = " ".join(_NOISE.sub("", text).split())
    # A wrapper that only repeats that something went wrong hides the reason one level further in.
    return (
        ""
        if text in {"Failed to fetchResults.", "Could not execute statement", "Internal server error."}
        else text
    )
