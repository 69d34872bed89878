"""The pictures of the report in the documentation, made anew.

python -m tests.report.pictures                       from the sample releases
python -m tests.report.pictures --page report.html    the first two from a real one, as the demo keeps it
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_bluegreen.report import environment_page, html_page
from tests.browser.chromium import chromium
from tests.report import environments, samples

if TYPE_CHECKING:
    from playwright.sync_api import Browser

IMAGES = Path(__file__).parents[2] / "docs" / "images"
DESK: Mapping[str, int] = {"width": 1280, "height": 1160}
WIDE: Mapping[str, int] = {"width": 1280, "height": 2400}
PHONE: Mapping[str, int] = {"width": 360, "height": 1100}


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--page", type=Path, help="a report to take instead of the sample")
    page = parser.parse_args().page
    first = page.read_text(encoding="utf-8") if page else html_page(samples.demo())
    environment = environment_page(environments.drifted(), rollback_dag="bluegreen_rollback")
    failing = html_page(samples.failing())
    with chromium() as browser:
        take(browser, "report.png", first, DESK, scheme="light")
        take(browser, "report-dark.png", first, DESK, scheme="dark")
        take(browser, "report-table.png", failing, WIDE, scheme="light", only="details.table.fail")
        take(browser, "report-phone.png", failing, PHONE, scheme="light")
        take(browser, "environment.png", environment, DESK, scheme="light")


def take(
    browser: "Browser", name: str, html: str, size: Mapping[str, int], *, scheme: str, only: str = ""
) -> None:
    """Picture the top of a page, or the only part that a selector finds."""
    context = browser.new_context(viewport=size, color_scheme=scheme, device_scale_factor=1)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_content(html, wait_until="load")
    target = IMAGES / name
    if only:
        page.locator(only).screenshot(path=target)
    else:
        page.screenshot(path=target)
    context.close()
    print(target, f"{target.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
