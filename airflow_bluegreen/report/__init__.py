"""The comparison report: one self-contained HTML file, built from records, without any input or output."""

from airflow_bluegreen.report.page import build_report

__all__ = ["build_report"]
