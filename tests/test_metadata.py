"""What search engines and social networks read: complete, true, and the fork's own on a fork.

A rule takes a page's name, its HTML and the site's folder, and yields a sentence for each fault;
beside it stands the fault that it is shown to find.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from PIL import Image

from sphinx_extensions.metadata import first_sentences, repository
from tools.book import ROOT, outline
from tools.browser import SITE, browser, served

PAGES = [document for _, document in outline()]
CHAPTERS = [page for page in PAGES if (ROOT / f"{page}.ipynb").exists()]
# What a page says of the site, by the folder of its language.
SITES = {
    "": {"title": "Deep learning with Keras", "locale": "en_GB", "language": "en"},
    "fr/": {"title": "L’apprentissage profond avec Keras", "locale": "fr_FR", "language": "fr"},
}
RULES = []


def rule(old, new):
    """Register a rule; replacing `old` by `new` in the first chapter's HTML plants its fault."""

    def register(check):
        RULES.append(pytest.param(check, old, new, id=check.__name__))
        return check

    return register


@pytest.fixture(scope="module")
def site():
    assert (SITE / "index.html").exists(), "There is no site to test: type make book."
    return SITE


def folder_and_page(name):
    """The folder of a page's language, and its name within it."""
    page = name.removeprefix("fr/")
    return name.removesuffix(page), page


def tag(soup, key):
    found = soup.select(f'meta[name="{key}"], meta[property="{key}"]')
    return found[0]["content"] if len(found) == 1 else None


@rule(r'<meta name="description" content="[^"]*', '<meta name="description" content="Neurons')
def it_is_described_in_a_sentence_of_its_own(name, soup, site):
    about = tag(soup, "description") or ""
    if not 40 <= len(about) <= 250 or about[-1] not in ".!?":
        yield f"not a description: {about!r}"
    if " ".join(about.split()) not in " ".join(soup.article.text.split()):
        yield f"the page itself does not say {about!r}"


@rule(r'<link rel="canonical" href="[^"]*">', "")
def it_names_its_address(name, soup, site):
    address = f"{repository()[1]}{name}.html"
    canonical = [link["href"] for link in soup.select('link[rel="canonical"]')]
    if canonical != [address] or tag(soup, "og:url") != address:
        yield f"canonical {canonical}, og:url {tag(soup, 'og:url')}, not {address}"


@rule('<meta property="og:title" content="Neurons">', "")
def it_can_be_shared(name, soup, site):
    title = soup.article.h1.find(string=True).strip()
    folder, page = folder_and_page(name)
    wanted = {
        "og:title": title,
        "og:description": tag(soup, "description"),
        "og:site_name": SITES[folder]["title"],
        "og:type": "article" if page in CHAPTERS else "website",
        "og:locale": SITES[folder]["locale"],
        "twitter:card": "summary_large_image",
    }
    for key, text in wanted.items():
        if tag(soup, key) != text:
            yield f"{key} is {tag(soup, key)!r}, not {text!r}"
    if not tag(soup, "og:image:alt"):
        yield "the card has no text alternative"


@rule("_static/cards/01-neurons.png", "_static/logo.svg")
def its_card_is_there_and_not_loaded_by_the_page(name, soup, site):
    address, home = tag(soup, "og:image") or "", repository()[1]
    card = site / address.removeprefix(home)
    if not (address.startswith(home) and card.suffix == ".png" and card.is_file()):
        yield f"there is no card {address}"
    elif Image.open(card).size != (1200, 630):
        yield f"{card.name} is {Image.open(card).size}"
    elif any("cards/" in link for _, link in links(soup) if not link.startswith("http")):
        yield "the page loads a card"


@rule('"timeRequired": "PT40M"', '"timeRequired": "PT4M"')
def it_tells_what_a_reader_learns(name, soup, site):
    scripts = soup.select('script[type="application/ld+json"]')
    data = json.loads(scripts[0].string) if len(scripts) == 1 else {}
    folder, page = folder_and_page(name)
    kind = "LearningResource" if page in CHAPTERS else "WebPage"
    wanted = {
        "@context": "https://schema.org",
        "@type": "Course" if page == PAGES[0] else kind,
        "name": tag(soup, "og:title"),
        "description": tag(soup, "description"),
        "url": tag(soup, "og:url"),
        "image": tag(soup, "og:image"),
        "inLanguage": SITES[folder]["language"],
        "isAccessibleForFree": True,
    }
    if page in CHAPTERS:
        minutes = re.search(r"\b(?:about|environ)\s(\d+)\sminutes", soup.article.text)[1]
        wanted |= {"timeRequired": f"PT{minutes}M", "position": CHAPTERS.index(page) + 1}
        if len(data.get("teaches", [])) < 3 or data["isPartOf"]["@type"] != "Course":
            yield f"what it teaches, or that it is part of the course, is missing: {data}"
    for key, value in wanted.items():
        if data.get(key) != value:
            yield f"{key} is {data.get(key)!r}, not {value!r}"


def links(soup):
    for key in ("href", "src", "action"):
        yield from ((element, element[key]) for element in soup.find_all(attrs={key: True}))


def read(site, name):
    return (site / f"{name}.html").read_text()


@cache
def parsed(site, name):
    return BeautifulSoup(read(site, name), "html.parser")


@pytest.mark.parametrize("check, old, new", RULES)
def test_pages_keep_the_rule(check, old, new, site):
    for name in [folder + page for folder in SITES for page in PAGES]:
        assert [name, *check(name, parsed(site, name), site)] == [name]


@pytest.mark.parametrize("check, old, new", RULES)
def test_rule_finds_a_spoiled_page(check, old, new, site):
    spoiled, count = re.subn(old, new, read(site, CHAPTERS[0]))
    assert count
    assert list(check(CHAPTERS[0], BeautifulSoup(spoiled, "html.parser"), site))


def test_no_two_pages_have_the_same_title_or_description(site):
    for pattern in (r"<title>(.*?)</title>", r'<meta name="description" content="(.*?)">'):
        names = [folder + page for folder in SITES for page in [*PAGES, "search", "404"]]
        texts = [re.search(pattern, read(site, name))[1] for name in names]
        assert Counter(texts).most_common(1)[0][1] == 1


def test_the_course_names_what_a_search_engine_asks_for(site):
    data = json.loads(re.search(r'ld\+json">(.*?)</script>', read(site, PAGES[0]))[1])
    minutes = sum(
        int(re.search(r"Time:\*\* about (\d+) minutes", (ROOT / f"{page}.ipynb").read_text())[1])
        for page in CHAPTERS
    )
    assert data["provider"]["name"] and data["offers"]["category"] == "Free"
    assert data["hasCourseInstance"]["courseWorkload"] == f"PT{minutes}M"
    assert [part["url"] for part in data["hasPart"]] == [
        f"{repository()[1]}{page}.html" for page in CHAPTERS
    ]


def test_the_first_page_leads_to_the_welcome_page(site):
    soup = parsed(site, "index")
    assert soup.select_one("meta[http-equiv=refresh]")["content"] == f"0; url={PAGES[0]}.html"
    assert tag(soup, "og:title") == soup.title.text == "Deep learning with Keras"


def places(site):
    root = ElementTree.parse(site / "sitemap.xml").getroot()
    return [entry.text for entry in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]


def test_the_sitemap_lists_the_pages_and_nothing_else(site):
    folders = [repository()[1], f"{repository()[1]}fr/"]
    assert sorted(places(site)) == sorted(f"{f}{page}.html" for f in folders for page in PAGES)
    assert f"Sitemap: {repository()[1]}sitemap.xml" in (site / "robots.txt").read_text()


def lost(page, address):
    """Open an address that does not exist, and yield what its page asks for in vain."""
    found = []
    page.on("response", lambda response: found.append((response.status, response.url)))
    page.goto(address)
    yield from (url for status, url in found if status != 200 and url != address)


def test_the_page_for_lost_addresses_works_at_any_depth(site):
    base = "/" + repository()[1].split("/", 3)[3]
    with served(site) as home, browser() as chrome:
        page, address = chrome.new_page(), f"{home[:-1]}{base}chapters/a/b/c.html"
        assert list(lost(page, address)) == []
        for _, link in links(BeautifulSoup(page.content(), "html.parser")):
            target = re.sub(r"[?#].*", "", link)
            if target and not re.match(r"https?:", target):
                assert target.startswith(base), f"{link} is relative"
                assert (site / target.removeprefix(base)).is_file(), f"{link} leads nowhere"
        assert page.locator("article li a").count() == 1 + len(CHAPTERS)
        page.locator("article input").fill("bias")
        page.locator("article form button").click()
        page.wait_for_url("**/search.html?q=bias")

        spoiled = read(site, "404").replace(f'href="{base}', 'href="')
        page = chrome.new_page()
        page.route(address, lambda route: route.fulfill(status=404, body=spoiled))
        assert list(lost(page, address))


# --- another owner -------------------------------------------------------------------------------


def telling(folder, words):
    """Return the files in which one of these words stands."""
    return [
        path.name
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".html", ".xml", ".txt", ".js"} and path.is_file()
        for word in words
        if word in path.read_text()
    ]


@pytest.fixture(scope="module")
def fork(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fork")
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(ROOT)]
    command += ["--path-output", str(folder), "-W", "-n", "--keep-going", "--quiet"]
    subprocess.run(
        command,
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "COURSE_REPOSITORY": "somebody/fork", "COURSE_SITE": ""},
    )
    return folder / "_build/html"


def test_a_fork_names_itself_and_nobody_else(site, fork):
    name, address = repository()
    assert telling(fork, [name, address]) == []
    assert len(telling(site, [address])) >= len(PAGES)
    assert sorted(places(fork)) == sorted(
        f"https://somebody.github.io/fork/{folder}{page}.html"
        for folder in ("", "fr/")
        for page in PAGES
    )
    assert 'data-content_root="/fork/"' in read(fork, "404")
    buttons = parsed(fork, CHAPTERS[0]).select(".page-links a:not([download])")
    assert len(buttons) == 4 and all("/somebody/fork/" in button["href"] for button in buttons)


@pytest.mark.parametrize(
    "environment, found",
    [
        ({"COURSE_REPOSITORY": "Some/Fork"}, ("Some/Fork", "https://some.github.io/Fork/")),
        ({"GITHUB_REPOSITORY": "a/b"}, ("a/b", "https://a.github.io/b/")),
        (
            {"COURSE_REPOSITORY": "c/d", "GITHUB_REPOSITORY": "a/b"},
            ("c/d", "https://c.github.io/d/"),
        ),
        ({"COURSE_REPOSITORY": "a/a.github.io"}, ("a/a.github.io", "https://a.github.io/")),
        (
            {"COURSE_REPOSITORY": "a/b", "COURSE_SITE": "https://example.org/c"},
            ("a/b", "https://example.org/c/"),
        ),
    ],
)
def test_the_address_comes_from_the_environment(environment, found, monkeypatch):
    for name in ("COURSE_REPOSITORY", "GITHUB_REPOSITORY", "COURSE_SITE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert repository() == found


@pytest.mark.parametrize(
    "name, value", [("COURSE_REPOSITORY", "https://github.com/a/b"), ("COURSE_SITE", "a.org")]
)
def test_a_wrong_address_is_refused_with_what_to_write(name, value, monkeypatch):
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match="write it as"):
        repository()


def test_a_description_ends_with_a_sentence():
    assert first_sentences("One. Two.\nThree.", longest=9) == "One. Two."
    assert first_sentences("A long one. Two.", longest=5) == "A long one."
