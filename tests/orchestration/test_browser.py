"""A browser before a served home: sort, filter, open a machine, tell what was found, and see it after the next night.

`make test-browser`: it needs Chromium, and the packages of requirements-browser.lock.
"""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from fastapi.testclient import TestClient

from delivery.publishing.snapshots import snapshots
from orchestration.commands.run import run_job
from orchestration.runs.instance import workspace_instance
from serving.app import make_app
from serving.guard.access import Access
from settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("replay")]
TOKEN = "a-token-of-the-workshop"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDE, PHONE = {"width": 1200, "height": 1000}, {"width": 390, "height": 844}
FOUND = "Sensor <cable> was loose"


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """The address of a server of the home, on a free port."""
    app = make_app(settings, Access(TOKEN))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.05)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def browser_page(scripts: bool, viewport: Any) -> Iterator["Page"]:
    """A page of Chromium of a width and height, which may run scripts or not."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - of another lock

    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert found, f"install Chromium: none of {', '.join(CHROMIUM)} is here"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            yield browser.new_context(java_script_enabled=scripts, viewport=viewport).new_page()
        finally:
            browser.close()


def machines_shown(page: "Page") -> list[str]:
    return [str(one.get_attribute("title")) for one in page.locator("tbody bdi.id").all()]


def test_a_word_goes_from_the_browser_into_its_case(replayed: Settings) -> None:
    with served(replayed) as address, browser_page(scripts=False, viewport=WIDE) as page:
        page.goto(address)
        by_risk = machines_shown(page)
        assert len(by_risk) == 12
        page.get_by_role("link", name="Machine", exact=True).click()
        assert machines_shown(page) == sorted(by_risk)
        page.get_by_label("Machine contains").fill("script")
        page.get_by_role("button", name="Show").click()
        [hostile] = machines_shown(page)
        page.locator("tbody a.machine").click()
        assert page.get_by_role("heading", level=1).inner_text().startswith("Machine <script>")
        assert page.locator("svg").count() >= len(replayed.fleet.sensors)

        page.goto(f"{address}/pages/sign-in?to=/pages/cases")
        page.get_by_label("Token").fill(TOKEN)
        page.get_by_role("button", name="Sign in").click()
        row = page.locator("tbody tr").first
        machine = str(row.locator("bdi.id").get_attribute("title"))
        row.get_by_role("link", name="Tell what you found").click()
        page.get_by_label("a false alarm").check()
        page.get_by_label("In your words").fill(FOUND)
        page.get_by_role("button", name="Send").click()
        assert "Thank you." in page.get_by_role("status").inner_text()
        assert FOUND not in page.content()

        before = snapshots(replayed.paths.published)[-1]
        with workspace_instance(replayed) as instance:
            night = TestClient(make_app(replayed, Access()), base_url="http://localhost")
            with night as asked:
                last = asked.get("/nights").json()["items"][0]["as_of"][:10]
            run_job(replayed, instance, "nightly", nights=[date.fromisoformat(last)])
        assert snapshots(replayed.paths.published)[-1] != before
        time.sleep(3)  # it looks every second
        page.goto(f"{address}/pages/cases")
        told = page.locator("tbody tr").filter(has=page.locator(f"bdi[title={quoted(machine)}]")).first.inner_text()
        assert f"false alarm: {FOUND}" in told
        assert hostile in by_risk


def quoted(text: str) -> str:
    """A text as CSS writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_page_fits_and_can_be_reached_by_keyboard(replayed: Settings, viewport: dict[str, int]) -> None:
    with served(replayed) as address, browser_page(scripts=True, viewport=viewport) as page:
        errors: list[str] = []
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.goto(address)
        machine = page.locator("tbody a.machine").first.get_attribute("href")
        for path in (
            "/pages/fleet",
            str(machine),
            "/pages/cases",
            "/pages/nights",
            "/pages/programs",
            "/pages/sign-in",
        ):
            page.goto(address + path)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, path
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.tagName") == "A", path
            low = page.evaluate(CONTRASTS)
            assert low == [], path
        assert errors == []


# Texts whose contrast with what is behind them is below 4.5, as WCAG 2 counts it.
CONTRASTS = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => { const [r, g, b] = parts(colour).slice(0, 3).map((v) => { v /= 255;
    return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (node) => { for (; node; node = node.parentElement) {
    const colour = getComputedStyle(node).backgroundColor;
    const p = parts(colour); if (p.length < 4 || p[3] > 0) return colour; } return 'rgb(255, 255, 255)'; };
  const low = [];
  for (const node of document.querySelectorAll('main *, nav *')) {
    if (![...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim())) continue;
    const [a, b] = [light(getComputedStyle(node).color), light(behind(node))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) low.push(node.tagName + ' ' + node.textContent.trim().slice(0, 40) + ' ' + contrast.toFixed(2));
  }
  return low;
}"""
