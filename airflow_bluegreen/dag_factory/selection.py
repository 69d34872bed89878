"""Which tables a DAG draws: by product, kind, path or name, with what they read and what reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from airflow_bluegreen.core.selection import selected_names

if TYPE_CHECKING:
    from airflow_bluegreen.snapshot import DrawnTable

Drawn = Mapping[str, "DrawnTable"]


def select_tables(
    tables: Drawn, select: Sequence[str], exclude: Sequence[str] = ()
) -> dict[str, "DrawnTable"]:
    """The tables that any selector of ``select`` names (all, where there are none), without those that one of
    ``exclude`` names; edges to other tables are cut off.

    :func:`~airflow_bluegreen.core.selection.selected_names` says what selectors there are.

    :raises ConfigurationError: a selector of ``select`` names no table, or has an unknown word before its
        colon.
    """
    if not tables:
        return {}
    chosen = selected_names(
        tables,
        select,
        exclude,
        tables_of="snapshot",
        remedy="Mend it, or draw the snapshot anew: bluegreen snapshot",
    )
    return {
        name: replace(
            table,
            inputs=tuple(one for one in table.inputs if one in chosen),
            filled_with=tuple(one for one in table.filled_with if one in chosen),
        )
        for name, table in tables.items()
        if name in chosen
    }
