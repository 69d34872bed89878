from airflow_bluegreen.report import markdown
from tests.report import samples
from tests.report.release import COMPARISONS, report


def test_the_verdict_comes_first_and_what_nothing_explains_next() -> None:
    text = markdown(samples.failing())
    lines = [line for line in text.splitlines() if line]
    assert lines[0] == "## retail v1.0.1 over v1.0.0 in local"
    assert lines[1] == "**✕ Do not cut over.** Nothing explains what differs in fact_2."
    assert lines[2] == "### Not explained by the change"
    assert lines[3].startswith("- **fail** fact_2, rows: -309 rows (14.09 %)")
    assert "| fact_2 | fact_2 | fact_2_v2 | ✕ fail | 1,871 | 309 | 0 | 12 | 1 |" in text
    assert "| view32 | – | view32 | … not compared yet | – | – | – | – | – |" in text


def test_what_was_expected_is_told_with_its_reason() -> None:
    text = markdown(samples.demo())
    assert "Not explained" not in text
    assert "reads payment_state of int_3" in text
    assert "Found in values: 294 rows differ, only in columns that the change touches" in text
    assert "- 8 of 12 tables keep running untouched" in text
    assert "### What it costs" in text
    assert "- **warning** int_3: raw_c keeps records for 7 days" in text


def test_after_the_cut_over() -> None:
    assert "### After the cut-over\n\n- sink RUNNING\n" in markdown(report(cut_over=("sink RUNNING",)))
    assert "After the cut-over" not in markdown(report(COMPARISONS))


def test_texts_of_the_project_do_not_become_markup() -> None:
    text = markdown(samples.hostile())
    assert "<script>" not in text
    assert "\u202e" not in text
    text.encode()
