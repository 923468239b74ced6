"""A real Chromium, which reports what a visitor would suffer from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
WIDTHS = (1280, 320)
SCHEMES = ("light", "dark")


@dataclass
class Visit:
    """A page in one width and colour scheme, and what went wrong on it."""

    page: Page
    problems: list[str] = field(default_factory=list)

    def check(self) -> None:
        """No error in the console, no foreign host, nothing beside the page, nothing in the way."""
        # A click may bring a page that is still on its way, without its head or its end.
        self.page.wait_for_load_state()
        assert self.problems == []
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.page.viewport_size["width"]
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(Axe().axe_script)
        found = AxeResults(self.page.evaluate("axe.run({resultTypes: ['violations']})"))
        assert found.violations_count == 0, found.generate_report()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, live_server: object) -> Iterator[Callable[..., Visit]]:
    """Open an address of the live server: visit(path, width=1280, scheme="light", locale="en")."""
    opened: list[BrowserContext] = []
    host = urlsplit(str(live_server)).netloc

    def open_page(
        path: str, *, width: int = 1280, scheme: str = "light", locale: str = "en", **options: bool
    ) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            locale=locale,
            **options,
        )
        opened.append(context)
        visit = Visit(context.new_page())
        visit.page.on("console", lambda said: _note(visit, said.type, said.text))
        visit.page.on("pageerror", lambda error: visit.problems.append(str(error)))
        visit.page.on(
            "request",
            lambda request: (
                urlsplit(request.url).netloc == host
                or request.url.startswith("data:")
                or visit.problems.append(f"asked {request.url}")
            ),
        )
        visit.page.goto(f"{live_server}{path}")
        return visit

    yield open_page
    for context in opened:
        context.close()


def _note(visit: Visit, kind: str, text: str) -> None:
    # A page of ours that answers 404 is what was asked for; the browser calls that an error.
    if kind == "error" and "Failed to load resource: the server responded" not in text:
        visit.problems.append(text)
