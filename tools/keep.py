"""Make of the built site what a reader can keep: a PDF to print, an ePub and a zip; link them.

The zip holds the whole site; a PDF and an ePub are made in each of its languages. They are written
beside the pages, in _build/html, and the welcome page of each language then leads to its own.
Nothing is done while the site is the one of the last time. The PDF needs a Chromium or Chrome.
"""

import hashlib
import io
import os
import re
import sys
import uuid
import zipfile
from functools import cache
from html import escape
from pathlib import Path

import matplotlib
import pikepdf
from PIL import Image

from sphinx_extensions.metadata import PICTURE, card
from tools.book import (
    CITATION,
    COLOURS,
    DAY,
    LANGUAGES,
    RIGHTS,
    ROOT,
    SITE,
    Edition,
    identity,
    in_parts,
    read_book,
    sections,
    written,
)
from tools.browser import browser

WORK = ROOT / "_build/keep"
EDITIONS = [Edition(language) for language in LANGUAGES]
ZIP = EDITIONS[0].file("zip")
HOW = "how-these-files-are-made"  # where the links lead as long as the files are not made
STYLE = COLOURS + "\n" + (ROOT / "assets/book.css").read_text()


# --- the PDF -------------------------------------------------------------------------------------


def fonts():
    """Return @font-face rules: the book looks alike on every machine, with Matplotlib's fonts."""
    folder = Path(matplotlib.get_data_path(), "fonts/ttf")
    faces = [
        ("Book", "STIXGeneral.ttf", "normal", 400),
        ("Book", "STIXGeneralItalic.ttf", "italic", 400),
        ("Book", "STIXGeneralBol.ttf", "normal", 700),
        ("Book", "STIXGeneralBolIta.ttf", "italic", 700),
        ("Book code", "DejaVuSansMono.ttf", "normal", 400),
        ("Book code", "DejaVuSansMono-Bold.ttf", "normal", 700),
        ("Book code", "DejaVuSansMono-Oblique.ttf", "italic", 400),
        ("Book sans", "DejaVuSans.ttf", "normal", 400),
        ("Book sans", "DejaVuSans-Bold.ttf", "normal", 700),
    ]
    rules = [
        f'@font-face {{ font-family: "{family}"; src: url("{(folder / file).as_uri()}");'
        f" font-style: {slant}; font-weight: {weight}; }}"
        for family, file, slant, weight in faces
    ]
    mathematics = (ROOT / "assets/static/fonts/stix-two-math.woff2").as_uri()
    rules.append(f'@font-face {{ font-family: "STIX Two Math"; src: url("{mathematics}"); }}')
    return "\n".join(rules)


def title_page(edition, picture):
    _, site = edition._, edition.address
    subtitle = _("From a single neuron to a network that reads handwriting")
    version = _("Version {version}, {day}").format(version=CITATION["version"], day=edition.day)
    licences = _(
        "Text under CC BY 4.0, code under the MIT licence, data (MNIST) under CC BY-SA 3.0."
    )
    link = _("With everything to run: {site}").format(site=f'<a href="{site}">{site}</a>')
    return f"""<section class="title-page">
<p class="author">{escape(edition.author)}</p>
<h1 class="book-title">{escape(edition.title)}</h1>
<p class="subtitle">{subtitle}</p>
<img src="{picture}" alt=""/>
<p class="edition">{version}</p>
<p class="edition">{licences}<br/>{link}</p>
</section>"""


def chapter_number(edition, page):
    """Return the line above the title of a chapter; above that of another page, nothing."""
    number = edition._("Chapter {number}").format(number=page.number)
    return f'<p class="number">{number}</p>\n' if page.number else ""


def printed(edition, pages, numbers):
    """Return the HTML to print; `numbers` tells the page on which an id was the last time."""

    def number(key):
        return numbers.get(key, "")

    turn = edition._("{name}: page {number}")
    headers, bodies, contents, inner = [], [], [], sections(pages)
    for page in pages:
        key, above = identity(page.name), f"{page.number}\u2002{page.title}".strip()
        headers.append(
            f'@page {key} {{ @top-left {{ content: "{above}"; }} }}\n.{key} {{ page: {key}; }}'
        )
        body = written(page, lambda name, key: f"#{key}", lambda src: (SITE / src).as_uri())
        body = re.sub(
            r'(<a class="inside paged" href="#([^"]+)">)(.*?)</a>',
            lambda found: found[1] + turn.format(name=found[3], number=number(found[2])) + "</a>",
            body,
        )
        bodies.append(f'<div class="chapter {key}">{chapter_number(edition, page)}{body}</div>')
    for part, members in in_parts(pages):
        contents.append(f'<p class="part">{escape(part)}</p>' if part else "")
        for page in members:
            lines = [(identity(page.name), f"{page.number} {page.title}".strip(), "first")]
            lines += [(key, text, "second") for key, text in inner.get(page.name, [])]
            contents += [
                f'<p class="{rank}"><a href="#{key}"><span>{escape(text)}</span>'
                f"<span>{number(key)}</span></a></p>"
                for key, text, rank in lines
            ]
    return f"""<!doctype html>
<html lang="{edition.language}"><head><meta charset="utf-8"><title>{escape(edition.title)}</title>
<style>{fonts()}
{STYLE}
{(ROOT / "assets/paper.css").read_text()}
{chr(10).join(headers)}</style></head>
<body>
{title_page(edition, (ROOT / "assets/logo.svg").as_uri())}
<nav class="contents"><h1>{edition._("Table of contents")}</h1>
{chr(10).join(contents)}
</nav>
{chr(10).join(bodies)}
</body></html>"""


def paper(edition):
    """Return where the HTML that is printed is kept."""
    return WORK / f"book.{edition.language}.html"


def pages_of_places(pdf):
    """Return the number of the page on which each named place of a PDF stands, from 1."""
    numbers = {page.objgen: number for number, page in enumerate(pdf.pages, 1)}
    return {name[1:]: numbers[place[0].objgen] for name, place in pdf.Root.Dests.items()}


def make_pdf(edition, pages, target):
    """Print the book twice: the first time tells on which page everything stands."""
    source, draft = paper(edition), WORK / "draft.pdf"
    numbers = {}
    with browser() as chrome:
        sheet = chrome.new_page()
        for whole in (False, True):  # the first time needs neither outline nor tags
            source.write_text(printed(edition, pages, numbers))
            sheet.goto(source.as_uri())
            sheet.pdf(
                path=draft,
                prefer_css_page_size=True,
                print_background=True,
                outline=whole,
                tagged=whole,
            )
            with pikepdf.open(draft) as pdf:
                numbers = pages_of_places(pdf)
    day = f"D:{DAY:%Y%m%d}000000Z"
    with pikepdf.open(draft) as pdf:
        del pdf.docinfo
        pdf.docinfo.update({
            "/Title": edition.title,
            "/Author": edition.author,
            "/Subject": edition.about,
            "/CreationDate": day,
            "/ModDate": day,
        })
        pdf.save(target, force_version="1.7", deterministic_id=True)


# --- the ePub ------------------------------------------------------------------------------------


def xhtml(edition, title, body):
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"
lang="{edition.language}" xml:lang="{edition.language}">
<head><title>{escape(title)}</title><link rel="stylesheet" href="style.css"/></head>
<body>
{body}
</body>
</html>
"""


def navigation(edition, pages):
    """Return the table of contents of the ePub: parts, chapters, and the chapters' sections."""

    def entry(page):
        lines = "".join(
            f'<li><a href="{page.name}.xhtml#{key}">{escape(text)}</a></li>'
            for key, text in inner.get(page.name, [])
        )
        below = f"<ol>{lines}</ol>" if lines else ""
        title = f"{page.number} {page.title}".strip()
        return f'<li><a href="{page.name}.xhtml">{escape(title)}</a>{below}</li>'

    inner = sections(pages)
    contents = []
    for part, members in in_parts(pages):
        entries = "\n".join(map(entry, members))
        contents.append(
            f"<li><span>{escape(part)}</span><ol>{entries}</ol></li>" if part else entries
        )
    title = edition._("Table of contents")
    return (
        f'<nav epub:type="toc" role="doc-toc"><h1>{title}</h1>\n<ol>{"".join(contents)}</ol></nav>'
    )


def package(edition, items, spine):
    """Return the package document: what the book is, what it holds, and in which order."""
    identifier = uuid.uuid5(uuid.NAMESPACE_URL, edition.address)
    features = ["alternativeText", "MathML", "structuralNavigation", "tableOfContents"]
    access = [("accessMode", "textual"), ("accessMode", "visual")]
    access += [("accessModeSufficient", "textual,visual"), ("accessModeSufficient", "textual")]
    access += [("accessibilityFeature", feature) for feature in features]
    access += [("accessibilityHazard", "none")]
    facts = "\n".join(f'<meta property="schema:{key}">{value}</meta>' for key, value in access)
    manifest = "\n".join(
        f'<item id="{re.sub(r"[^A-Za-z0-9]", "-", "file-" + name)}" href="{name}"'
        f' media-type="{kind}"{f" properties={chr(34)}{extra}{chr(34)}" if extra else ""}/>'
        for name, kind, extra in items
    )
    order = "\n".join(f'<itemref idref="file-{name}-xhtml"/>' for name in spine)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="book"
xml:lang="{edition.language}">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="book">urn:uuid:{identifier}</dc:identifier>
<dc:title>{escape(edition.title)}</dc:title>
<dc:creator>{escape(edition.author)}</dc:creator>
<dc:language>{edition.language}</dc:language>
<dc:date>{DAY}</dc:date>
<dc:rights>{escape(edition._(RIGHTS))}</dc:rights>
<dc:description>{escape(edition.about)}</dc:description>
<dc:source>{edition.address}</dc:source>
<meta property="dcterms:modified">{DAY}T00:00:00Z</meta>
{facts}
</metadata>
<manifest>
{manifest}
</manifest>
<spine>
{order}
</spine>
</package>
"""


def make_epub(edition, pages, target):
    """Write the book as EPUB 3: a file for each page, formulas as MathML, no scripts."""
    pictures, files, items = {}, {}, []

    def picture(source):
        pictures[source] = f"images/{Path(source).stem}.png"  # few e-readers know WebP
        return pictures[source]

    def add(name, kind, content, extra=""):
        files[f"book/{name}"] = content.encode() if isinstance(content, str) else content
        items.append((name, kind, extra))

    cover = card(edition.title, edition.author, Image.open(PICTURE), (1200, 1600))
    add("cover.png", "image/png", as_png(cover), "cover-image")
    add("logo.svg", "image/svg+xml", (ROOT / "assets/logo.svg").read_bytes())
    add("style.css", "text/css", STYLE + EMBEDDED)
    math = ROOT / "assets/static/fonts/stix-two-math.woff2"
    add(math.name, "font/woff2", math.read_bytes())
    document = "application/xhtml+xml"
    add("title.xhtml", document, xhtml(edition, edition.title, title_page(edition, "logo.svg")))
    contents = xhtml(edition, edition._("Table of contents"), navigation(edition, pages))
    add("nav.xhtml", document, contents, "nav")
    for page in pages:
        body = written(page, lambda name, key: f"{name}.xhtml#{key}", picture)
        body = body.replace("<math", '<math xmlns="http://www.w3.org/1998/Math/MathML"')
        body = xhtml(edition, page.title, chapter_number(edition, page) + body)
        add(f"{page.name}.xhtml", document, body, "mathml" if "<math" in body else "")
    for source, name in pictures.items():
        add(name, "image/png", converted((SITE / source).read_bytes()))
    spine = ["title", "nav", *(page.name for page in pages)]
    files["book/package.opf"] = package(edition, items, spine).encode()
    files["META-INF/container.xml"] = CONTAINER.encode()
    write_zip(target, {"mimetype": b"application/epub+zip"} | dict(sorted(files.items())))


EMBEDDED = """
@font-face {
  font-family: "STIX Two Math";
  src: url("stix-two-math.woff2");
}
"""
CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">
<rootfiles>
<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles>
</container>
"""


def as_png(picture):
    png = io.BytesIO()
    picture.quantize(256, dither=Image.Dither.NONE).save(png, "PNG", optimize=True)
    return png.getvalue()


@cache
def converted(content):
    """Return the PNG of a picture; each language's pages have the same ones."""
    return as_png(Image.open(io.BytesIO(content)))


# --- the zip, and the links ----------------------------------------------------------------------


def write_zip(target, files):
    """Write the files (bytes by name, in this order) so that the same files give the same bytes."""
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, DAY.timetuple()[:6])
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content, compresslevel=6)


def site_files():
    """Return the bytes of each file of the site by name, without the zip."""
    return {
        str(path.relative_to(SITE)): path.read_bytes()
        for path in sorted(SITE.rglob("*"))
        if path.is_file() and path.name not in {".buildinfo", f"{ZIP.stem}.zip"}
    }


def make_zip(target):
    write_zip(target, {f"{ZIP.stem}/{name}": content for name, content in site_files().items()})


def link(edition, kind, file=None):
    """Lead the welcome page's link that names this kind to the file, and tell the size there.

    Without a file the link leads to how it is made, as `make book` writes it.
    """
    page = edition.folder / "chapters/index.html"
    place, size = f"#{HOW}", ""
    if file:
        place = Path(os.path.relpath(file, page.parent)).as_posix()
        size = f' <span class="size">({edition.size(file)})</span>'
    text, found = re.subn(
        rf'(<a class="reference internal" href=")(?:#{HOW}|[./]+[\w-]+\.{kind.lower()})'
        rf'(">(?:<[^>]*>)?[^<]*\b{kind}\b.*?</a>)(?: <span class="size">[^<]*</span>)?',
        rf"\g<1>{place}\g<2>{size}",
        page.read_text(),
    )
    if found != 1:
        sys.exit(
            f"chapters/index.md needs one link to #{HOW} with the word {kind} in it,"
            f" and so does its translation into each language: here {edition.language}."
        )
    page.write_text(text)


def state():
    """Return a digest of everything that is made from, and of what the zip holds but the books."""
    digest = hashlib.sha256()
    sources = [
        "tools/keep.py",
        "tools/book.py",
        "assets/book.css",
        "assets/paper.css",
        "_config.yml",
        "_toc.yml",
        "CITATION.cff",
        *(str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("locales/*/*/course.po"))),
    ]
    made = {str(file.relative_to(SITE)) for file in books()}
    files = {name: content for name, content in site_files().items() if name not in made}
    for name, content in {**files, **{s: (ROOT / s).read_bytes() for s in sources}}.items():
        digest.update(f"{name} {len(content)} ".encode() + content)
    return digest.hexdigest()


def books():
    return [edition.file(kind) for edition in EDITIONS for kind in ("pdf", "epub")]


def main():
    if not all((edition.folder / "chapters/index.html").exists() for edition in EDITIONS):
        sys.exit("There is no book yet: type make book first.")
    WORK.mkdir(parents=True, exist_ok=True)
    last, made = WORK / "state", [*books(), ZIP]
    if all(file.exists() for file in (*made, last)) and last.read_text() == state():
        return
    for edition in EDITIONS:
        for old in [
            path for kind in ("pdf", "epub", "zip") for path in edition.folder.glob(f"*.{kind}")
        ]:
            old.unlink()  # it may have had another name
        pages = read_book(edition)
        make_pdf(edition, pages, edition.file("pdf"))
        make_epub(edition, pages, edition.file("epub"))
        link(edition, "PDF", edition.file("pdf"))
        link(edition, "ePub", edition.file("epub"))
        link(edition, "zip")  # unpacked, that link leads to how the zip is made
    make_zip(ZIP)
    for edition in EDITIONS:
        link(edition, "zip", ZIP)
    for file in made:
        print(f"{os.path.relpath(file, ROOT)} ({EDITIONS[0].size(file)})")
    last.write_text(state())


if __name__ == "__main__":
    main()
