"""What search engines and social networks read: complete, true, and the fork's own on a fork.

A rule takes a page's name, its HTML and the site's folder, and yields a sentence for each fault;
beside it stands the fault that it is shown to find.
"""

import json
import re
from functools import cache
from xml.etree import ElementTree

import pytest
import yaml
from bs4 import BeautifulSoup
from PIL import Image

from sphinx_extensions.metadata import first_sentences, repository
from tests.test_build import ROOT, copy, files, start
from tools.browser import SITE, browser, served

CONTENTS = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [CONTENTS["root"], *(c["file"] for part in CONTENTS["parts"] for c in part["chapters"])]
CHAPTERS = [page for page in PAGES if (ROOT / f"{page}.ipynb").exists()]
# What a page says of the site, by the folder of its language.
SITES = {
    "": ("en", "en_GB", "Deep learning with Keras"),
    "fr/": ("fr", "fr_FR", "L’apprentissage profond avec Keras"),
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


@rule('property="og:title" content="Neurons"', "")
def it_can_be_shared(name, soup, site):
    page = name.removeprefix("fr/")
    _language, locale, title = SITES[name.removesuffix(page)]
    wanted = {
        "og:title": soup.article.h1.find(string=True).strip(),
        "og:description": tag(soup, "description"),
        "og:image:alt": tag(soup, "description"),
        "og:site_name": title,
        "og:type": "article" if page in CHAPTERS else "website",
        "og:locale": locale,
        "twitter:card": "summary_large_image",
    }
    for key, text in wanted.items():
        if tag(soup, key) != text:
            yield f"{key} is {tag(soup, key)!r}, not {text!r}"


@rule('(property="og:image" content="[^"]*)_images/social_previews/', r"\1_static/")
def its_card_is_there(name, soup, site):
    address, home = tag(soup, "og:image") or "", repository()[1]
    card = site / address.removeprefix(home)
    if not (address.startswith(home) and card.suffix == ".png" and card.is_file()):
        yield f"there is no card {address}"
    elif Image.open(card).size != tuple(int(tag(soup, f"og:image:{s}")) for s in SIZES):
        yield f"{card.name} is {Image.open(card).size}"


SIZES = ("width", "height")


@rule('"timeRequired": "PT40M"', '"timeRequired": "PT4M"')
def it_tells_what_a_reader_learns(name, soup, site):
    [script] = soup.select('script[type="application/ld+json"]')
    data, page = json.loads(script.string), name.removeprefix("fr/")
    kind = "LearningResource" if page in CHAPTERS else "WebPage"
    wanted = {
        "@context": "https://schema.org",
        "@type": "Course" if page == PAGES[0] else kind,
        "name": tag(soup, "og:title"),
        "description": tag(soup, "description"),
        "url": tag(soup, "og:url"),
        "inLanguage": SITES[name.removesuffix(page)][0],
        "isAccessibleForFree": True,
    }
    if page in CHAPTERS:
        minutes = re.search(r"\b(?:about|environ)\s(\d+)\sminutes", soup.article.text)[1]
        wanted |= {"timeRequired": f"PT{minutes}M", "position": CHAPTERS.index(page) + 1}
        if len(data.get("teaches", [])) < 3 or data["isPartOf"]["@type"] != "Course":
            yield f"what it teaches, or that it is part of the course, is missing: {data}"
    if page == PAGES[0]:
        wanted["provider"] = {"@type": "Organization"} | data["provider"]
        wanted["offers"] = {"@type": "Offer", "category": "Free"}
        parts = [part["url"] for part in data["hasPart"]]
        if parts != [f"{repository()[1]}{name.removesuffix(page)}{p}.html" for p in CHAPTERS]:
            yield f"the course has other parts: {parts}"
        if not re.fullmatch(r"PT\d{3}M", data["hasCourseInstance"]["courseWorkload"]):
            yield "the course does not say how long it takes"
    for key, value in wanted.items():
        if data.get(key) != value:
            yield f"{key} is {data.get(key)!r}, not {value!r}"


def read(site, name):
    return (site / f"{name}.html").read_text(encoding="utf-8")


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
    names = [folder + page for folder in SITES for page in [*PAGES, "search", "404"]]
    for seen in (lambda page: page.title.text, lambda page: tag(page, "description")):
        texts = [seen(parsed(site, name)) for name in names]
        assert all(texts) and len(set(texts)) == len(names)


def test_the_first_page_leads_to_the_welcome_page(site):
    for folder, (_language, _locale, title) in SITES.items():
        soup = parsed(site, f"{folder}index")
        assert soup.select_one("meta[http-equiv=refresh]")["content"] == f"0; url={PAGES[0]}.html"
        assert tag(soup, "og:title") == soup.title.text == title


def places(site):
    root = ElementTree.parse(site / "sitemap.xml").getroot()
    return [entry.text for entry in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]


def test_the_sitemap_lists_the_pages_and_nothing_else(site):
    home = repository()[1]
    assert sorted(places(site)) == sorted(f"{home}{f}{page}.html" for f in SITES for page in PAGES)
    robots = (site / "robots.txt").read_text(encoding="utf-8")
    assert f"Sitemap: {home}sitemap.xml" in robots


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
        for link in page.locator("[href]:not([href^=http], [href^='#'])").all():
            target = re.sub(r"[?#].*", "", link.get_attribute("href"))
            assert target.startswith(base), f"{target} is relative"
            assert (site / target.removeprefix(base)).is_file(), f"{target} leads nowhere"
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
    texts = {name for name in files(folder) if name.suffix in {".html", ".xml", ".txt", ".js"}}
    return [n for n in texts for w in words if w in (folder / n).read_text(encoding="utf-8")]


@pytest.mark.full
def test_a_fork_names_itself_and_nobody_else(site, tmp_path):
    build = start(copy(tmp_path / "fork"), COURSE_REPOSITORY="somebody/fork", COURSE_SITE="")
    said, _ = build.communicate()
    assert build.returncode == 0, said
    fork = tmp_path / "fork/_build/html"
    name, address = repository()
    assert telling(fork, [name, address]) == []
    assert len(telling(site, [address])) >= len(PAGES)
    assert len(places(fork)) == len(places(site))
    assert all(place.startswith("https://somebody.github.io/fork/") for place in places(fork))
    assert 'data-content_root="/fork/"' in read(fork, "404")
    buttons = parsed(fork, CHAPTERS[0]).select(".page-links a:not([download])")
    assert len(buttons) == 4 and all("/somebody/fork/" in button["href"] for button in buttons)


@pytest.mark.parametrize(
    "environment, found",
    [
        ({"COURSE_REPOSITORY": "Some/Fork"}, ("Some/Fork", "https://some.github.io/Fork/")),
        (
            {"COURSE_REPOSITORY": "c/d", "GITHUB_REPOSITORY": "a/b"},
            ("c/d", "https://c.github.io/d/"),
        ),
        ({"GITHUB_REPOSITORY": "a/a.github.io"}, ("a/a.github.io", "https://a.github.io/")),
        (
            {"COURSE_REPOSITORY": "a/b", "COURSE_SITE": "https://example.org/c"},
            ("a/b", "https://example.org/c/"),
        ),
        ({"COURSE_REPOSITORY": "https://github.com/a/b"}, None),
        ({"COURSE_SITE": "a.org"}, None),
    ],
)
def test_the_address_comes_from_the_environment(environment, found, monkeypatch):
    for name in ("COURSE_REPOSITORY", "GITHUB_REPOSITORY", "COURSE_SITE"):
        monkeypatch.setenv(name, environment.get(name, ""))
    if found:
        assert repository() == found
    else:
        with pytest.raises(ValueError, match="write it as"):
            repository()


def test_a_description_ends_with_a_sentence():
    assert first_sentences("One. Two.\nThree.", longest=9) == "One. Two."
    assert first_sentences("A long one. Two.", longest=5) == "A long one."
