import pytest

from airflow_bluegreen.core.sql import as_one_statement, parse

INSERTS = "INSERT INTO a SELECT 'BEGIN STATEMENT SET;' FROM b;\nINSERT INTO c SELECT id FROM b;\nEND"


def test_the_clients_form_becomes_one_statement() -> None:
    text = as_one_statement(f"-- all\nbegin /* now */ STATEMENT set ;\n{INSERTS}")
    assert text == f"-- all\nEXECUTE /* now */ STATEMENT set  BEGIN\n{INSERTS}"
    (statement,) = parse(text)
    assert statement.outputs == ("a", "c")


@pytest.mark.parametrize(
    "text", [f"EXECUTE STATEMENT SET BEGIN\n{INSERTS}", "INSERT INTO a SELECT 1 FROM b", "-- nothing"]
)
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert as_one_statement(text) == text
