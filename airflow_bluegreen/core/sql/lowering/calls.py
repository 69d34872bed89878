"""What the rules share: tokens that stand for others, and the arguments of a call."""

from collections.abc import Callable, Iterator, Sequence

from airflow_bluegreen.core.sql.lexer import Lexeme, Lexis

_DEPTHS = {")": 1, "]": 1, "(": -1, "[": -1}

Change = Callable[[Lexeme, list[Lexeme]], list[Lexeme]]
RelationChange = Callable[[Lexeme, list[Lexeme], list[Lexeme]], list[Lexeme]]


def symbol(text: str, like: Lexeme) -> Lexeme:
    """A symbol in the place of another token."""
    return Lexeme(Lexis.SYMBOL, text, like.start, like.end)


def string(value: str, like: Lexeme) -> Lexeme:
    """A string literal in the place of another token."""
    return Lexeme(Lexis.STRING, "'" + value.replace("'", "''") + "'", like.start, like.end)


def quoted(name: str, like: Lexeme) -> Lexeme:
    """A quoted name in the place of another token."""
    return Lexeme(Lexis.QUOTED, "`" + name.replace("`", "``") + "`", like.start, like.end)


def word(text: str, like: Lexeme) -> Lexeme:
    """A word in the place of another token."""
    return Lexeme(Lexis.WORD, text, like.start, like.end, text.upper())


def call(name: str, arguments: list[Lexeme], like: Lexeme) -> list[Lexeme]:
    """A call of a function of that name; the name may hold anything, it is only ever compared."""
    end = arguments[-1] if arguments else like
    return [quoted(name, like), symbol("(", like), *arguments, symbol(")", end)]


def closing(tokens: Sequence[Lexeme], opening: int) -> int:
    """The index of the bracket that closes the one at ``opening``."""
    depth = 0
    for index in range(opening, len(tokens)):
        text = tokens[index].text
        if text in ("(", "[", "{"):
            depth += 1
        elif text in (")", "]", "}"):
            depth -= 1
            if not depth:
                return index
    return len(tokens) - 1


def outermost(tokens: Sequence[Lexeme]) -> Iterator[int]:
    """The indexes of the tokens that stand in no bracket."""
    depth = 0
    for index, token in enumerate(tokens):
        if token.text in (")", "]", "}"):
            depth -= 1
        if not depth:
            yield index
        if token.text in ("(", "[", "{"):
            depth += 1


def rewrite_relations(
    tokens: list[Lexeme], find: Callable[[list[Lexeme], int], int], change: RelationChange
) -> list[Lexeme]:
    """Puts what ``change(word before, table, clause)`` answers in the place of a table with such a clause.

    ``find`` says where the clause ends that begins at an index, the index itself for none. A second clause
    behind one is not brought into anything that a parser reads, and stays: a chain of them would become
    brackets without end.
    """
    written: list[Lexeme] = []
    begun: set[int] = set()
    index = 0
    while index < len(tokens):
        end = find(tokens, index)
        if end > index:
            first = _relation_begin(written)
            if first in begun or not 0 < first < len(written):
                return tokens
            begun.add(first)
            written[first:] = change(written[first - 1], written[first:], tokens[index:end])
            index = end
        else:
            written.append(tokens[index])
            index += 1
    return written


def _relation_begin(written: Sequence[Lexeme]) -> int:
    """Where the relation begins that these tokens end with: behind FROM, JOIN, a comma or a parenthesis."""
    depth = 0
    for index in range(len(written) - 1, -1, -1):
        token = written[index]
        if not depth and (token.text in (",", "(") or token.word in ("FROM", "JOIN")):
            return index + 1
        depth += _DEPTHS.get(token.text, 0)
    return 0


def rewrite_calls(
    tokens: list[Lexeme], names: frozenset[str], change: Change, opening: str = "("
) -> list[Lexeme]:
    """Puts what ``change(name, arguments)`` answers in the place of every such call, inner ones first."""
    written: list[Lexeme] = []
    done = 0
    for index in [at for at, token in enumerate(tokens[:-1]) if token.word in names]:
        if index < done or tokens[index + 1].text != opening:
            continue
        end = closing(tokens, index + 1)
        written += tokens[done:index]
        written += change(tokens[index], rewrite_calls(tokens[index + 2 : end], names, change, opening))
        done = end + 1
    written += tokens[done:]
    return written
