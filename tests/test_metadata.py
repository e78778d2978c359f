"""What search engines and social networks read: complete, true, and the fork's own on a fork."""

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
# What, replaced in the first chapter's HTML, is a fault that is found.
SPOILED = [
    (r'<meta name="description" content="[^"]*', '<meta name="description" content="Neurons'),
    (r'<link rel="canonical" href="[^"]*">', ""),
    ('property="og:title" content="Neurons"', ""),
    ('(property="og:image" content="[^"]*)_images/social_previews/', r"\1_static/"),
    ('property="og:image:width" content="1146"', 'property="og:image:width" content="1200"'),
    ('"timeRequired": "PT40M"', '"timeRequired": "PT4M"'),
]


@pytest.fixture(scope="module")
def site():
    assert (SITE / "index.html").exists(), "There is no site to test: type make book."
    return SITE


def tag(soup, key):
    found = soup.select(f'meta[name="{key}"], meta[property="{key}"]')
    return found[0]["content"] if len(found) == 1 else None


def tags_wanted(name, soup, site):
    """Yield what a page has to say of itself, and whether it does, as pairs that are equal."""
    home, page = repository()[1], name.removeprefix("fr/")
    _language, locale, title = SITES[name.removesuffix(page)]
    about, address = tag(soup, "description") or "", f"{home}{name}.html"
    yield " ".join(about.split()), first_sentences(soup.article.select_one("p:not(.eyebrow)").text)
    yield 40 <= len(about) <= 250 and about[-1] in ".!?", True
    yield [link["href"] for link in soup.select('link[rel="canonical"]')], [address]
    yield tag(soup, "og:title"), soup.article.h1.find(string=True).strip()
    yield tag(soup, "og:description"), about
    yield tag(soup, "og:image:alt"), about
    yield tag(soup, "og:url"), address
    yield tag(soup, "og:site_name"), title
    yield tag(soup, "og:type"), "article" if page in CHAPTERS else "website"
    yield tag(soup, "og:locale"), locale
    yield tag(soup, "twitter:card"), "summary_large_image"
    card = site / (tag(soup, "og:image") or "").removeprefix(home)
    sizes = [tag(soup, f"og:image:{side}") for side in ("width", "height")]
    yield sizes, [str(side) for side in Image.open(card).size] if card.is_file() else card


def data_wanted(name, soup):
    """Yield the same of what schema.org has words for."""
    [script] = soup.select('script[type="application/ld+json"]')
    data, page = json.loads(script.string), name.removeprefix("fr/")
    yield data["name"], tag(soup, "og:title")
    yield data["description"], tag(soup, "description")
    yield data["url"], tag(soup, "og:url")
    yield data["inLanguage"], SITES[name.removesuffix(page)][0]
    if page in CHAPTERS:
        minutes = re.search(r"\b(?:about|environ)\s(\d+)\sminutes", soup.article.text)[1]
        yield data["@type"], "LearningResource"
        yield data["timeRequired"], f"PT{minutes}M"
        yield data["position"], CHAPTERS.index(page) + 1
        yield data["isPartOf"]["@type"], "Course"
        goals = [" ".join(g.text.split()) for g in soup.select(".page-links ~ ul.simple")[0]("li")]
        yield data["teaches"], [goal.rstrip(".; ") for goal in goals]
    elif page == PAGES[0]:
        home = repository()[1] + name.removesuffix(page)
        yield data["@type"], "Course"
        yield data["provider"]["url"], home
        yield data["offers"]["category"], "Free"
        yield [part["url"] for part in data["hasPart"]], [f"{home}{page}.html" for page in CHAPTERS]
        yield bool(re.fullmatch(r"PT\d{3}M", data["hasCourseInstance"]["courseWorkload"])), True
    else:
        yield data["@type"], "WebPage"


def faults(name, soup, site):
    pairs = [*tags_wanted(name, soup, site), *data_wanted(name, soup)]
    return [f"{name}: {said!r} is not {wanted!r}" for said, wanted in pairs if said != wanted]


def read(site, name):
    return (site / f"{name}.html").read_text(encoding="utf-8")


@cache
def parsed(site, name):
    return BeautifulSoup(read(site, name), "html.parser")


def test_each_page_tells_what_it_is(site):
    for name in [folder + page for folder in SITES for page in PAGES]:
        assert faults(name, parsed(site, name), site) == []


@pytest.mark.parametrize("old, new", SPOILED)
def test_a_spoiled_page_is_found(old, new, site):
    spoiled, count = re.subn(old, new, read(site, CHAPTERS[0]))
    assert count and faults(CHAPTERS[0], BeautifulSoup(spoiled, "html.parser"), site)


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
