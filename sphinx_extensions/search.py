"""The data of the site's own search (assets/static/site.js): the sections of all pages."""

import json
import re
from pathlib import Path

from bs4 import BeautifulSoup
from sphinx.locale import get_translation
from sphinx.search import IndexBuilder

_ = get_translation("course")


def sections(page, address):
    """Yield the sections of a page's HTML: [address, title of the page, heading, text]."""
    article = BeautifulSoup(page, "html.parser").article
    for extra in article.select(".headerlink, .page-links, .eyebrow, script"):
        extra.decompose()
    for piece in article.find_all("span"):  # of code
        piece.unwrap()
    article.smooth()
    title = article.h1.get_text() if article.h1 else ""
    for section in article.find_all("section"):
        heading = section.find(re.compile("^h[1-6]$"), recursive=False)
        if heading is None:
            continue
        name = heading.extract().get_text()
        parts = [part for part in section.children if part.name != "section"]
        text = " ".join(part.get_text(" ") if part.name else str(part) for part in parts)
        yield [f"{address}#{section['id']}", title, name, " ".join(text.split())]


def write_search_data(app, error):
    """Write the sections of all pages, also of those that this build did not write again."""
    if error or app.builder.name != "html":
        return
    found = []
    for name in sorted(app.env.found_docs):
        page = Path(app.outdir, f"{name}.html").read_text(encoding="utf-8")
        found += sections(page, f"{name}.html")
    data = f"globalThis.COURSE_SECTIONS = {json.dumps(found, ensure_ascii=False)};\n"
    Path(app.outdir, "search-data.js").write_text(data, encoding="utf-8", newline="\n")


def switch_off_the_index(app):
    """Sphinx's own search index takes an eighth of a build, and nothing reads it.

    Of what comes with it, language_data.js is in use: it holds the stemmer of the site's language.
    """
    app.builder.search = False
    language = IndexBuilder(app.env, app.config.language, {}, "")
    app.config.html_context.update(language.context_for_searchtool())


def search_page(app):
    if app.builder.name == "html":  # Sphinx would write it only together with its index
        yield "search", {"title": _("Search")}, "search.html"


def setup(app):
    app.connect("builder-inited", switch_off_the_index)
    app.connect("html-collect-pages", search_page)
    app.connect("build-finished", write_search_data)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
