"""The site in its languages: equal pages, each in one language, a switch between them, and a third.

What French text has to keep stands in test_french.py; here it is the built pages.
"""

import ast
import json
import os
import re
import subprocess
import sys
from collections import Counter
from xml.etree import ElementTree

import nbformat
import pytest
from bs4 import BeautifulSoup
from lxml.html import document_fromstring

from sphinx_extensions.metadata import repository
from sphinx_extensions.ranges import texts
from tests.javascript import js
from tests.test_french import ALL as MESSAGES
from tests.test_french import WORD, is_french, prose
from tests.test_site import CHAPTER, rarely, read
from tools import translate
from tools.browser import SITE, pages_to_read
from tools.compare import accepts, written
from tools.outputs import images
from tools.strings import translate_code
from tools.translate import ROOT, alphabet, sources, translate_markdown

PAGES = [name for name in pages_to_read() if name.startswith("chapters/")]
NOTEBOOKS = [path for path in sources().values() if path.suffix == ".ipynb"]
FOLDERS = {"en": "", "fr": "fr/"}
OTHERS = [name for name in PAGES if "<course-" in read(name) and name != CHAPTER]

# --- the same in both languages ------------------------------------------------------------------


def parts(html):
    """What a page has in both languages: kinds of parts, places, and where their links lead.

    A translation keeps the order of links, so that none leads where another should; and that of
    places, save where it is the alphabet's.
    """
    [article] = document_fromstring(html).iter("article")
    counted = "h1 h2 h3 h4 img math pre a table details".split()
    kinds = Counter(tag.tag for tag in article.iter(*counted))
    kinds["cell"] = len(article.find_class("cell"))
    places = {place: [] for place in article.xpath(".//section/@id")}
    for link in article.xpath(".//a[@href]"):
        [place] = link.xpath("ancestor::section[1]/@id") or [None]
        href = link.get("href").replace("/blob/fr/", "/blob/main/").replace("/fr?", "/main?")
        places.setdefault(place, []).append(href.replace("/fr/", "/"))
    return kinds, places, [] if "glossary" in places else [*places]


def switch_is_right(name, own, html, folders=FOLDERS, site=SITE):
    """Whether a page is in its language and leads to itself in the others, and nowhere else."""
    page, here = document_fromstring(html), (site / folders[own] / name).parent
    switches = page.xpath("//a[@class='language']")
    found = {(link.get("hreflang"), (here / link.get("href")).resolve()) for link in switches}
    wanted = {(key, (site / folders[key] / name).resolve()) for key in folders if key != own}
    return page.get("lang") == own and found == wanted


def test_both_languages_have_the_same_pages():
    pages = {path.relative_to(SITE).as_posix() for path in SITE.glob("**/*.html")}
    french = {name[3:] for name in pages if name.startswith("fr/")}
    assert {*PAGES, "404.html"} <= french == {n for n in pages if not n.startswith("fr/")}


@pytest.mark.parametrize("name", [*PAGES, "search.html"])
def test_both_pages_have_the_same_parts_and_places_and_lead_to_the_same(name):
    assert parts(read(f"fr/{name}")) == parts(read(name))
    for own, folder in FOLDERS.items():
        assert switch_is_right(name, own, read(folder + name))


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


@pytest.mark.parametrize("old, new", [
    ('href="../../chapters/05-', 'href="../../chapters/03-'),
    ('class="language"', 'class="tongue"'),
    ('hreflang="en" href', 'hreflang="fr" href'),
    ('class="no-js" lang="fr"', 'lang="en"'),
])  # fmt: skip
def test_a_switch_that_leads_elsewhere_is_found(old, new):
    html = read(f"fr/{CHAPTER}")
    assert old in html and not switch_is_right(CHAPTER, "fr", html.replace(old, new))


def terms(html):
    return [title.text for title in document_fromstring(html).iter("h2")]


@pytest.mark.parametrize("folder, first, last", [("", "Accuracy", "XOR"), ("fr/", "Adam", "XOR")])
def test_the_glossary_is_in_the_order_of_the_alphabet(folder, first, last):
    found = terms(read(f"{folder}chapters/glossary.html"))
    assert len(found) > 70 and (found[0], found[-1]) == (first, last)
    assert found == sorted(found, key=alphabet)
    source = read(f"{folder}_sources/chapters/glossary.md")
    assert found == re.findall("^## (.*)", source, re.M)


def test_accents_are_ordered_as_their_letters():
    order = ["Couche (layer)", "couche cachée", "Couche d’entrée", "Couche de sortie", "Dérive"]
    order += ["Descente", "Époque", "Étiquette", "Exactitude", "Nœud", "Note"]
    assert sorted(reversed(order), key=alphabet) == order != sorted(order)


@pytest.mark.parametrize("name", ["index", "digit-reader", "teach-it"])
def test_the_pictures_of_a_page_are_in_its_language(name):
    shown = []
    for folder in FOLDERS.values():
        page = SITE / folder / f"chapters/{name}.html"
        html = document_fromstring(page.read_text(encoding="utf-8"))
        shown.append([(page.parent / s).read_bytes() for s in html.xpath("//article//img/@src")])
    assert shown[0] and all(ours != theirs for ours, theirs in zip(*shown, strict=True))


def test_what_is_said_of_a_paper_is_in_the_language_of_the_page():
    said = []
    for folder in FOLDERS.values():
        papers = document_fromstring(read(f"{folder}chapters/bibliography.html"))
        said.append(" ".join(one.text_content() for one in papers.find_class("citation")))
    english, french = said
    assert english.count("Chapter") > 40 and french.count("Chapitre") == english.count("Chapter")
    assert "Chapter" not in french


def masked(source):
    """What a cell does: its syntax tree without the texts of its strings."""

    class Mask(ast.NodeTransformer):
        def visit_Constant(self, node):
            return ast.Constant("") if isinstance(node.value, str) else node

        def visit_JoinedStr(self, node):
            return ast.Constant("")

    return source if re.match(r"\s*[%!]", source) else ast.dump(Mask().visit(ast.parse(source)))


def code_cells(notebook):
    return [cell for cell in nbformat.reads(notebook, 4).cells if cell.cell_type == "code"]


def differences(french, english):
    """What a French notebook has otherwise than the English one, beside displayed strings."""
    pairs = list(zip(code_cells(french), code_cells(english), strict=True))
    for own, cell in pairs:
        if masked(own.source) != masked(cell.source):
            yield f"cell {cell.id} does something else"
        shown, told = ([n for text in texts(one) for n in written(text)] for one in (own, cell))
        if len(shown) != len(told):
            yield f"cell {cell.id} shows {len(shown)} numbers in place of {len(told)}"
            continue
        ranges = cell.metadata.get("ranges") or [None] * len(told)
        for number, before, limits in zip(shown, told, ranges, strict=True):
            if number != before and not (limits and accepts(limits, number)):
                yield f"cell {cell.id} shows {number} in place of {before}"
        if len(images(own)) != len(images(cell)):
            yield f"cell {cell.id} draws {len(images(own))} figures"


def outdated(path, kept):
    """Whether outputs are not those of the French code that the catalogues give."""
    known = translate.translations("fr", f"chapters/{path.stem}")
    return kept["code"] != translate.code_of(translate.translate_source(path, known)[0])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_french_notebook_does_and_shows_the_same_in_french(path):
    english, french = path.read_text("utf-8"), read(f"fr/_sources/chapters/{path.name}")
    assert list(differences(french, english)) == list(english_outputs(french)) == []
    assert len(list(english_outputs(english))) > 10
    file, kept = translate.own_outputs("fr", path)
    assert kept and not outdated(path, kept), f"type make outputs CHAPTER={path.name[:2]}"
    assert outdated(path, kept | {"code": "another"}) and file.parent.name == "outputs"


@pytest.mark.parametrize("old, new", [
    ("import numpy", "import scipy"), (".sum(", ".prod("), ("0.7", "0.8"),
    ('"image/png"', '"image/gif"'),
])  # fmt: skip
def test_a_french_notebook_that_does_or_shows_another_thing_is_found(old, new):
    path = NOTEBOOKS[0]
    english, french = path.read_text("utf-8"), read(f"fr/_sources/chapters/{path.name}")
    assert old in french and list(differences(french.replace(old, new), english))


def test_markdown_keeps_its_lines_and_its_parts():
    """Hard line breaks stay, written either way; soft ones do not; | is escaped in tables."""
    source = (
        "# A `b`\n\n- one  \n  two\\\n  three\n  four\n\n| a | b |\n|---|---|\n| x | x \\| y |\n"
    )
    known, titles = {"one\\\ntwo\\\nthree four": "un\\\ndeux\\\ntrois", "x | y": "ou | non"}, []
    text = translate_markdown(source, lambda message, _=0: known.get(message, message), titles)
    assert "- un\\\ndeux\\\ntrois\n\n|" in text and "| x | ou \\| non |" in text
    assert titles == [("A b", "A b")]


SHOWS = '''
def draw(rates, kind="by rate"):
    """A docstring stays."""
    axes.set(title="loss", xscale="log", ylabel=f"{kind} of {rates['the first']:.1f}")
    print(f"{'rate':<8} best of {len(rates)}: {history['loss'][-1]:.3f}")  # so does this
    program = """print('two words')"""
    label = "small" if rates else "large"
'''
BEST = "{'rate':<8} %s {len(rates)}: {history['loss'][-1]:.3f}"
SAYS = {"loss": "perte", "rate": "taux", "small": "petit", "the first": "le premier"}
SAYS |= {BEST % "best of": BEST % "le meilleur de tous nos essais, au nombre de"}


def test_strings_of_code_are_translated_where_they_show():
    """And lines that become too long are folded."""
    french = translate_code(SHOWS, lambda message: SAYS.get(message, message), {"small"})
    assert masked(french) == masked(SHOWS) and translate_code(SHOWS, str, {"small"}) == SHOWS
    assert max(map(len, french.split("\n"))) <= 84
    told = ['title="perte"', 'scale="log"', "rates['le premier']", "{'taux':<8}", "# so does"]
    told += ["['loss']", "print('two words')", '"by rate"', '"petit" if', '"large"', '"""A doc']
    assert [one for one in told if one not in french] == []


# --- one page, one language ----------------------------------------------------------------------

# Code, outputs, formulas, English terms in italics, titles of papers, the switch.
APART = (
    "//*[self::script or self::style or self::pre or self::code or self::math or self::svg"
    " or self::em or self::kbd or @lang[not(parent::html)]"
    " or starts-with(@class, 'output') or contains(@class, 'citation')]"
    "|//li//a[contains(@class, 'external')]"
)
SAID = "//text()|//@alt|//@aria-label|//@data-label|//@placeholder|//@title"
FRENCH = set(
    "au aux avec ce ces cette dans de des du elle en est et il la le les ne nous par pas pour "
    "que qui sa se ses son sont sur un une vous".split()
)
FRENCH_SIGN = re.compile(r"[àâçéèêëîïôùûœÀÉŒ]|^(qu|[cdjlns])[’'](?!s\b)", re.I)
# The words that the English course writes in lower case somewhere: no names.
LOWER_CASE = {w for _, text, _ in MESSAGES for w in re.findall(r"\b[a-z]+\b", prose(text))}


def sentences(html):
    """What a page says to readers, and to those who hear it; test_metadata.py sees to the rest."""
    page = document_fromstring(html)
    for tag in page.xpath(APART):
        tag.drop_tree()
    for text in page.xpath(SAID):
        yield from re.split(r"(?<=[.!?:;…])\s+", " ".join(text.split()))


def judged(sentence):
    """The words of a sentence that tell its language: no names, abbreviations, quotes."""
    sentence = re.sub(r"«[^»]*»|\([^)]*\)|[\w-]+\.\w+", " ", sentence)
    for place, word in enumerate(WORD.findall(sentence)):
        small = word.lower()
        is_word = place == 0 and word[1:].islower() and (is_french(small) or small in LOWER_CASE)
        if word.islower() or is_word:
            yield small


def english_in(html):
    """The English sentences of a page: a third of the words, or more, are not French."""
    for sentence in sentences(html):
        foreign = [is_french(word) for word in judged(sentence)]
        if foreign and foreign.count(False) >= len(foreign) / 3:
            yield sentence


def french_in(html):
    """The sentences of a page with a French word in them: a small one, or one with an accent."""
    for sentence in sentences(html):
        if any(w.lower() in FRENCH or FRENCH_SIGN.search(w) for w in WORD.findall(sentence)):
            yield sentence


FINDERS = {"": french_in, "fr/": english_in}
OF_KERAS = re.compile(r"^(Epoch |Model: |loss: )| params: |[┃│━─]|^\w+ loaded: ")
NAMES = re.compile(r"\w*_\w*|/\w+:|\b(sigmoid|hidden|nan|uint8)\b")  # of functions and types


def english_outputs(notebook):
    """The English lines among what a French notebook shows as text, but for Keras's own."""
    lines = (
        line for cell in code_cells(notebook) for text in texts(cell) for line in text.split("\n")
    )
    for line in lines:
        foreign = [is_french(word) for word in judged(NAMES.sub("", line)) if len(word) > 1]
        if not OF_KERAS.search(line) and foreign and foreign.count(False) >= len(foreign) / 3:
            yield line


@pytest.mark.parametrize("name", [*PAGES, "search.html", "404.html"])
def test_each_page_speaks_one_language(name):
    for folder, finder in FINDERS.items():
        assert list(finder(read(folder + name))) == []


@pytest.mark.parametrize("folder, finder", [("", english_in), ("fr/", french_in)])
def test_nearly_every_sentence_of_the_other_language_would_be_found(folder, finder):
    html = "".join(read(folder + name) for name in PAGES[:3])
    said = [sentence for sentence in sentences(html) if len(list(judged(sentence))) > 2]
    assert len(said) > 500 and len(set(finder(html)) & set(said)) > 0.97 * len(set(said))


@pytest.mark.parametrize("folder, old, new", [
    ("fr/", "Aller au contenu", "Skip to content"),
    ("fr/", 'aria-label="Rechercher"', 'aria-label="Search"'),
    ("fr/", 'alt="', 'alt="A neuron with three inputs. '),
    ("fr/", "Suivant", "Next"),
    ("", 'aria-label="Search"', 'aria-label="Rechercher les mots"'),
    ("", 'alt="', 'alt="Un neurone à trois entrées. '),
    ("", "Next<", "À suivre<"),
    ("", "</p>", " It is une line.</p>"),
])  # fmt: skip
def test_a_word_of_the_other_language_is_found(folder, old, new):
    page = read(f"{folder}chapters/01-neurons.html")
    assert old in page and list(FINDERS[folder](page.replace(old, new, 1)))


# --- in a browser --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [CHAPTER, *rarely(*([name] for name in OTHERS))])
def test_what_a_script_writes_is_in_the_language_of_the_page(name, visit):
    for folder, finder in FINDERS.items():
        with visit(folder + name) as page:
            page.wait_for_selector(".explorable button", state="attached")
            all_of_them = "all => all.map((one) => one.outerHTML).join('')"
            said = page.locator(".explorable").evaluate_all(all_of_them)
        assert len(list(sentences(said))) > 10 and list(finder(said)) == []
    assert list(french_in(said))


# What people look for, and the entry of the glossary that has to be among the first they find.
LOOKED_FOR = {
    "fonction de coût": "loss", "calibration": "calibration", "précision": "confusion-matrix",
    "rappel": "confusion-matrix", "hyperparamètre": "hyperparameter",
    "régularisation": "regularisation", "généralisation": "generalisation",
}  # fmt: skip


def test_other_words_for_a_term_lead_to_it(visit):
    with visit("fr/search.html") as page:
        for words, term in LOOKED_FOR.items():
            page.locator(".search-page input").fill(words)
            page.wait_for_selector(f".search-results[data-words='{words}'] a")
            links = page.locator(".search-results a").evaluate_all("all => all.map((a) => a.href)")
            assert any(link.endswith(f"glossary.html#{term}") for link in links[:6]), words


FORMS = [["réseaux", "reseau"], ["dérivées", "derivee"], ["entraîné", "entrainer"],
         ["couches cachées", "couche cachee"], ["l’apprentissage", "d'apprentissages"],
         ["nœuds", "noeud"]]  # fmt: skip


def test_french_words_are_found_without_their_accents_and_in_their_other_forms():
    """By the stemmer: without one they are not."""
    data = ["search-data.js", "_static/vendor/minisearch.js", "_static/language_data.js"]
    stemmed, unstemmed = js(
        """
        const { searchEngine } = require("../assets/static/site.js");
        return [new Stemmer(), { stemWord: (word) => word }].map((stemmer) => {
          const engine = searchEngine(COURSE_SECTIONS, MiniSearch, stemmer);
          const places = (text) =>
            engine.search(text, { combineWith: "AND" }).map(({ id }) => id).sort();
          return forms.map((pair) => pair.map(places));
        });""",
        [SITE / "fr" / name for name in data],
        forms=FORMS,
    )
    assert all(one and one == other for one, other in stemmed)
    assert sum(one != other for one, other in unstemmed) > 3


# --- a third language ----------------------------------------------------------------------------

THIRD = {"en": "", "fr": "fr/", "eo": "eo/"}
ONE = "# One\n\nOne more.\n\n**Goals**\n\n- add;\n\n**Time:** about 5 minutes.\n\n## Recap"
CELL = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ONE}
NOTEBOOK = {"cells": [CELL], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
FILES = {
    "_toc.yml": "format: jb-book\nroot: chapters/index\nchapters:\n  - file: chapters/01-one\n",
    "chapters/index.md": "# Welcome\n\nOne more.\n\nSee [one](01-one.ipynb#recap).\n\nOnly here.\n",
    "chapters/01-one.ipynb": json.dumps(NOTEBOOK),
}
ESPERANTO = {
    "course": {"Search": "Serĉi", "This page is not here": "Tiu paĝo ne estas ĉi tie"},
    "chapters/index": {"Welcome": "Bonvenon", "One more.": "Unu frazo."},
    "chapters/01-one": {"One": "Unu neŭrono", "Recap": "Resumo"},
}


@pytest.mark.full
def test_a_third_language_is_one_folder_and_one_line(tmp_path):
    root = tmp_path / "tria lingvo é"
    root.mkdir()
    for name in ("assets", "sphinx_extensions", "tools", "CITATION.cff", "LICENSE"):
        (root / name).symlink_to(ROOT / name)
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    files = {"_config.yml": re.sub("(course_languages: {.*)}", r"\1, eo: Esperanto}", config)}
    for name, messages in ESPERANTO.items():
        pairs = (f'msgid "{old}"\nmsgstr "{new}"\n' for old, new in messages.items())
        files[f"locales/eo/LC_MESSAGES/{name}.po"] = "\n".join(pairs)
    for name, text in (files | FILES).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "tools.build"]
    only_ascii = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    subprocess.run(command, cwd=root, env=os.environ | only_ascii, check=True)
    site, address = root / "_build/html", repository()[1]

    page = read("eo/chapters/index.html", site)
    soup = BeautifulSoup(page, "html.parser")
    assert soup.h1.find(string=True) == "Bonvenon"
    assert "Unu frazo." in page and "One more." not in page and "Only here." in page
    assert 'href="01-one.html#recap"' in page  # on the site; in what is downloaded:
    assert "[one](01-one.ipynb#resumo)" in read("eo/_sources/chapters/index.md", site)
    assert soup.select_one(".sidebar-search")["placeholder"] == "Serĉi"
    assert "Unu neŭrono" in soup.select_one(".sidebar-tree").text
    assert "Tiu paĝo ne estas ĉi tie" in read("eo/404.html", site)

    for own, folder in THIRD.items():
        for name in ("chapters/01-one.html", "search.html"):
            assert switch_is_right(name, own, read(folder + name, site), THIRD, site)
        soup = BeautifulSoup(read(f"{folder}chapters/01-one.html", site), "html.parser")
        linked = {tag["hreflang"]: tag["href"] for tag in soup.select("link[hreflang]")}
        wanted = THIRD | {"x-default": ""}
        assert linked == {k: f"{address}{wanted[k]}chapters/01-one.html" for k in wanted}
    places = [p.text for p in ElementTree.parse(site / "sitemap.xml").iterfind(".//{*}loc")]
    assert len(places) == 6 and f"{address}eo/chapters/01-one.html" in places
    assert 'data-languages="fr eo"' in read("index.html", site)
