"""The built site as a book in each of its languages: its pages in order, for paper and e-readers.

A book cannot fold: what a reader has to guess or to solve first stands in a last chapter, with
links there and back. Other folded cells are open, and of equal ones only the first is shown.
"""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import chain
from pathlib import Path
from unicodedata import combining, normalize

import polib
import yaml
from babel.dates import format_date
from babel.numbers import format_decimal
from bs4 import BeautifulSoup, Tag
from pygments.formatters import HtmlFormatter

from sphinx_extensions.metadata import repository

ROOT = Path(__file__).parent.parent
SITE = ROOT / "_build/html"
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text())
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text())
CONTENTS = yaml.safe_load((ROOT / "_toc.yml").read_text())
TITLE, AUTHOR, RIGHTS = (CONFIG[key] for key in ("title", "author", "copyright"))
ABOUT = CITATION["abstract"].strip()
LANGUAGES = list(CONFIG["sphinx"]["config"]["course_languages"])
DAY = date.fromisoformat(str(CITATION["date-released"]))
SOLUTIONS = "solutions"
COLOURS = HtmlFormatter(style="default").get_style_defs(".highlight")
STYLED = set(re.findall(r"\.highlight \.(\w+)", COLOURS)) - {"w", "o"}


@dataclass(frozen=True)
class Edition:
    """The course in one language: where its pages are, and the words of a book made of them."""

    language: str

    @property
    def prefix(self):
        """The folder of its pages within the site: empty, or as "fr/"."""
        return "" if self.language == LANGUAGES[0] else f"{self.language}/"

    @property
    def folder(self):
        return SITE / self.prefix

    @property
    def address(self):
        return repository()[1] + self.prefix

    @cached_property
    def words(self):
        """The translations of the site's own words, and of the parts of its contents."""
        found = {}
        for name in ("course", CONTENTS["root"]):
            path = ROOT / f"locales/{self.language}/LC_MESSAGES/{name}.po"
            if path.exists():
                entries = polib.pofile(path).translated_entries()
                found |= {entry.msgid: entry.msgstr for entry in entries}
        return found

    def _(self, message):
        return self.words.get(message, message)

    @property
    def title(self):
        return self._(TITLE)

    @property
    def author(self):
        return self._(AUTHOR)

    @property
    def about(self):
        return self._(ABOUT)

    @property
    def day(self):
        return format_date(DAY, "long", self._("en_GB"))

    def size(self, file):
        number = format_decimal(file.stat().st_size / 1e6, "0.0", self._("en_GB"))
        return self._("{number} MB").format(number=number)

    def file(self, kind):
        """Return the path of a file of this kind: named by the title, without accents and l’."""
        title = normalize("NFKD", re.sub(r"\b\w{1,2}’", "", self.title).lower())
        words = re.findall(r"\w+", "".join(sign for sign in title if not combining(sign)))
        return self.folder / f"{'-'.join(words)}.{kind}"


@dataclass
class Page:
    """A page of the book: its links read book:NAME#ANCHOR, its pictures are named from the site."""

    name: str
    title: str
    part: str
    body: Tag

    @property
    def number(self):
        """The number of a chapter, or an empty string."""
        return str(int(self.name[:2])) if self.name[:2].isdigit() else ""


def identity(name, anchor=""):
    """Return the id that stands in the book for an anchor of the page; without one, for its top."""
    return f"page-{name}--{anchor}" if anchor else f"page-{name}"


def outline():
    """Yield part and document of each page, in the order of _toc.yml."""
    yield "", CONTENTS["root"]
    for part in CONTENTS["parts"]:
        for chapter in part["chapters"]:
            yield part["caption"], chapter["file"]


def read_book(edition):
    """Return the pages of an edition, made fit for a book, with the solutions at the end."""
    parts = {(edition.folder / f"{name}.html").resolve(): part for part, name in outline()}
    shown, answers, pages = {}, [], []
    for path, part in parts.items():
        soup = BeautifulSoup(path.read_text(), "html.parser")
        body = soup.select_one("article section")
        page = Page(path.stem, body.h1.find(string=True).strip(), edition._(part), body)
        for useless in body.select(
            "a.headerlink, script, style, button, form, noscript, .toctree-wrapper, #to-keep,"
            ".eyebrow, .page-links, .explorable"
        ):
            useless.decompose()
        for entry in body.select("[role=doc-biblioentry]"):
            entry["role"] = "listitem"  # the other is no longer right in an ePub
        rename(page, parts, path)
        tokens = [code.find_all("span") for code in body.find_all(class_="highlight")]
        for token in chain(*tokens):
            if not STYLED.issuperset(token.get("class", [])) or not token.get("class"):
                token.unwrap()  # each would be an object of its own in the PDF
        for cell in body.select("div.cell details.hide"):
            unfold(edition, soup, cell, page, shown)
        answers += list(move_answers(soup, page))
        pages.append(page)
    pages.append(solutions(edition, answers, pages[-1].part))
    return pages


def rename(page, paths, path):
    """Make ids unique in the book, and links and pictures independent of the page's folder."""
    top = page.body.get("id")
    for tag in page.body.find_all(id=True):
        tag["id"] = identity(page.name, tag["id"])
    page.body["id"] = identity(page.name)
    for image in page.body.find_all("img"):
        image["src"] = str((path.parent / image["src"]).resolve().relative_to(SITE.resolve()))
        del image["loading"]  # a lazy picture is not printed
    for link in page.body.find_all("a", href=True):
        target, _, anchor = link["href"].partition("#")
        if re.match(r"[a-z]+:", target):
            bare = link["href"].split("://")[-1].rstrip("/") in link.text or "doi:" in link.text
            link["class"] = ["outside", "bare"] if bare else ["outside"]
            continue
        place = (path.parent / target).resolve() if target else path.resolve()
        link["class"] = ["inside"]
        if place in paths:
            to_top = not anchor or (place == path.resolve() and anchor == top)
            link["href"] = f"book:{place.stem}#{'' if to_top else anchor}"
        else:
            link["href"] = repository()[1] + str(place.relative_to(SITE.resolve()))
            link["class"] = ["outside", "bare"]
        link.attrs.pop("download", None)


def unfold(edition, soup, fold, page, shown):
    """Open a folded cell below its name; of a cell that an earlier chapter shows, tell where."""
    name = fold.summary.extract().text.strip()
    label = soup.new_tag("p", attrs={"class": "fold-name"})
    if "tag_solution" not in fold.parent["class"] and fold.text in shown:
        where = shown[fold.text]
        before, after = edition._("{name}: as in {place}").format(name=name, place="\n").split("\n")
        link = soup.new_tag("a", href=f"book:{where[0]}#{where[1]}", string=where[2])
        label.extend([before, link, after])
        fold.parent.replace_with(label)
        return
    label.string = name
    anchor = f"fold-{len(shown)}"
    label["id"] = identity(page.name, anchor)
    place = edition._("chapter {number}").format(number=page.number)
    shown[fold.text] = page.name, anchor, place
    fold.insert(0, label)
    fold.name, fold.attrs = "div", {"class": "fold"}


def move_answers(soup, page):
    """Take each answer and solution out of the page, put a link there, and yield what was taken."""
    found = page.body.select("details:not(.hide), div.cell.tag_solution")
    for place, answer in enumerate(found, 1):
        section = answer.find_parent("section")
        asked, given = f"asked-{place}", f"answer-{place}"
        heading = section.find(["h2", "h3"]).text
        name = (answer.summary or answer.select_one(".fold-name")).extract().text.strip()
        link = soup.new_tag("p", id=identity(page.name, asked), attrs={"class": "turn"})
        link.append(
            soup.new_tag(
                "a",
                href=f"book:{SOLUTIONS}#{page.name}--{given}",
                attrs={"class": "inside paged"},
                string=name,
            )
        )
        answer.replace_with(link)
        answer.name, answer.attrs = "div", {"class": "answer"}
        yield page, heading, asked, given, answer


def solutions(edition, answers, part):
    """Return the last page of the book: what was taken out of the others."""
    name = edition._("Answers and solutions")
    soup = BeautifulSoup("", "html.parser")
    body = soup.new_tag("section", id=identity(SOLUTIONS))
    body.append(soup.new_tag("h1", string=name))
    last = None
    for page, heading, asked, given, answer in answers:
        if page is not last:
            title = edition._("Chapter {number}: {title}")
            title = title.format(number=page.number, title=page.title)
            key = identity(SOLUTIONS, page.name)
            body.append(soup.new_tag("h2", id=key, string=title))
            last = page
        title = soup.new_tag("h3", id=identity(SOLUTIONS, f"{page.name}--{given}"))
        title.append(soup.new_tag("a", href=f"book:{page.name}#{asked}", string=heading))
        body.extend([title, answer])
    return Page(SOLUTIONS, name, part, body)


def written(page, link, picture):
    """Return the page's HTML, its links written by link(NAME, ID) and pictures by picture(PATH)."""
    text = str(page.body)
    text = re.sub(
        r'href="book:([^"#]+)#([^"]*)"',
        lambda found: f'href="{link(found[1], identity(found[1], found[2]))}"',
        text,
    )
    return re.sub(r'src="([^"]+)"', lambda found: f'src="{picture(found[1])}"', text)


def sections(pages):
    """Return, by page, id and title of each chapter's sections, without those that all have."""
    found = {page.name: page.body.find_all("h2") for page in pages if page.number}
    keys = {name: [heading.parent["id"] for heading in found[name]] for name in found}
    times = Counter(key.split("--", 1)[1] for name in keys for key in keys[name])
    return {
        name: [
            (key, heading.text)
            for key, heading in zip(keys[name], headings, strict=True)
            if times[key.split("--", 1)[1]] < len(found)
        ]
        for name, headings in found.items()
    }


def in_parts(pages):
    """Yield each part's name with its pages; what belongs to no part comes under no name."""
    for part in dict.fromkeys(page.part for page in pages):
        yield part, [page for page in pages if page.part == part]
