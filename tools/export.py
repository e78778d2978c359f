"""Make of the course what a reader can keep: a PDF to print, an ePub and a zip of the whole site.

And of all its questions a sheet to print and a deck of cards for Anki.
These files are written beside the pages of each language. Then the site is built again, since its
welcome pages lead to what they find; and once more when there is a zip, in which they do not yet.
"""

import shutil
import zipfile
import zlib
from urllib.parse import urljoin

import pikepdf
from bs4 import BeautifulSoup

from tools.browser import SITE, browser
from tools.build import BUILD, build
from tools.outputs import apart
from tools.translate import LANGUAGES, MAIN

FILES = (".zip", ".pdf", ".epub", ".apkg")

# Fill in the contents, and load the pictures to which nobody scrolls.
PREPARE = """async numbers => {
    for (const link of document.querySelectorAll(".contents a"))
        link.dataset.page = numbers[link.hash.slice(1)] ?? "";
    await Promise.all([...document.images].map(image => image.decode()));
}"""


def places(path):
    """Return on which page, from 1, each named place of a PDF stands; 0 if that page is gone."""
    with pikepdf.open(path) as pdf:
        numbers = {page.objgen: number for number, page in enumerate(pdf.pages, 1)}
        return {name[1:]: numbers.get(place[0].objgen, 0) for name, place in pdf.Root.Dests.items()}


def make_pdf(source, target):
    """Print the HTML page `source` twice: the contents tell the pages of the first time.

    Return the title page as a PNG.
    """
    settings = {"prefer_css_page_size": True, "print_background": True}
    with browser() as chrome:
        page = chrome.new_page(viewport={"width": 900, "height": 1200})
        page.goto(source.as_uri())
        page.evaluate(PREPARE, {})
        page.pdf(path=target, **settings)
        page.evaluate(PREPARE, places(target))
        page.pdf(path=target, **settings, outline=True, tagged=True)
        author = page.locator("meta[name=author]").get_attribute("content")
        page.emulate_media(media="print")
        picture = page.locator(".title-page").screenshot()
    with pikepdf.open(target, allow_overwriting_input=True) as pdf:
        pdf.docinfo["/Author"] = author
        pdf.save(object_stream_mode=pikepdf.ObjectStreamMode.generate)  # half as large
    return picture


def make_sheet(source, target):
    """Print the page "What you know" as it is without scripts: each question and its answer."""
    with browser() as chrome:
        page = chrome.new_context(java_script_enabled=False).new_page()
        page.goto(source.as_uri())
        margin = dict.fromkeys(("top", "right", "bottom", "left"), "2cm")
        page.pdf(path=target, format="A4", margin=margin, outline=True, tagged=True)


def cards(page):
    """Yield the page's questions: a key that stays, the chapter, the question, the answer."""
    address = page.select_one("link[rel=canonical]")["href"]
    for extra in page.select(".headerlink"):
        extra.decompose()
    for link in page.select("article a[href]"):
        link["href"] = urljoin(address, link["href"])
    for box in page.select(".asks"):
        box.details.summary.extract()
        parts = (box.blockquote, box.details)
        chapter = box.find_parent("section").h2.get_text(strip=True)
        yield box["data-key"], chapter, *(part.decode_contents().strip() for part in parts)


def make_deck(source, target):
    """Pack the questions as cards for Anki; a later deck changes their words, not their plan."""
    import genanki  # only here, for everything else does without it

    front, back = "<p>{{Chapter}}</p>{{Question}}", "{{FrontSide}}<hr id=answer>{{Answer}}"
    model = genanki.Model(
        1_764_361_923,
        "Deep learning with Keras",
        fields=[{"name": name} for name in ("Chapter", "Question", "Answer")],
        templates=[{"name": "Card", "qfmt": front, "afmt": back}],
    )
    page = BeautifulSoup(source.read_text(encoding="utf-8"), "html.parser")
    deck = genanki.Deck(zlib.crc32(target.stem.encode()), page.title.get_text())
    for key, *fields in cards(page):
        guid = genanki.guid_for(target.stem, key)
        deck.add_note(genanki.Note(model=model, fields=fields, guid=guid, sort_field=key))
    genanki.Package(deck).write_to_file(target)


def make_zip(folder, target):
    """Pack all files of a folder in one of the zip's name."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path != target:
                archive.write(path, f"{target.stem}/{path.relative_to(folder).as_posix()}")


def make_books(language, folder):
    """Write the PDF and the ePub of a language into the folder."""
    joined = build(language, "singlehtml")
    # Sphinx names the files beside the joined page as if it lay at the top.
    source = (joined / "chapters/index.html").replace(joined / "print.html")
    packed = BUILD / "epub" / language
    shutil.rmtree(packed, ignore_errors=True)  # an ePub gets whatever lies there
    cover = packed / "_static/cover.png"
    cover.parent.mkdir(parents=True)
    cover.write_bytes(make_pdf(source, joined / "print.pdf"))
    [epub] = build(language, "epub", packed).glob("*.epub")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(epub, folder)
    shutil.copy(joined / "print.pdf", folder / f"{epub.stem}.pdf")
    asked = folder / "chapters/what-you-know.html"
    make_sheet(asked, folder / f"{epub.stem}-questions.pdf")
    make_deck(asked, folder / f"{epub.stem}-questions.apkg")


def main(site=SITE):
    """Write the files into the built site, and build its welcome pages again."""

    def in_each_language(function, *arguments):
        for language in LANGUAGES:  # each in a process, for Sphinx keeps the words of one
            folder = site if language == MAIN else site / language
            apart(function, language, *arguments, folder)

    for old in [path for path in site.rglob("*") if path.suffix in FILES]:
        old.unlink()  # it may have had another name
    in_each_language(make_books)
    in_each_language(build, "html")
    [epub] = site.glob("*.epub")
    make_zip(site, epub.with_suffix(".zip"))
    in_each_language(build, "html")


if __name__ == "__main__":
    main()
