"""Great Expectations, in a file context of its own: suites, results and Data Docs lie in one folder.

Imported late, when there is something to validate: importing it takes seconds, and it is an extra.
"""

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from airflow_bluegreen.core.model import Expectation, ExpectationResult, Validation
from airflow_bluegreen.exceptions import ConfigurationError


class GreatExpectations:
    """Implements ``ports.Validator``.

    :param folder: where the context lives; made when it is first needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def validate(
        self, name: str, rows: Sequence[Mapping[str, Any]], expectations: Sequence[Expectation]
    ) -> Validation:
        """Validate rows in a data frame and build the Data Docs.

        Raises ConfigurationError for an expectation that is not known or lacks an argument, and where
        Great Expectations is not installed.
        """
        # It reports what it is used for to its makers unless told otherwise before it is imported.
        os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its own, about modules of Python's and of its parts
            try:
                import great_expectations
                import pandas
            except ImportError as error:
                raise ConfigurationError(
                    f"the expectations of {name} need Great Expectations: {error}",
                    remedy="Install airflow-bluegreen[gx]",
                ) from error
            frame = pandas.DataFrame.from_records([dict(row) for row in rows], columns=_columns(rows))
            return self._validated(great_expectations, name, frame, expectations)

    def _validated(self, gx: Any, name: str, frame: Any, expectations: Sequence[Expectation]) -> Validation:
        self._folder.mkdir(parents=True, exist_ok=True)
        context = gx.get_context(mode="file", project_root_dir=str(self._folder))
        context.variables.progress_bars = {"globally": False}
        made = [_made(one, name, at) for at, one in enumerate(expectations)]
        suite = context.suites.add_or_update(gx.ExpectationSuite(name=name, expectations=made))
        source = context.data_sources.add_or_update_pandas("bluegreen")
        batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("rows")
        definition = context.validation_definitions.add_or_update(
            gx.ValidationDefinition(name=name, data=batch, suite=suite)
        )
        checkpoint = context.checkpoints.add_or_update(
            gx.Checkpoint(
                name=name,
                validation_definitions=[definition],
                actions=[gx.checkpoint.UpdateDataDocsAction(name="data docs")],
                result_format="SUMMARY",
            )
        )
        run = checkpoint.run(batch_parameters={"dataframe": frame})
        (found,) = run.run_results.values()
        sites = context.get_docs_sites_urls()
        return Validation(
            results=tuple(_result(one, expectations) for one in found.results),
            docs=str(sites[0]["site_url"]) if sites else "",
        )


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _made(expectation: Expectation, name: str, at: int) -> Any:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.expectations.metadata_types import FailureSeverity

    try:
        return ExpectationConfiguration(
            type=expectation.type,
            kwargs=dict(expectation.kwargs),
            severity=FailureSeverity(expectation.severity),
            meta={"bluegreen": at},
        ).to_domain_obj()
    except Exception as error:  # its own tree for unknown names, pydantic's for wrong arguments
        reason = " ".join(str(error).split())
        raise ConfigurationError(
            f"{name} cannot expect {expectation.type}: {reason[:200]}",
            remedy="See the gallery of Great Expectations for its name and arguments",
        ) from error


def _result(found: Any, expectations: Sequence[Expectation]) -> ExpectationResult:
    at = found.expectation_config.meta["bluegreen"]
    return ExpectationResult(
        expectation=expectations[at], passed=bool(found.success), detail="" if found.success else _why(found)
    )


def _why(found: Any) -> str:
    result = found.result or {}
    if "unexpected_count" in result:
        return f"{result['unexpected_count']:,} of {result.get('element_count', 0):,} rows"
    if "observed_value" in result:
        return f"it is {result['observed_value']}"
    messages = [
        info.get("exception_message")
        for info in (found.exception_info or {}).values()
        if isinstance(info, dict)
    ]
    return " ".join(str(next(filter(None, messages), "")).split())[:200]
