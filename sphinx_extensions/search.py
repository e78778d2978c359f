"""The data of the site's own search (assets/static/site.js): the sections of all pages."""

import json
import re
from pathlib import Path

from bs4 import BeautifulSoup
from sphinx.locale import get_translation
from sphinx.search import IndexBuilder

_ = get_translation("course")


def sections(path, address):
    """Return the sections of a page's HTML as lists: address, page's title, heading, text."""
    article = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").article
    for extra in article.select(".headerlink, .page-links, .eyebrow, script"):
        extra.decompose()
    for piece in article.find_all("span"):  # of code
        piece.unwrap()
    article.smooth()
    title, found = article.h1.get_text(), []
    for section in reversed(article.find_all("section")):  # the inner ones before the outer
        heading = section.extract().find(re.compile("^h[1-6]$")).extract().get_text()
        text = " ".join(section.get_text(" ").split())
        found.insert(0, [f"{address}#{section['id']}", title, heading, text])
    return found


def write_search_data(app, error):
    """Write the sections of all pages, also of those that this build did not write again."""
    if error or app.builder.name != "html":
        return
    pages = [f"{name}.html" for name in sorted(app.env.found_docs)]
    found = [part for page in pages for part in sections(Path(app.outdir, page), page)]
    data = f"globalThis.COURSE_SECTIONS = {json.dumps(found, ensure_ascii=False)};\n"
    Path(app.outdir, "search-data.js").write_text(data, encoding="utf-8", newline="\n")


def switch_off_the_index(app):
    """Keep of Sphinx's own search, which nothing here reads, the stemmer (language_data.js)."""
    app.builder.search = False
    language = IndexBuilder(app.env, app.config.language, {}, "")
    app.config.html_context.update(language.context_for_searchtool())


def search_page(app):
    """Have the page of the search written, by its template."""
    if app.builder.name == "html":  # Sphinx would write it only together with its index
        yield "search", {"title": _("Search")}, "search.html"


def setup(app):
    app.connect("builder-inited", switch_off_the_index)
    app.connect("html-collect-pages", search_page)
    app.connect("build-finished", write_search_data)
