"""A place in a list of tokens, and the few moves that a recursive-descent parser needs."""

from collections.abc import Container, Sequence
from typing import NoReturn

from airflow_bluegreen.core.sql.lexer import Lexeme, Lexis
from airflow_bluegreen.core.sql.source import Source

# sqlglot's compiled parser would run out of stack, which no one can catch.
_DEEPEST = 150
_OPENING = {"(": ")", "[": "]", "{": "}"}
_CLOSING = frozenset(_OPENING.values())
_BRACKETS = _CLOSING.union(_OPENING)


def brackets(source: Source, lexemes: Sequence[Lexeme]) -> dict[int, int]:
    """The index of the closing bracket for the index of every opening one.

    :raises SqlSyntaxError: for a bracket without its partner.
    """
    partners: dict[int, int] = {}
    opened: list[int] = []
    for index, lexeme in enumerate(lexemes):
        if lexeme.text not in _BRACKETS:
            continue
        if lexeme.text in _OPENING:
            opened.append(index)
            if len(opened) > _DEEPEST:
                raise source.error("brackets nested too deeply", lexeme.start, remedy="Break the query up")
        elif not opened or _OPENING[lexemes[opened[-1]].text] != lexeme.text:
            raise source.error(
                f"{lexeme.text!r} closes nothing", lexeme.start, remedy="Remove it or open it before"
            )
        else:
            partners[opened.pop()] = index
    if opened:
        lonely = lexemes[opened[-1]]
        raise source.error(
            f"{lonely.text!r} is never closed", lonely.start, remedy=f"Add {_OPENING[lonely.text]!r}"
        )
    return partners


class Cursor:
    """Reads the tokens ``lexemes[position:end]`` one after the other."""

    def __init__(
        self, source: Source, lexemes: Sequence[Lexeme], partners: dict[int, int], position: int, end: int
    ) -> None:
        self.source = source
        self.lexemes = lexemes
        self.partners = partners
        self.position = position
        self.end = end

    @property
    def done(self) -> bool:
        return self.position >= self.end

    def peek(self, ahead: int = 0) -> Lexeme | None:
        """The token ``ahead`` of this one, None behind the end."""
        at = self.position + ahead
        return self.lexemes[at] if at < self.end else None

    def sees(self, *spellings: str) -> bool:
        """Whether the next tokens are these keywords (upper case) or symbols."""
        at = self.position
        if at + len(spellings) > self.end:
            return False
        for spelling in spellings:
            lexeme = self.lexemes[at]
            # A word is as it was written in ``text``: the same in upper case, or another spelling.
            if spelling != lexeme.word and spelling != lexeme.text:
                return False
            at += 1
        return True

    def sees_any(self, spellings: Container[str]) -> bool:
        """Whether the next token is one of these keywords or symbols."""
        if self.position >= self.end:
            return False
        lexeme = self.lexemes[self.position]
        return (lexeme.word or lexeme.text) in spellings

    def accept(self, *spellings: str) -> bool:
        """Steps over these keywords or symbols if they come next."""
        if not self.sees(*spellings):
            return False
        self.position += len(spellings)
        return True

    def accept_any(self, *spellings: str) -> str:
        """Steps over one of these keywords or symbols; which one, empty for none of them."""
        for spelling in spellings:
            if self.accept(spelling):
                return spelling
        return ""

    def one_of(self, *spellings: str) -> str:
        """One of these keywords, stepped over.

        :raises SqlSyntaxError: if something else comes next.
        """
        found = self.accept_any(*spellings)
        if not found:
            self.fail(
                f"expected {', '.join(spellings[:-1])} or {spellings[-1]}" if spellings[1:] else spellings[0]
            )
        return found

    def expect(self, *spellings: str) -> None:
        """Steps over these keywords or symbols.

        :raises SqlSyntaxError: if something else comes next.
        """
        if not self.accept(*spellings):
            self.fail(f"expected {' '.join(spellings)!r}")

    def until(self, *spellings: str) -> "Cursor":
        """What stands before the first of these keywords or symbols that is in no bracket; all without one.

        This cursor moves to it.
        """
        first = self.position
        while not self.done and not any(map(self.sees, spellings)):
            self.skip()
        return Cursor(self.source, self.lexemes, self.partners, first, self.position)

    def take(self) -> Lexeme:
        """The next token, stepped over."""
        lexeme = self.peek()
        if lexeme is None:
            self.fail("the statement ends too early")
        self.position += 1
        return lexeme

    def name(self, of_what: str) -> Lexeme:
        """An identifier."""
        lexeme = self.peek()
        if lexeme is None or not lexeme.is_name:
            self.fail(f"expected the name of {of_what}")
        return self.take()

    def dotted_name(self, of_what: str) -> tuple[Lexeme, ...]:
        """An identifier of one to three parts."""
        parts = [self.name(of_what)]
        while self.accept("."):
            parts.append(self.name(of_what))
        return tuple(parts)

    def string(self, of_what: str) -> Lexeme:
        """A string literal."""
        lexeme = self.peek()
        if lexeme is None or lexeme.lexis is not Lexis.STRING:
            self.fail(f"expected {of_what} in single quotes")
        return self.take()

    def group(self) -> "Cursor":
        """What stands between the parentheses that open here; this cursor moves behind them."""
        if not self.sees("("):
            self.fail("expected (")
        closing = self.partners[self.position]
        inside = Cursor(self.source, self.lexemes, self.partners, self.position + 1, closing)
        self.position = closing + 1
        return inside

    def names(self, of_what: str) -> tuple[Lexeme, ...]:
        """A parenthesised list of identifiers."""
        inside = self.group()
        found = [inside.name(of_what)]
        while inside.accept(","):
            found.append(inside.name(of_what))
        inside.finish()
        return tuple(found)

    def skip(self) -> None:
        """Steps over the next token, or over a whole pair of brackets."""
        self.position = self.partners.get(self.position, self.position) + 1

    def rest(self) -> Sequence[Lexeme]:
        """Every token from here to the end; the cursor stands at the end afterwards."""
        left = self.lexemes[self.position : self.end]
        self.position = self.end
        return left

    def finish(self) -> None:
        """Makes sure that nothing is left.

        :raises SqlSyntaxError: if there is.
        """
        if not self.done:
            self.fail("did not expect this here")

    def fail(self, what: str, remedy: str = "") -> NoReturn:
        """Refuses the token that comes next."""
        if self.position < len(self.lexemes):
            raise self.source.error(what, self.lexemes[self.position].start, remedy=remedy)
        after = self.lexemes[-1].end if self.lexemes else len(self.source.text)
        raise self.source.error(what, after, after, remedy=remedy)
