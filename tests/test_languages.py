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
from itertools import product
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup, NavigableString, SoupStrainer
from playwright.sync_api import TimeoutError

from sphinx_extensions.metadata import repository
from tests.spelling import is_french, words
from tests.test_french import ALL as MESSAGES
from tests.test_french import prose
from tools.browser import SITE, Host, browser, served
from tools.translate import ROOT, sources, translate_source

PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.glob("chapters/*.html"))
ALL = [*PAGES, "search.html", "404.html"]
CHAPTER = "chapters/05-backpropagation.html"
PARTS = "h1, h2, h3, h4, img, math, div.cell, table, details, pre, a"


def read(name):
    return (SITE / name).read_text(encoding="utf-8")


def some(names, *few):
    """All names as parameters, of which `make test` takes a few."""
    full = pytest.mark.full
    return [pytest.param(name, marks=() if name in few else full) for name in names]


# --- the same in both languages ------------------------------------------------------------------


def parts(html):
    """What a page has in both languages: kinds of parts, places, and where its links lead.

    A translation keeps the order of links, so that none leads where another should.
    """
    article = BeautifulSoup(html, "html.parser", parse_only=SoupStrainer("article"))
    places = [section["id"] for section in article.select("section[id]")]
    links = "\n".join(link["href"] for link in article.select("a[href]"))
    links = links.replace("/blob/fr/", "/blob/main/").replace("/fr?", "/main?").replace("/fr/", "/")
    return Counter(tag.name for tag in article.select(PARTS)), places, links


def test_both_languages_have_the_same_pages():
    pages = {path.relative_to(SITE).as_posix() for path in SITE.glob("**/*.html")}
    french = {name[3:] for name in pages if name.startswith("fr/")}
    assert set(ALL) <= french == {name for name in pages if not name.startswith("fr/")}


@pytest.mark.parametrize("name", PAGES)
def test_both_pages_have_the_same_parts_and_places_and_lead_to_the_same(name):
    assert parts(read(f"fr/{name}")) == parts(read(name))


@pytest.mark.parametrize("old, new", [
    ("<h1", "<p"), ("<img", "<b"), ("<math", "<b"), ('<section id="recap"', '<section id="bilan"'),
    ('class="cell ', 'class="'), ("<pre", "<p"), ("<details", "<div"),
    ('<a class="ref', '<b class="'), ("glossary.html#weight", "glossary.html#adam"),
])  # fmt: skip
def test_a_part_that_is_lost_or_a_link_that_leads_elsewhere_is_found(old, new):
    before, article = read("fr/chapters/02-deep-networks.html").split("<article", 1)
    assert old in article
    wrong = f"{before}<article{article.replace(old, new, 1)}"
    assert parts(wrong) != parts(read("chapters/02-deep-networks.html"))


def to_run(notebook):
    """What a notebook runs and has put out: for each cell of Markdown None."""
    return [
        (cell["source"], cell["outputs"]) if cell["cell_type"] == "code" else None
        for cell in json.loads(notebook)["cells"]
    ]


NOTEBOOKS = [path for path in sources().values() if path.suffix == ".ipynb"]


@pytest.mark.parametrize("source", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_keeps_its_code_and_outputs(source):
    text = source.read_text(encoding="utf-8")
    assert to_run(read(f"fr/_sources/chapters/{source.name}")) == to_run(text)


@pytest.mark.parametrize("old, new", [
    ('"def ', '"de '), ("# @title The", "# @title Le"), ('"text": [', '"text": ["un ",'),
    ('"image/png": "', '"image/png": "A'), ('"cell_type": "code"', '"cell_type": "markdown"'),
])  # fmt: skip
def test_code_or_output_that_changed_is_found(old, new):
    source = NOTEBOOKS[1].read_text(encoding="utf-8")
    assert old in source and to_run(source.replace(old, new, 1)) != to_run(source)


def test_markdown_keeps_its_lines_and_its_parts():
    """Hard line breaks stay, written either way; soft ones do not; | is escaped in tables."""
    source = (
        "# A `b`\n\n- one  \n  two\\\n  three\n  four\n\n| a | b |\n|---|---|\n| x | x \\| y |\n"
    )
    translation = {"one\\\ntwo\\\nthree four": "un\\\ndeux\\\ntrois", "x | y": "ou | non"}
    text, titles = translate_source(source, lambda message, _: translation.get(message, message))
    assert "- un\\\ndeux\\\ntrois\n\n|" in text and "| x | ou \\| non |" in text
    assert titles == [("A b", "A b")]


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
# The words that the English course writes in lower case somewhere: no names.
LOWER_CASE = {w for _, text, _ in MESSAGES for w in re.findall(r"\b[a-z]+\b", prose(text))}


def texts(html):
    """Everything that a page says: to readers, to those who hear it, to search engines."""
    soup = BeautifulSoup(html, "html.parser")
    for tag in soup.select('script[type="application/ld+json"]'):
        data = json.loads(tag.string)
        yield from [data["name"], data["description"], *data.get("teaches", [])]
    for tag in soup.select("li a.external"):  # a paper, after its authors
        for before in list(tag.previous_siblings):
            before.extract()
    for tag in soup.select(f"script, li a.external, [lang]:not(html), {APART}"):  # the switch
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
    yield from (" ".join("".join(block).split()) for block in blocks.values())


def sentences(text):
    return [part for part in re.split(r"(?<=[.!?:;…])\s+", text) if part]


def judged(sentence):
    """The words of a sentence that tell its language: no names, abbreviations, quotes."""
    sentence = re.sub(r"«[^»]*»|\([^)]*\)|[\w-]+\.\w+", " ", sentence)
    for place, word in enumerate(words(sentence)):
        small = word[1:].islower() and (place == 0 or word[0].islower())
        if small and (word[0].islower() or is_french(word.lower()) or word.lower() in LOWER_CASE):
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
    return list(texts(read(name)))


@pytest.mark.parametrize("name", ALL)
def test_each_page_speaks_one_language(name):
    assert foreign(said_on(f"fr/{name}"), english_in) == []
    assert foreign(said_on(name), french_in) == []


def test_nearly_every_sentence_of_the_other_language_would_be_found():
    for folder, finder in (("", english_in), ("fr/", french_in)):
        said = [text for name in PAGES[:5] for text in said_on(folder + name)]
        found = [part for text in said for part in sentences(text) if len(list(judged(part))) > 2]
        assert len(found) > 500
        assert sum(bool(list(finder(part))) for part in found) > 0.97 * len(found)


@pytest.mark.parametrize("folder, old, new", [
    ("fr/", "Aller au contenu", "Skip to content"),
    ("fr/", 'aria-label="Rechercher"', 'aria-label="Search"'),
    ("fr/", 'alt="', 'alt="A neuron with three inputs. '),
    ("fr/", 'name="description" content="', 'name="description" content="A neuron draws a line. '),
    ("fr/", "</p>", " The weights are found by training.</p>"),
    ("fr/", "Suivant", "Next"),
    ("", 'aria-label="Search"', 'aria-label="Rechercher les mots"'),
    ("", 'alt="', 'alt="Un neurone à trois entrées. '),
    ("", "</p>", " Les poids viennent de l’entraînement.</p>"),
    ("", "Next<", "À suivre<"),
    ("", "made of o", "une made of o"),
    ("", "</p>", " The bias is the value, et the weights are the slope of a line.</p>"),
])  # fmt: skip
def test_a_word_of_the_other_language_is_found(folder, old, new):
    page = read(f"{folder}chapters/01-neurons.html")
    assert old in page
    assert foreign(texts(page.replace(old, new, 1)), english_in if folder else french_in)


# --- the switch and the search, in a browser -----------------------------------------------------


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
    """Click the switch, which leads to `address`, with a place in it or without."""
    page.locator("a.language:visible").click(timeout=1000 * seconds)
    pattern = re.compile(re.escape(address) + "(#|$)")
    page.wait_for_url(pattern, wait_until="domcontentloaded", timeout=1000 * seconds)
    language = "fr" if "/fr/" in page.url else "en"
    assert page.evaluate("document.documentElement.lang") == language


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", some([*PAGES, "search.html?q=batch"], CHAPTER))
def test_the_switch_leads_to_the_same_page(name, width, chrome):
    page, address = chrome
    page.set_viewport_size({"width": width, "height": 800})
    go(page, address + name)
    switch(page, f"{address}fr/{name}")
    switch(page, address + name)


def test_the_switch_keeps_the_place_and_is_remembered(chrome):
    page, address = chrome
    go(page, f"{address}{CHAPTER}#recap")
    switch(page, f"{address}fr/{CHAPTER}#recap")
    go(page, address)
    page.wait_for_url(f"{address}fr/chapters/index.html", wait_until="domcontentloaded")
    switch(page, f"{address}chapters/index.html")
    go(page, address)
    page.wait_for_url(f"{address}chapters/index.html", wait_until="domcontentloaded")


def test_an_unknown_address_is_answered_in_its_language(chrome):
    page, address = chrome
    published = address + Host.base[1:]
    go(page, f"{published}no/such/page.html")
    switch(page, f"{published}fr/404.html")
    assert page.locator("h1").text_content() == "Cette page n’est pas ici"
    go(page, f"{published}fr/no/such/page.html")
    page.wait_for_url(f"{published}fr/404.html", wait_until="domcontentloaded")
    switch(page, f"{published}404.html")


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
    ("", 'href="../fr/chapters/05-', 'href="../fr/chapters/03-'),
    ("", 'class="language"', 'class="tongue"'),
    ("fr/", 'lang="fr" data-content_root', 'lang="en" data-content_root'),
])  # fmt: skip
@pytest.mark.full
def test_a_switch_that_leads_elsewhere_is_found(folder, old, new, chrome):
    page, address = chrome
    with spoiled(page, f"{address}{folder}{CHAPTER}", old, new):
        go(page, address + CHAPTER)
        with pytest.raises((TimeoutError, AssertionError)):
            switch(page, f"{address}fr/{CHAPTER}", seconds=2)


@pytest.mark.full
def test_a_choice_that_is_not_kept_is_found(chrome):
    page, address = chrome
    go(page, address + CHAPTER)
    page.evaluate("localStorage.clear()")
    with spoiled(page, f"{address}_static/site.js", "localStorage.setItem", "String"):
        go(page, address + CHAPTER)
        switch(page, f"{address}fr/{CHAPTER}")
    go(page, address)
    page.wait_for_url(f"{address}chapters/index.html", wait_until="domcontentloaded")


@pytest.mark.parametrize(
    "name", some([name for name in PAGES if "<course-" in read(name)], CHAPTER)
)
def test_what_a_script_writes_is_in_the_language_of_the_page(name, chrome):
    page, address = chrome
    for folder, finder in (("fr/", english_in), ("", french_in)):
        go(page, address + folder + name)
        page.wait_for_selector(".explorable button", state="attached")
        said = list(texts(page.locator(".explorable").evaluate("part => part.outerHTML")))
        assert len(said) > 10 and foreign(said, finder) == []
    assert foreign(said, english_in)


@pytest.mark.parametrize("query", some(["reseau", "réseaux", "entrainer", "epoq"], "epoq"))
def test_search_finds_french_words_with_and_without_accents(query, chrome):
    page, address = chrome
    go(page, f"{address}fr/search.html?q={query}")
    page.wait_for_selector(".search-results mark")
    assert page.locator(".search-results li").count() > 3


@pytest.mark.full
def test_a_search_that_needs_the_accents_is_found(chrome):
    page, address = chrome  # four letters: with more, one slip is forgiven
    with spoiled(page, f"{address}fr/_static/site.js", '.normalize("NFD")', ""):
        go(page, f"{address}fr/search.html?q=epoq")
        page.wait_for_function("document.querySelector('.search-results').textContent.trim()")
        assert page.locator(".search-results mark").count() == 0


# --- a third language ----------------------------------------------------------------------------

WELCOME = (
    "# Welcome\n\nOne sentence.\n\nSee [one](01-one.ipynb#recap).\n\nNobody translated this one.\n"
)
ONE = "# One\n\nOne more.\n\n**Goals**\n\n- add;\n\n**Time:** about 5 minutes.\n\n## Recap"
ESPERANTO = {
    "course": {"Search": "Serĉi", "This page is not here": "Tiu paĝo ne estas ĉi tie"},
    "chapters/index": {"Welcome": "Bonvenon", "One sentence.": "Unu frazo."},
    "chapters/01-one": {"One": "Unu neŭrono", "Recap": "Resumo"},
}


def make(root, module):
    """Run a tool of the course, from a locale that knows only ASCII; return what it has said."""
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command, settings = [sys.executable, "-m", module], {"encoding": "utf-8", "errors": "replace"}
    done = subprocess.run(
        command, cwd=root, env=os.environ | locale, capture_output=True, **settings
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def third(tmp_path_factory):
    """A small course with the site's own machinery, to which Esperanto has been added."""
    root = tmp_path_factory.mktemp("tria lingvo é")
    for name in ("assets", "sphinx_extensions", "tools", "CITATION.cff", "LICENSE"):
        (root / name).symlink_to(ROOT / name)
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    config, changes = re.subn(
        "(course_languages: {.*)}", r"\1, eo: Esperanto}", config
    )  # one line …
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ONE}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    files = {
        "_config.yml": config,
        "_toc.yml": "format: jb-book\nroot: chapters/index\nchapters:\n  - file: chapters/01-one\n",
        "chapters/index.md": WELCOME,
        "chapters/01-one.ipynb": json.dumps(notebook),
    }
    for name, messages in ESPERANTO.items():  # … and one folder
        pairs = (f'msgid "{old}"\nmsgstr "{new}"\n' for old, new in messages.items())
        files[f"locales/eo/LC_MESSAGES/{name}.po"] = "\n".join(pairs)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    assert changes == 1 and "index.html" in make(root, "tools.build")
    return root / "_build/html"


@pytest.mark.full
def test_a_third_language_is_one_folder_and_one_line(third):
    page = (third / "eo/chapters/index.html").read_text(encoding="utf-8")
    soup = BeautifulSoup(page, "html.parser")
    assert soup.html["lang"] == "eo" and soup.h1.find(string=True) == "Bonvenon"
    assert "Unu frazo." in page and "One sentence." not in page
    assert "Nobody translated this one." in page  # what is not translated stays English
    assert 'href="01-one.html#recap"' in page  # on the site; in what is downloaded:
    source = (third / "eo/_sources/chapters/index.md").read_text(encoding="utf-8")
    assert "[one](01-one.ipynb#resumo)" in source
    assert soup.select_one(".sidebar-search")["placeholder"] == "Serĉi"
    assert "Unu neŭrono" in soup.select_one(".sidebar-tree").text
    assert "Tiu paĝo ne estas ĉi tie" in (third / "eo/404.html").read_text(encoding="utf-8")


@pytest.mark.full
def test_all_languages_are_offered_on_each_page_and_to_search_engines(third):
    languages, site = {"en": "", "fr": "fr/", "eo": "eo/"}, repository()[1]
    for (own, folder), name in product(languages.items(), ("chapters/01-one", "search")):
        path = third / f"{folder}{name}.html"
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        switch = {tag["hreflang"]: path.parent / tag["href"] for tag in soup.select("a.language")}
        assert switch.keys() == languages.keys() - {own}
        for language, target in switch.items():
            assert target.resolve() == (third / f"{languages[language]}{name}.html").resolve()
        linked = {tag["hreflang"]: tag["href"] for tag in soup.select("link[hreflang]")}
        wanted = languages | {"x-default": ""} if name != "search" else {}
        assert linked == {key: f"{site}{wanted[key]}{name}.html" for key in wanted}
    places = {
        place.text for place in ElementTree.parse(third / "sitemap.xml").iterfind(".//{*}loc")
    }
    assert len(places) == 6 and f"{site}eo/chapters/01-one.html" in places
    assert 'data-languages="fr eo"' in (third / "index.html").read_text(encoding="utf-8")


@pytest.mark.full
def test_a_changed_sentence_is_built_without_its_neighbours_and_waits_for_a_translator(third):
    root, other = third.parent.parent, third / "eo/chapters/01-one.html"
    before = other.stat().st_mtime_ns
    (root / "chapters/index.md").write_text(WELCOME + "\nTwo more.\n", encoding="utf-8")
    make(root, "tools.build")
    for folder in ("", "fr/", "eo/"):
        page = (third / f"{folder}chapters/index.html").read_text(encoding="utf-8")
        assert "Two more." in page
    assert other.stat().st_mtime_ns == before
    where = (
        r"locales/eo/LC_MESSAGES/chapters/index.po:\d+: not translated \(chapters/index.md:9\): Two"
    )
    assert re.search(where, make(root, "tools.translate"))
    catalogue = (root / "locales/eo/LC_MESSAGES/chapters/index.po").read_text(encoding="utf-8")
    assert 'msgid "Welcome"\nmsgstr "Bonvenon"' in catalogue and "#~" not in catalogue
