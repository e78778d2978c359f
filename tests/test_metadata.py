"""What search engines and social networks read: complete, true, and the fork's own on a fork."""

import json
import re
from collections import defaultdict
from functools import cache
from xml.etree import ElementTree

import pytest
import yaml
from lxml.html import document_fromstring
from PIL import Image

from sphinx_extensions.metadata import path_of_site, repository
from tests.test_build import ROOT, build, telling
from tests.test_site import read
from tools.browser import SITE

CONTENTS = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [CONTENTS["root"], *(c["file"] for part in CONTENTS["parts"] for c in part["chapters"])]
CHAPTERS = [page for page in PAGES if (ROOT / f"{page}.ipynb").exists()]
# What a page says of the site, by the folder of its language.
SITES = {
    "": ("en", "en_GB", "Deep learning with Keras"),
    "fr/": ("fr", "fr_FR", "L’apprentissage profond avec Keras"),
}
NAMES = [folder + page for folder in SITES for page in PAGES]
HOME = repository()[1]


@cache
def parsed(name):
    return document_fromstring(read(f"{name}.html"))


def words(tag):
    return " ".join(tag.text_content().split())


def told(page):
    """Return what a page says of itself, by key: lists, in which one thing should stand."""
    found = defaultdict(list)
    for tag in page.iterfind(".//meta[@content]"):
        found[tag.get("name") or tag.get("property")].append(tag.get("content"))
    for link in page.xpath("//link[@rel='canonical' or @hreflang]"):
        found[link.get("hreflang") or "canonical"].append(link.get("href"))
    for script in page.iterfind(".//script[@type='application/ld+json']"):
        for key, value in json.loads(script.text).items():
            found[f"data: {key}"].append(value)
    return found


def faults(name, html):
    """Return what a page should say of itself, and does not."""
    page, found = name.removeprefix("fr/"), told(html)
    folder = name.removesuffix(page)
    language, locale, title = SITES[folder]
    [article] = html.iter("article")
    about = words(article.xpath(".//p[not(@class='eyebrow')]")[0])
    card = SITE / "".join(found["og:image"]).removeprefix(HOME)
    width, height = Image.open(card).size if card.is_file() else (0, 0)
    wanted = {
        "description": about,
        "canonical": f"{HOME}{name}.html",
        "x-default": f"{HOME}{page}.html",
        "en": f"{HOME}{page}.html",
        "fr": f"{HOME}fr/{page}.html",
        "og:title": article.find(".//h1").text.strip(),
        "og:description": about,
        "og:image:alt": about,
        "og:image:width": str(width),
        "og:image:height": str(height),
        "og:url": f"{HOME}{name}.html",
        "og:site_name": title,
        "og:type": "article" if page in CHAPTERS else "website",
        "og:locale": locale,
        "twitter:card": "summary_large_image",
        "data: inLanguage": language,
    }
    if page in CHAPTERS:
        minutes = re.search(r"\b(?:about|environ)\s(\d+)\sminutes", article.text_content())[1]
        goals = article.find(".//ul[@class='simple']").iter("li")
        wanted["data: teaches"] = [words(goal).rstrip(".; ") for goal in goals]
        wanted["data: timeRequired"] = f"PT{minutes}M"
        wanted["data: position"] = CHAPTERS.index(page) + 1
    elif page == PAGES[0]:
        found["parts"] = [[part["url"] for part in found["data: hasPart"][0]]]
        wanted["parts"] = [f"{HOME}{folder}{part}.html" for part in CHAPTERS]
        wanted["data: offers"] = {"@type": "Offer", "category": "Free"}
    kind = "Course" if page == PAGES[0] else "LearningResource" if page in CHAPTERS else "WebPage"
    wanted["data: @type"] = kind
    for key, tag in (("name", "og:title"), ("description", "description"), ("url", "og:url")):
        wanted[f"data: {key}"] = wanted[tag]
    return [f"{name}: {key}: {found[key]}" for key in wanted if found[key] != [wanted[key]]]


@pytest.mark.parametrize("name", NAMES)
def test_each_page_tells_what_it_is(name):
    assert list(faults(name, parsed(name))) == []


@pytest.mark.parametrize("old, new", [
    (r'<meta name="description" content="[^"]*', '<meta name="description" content="Neurons'),
    (r'<link rel="canonical" href="[^"]*">', ""),
    ('hreflang="fr" href="', 'hreflang="fr" href="/'),
    ('property="og:title" content="Neurons"', ""),
    ('(property="og:image" content="[^"]*)_images/social_previews/', r"\1_static/"),
    ('property="og:image:width" content="1146"', 'property="og:image:width" content="1200"'),
    ('"timeRequired": "PT40M"', '"timeRequired": "PT4M"'),
])  # fmt: skip
def test_a_spoiled_page_is_found(old, new):
    spoiled, count = re.subn(old, new, read(f"{CHAPTERS[0]}.html"))
    assert count and list(faults(CHAPTERS[0], document_fromstring(spoiled)))


def test_no_two_pages_have_the_same_title_or_description():
    pages = [parsed(name) for name in [*NAMES, "search", "404", "fr/search", "fr/404"]]
    assert len({page.findtext(".//title") for page in pages}) == len(pages)
    descriptions = [about for page in pages for about in told(page)["description"]]
    assert len(descriptions) == len(set(descriptions)) == len(pages)
    assert [about for about in descriptions if not 30 <= len(about) <= 250] == []


@pytest.mark.parametrize("folder", SITES)
def test_the_first_page_leads_to_the_welcome_page(folder):
    page = parsed(f"{folder}index")
    leads = page.find(".//meta[@http-equiv='refresh']").get("content")
    assert leads == f"0; url={PAGES[0]}.html"
    assert told(page)["og:title"] == [page.findtext(".//title")] == [SITES[folder][2]]


def places(site):
    root = ElementTree.fromstring(read("sitemap.xml", site))
    return sorted(place.text for place in root.iterfind(".//{*}loc"))


def test_the_sitemap_lists_the_pages_and_nothing_else():
    assert places(SITE) == sorted(f"{HOME}{name}.html" for name in NAMES)
    assert f"Sitemap: {HOME}sitemap.xml" in read("robots.txt")


def astray(html):
    """Yield what the page for lost addresses names and is not there, whatever the address."""
    for target in document_fromstring(html).xpath("//@href | //@src | //@action"):
        path = re.sub(r"[?#].*", "", target)
        file = SITE / path.removeprefix(path_of_site())
        if path and not path.startswith("https:"):
            if not path.startswith(path_of_site()) or not file.is_file():
                yield path


@pytest.mark.parametrize("folder", SITES)
def test_the_page_for_lost_addresses_works_at_any_depth(folder):
    html, base = read(f"{folder}404.html"), path_of_site()
    assert list(astray(html)) == []
    assert f'data-content_root="{base}{folder}"' in html  # for what scripts load
    assert len(parsed(f"{folder}404").findall(".//article//li//a")) == 1 + len(CHAPTERS)
    for attribute in ("href", "src", "action"):
        assert list(astray(html.replace(f'{attribute}="{base}', f'{attribute}="')))


# --- another owner -------------------------------------------------------------------------------


@pytest.mark.full
def test_a_fork_names_itself_and_nobody_else(tmp_path):
    fork = build(tmp_path / "fork", COURSE_REPOSITORY="somebody/fork", COURSE_SITE="")
    read_by_browsers = [f"--include=*.{kind}" for kind in ("html", "xml", "txt", "js")]
    assert [telling(fork, word, *read_by_browsers) for word in repository()] == [[], []]
    assert len(telling(SITE, HOME, *read_by_browsers)) >= len(PAGES)
    own = "https://somebody.github.io/fork/"
    assert places(fork) == [place.replace(HOME, own) for place in places(SITE)]
    assert 'data-content_root="/fork/"' in read("404.html", fork)
    [links] = document_fromstring(read(f"{CHAPTERS[0]}.html", fork)).find_class("page-links")
    buttons = links.xpath(".//a[not(@download)]/@href")
    assert len(buttons) == 4 and all("/somebody/fork/" in button for button in buttons)


@pytest.mark.parametrize("course, actions, site, found", [
    ("Some/Fork", "", "", ("Some/Fork", "https://some.github.io/Fork/")),
    ("c/d", "a/b", "", ("c/d", "https://c.github.io/d/")),
    ("", "a/a.github.io", "", ("a/a.github.io", "https://a.github.io/")),
    ("a/b", "", "https://example.org/c", ("a/b", "https://example.org/c/")),
    ("https://github.com/a/b", "", "", None),
    ("", "", "a.org", None),
])  # fmt: skip
def test_the_address_comes_from_the_environment(course, actions, site, found, monkeypatch):
    monkeypatch.setenv("COURSE_REPOSITORY", course)
    monkeypatch.setenv("GITHUB_REPOSITORY", actions)
    monkeypatch.setenv("COURSE_SITE", site)
    if found:
        assert repository() == found
    else:
        with pytest.raises(ValueError, match="write it as"):
            repository()
