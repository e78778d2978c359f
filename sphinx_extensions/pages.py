"""The Sphinx extension of this site, on top of Furo: light pages that call nobody.

Mathematics is written as MathML while the book is built, figures get their size and load when they
come into view, each page has a content security policy, chapters get their number and their links
(Colab, Binder, …), and the search gets its list of sections.
"""

import base64
import hashlib
import json
import re
import shutil
from pathlib import Path
from urllib.parse import quote

from bs4 import BeautifulSoup
from docutils import nodes
from math_core import LatexError, LatexToMathML
from PIL import Image
from sphinx.locale import get_translation
from sphinx.util import logging

from sphinx_extensions.metadata import prefix, repository

logger = logging.getLogger(__name__)
_ = get_translation("course")
HERE = Path(__file__).parent

# --- mathematics ---------------------------------------------------------------------------------

to_mathml = LatexToMathML(fancy_error=False)
NUMBER = re.compile(r"\s*\\qquad \((\d+\.\d+)\)$")  # at the end of a formula that has one


def write_math(self, node, latex, displaystyle):
    """Return a formula as MathML; an unknown command, with `node` as its place, is a warning."""
    try:
        return to_mathml.convert_with_local_state(latex, displaystyle=displaystyle)
    except LatexError as error:
        logger.warning("%s in the formula %s", error, latex, location=node)
        return self.encode(latex)


def visit_inline(self, node):
    self.body.append(write_math(self, node, node.astext(), displaystyle=False))
    raise nodes.SkipNode


def visit_display(self, node):
    """A formula on lines of its own: its number is an anchor, and stands at the right."""
    latex, *numbers = NUMBER.split(node.astext().strip())
    formula = f'<div class="math">{write_math(self, node, latex, displaystyle=True)}</div>'
    if numbers:
        own = f"formula-{numbers[0]}"
        link = f'<a href="#{own}">({numbers[0]})</a>'
        formula = f'<div class="numbered" id="{own}">{formula}{link}</div>'
    self.body.append(formula)
    raise nodes.SkipNode


def link_formulas(app, doctree, docname):
    """Make a link of each mention, such as (4.2): the second formula of chapter 4."""
    chapters = {chapter_number(name): name for name in app.env.found_docs}
    for text in list(doctree.findall(nodes.Text)):
        if not isinstance(text.parent, (nodes.paragraph, nodes.emphasis, nodes.strong)):
            continue
        before, *rest = re.split(r"(\(\d+\.\d+\))", text)
        parts = [nodes.Text(before)]
        for mention, after in zip(rest[::2], rest[1::2], strict=True):
            chapter, anchor = int(mention[1:].split(".")[0]), f"#formula-{mention[1:-1]}"
            if chapter in chapters:
                to = app.builder.get_relative_uri(docname, chapters[chapter]) + anchor
                parts.append(nodes.reference("", mention, internal=True, refuri=to))
            else:
                parts.append(nodes.Text(mention))
            parts.append(nodes.Text(after))
        if rest:
            text.parent.replace(text, parts)


# --- the pages -----------------------------------------------------------------------------------

# Before anything is painted: the theme that the reader chose, and that there are scripts (Furo
# would say so when the page is whole, and all of it would have to be styled again).
THEME_SCRIPT = (
    'document.documentElement.classList.remove("no-js");'
    'try{document.body.dataset.theme=localStorage.getItem("theme")||"auto"}'
    'catch{document.body.dataset.theme="auto"}'
)
THEME_HASH = base64.b64encode(hashlib.sha256(THEME_SCRIPT.encode()).digest()).decode()
POLICY = "; ".join([
    "default-src 'none'",
    f"script-src 'self' 'sha256-{THEME_HASH}'",
    "style-src 'self' 'unsafe-inline'",  # Pygments' colours and the stretched signs of MathML
    "img-src 'self' data: blob:",  # the digit reader shows pictures that the reader opens
    "font-src 'self'",
    "connect-src 'self'",  # Lighthouse reads robots.txt from the page
    "form-action 'self'",
    "base-uri 'none'",
])


def chapter_number(name):
    """The number of the chapter that the page or address `name` leads to, or None."""
    found = re.search(r"(?:^|/)(\d\d)-[\w-]+(?:\.html)?$", name)
    return int(found[1]) if found else None


def links_of_chapter(pagename, source, language):
    """Pairs of label and address: where the reader can run, keep, change or report this page.

    In another `language` than the main one they lead to the branch of that name, which holds the
    notebooks that the site's build has translated.
    """
    name, _site = repository()
    path = f"chapters/{Path(source).name}"
    branch = language or "main"
    pairs = [
        (
            _("Open in Colab"),
            f"https://colab.research.google.com/github/{name}/blob/{branch}/{path}",
        ),
        (
            _("Open in Binder"),
            f"https://mybinder.org/v2/gh/{name}/{branch}?urlpath=lab/tree/{path}",
        ),
        (_("Download the notebook"), f"../_sources/{path}"),
        (_("See it on GitHub"), f"https://github.com/{name}/blob/{branch}/{path}"),
        (_("Report a mistake"), report_address(pagename, f"{language}/" if language else "")),
    ]
    return pairs if source.endswith(".ipynb") else pairs[3:]


def report_address(pagename, folder=""):
    """Where a mistake on this page is reported."""
    name, site = repository()
    body = f"{site}{folder}{pagename}.html\n\n"
    return f"https://github.com/{name}/issues/new?title={quote(pagename)}&body={quote(body)}"


def before_and_after_the_title(body, pagename, source, language):
    """The page's `body` with its chapter number above the title and the links below."""
    number = chapter_number(pagename)
    chapter, elsewhere = _("Chapter"), _("This page elsewhere")
    above = f'<p class="eyebrow">{chapter} {number}</p>\n' if number else ""
    links = "".join(
        f'<li><a href="{address.replace("&", "&amp;")}">{label}</a></li>'
        for label, address in links_of_chapter(pagename, source, language)
    ).replace('<a href="../_sources', '<a download href="../_sources')
    below = f'\n<ul class="page-links" aria-label="{elsewhere}">{links}</ul>'
    return body.replace("<h1>", above + "<h1>", 1).replace("</h1>", "</h1>" + below, 1)


def sized_figures(body, app):
    """Give each figure its size, so that nothing moves, and load it when it comes into view.

    PNG figures become WebP with 256 colours, a fifth of the bytes for the same picture.
    """
    figures = {name: Path(app.srcdir, path) for path, (_docs, name) in app.env.images.items()}

    def complete(tag):
        name = Path(re.search(r'src="([^"]+)"', tag[0])[1]).name
        path = figures.get(name)
        if path is None or path.suffix != ".png":
            return tag[0]
        light = Path(app.outdir, "_images", name).with_suffix(".webp")
        picture = Image.open(path)
        if not light.exists() or light.stat().st_mtime < path.stat().st_mtime:
            light.parent.mkdir(parents=True, exist_ok=True)
            known = Path(app.outdir, "..", light.relative_to(app.outdir))  # of the main language
            if prefix(app.config) and known.exists():
                shutil.copyfile(known, light)
            else:
                few = picture.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=0)
                part = light.with_suffix(".part")  # another language may be looking for it
                few.convert("RGB").save(part, "WEBP", lossless=True, quality=100)
                part.replace(light)
        app.builder.images.pop(str(path.relative_to(app.srcdir)), None)  # need not be copied
        sizes = f'width="{picture.width}" height="{picture.height}" loading="lazy" decoding="async"'
        return tag[0].replace("<img", f"<img {sizes}", 1).replace(name, light.name)

    return re.sub(r"<img[^>]*>", complete, body)


def readable_folds(body):
    """Folded cells say what they hold; MyST-NB's label hides it from those who hear the page."""
    return re.sub(
        r'<summary aria-label="[^"]*">\s*<p class="collapsed admonition-title">\w+: (.*?)</p>\s*'
        r'<p class="expanded admonition-title">.*?</p>\s*</summary>',
        r"<summary>\1</summary>",
        body,
    ).replace('<details class="admonition hide', '<details class="hide')


def lighter_code(body):
    """Code without marks around names, punctuation and spaces, which have the text's colour.

    They are more than half of all elements of a chapter, and a phone styles and places each.
    """
    return re.sub(r'<span class="[npw]">([^<]*)</span>', r"\1", body)


def labelled_cells(body):
    """Each cell of a table knows its column, for phones, where a row becomes a block."""

    def complete(table):
        heads = re.findall(r'<th class="head[^"]*">(?:<p>)?(.*?)(?:</p>)?</th>', table[0], re.S)
        labels = [re.sub(r"<[^>]+>", "", head) for head in heads]
        rows = re.split(r"(?=<tr)", table[0])
        for place, row in enumerate(rows):
            for label in labels:
                row = row.replace("<td>", f'<td role="cell" data-label="{label}">', 1)
            rows[place] = row
        html = "".join(rows).replace("<tr", '<tr role="row"')
        html = html.replace('<th class="', '<th role="columnheader" scope="col" class="')
        return html.replace("<table", '<table role="table"', 1)

    return re.sub(r"<table.*?</table>", complete, body, flags=re.S)


def navigation(tree):
    """Furo's tree of chapters, with their numbers; headings say their level."""

    def numbered(link):
        number = chapter_number(link[1]) or ""
        return f'{link[0]}<span class="number">{number}</span> ' if number else link[0]

    tree = tree.replace('role="heading"', 'role="heading" aria-level="2"')
    return re.sub(r'<a class="[^"]*reference internal" href="([^"]*)">', numbered, tree)


def finish_page(app, pagename, templatename, context, doctree):
    """Complete what Furo and MyST-NB have made of a page."""
    if app.builder.format != "html" or "furo_navigation_tree" not in context:
        return
    context["content_security_policy"] = POLICY
    context["theme_script"] = THEME_SCRIPT
    context["repository_url"] = f"https://github.com/{repository()[0]}"
    context["report_url"] = report_address(pagename, prefix(app.config)).replace("&", "&amp;")
    second_viewport = r'<meta name="viewport"[^>]*>'
    context["metatags"] = re.sub(second_viewport, "", context.get("metatags", ""))
    own = chapter_number(pagename)
    tree = navigation(context["furo_navigation_tree"])
    if own:
        tree = re.sub(
            r'(<a class="current reference internal" href="#">)',
            rf'\1<span class="number">{own}</span> ',
            tree,
        )
    context["navigation"] = tree
    if doctree is None:
        return
    body = sized_figures(context["body"], app)
    body = lighter_code(labelled_cells(readable_folds(body)))
    if pagename != app.config.root_doc:
        language = prefix(app.config).rstrip("/")
        body = before_and_after_the_title(body, pagename, app.env.doc2path(pagename), language)
    # docutils' roles for a bibliography, which may not stand on these elements
    context["body"] = re.sub(r' role="(doc-biblioentry|list|listitem)"', "", body)


def add_bibliography(app, docname, source):
    """Add the list of papers here: on GitHub the directive would show as it is written."""
    if docname == "chapters/bibliography":
        source[0] += "\n```{bibliography}\n:all:\n```\n"


# --- the search ----------------------------------------------------------------------------------


def sections(page, address):
    """The sections of a built page: (address, title of the page, heading, text)."""
    plain = re.sub(r"</?span[^>]*>", "", page)  # thousands, around the pieces of code
    article = BeautifulSoup(plain, "html.parser").article
    for extra in article.select(".headerlink, .page-links, .eyebrow, script"):
        extra.decompose()
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
    """Write the sections of all pages for the search, unless no page has changed."""
    if error or app.builder.name != "html":
        return
    target = Path(app.outdir, "search-data.js")
    pages = [Path(app.outdir, f"{name}.html") for name in sorted(app.env.found_docs)]
    newest = max(page.stat().st_mtime for page in pages)
    if target.exists() and target.stat().st_mtime >= newest:
        return
    found = [
        section
        for page in pages
        for section in sections(page.read_text(), page.relative_to(app.outdir).as_posix())
    ]
    target.write_text(f"globalThis.COURSE_SECTIONS = {json.dumps(found, ensure_ascii=False)};\n")


def leave_out_the_index(app):
    """Sphinx's own search index takes an eighth of a build, and nothing reads it."""

    def nothing(*arguments):
        pass

    app.builder.load_indexer = app.builder.index_page = app.builder.dump_search_index = nothing


def fingerprint():
    """Of the code that makes the pages: when it changes, Sphinx writes all of them again."""
    files = sorted([*HERE.glob("*.py"), *HERE.glob("theme/**/*.*")])
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def setup(app):
    app.add_config_value("course_code", fingerprint(), "html")
    app.add_html_theme("course", str(HERE / "theme/course"))
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_display, None))
    app.add_config_value("comments_config", {}, "env")  # Jupyter Book sets it without asking
    # Jupyter Book's options for its own theme are unknown to Furo, and a warning is an error here.
    app.connect("config-inited", lambda app, config: config.html_theme_options.clear())
    app.connect("builder-inited", leave_out_the_index)
    app.connect("source-read", add_bibliography)
    app.connect("doctree-resolved", link_formulas)
    app.connect("html-page-context", finish_page, priority=900)  # after Furo and site_metadata
    app.connect("build-finished", write_search_data)
    app.add_js_file("site.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
