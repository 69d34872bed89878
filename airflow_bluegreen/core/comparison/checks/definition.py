"""What the two DDLs say besides the columns: key, watermark, partitions, options."""

from collections.abc import Iterator

from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.model import CheckResult, TableDefinition, Verdict

RULE = "key, watermark and distribution are blue's, unless the change may alter rows; other options are told"


def check_definition(evidence: Evidence) -> CheckResult | None:
    """Another key or time means other rows; another option stands in the release's own change."""
    blue, green = evidence.blue_definition, evidence.definition
    if evidence.blue is None or blue is None or green is None:
        return None
    deciding, options = list(_deciding(blue, green)), list(_options(blue, green))
    explained = evidence.expected.rows_may_change or not deciding
    return CheckResult(
        check="definition",
        verdict=Verdict.PASS if explained else Verdict.FAIL,
        blue=f"key {', '.join(blue.primary_key) or 'none'}",
        green=f"key {', '.join(green.primary_key) or 'none'}",
        detail="; ".join([*deciding, *options]) or "the same but for the columns",
        rule=RULE,
        expected=bool(deciding or options) and explained,
    )


def _deciding(blue: TableDefinition, green: TableDefinition) -> Iterator[str]:
    pairs = (
        ("primary key", ", ".join(blue.primary_key), ", ".join(green.primary_key)),
        ("watermark", blue.watermark or "", green.watermark or ""),
        ("distributed by", ", ".join(blue.distributed_by), ", ".join(green.distributed_by)),
    )
    return (f"{what} was {one or 'none'}, is {other or 'none'}" for what, one, other in pairs if one != other)


def _options(blue: TableDefinition, green: TableDefinition) -> Iterator[str]:
    for name in sorted({*blue.options, *green.options}):
        one, other = blue.options.get(name), green.options.get(name)
        if one != other:
            yield f"{name} was {one or 'not set'}, is {other or 'not set'}"
    if blue.buckets != green.buckets:
        yield f"{blue.buckets or 'default'} partitions were, {green.buckets or 'default'} are"
