"""The engine that reads the lake: where readers find a table under a name that does not change."""

from collections.abc import Sequence
from typing import Protocol


class Lake(Protocol):
    """A SQL engine over the lake's tables."""

    def run(self, statements: Sequence[str]) -> None:
        """Run statements in order, in one transaction where the engine has them for what they do.

        Raises StatementError when the engine refuses one, TransientError when it cannot be reached.
        """
        ...

    def ask(self, statement: str) -> str | None:
        """The first value of what a statement answers, as text; None where it answers nothing.

        Raises StatementError when the engine refuses it, TransientError when it cannot be reached.
        """
        ...
