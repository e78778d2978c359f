"""The site in its languages: equal pages, each in one language, a switch between them, and a third.

What French text has to keep stands in test_french.py; here it is the built pages.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import polib
import pytest
from bs4 import BeautifulSoup, NavigableString, SoupStrainer
from playwright.sync_api import TimeoutError

from sphinx_extensions.metadata import repository
from tests.spelling import is_french, words
from tests.test_french import CATALOGUES, ROOT, SOURCES, prose
from tools.browser import SITE, Host, browser, served

PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.glob("chapters/*.html"))
ALL = [*PAGES, "search.html", "404.html"]
PARTS = "h1, h2, h3, h4, img, math, div.cell, table, details, pre, a"


def parts(html):
    article = BeautifulSoup(html, "html.parser", parse_only=SoupStrainer("article"))
    ids = {section["id"] for section in article.select("section[id]")}
    return Counter(tag.name for tag in article.select(PARTS)), ids


def pages(folder):
    return {path.relative_to(folder).as_posix() for path in folder.glob("**/*.html")}


def only_in_one(site):
    """The pages that one language has and the other has not."""
    english = {name for name in pages(site) if not name.startswith("fr/")}
    return english ^ pages(site / "fr")


def test_both_languages_have_the_same_pages():
    assert set(ALL) <= pages(SITE) and only_in_one(SITE) == set()


@pytest.mark.parametrize("lost", ["chapters/a.html", "fr/chapters/a.html"])
def test_a_page_that_one_language_lacks_is_found(tmp_path, lost):
    for name in {"chapters/a.html", "fr/chapters/a.html", "b.html", "fr/b.html"} - {lost}:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert only_in_one(tmp_path) == {"chapters/a.html"}


@pytest.mark.parametrize("name", PAGES)
def test_both_pages_have_the_same_parts_and_places(name):
    assert parts((SITE / "fr" / name).read_text()) == parts((SITE / name).read_text())


@pytest.mark.parametrize("old, new", [
    ("<h1", "<p"), ("<img", "<b"), ("<math", "<b"), ('<section id="recap"', '<section id="bilan"'),
    ('class="cell ', 'class="'), ("<pre", "<p"), ("<details", "<div"),
    ('<a class="ref', '<b class="'),
])  # fmt: skip
def test_a_part_that_is_lost_is_found(old, new):
    page = (SITE / "fr/chapters/02-deep-networks.html").read_text()
    before, article = page.split("<article", 1)
    assert old in article
    assert parts(f"{before}<article{article.replace(old, new, 1)}") != parts(page)


NOTEBOOKS = [path for path in SOURCES if path.suffix == ".ipynb"]


def to_run(notebook):
    """What a notebook runs and has put out: for each cell of Markdown None."""
    return [
        (cell["source"], cell["outputs"]) if cell["cell_type"] == "code" else None
        for cell in json.loads(notebook)["cells"]
    ]


@pytest.mark.parametrize("source", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_keeps_its_code_and_outputs(source):
    kept = SITE / f"fr/_sources/chapters/{source.name}"
    assert to_run(kept.read_text()) == to_run(source.read_text())


@pytest.mark.parametrize("old, new", [
    ('"def ', '"de '), ("# @title The", "# @title Le"), ('"text": [', '"text": ["un ",'),
    ('"image/png": "', '"image/png": "A'), ('"cell_type": "code"', '"cell_type": "markdown"'),
])  # fmt: skip
def test_code_or_output_that_changed_is_found(old, new):
    source = NOTEBOOKS[1].read_text()
    assert old in source and to_run(source.replace(old, new, 1)) != to_run(source)


# --- one page, one language ----------------------------------------------------------------------

INLINE = {"a", "abbr", "b", "code", "em", "i", "kbd", "small", "strong", "sub", "sup"}
# Code, outputs, formulas, English terms in italics, titles of papers.
APART = "style, pre, code, math, svg, em, kbd, .output, .citation"
ATTRIBUTES = ("alt", "aria-label", "data-label", "placeholder", "title")
META = re.compile(r"description|og:(title|description|image:alt|site_name)")
ENGLISH = set(
    "all an and are at by can do does each from has have how is it its most no not of one only "
    "than that the their there they this to two we what when which with you".split()
)
FRENCH = set(
    "au aux avec ce ces cette dans de des du elle en est et il la le les ne nous par pas pour "
    "que qui sa se ses son sont sur un une vous".split()
)
FRENCH_SIGN = re.compile(r"[àâçéèêëîïôùûœÀÉŒ]|^(qu|[cdjlns])[’'](?!s\b)", re.I)


def texts(html):
    """Everything that a page says: to readers, to those who hear it, to search engines."""
    soup = BeautifulSoup(html, "html.parser")
    for tag in soup.select('script[type="application/ld+json"]'):
        data = json.loads(tag.string)
        yield from [data["name"], data["description"], *data.get("teaches", [])]
    for tag in soup.select(f"script, {APART}"):
        tag.decompose()
    for tag in soup.select("li a.external"):  # a paper, after its authors
        for before in list(tag.previous_siblings):
            before.extract()
        tag.decompose()
    for tag in soup.select("[lang]:not(html)"):  # the switch
        tag.decompose()
    for tag in soup.find_all(True):
        yield from (tag[name] for name in ATTRIBUTES if tag.get(name))
        if META.fullmatch(tag.get("name") or tag.get("property") or ""):
            yield tag.get("content") or ""
    blocks = {}
    for text in soup.find_all(string=lambda text: type(text) is NavigableString):
        block = text.parent
        while block.name in INLINE:
            block = block.parent
        blocks.setdefault(id(block), []).append(text)
    for block in blocks.values():
        yield " ".join("".join(block).split())


def sentences(text):
    return [part for part in re.split(r"(?<=[.!?:;…])\s+", text) if part]


@cache
def lower_case():
    """The words that the English course writes in lower case somewhere: no names."""
    messages = " ".join(prose(entry.msgid) for path in CATALOGUES for entry in polib.pofile(path))
    return set(re.findall(r"\b[a-z]+\b", messages))


def judged(sentence):
    """The words of a sentence that tell its language: no names, abbreviations, quotes."""
    sentence = re.sub(r"«[^»]*»|\([^)]*\)|[\w-]+\.\w+", " ", sentence)
    for place, word in enumerate(words(sentence)):
        small = word[1:].islower() and (place == 0 or word[0].islower())
        if small and (word[0].islower() or is_french(word.lower()) or word.lower() in lower_case()):
            yield word.lower()


def english_in(text):
    """The sentences of a text that are English: a third of the words, or more, are not French."""
    for sentence in sentences(text):
        found = list(judged(sentence))
        foreign = [word for word in found if word in ENGLISH or not is_french(word)]
        if found and len(foreign) >= len(found) / 3:
            yield sentence


def french_in(text):
    """The sentences of a text with a French word in them: a small one, or one with an accent."""
    for sentence in sentences(text):
        if any(word.lower() in FRENCH or FRENCH_SIGN.search(word) for word in words(sentence)):
            yield sentence


def foreign(said, finder):
    return sorted({sentence for text in said for sentence in finder(text)})


@cache
def said_on(name):
    return list(texts((SITE / name).read_text()))


@pytest.mark.parametrize("name", ALL)
def test_each_page_speaks_one_language(name):
    assert foreign(said_on(f"fr/{name}"), english_in) == []
    assert foreign(said_on(name), french_in) == []


def test_nearly_every_sentence_of_the_other_language_would_be_found():
    for folder, finder in (("", english_in), ("fr/", french_in)):
        pages = [said_on(folder + name) for name in PAGES[:5]]
        found = [part for said in pages for text in said for part in sentences(text)]
        found = [part for part in found if len(list(judged(part))) > 2]
        assert len(found) > 500
        assert sum(bool(list(finder(part))) for part in found) > 0.97 * len(found)


@pytest.mark.parametrize("folder, old, new", [
    ("fr/", "Aller au contenu", "Skip to content"),
    ("fr/", 'aria-label="Rechercher"', 'aria-label="Search"'),
    ("fr/", 'alt="', 'alt="A neuron with three inputs. '),
    ("fr/", 'name="description" content="', 'name="description" content="A neuron draws a line. '),
    ("fr/", "</p>", " The weights are found by training.</p>"),
    ("fr/", "Suivant", "Next"),
    ("fr/", ">Sur cette page<", ">On this page<"),
    ("", 'aria-label="Search"', 'aria-label="Rechercher les mots"'),
    ("", 'alt="', 'alt="Un neurone à trois entrées. '),
    ("", "</p>", " Les poids viennent de l’entraînement.</p>"),
    ("", "Next<", "À suivre<"),
    ("", "made of o", "une made of o"),
    ("", "artificial neuron by hand", "artificial neuron à la main"),
    ("", "</p>", " The bias is the value, et the weights are the slope of a line.</p>"),
])  # fmt: skip
def test_a_word_of_the_other_language_is_found(folder, old, new):
    page = (SITE / folder / "chapters/01-neurons.html").read_text()
    assert old in page
    assert foreign(texts(page.replace(old, new, 1)), english_in if folder else french_in)


# --- the switch and the search, in a browser -----------------------------------------------------

EXPLORABLES = [name for name in PAGES if "<course-" in (SITE / name).read_text()]


@pytest.fixture(scope="module")
def chrome():
    with browser() as opened, served() as address:
        page = opened.new_page()
        page.route(re.compile(r"\.(webp|png|woff2)$"), lambda route: route.abort())
        go(page, address + PAGES[0])
        yield page, address


def go(page, address):
    page.goto(address, wait_until="domcontentloaded")  # the scripts, too, have run then


def switch(page, address, seconds=30):
    """Click the switch, which leads to `address`."""
    page.locator("a.language:visible").click(timeout=1000 * seconds)
    page.wait_for_url(address, wait_until="domcontentloaded", timeout=1000 * seconds)
    language = "fr" if "/fr/" in page.url else "en"
    assert page.evaluate("document.documentElement.lang") == language


@pytest.mark.parametrize("name", [*PAGES, "search.html?q=batch"])
def test_the_switch_leads_to_the_same_page(name, chrome):
    page, address = chrome
    go(page, address + name)
    switch(page, re.compile(re.escape(f"{address}fr/{name}") + "(#|$)"))
    switch(page, re.compile(re.escape(address + name) + "(#|$)"))


def test_the_switch_works_where_there_is_no_page(chrome):
    page, address = chrome
    go(page, f"{address}no/such/page.html")
    switch(page, re.compile(r".*/fr/404\.html"))
    assert page.locator("h1").text_content() == "Cette page n’est pas ici"
    switch(page, re.compile(r".*(?<!fr)/404\.html"))


def test_an_unknown_french_address_is_answered_in_french(chrome):
    page, address = chrome
    published = address + Host.base[1:]
    go(page, f"{published}fr/no/such/page.html")
    page.wait_for_url(f"{published}fr/404.html", wait_until="domcontentloaded")
    assert page.evaluate("document.documentElement.lang") == "fr"


def test_the_switch_works_on_a_phone(chrome):
    page, address = chrome
    page.set_viewport_size({"width": 390, "height": 800})
    go(page, address + PAGES[0])
    switch(page, re.compile(re.escape(f"{address}fr/{PAGES[0]}")))
    page.set_viewport_size({"width": 1280, "height": 720})


def test_the_switch_keeps_the_place_and_is_remembered(chrome):
    page, address = chrome
    go(page, f"{address}chapters/05-backpropagation.html#recap")
    switch(page, f"{address}fr/chapters/05-backpropagation.html#recap")
    go(page, address)
    page.wait_for_url(f"{address}fr/chapters/index.html", wait_until="domcontentloaded")
    switch(page, re.compile(re.escape(f"{address}chapters/index.html")))
    go(page, address)
    page.wait_for_url(f"{address}chapters/index.html", wait_until="domcontentloaded")


@contextmanager
def spoiled(page, address, old, new):
    """`page` gets the file at `address` with another text in it."""

    def answer(route):
        response = route.fetch()
        assert old in response.text()
        route.fulfill(response=response, body=response.text().replace(old, new))

    page.route(pattern := re.compile(re.escape(address) + r"($|\?)"), answer)
    yield
    page.unroute(pattern)


@pytest.mark.parametrize("folder, old, new", [
    ("", 'href="../fr/chapters/02-', 'href="../fr/chapters/03-'),
    ("", 'class="language"', 'class="tongue"'),
    ("fr/", 'lang="fr" data-content_root', 'lang="en" data-content_root'),
])  # fmt: skip
def test_a_switch_that_leads_elsewhere_is_found(folder, old, new, chrome):
    page, address = chrome
    name = "chapters/02-deep-networks.html"
    with spoiled(page, f"{address}{folder}{name}", old, new):
        go(page, address + name)
        with pytest.raises((TimeoutError, AssertionError)):
            switch(page, f"{address}fr/{name}", seconds=2)


def test_a_choice_that_is_not_kept_is_found(chrome):
    page, address = chrome
    go(page, address + PAGES[0])
    page.evaluate("localStorage.clear()")
    with spoiled(page, f"{address}_static/site.js", "localStorage.setItem", "String"):
        go(page, address + PAGES[0])
        switch(page, re.compile(re.escape(f"{address}fr/{PAGES[0]}")))
    go(page, address)
    page.wait_for_url(f"{address}chapters/index.html", wait_until="domcontentloaded")


@pytest.mark.parametrize("name", EXPLORABLES)
def test_what_a_script_writes_is_in_the_language_of_the_page(name, chrome):
    page, address = chrome
    for folder, finder in (("fr/", english_in), ("", french_in)):
        go(page, address + folder + name)
        page.wait_for_selector(".explorable button", state="attached")
        said = list(texts(page.locator(".explorable").evaluate("part => part.outerHTML")))
        assert len(said) > 10 and foreign(said, finder) == []
    assert foreign(said, english_in)


@pytest.mark.parametrize("words", ["reseau", "réseaux", "neurone", "entrainer", "epoq"])
def test_search_finds_french_words_with_and_without_accents(words, chrome):
    page, address = chrome
    go(page, f"{address}fr/search.html?q={words}")
    page.wait_for_selector(".search-results mark")
    assert page.locator(".search-results li").count() > 3


def test_a_search_that_needs_the_accents_is_found(chrome):
    page, address = chrome  # four letters: with more, one slip is forgiven
    with spoiled(page, f"{address}fr/_static/site.js", '.normalize("NFD")', ""):
        go(page, f"{address}fr/search.html?q=epoq")
        page.wait_for_function("document.querySelector('.search-results').textContent.trim()")
        assert page.locator(".search-results mark").count() == 0


# --- a third language ----------------------------------------------------------------------------

WELCOME = """# Welcome

This sentence is translated, and this one goes with it.

See [one neuron](01-one.ipynb).

Nobody has translated this one.
"""
CHAPTER = """# One neuron

What one neuron computes, told in a sentence of some length.

**You will be able to**

- add;

**Time:** about 5 minutes.
"""
WORDS = {
    "course": {"Search": "Serĉi", "This page is not here": "Tiu paĝo ne estas ĉi tie"},
    "chapters/index": {
        "Welcome": "Bonvenon",
        "This sentence is translated, and this one goes with it.": "Tiu frazo estas tradukita.",
    },
    "chapters/01-one": {"One neuron": "Unu neŭrono"},
}


@pytest.fixture(scope="module")
def third(tmp_path_factory):
    """A small course with the site's own machinery, to which Esperanto has been added."""
    root = tmp_path_factory.mktemp("third")
    for name in ("assets", "sphinx_extensions", "tools", "_config.yml", "CITATION.cff"):
        (root / name).symlink_to(ROOT / name)
    line = re.search(r"^ *course_languages: \{.*(?=\})", (ROOT / "_config.yml").read_text(), re.M)[
        0
    ]
    (root / "_config.yml").unlink()
    config = (ROOT / "_config.yml").read_text().replace(line, line + ", eo: Esperanto")
    (root / "_config.yml").write_text(config)  # one line …
    for name, messages in WORDS.items():  # … and one folder
        path = root / f"locales/eo/LC_MESSAGES/{name}.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        catalogue = polib.POFile()
        catalogue.metadata = {"Content-Type": "text/plain; charset=utf-8", "Language": "eo"}
        catalogue.extend(polib.POEntry(msgid=old, msgstr=new) for old, new in messages.items())
        catalogue.save(str(path))
    (root / "_toc.yml").write_text(
        "format: jb-book\nroot: chapters/index\nchapters:\n  - file: chapters/01-one\n"
    )
    (root / "chapters").mkdir()
    (root / "chapters/index.md").write_text(WELCOME)
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": CHAPTER}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (root / "chapters/01-one.ipynb").write_text(json.dumps(notebook))
    make_book(root)
    return root / "_build/html"


def make_book(root):
    for command in (
        [Path(sys.prefix, "bin/jupyter-book"), "build", ".", "-W", "-n", "--quiet"],
        [sys.executable, "-m", "tools.translate", "build"],
    ):
        done = subprocess.run(command, cwd=root, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_third_language_is_one_folder_and_one_line(third):
    page = (third / "eo/chapters/index.html").read_text()
    soup = BeautifulSoup(page, "html.parser")
    assert soup.html["lang"] == "eo" and soup.h1.find(string=True) == "Bonvenon"
    assert "Tiu frazo estas tradukita." in page and "This sentence is translated" not in page
    assert "Nobody has translated this one." in page  # what is not translated stays English
    assert soup.select_one(".sidebar-search")["placeholder"] == "Serĉi"
    assert "Unu neŭrono" in soup.select_one(".sidebar-tree").text
    notebook = (third / "eo/_sources/chapters/01-one.ipynb").read_text()
    assert "# Unu neŭrono" in notebook
    assert "Tiu paĝo ne estas ĉi tie" in (third / "eo/404.html").read_text()


def test_all_languages_are_offered_on_each_page_and_to_search_engines(third):
    languages, site = {"en": "", "fr": "fr/", "eo": "eo/"}, repository()[1]
    for own, folder in languages.items():
        for name in ("chapters/index", "chapters/01-one", "search", "404"):
            path = third / f"{folder}{name}.html"
            soup = BeautifulSoup(path.read_text(), "html.parser")
            switch = {tag["hreflang"]: tag["href"] for tag in soup.select("a.language")}
            assert switch.keys() == languages.keys() - {own}
            for language, link in switch.items():
                if name != "404":
                    target = Path(os.path.normpath(path.parent / link))
                    assert target == third / f"{languages[language]}{name}.html"
                    assert target.exists()
        for name in ("chapters/index", "chapters/01-one"):
            soup = BeautifulSoup((third / f"{folder}{name}.html").read_text(), "html.parser")
            linked = {tag["hreflang"]: tag["href"] for tag in soup.select("link[hreflang]")}
            assert linked == {
                language: f"{site}{other}{name}.html"
                for language, other in (languages | {"x-default": ""}).items()
            }
    places = ElementTree.parse(third / "sitemap.xml").findall(".//{*}loc")
    assert len(places := {place.text for place in places}) == 6
    assert f"{site}eo/chapters/01-one.html" in places
    assert 'data-languages="fr eo"' in (third / "index.html").read_text()


def test_a_changed_sentence_is_built_again_without_its_neighbours(third):
    root = third.parent.parent
    source, other = root / "chapters/index.md", third / "chapters/01-one.html"
    before = other.stat().st_mtime_ns
    source.write_text(source.read_text() + "\nOne sentence more.\n")
    make_book(root)
    for folder in ("", "fr/", "eo/"):
        assert "One sentence more." in (third / f"{folder}chapters/index.html").read_text()
    assert other.stat().st_mtime_ns == before


def test_the_catalogues_are_refreshed_and_what_is_new_is_listed(third):
    root = third.parent.parent
    path = root / "locales/eo/LC_MESSAGES/chapters/index.po"
    command = [sys.executable, "-m", "tools.translate"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    catalogue = polib.pofile(path)
    new = catalogue.find("Nobody has translated this one.")
    place = f"{path.relative_to(root)}:{new.linenum}: not translated (chapters/index.md:"
    assert any(line.startswith(place) for line in done.stdout.splitlines())
    assert catalogue.find("Welcome").msgstr == "Bonvenon"  # what is translated is kept
    assert not catalogue.obsolete_entries()
