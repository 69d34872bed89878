"""Statement sets as one statement, which is how a gateway takes them."""

from airflow_bluegreen.core.sql.lexer import lex
from airflow_bluegreen.core.sql.source import Source

_CLIENTS_HEAD = ("BEGIN", "STATEMENT", "SET", ";")


def as_one_statement(sql: str) -> str:
    """``BEGIN STATEMENT SET; …; END`` → ``EXECUTE STATEMENT SET BEGIN …; END``; any other text as it is.

    The first form is Flink's client's: it collects the INSERTs itself and sends the second one. Comments stay
    where they are.

    :param sql: one statement that is understood.
    """
    head = lex(Source(text=sql, path="<sql>"))[: len(_CLIENTS_HEAD)]
    if tuple(lexeme.word or lexeme.text for lexeme in head) != _CLIENTS_HEAD:
        return sql
    begin, end = head[0], head[-1]
    return f"{sql[: begin.start]}EXECUTE{sql[begin.end : end.start]} BEGIN{sql[end.end :]}"
