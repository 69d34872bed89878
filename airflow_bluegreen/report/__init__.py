"""The report of a release as one page, as JSON and as Markdown, and the page of an environment; no input or
output.
"""

from airflow_bluegreen.report.as_json import json_text
from airflow_bluegreen.report.as_markdown import markdown
from airflow_bluegreen.report.content import Report
from airflow_bluegreen.report.environment import environment_page
from airflow_bluegreen.report.page import html_page

__all__ = ["Report", "environment_page", "html_page", "json_text", "markdown"]
