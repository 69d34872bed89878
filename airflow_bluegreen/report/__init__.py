"""The report of a release: one page, and the same as JSON and Markdown, without any input or output."""

from airflow_bluegreen.report.as_json import json_text
from airflow_bluegreen.report.as_markdown import markdown
from airflow_bluegreen.report.content import Report
from airflow_bluegreen.report.page import html_page

__all__ = ["Report", "html_page", "json_text", "markdown"]
