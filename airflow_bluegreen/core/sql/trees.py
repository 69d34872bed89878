"""The trees of statements that were just read, for whoever follows their columns next.

A statement is read to know its tables, and soon afterwards, if a release reaches it, followed column by
column. Its tree is most of the work of both.
"""

from airflow_bluegreen.core.sql.reading import Reading

MOST_TEXT = 4_000_000
"""Characters of SQL whose trees are kept at most; a tree needs some eighty times the room of its text."""


class Trees:
    """The statements that were read, by text; not more of them than there is room for.

    :param most: characters of SQL; what comes when they are reached is not kept.
    """

    def __init__(self, most: int = MOST_TEXT) -> None:
        self._room = most
        self._kept: dict[str, Reading] = {}

    def keep(self, sql: str, reading: Reading) -> None:
        """Keep one that has a query, if there is room. All but the first of its tokens are let go."""
        if reading.query is None or len(sql) > self._room or sql in self._kept:
            return
        self._room -= len(sql)
        reading.lexemes = reading.lexemes[:1]
        self._kept[sql] = reading

    def take(self, sql: str) -> Reading | None:
        """The statement of that text, which is not kept any longer; None for one that is not there."""
        reading = self._kept.pop(sql, None)
        if reading is not None:
            self._room += len(sql)
        return reading

    def __contains__(self, sql: object) -> bool:
        return sql in self._kept
