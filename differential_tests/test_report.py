"""The report of a campaign: what it says, that it needs nothing else, and how a browser shows it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from differential_tests.display import campaign_to_json
from differential_tests.engine.campaign import Campaign
from differential_tests.report.command import report

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")

COVERAGE: dict[str, Any] = {
    "calls": 7,
    "totals": {"asserts and raises": {"reached": 1, "all": 2}},
    "contracts": {"OpenModule": {"assert": {"reached": 3, "all": 4}}},
    "not reached": [
        {
            "contract": "OpenModule",
            "source": "vyper_contracts/OpenModule.vy:1",
            "kind": "assert",
            "check": "",
            "text": 'assert a < b, "<Name>"',
            "side": "failed",
            "reason": "",
        }
    ],
}


@pytest.fixture(scope="module", params=["protocol", "oracle"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a campaign, two scenarios of which are run again."""
    folder = tmp_path_factory.mktemp("report")
    campaign = Campaign(request.param, 5, steps=400, scenarios=2, seconds=2.0)
    campaign.actions.update(open=300, advance=100)
    campaign.outcomes.update({"success": 250, "NotOwner": 50})
    campaign.states.update({"auto-pause": 3})
    (folder / "campaign.json").write_text(json.dumps(campaign_to_json(campaign, [])))
    (folder / "coverage.json").write_text(json.dumps(COVERAGE))
    arguments = ["--coverage", str(folder / "coverage.json"), "--scenarios", "2", "--json", str(folder / "report.json")]
    result = CliRunner().invoke(report, [str(folder / "campaign.json"), *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return folder / "campaign.html"


def test_page_shows_what_the_campaign_did(page: Path) -> None:
    text = page.read_text()
    content = json.loads((page.parent / "report.json").read_text())
    assert "No divergence" in text
    assert ">400<" in text
    assert "&lt;Name&gt;" in text
    assert "<svg" in text
    assert content["campaign"]["seed"] == 5
    assert sum(sum(ended.values()) for ended in content["sample"]["outcomes"].values()) > 100
    assert ("Headroom" in text) == (content["campaign"]["machine"] == "protocol")


def test_page_needs_nothing_else(page: Path) -> None:
    text = page.read_text()
    assert "http" not in text
    assert "<script" not in text
    assert " src=" not in text


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_browser_shows_the_page(page: Path, scheme: Any, width: int) -> None:
    """No error on the console, nothing wider than the window, and the colours of the scheme."""
    if not CHROMIUM.is_file():
        pytest.skip(f"{CHROMIUM} is not there")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        shown = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        errors: list[str] = []
        shown.on("console", lambda message: errors.append(message.text))
        shown.on("pageerror", lambda error: errors.append(str(error)))
        shown.goto(page.as_uri())
        assert not errors
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        red = int(shown.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/)[0]"))
        assert (red < 128) == (scheme == "dark")
        browser.close()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("[", "is not JSON"), ("[]", "has no 'machine'"), ('{"machine": "oracle"}', "has no 'seed'")],
)
def test_what_is_no_campaign_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "campaign.json").write_text(text)
    result = CliRunner().invoke(report, [str(tmp_path / "campaign.json")])
    assert result.exit_code == 2
    assert complaint in result.output
