"""The site's files as they lie there: HTML without faults, links that lead somewhere, whole heads.

Beside each rule stands a page spoiled on purpose, in which it has to find a fault.
"""

import json
import re
import subprocess
from collections import Counter
from functools import cache
from urllib.parse import quote

import nbformat
import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont

from tests.test_site import CHAPTER, FRENCH, NODE_MODULES, PAGES, replaced
from tools.browser import ROOT, SITE

CHAPTERS = [name for name in PAGES if re.search(r"chapters/\d\d", name)]
# Without an icon, browsers ask the host for a favicon.ico, which is not there.
HEAD = {
    "policy": "meta[http-equiv=Content-Security-Policy][content*=default-src]",
    "icon": "link[rel~=icon][href]",
}


def read(name):
    return (SITE / name).read_text(encoding="utf-8")


def wrong_html(*paths):
    """What the Nu HTML checker says of the files at `paths`."""
    command = ["java", "-Xss4m", "-jar", NODE_MODULES / "vnu-jar/build/dist/vnu.jar"]
    options = ["--errors-only", "--exit-zero-always", "--stdout", "--format", "json"]
    answer = subprocess.run([*command, *options, *paths], check=True, capture_output=True)
    found = json.loads(answer.stdout)["messages"]
    return [f"{fault.get('url', '').split('/html/')[-1]}: {fault['message']}" for fault in found]


@pytest.mark.full
def test_pages_are_html():
    assert wrong_html(*(SITE / name for name in PAGES)) == []


@pytest.mark.full
def test_wrong_html_is_found(tmp_path):
    table = '<table role="table"><tr><td role="cell">1</td></tr></table></article>'
    changes = [('style="display: none">', "hidden>"), ("</article>", table)]
    for number, change in enumerate(changes):
        html = replaced(*change)(read(CHAPTER))
        (tmp_path / f"{number}.html").write_text(html, encoding="utf-8")
    found = wrong_html(*tmp_path.iterdir())
    assert {re.search(r"\d\.html", fault)[0] for fault in found} == {"0.html", "1.html"}


def lacking(pages):
    """What the heads of `pages` (address within the site → HTML) should hold and do not."""
    for name, html in pages.items():
        head = BeautifulSoup(html.partition("</head>")[0], "html.parser")
        yield from (f"{name}: {what}" for what in HEAD if not head.select_one(HEAD[what]))


def test_every_page_has_a_policy_and_an_icon_also_those_that_lead_on():
    paths = (path.relative_to(SITE) for path in SITE.rglob("*.html") if "_static" not in path.parts)
    pages = {path.as_posix(): read(path) for path in paths}
    assert {*PAGES, "index.html", "fr/index.html"} <= set(pages)
    assert list(lacking(pages)) == []
    page = pages["index.html"].replace("Content-Security-Policy", "refresh")
    assert list(lacking({"index.html": page})) == ["index.html: policy"]
    page = pages["index.html"].replace('rel="icon"', 'rel="help"')
    assert list(lacking({"index.html": page})) == ["index.html: icon"]


@cache
def targets_and_places(html):
    """Where the links and pictures of a page lead within the site, and its own ids."""
    soup = BeautifulSoup(html, "html.parser")
    tags = soup.find_all(["a", "img", "link", "script"])
    targets = [tag.get("href") or tag.get("src") or "" for tag in tags]
    inside = [target for target in targets if target and not re.match(r"[a-z]+:|/", target)]
    return inside, {tag["id"] for tag in soup.find_all(id=True)}


def dead_links(pages):
    """Links and pictures of `pages` (address within the site → HTML) that lead nowhere."""
    ids = {name: targets_and_places(html)[1] for name, html in pages.items()}
    for name, html in pages.items():
        for target in targets_and_places(html)[0]:
            path, _, anchor = target.partition("#")
            path = path.partition("?")[0]
            goal = (SITE / name).parent.joinpath(path).resolve() if path else SITE / name
            if not goal.exists():
                yield f"{name}: {target}: there is no such file"
            elif anchor and anchor not in ids.get(goal.relative_to(SITE).as_posix(), {anchor}):
                yield f"{name}: {target}: there is no such place"


def test_every_link_leads_somewhere():
    assert list(dead_links({name: read(name) for name in PAGES})) == []


@pytest.mark.parametrize("old, new", [
    ('href="#recap"', 'href="#recaps"'),
    ('href="01-neurons.html"', 'href="01-neuron.html"'),
    ('src="../_static/site.js', 'src="../_static/sites.js'),
])  # fmt: skip
def test_a_broken_link_is_found(old, new):
    page = replaced(old, new)(read(CHAPTER))
    assert any(new.split('"')[1] in fault for fault in dead_links({CHAPTER: page}))


def launches(name, html):
    """What stands at the top of a chapter opens it, in its language, in five ways."""
    links = BeautifulSoup(html, "html.parser").select(".page-links a")
    colab, binder, notebook, github, report = [link["href"] for link in links]
    path = f"chapters/{name.split('/')[-1].removesuffix('.html')}.ipynb"
    branch = "fr" if name.startswith("fr/") else "main"  # there the notebooks are in French
    assert colab.startswith("https://colab.research.google.com/github/")
    assert colab.endswith(f"/blob/{branch}/{path}")
    assert binder.startswith("https://mybinder.org/v2/gh/")
    assert binder.endswith(f"/{branch}?urlpath=lab/tree/{path}")
    assert github.endswith(f"/blob/{branch}/{path}")
    assert f"/issues/new?title={path.removesuffix('.ipynb')}" in report and quote(name) in report
    kept = (SITE / name).parent / notebook
    ours, theirs = (nbformat.read(where, as_version=4).cells for where in (ROOT / path, kept))
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.cell_type == other.cell_type
        is_translated = branch == "fr" and mine.cell_type == "markdown"
        assert is_translated or mine.source == other.source


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_can_be_run_kept_and_reported(name):
    launches(name, read(name))


@pytest.mark.parametrize("old, new", [
    ("research.google.com/github/", "research.google.com/drive/"),
    ("/blob/fr/", "/blob/main/"), ("/fr?urlpath", "/main?urlpath"),
    ("lab/tree/chapters/05", "lab/tree/chapters/06"), ("issues/new?title=chapters/05", "issues/05"),
    ("_sources/chapters/05-backpropagation", "_sources/chapters/06-digits-data"),
])  # fmt: skip
def test_a_wrong_launch_link_is_found(old, new):
    with pytest.raises(AssertionError):
        launches(FRENCH, replaced(old, new)(read(FRENCH)))


def without_glyph(html):
    """The letters of formulas in `html` that the site's font lacks, italic as they are shown."""
    font = TTFont(ROOT / "assets/static/fonts/stix-two-math.woff2").getBestCmap()
    italic = {"h": "ℎ"}
    for start, end, first in [("a", "z", 0x1D44E), ("A", "Z", 0x1D434), ("α", "ω", 0x1D6FC)]:
        for code in range(ord(start), ord(end) + 1):
            italic.setdefault(chr(code), chr(first + code - ord(start)))
    missing = Counter()
    for kind, text in re.findall(r"<(mi|mo|mn|mtext)[^>]*>([^<&]*)<", html):
        shown = italic.get(text, text) if kind == "mi" else text
        missing.update(letter for letter in shown if ord(letter) not in font)
    return missing


def test_formulas_need_no_letter_that_the_font_lacks():
    assert not without_glyph("".join(read(name) for name in CHAPTERS))
    assert without_glyph("<mi>漢</mi>")
