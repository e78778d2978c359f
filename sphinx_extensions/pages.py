"""What the pages of this site have that Sphinx, MyST-NB and Furo do not give them.

Figures have their size and load when they come into view, cells of tables know their column, folds
say what they hold, code has few marks, and chapters their number and their links (Colab, Binder …).
"""

import base64
import hashlib
import re
from html import escape
from pathlib import Path
from urllib.parse import quote

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from PIL import Image
from pygments.formatters import HtmlFormatter
from pygments.token import Token
from sphinx import addnodes
from sphinx.locale import get_translation
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

from sphinx_extensions.metadata import prefix, repository

_ = get_translation("course")
HERE = Path(__file__).parent

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
# Of the text's colour: a mark around each would be half of a chapter's elements, which a phone
# has to style and to place one by one.
UNMARKED = {Token.Name, Token.Punctuation, Token.Text.Whitespace}

# --- chapters ------------------------------------------------------------------------------------


def chapter_number(name):
    """Return the number of the chapter on the page `name`, or None."""
    found = re.search(r"(?:^|/)(\d\d)-[\w-]+$", name)
    return int(found[1]) if found else None


def number_in_contents(app, doctree):
    """Put a chapter's number before its title wherever it is listed."""
    if number := chapter_number(app.env.docname):
        link = app.env.tocs[app.env.docname].next_node(nodes.reference)
        link[:0] = [nodes.inline("", str(number), classes=["number"]), nodes.Text(" ")]


def report_address(pagename, folder):
    """Return where a mistake on this page is reported, as HTML writes it."""
    name, site = repository()
    body = f"{site}{folder}{pagename}.html\n\n"
    address = f"https://github.com/{name}/issues/new?title={quote(pagename)}&body={quote(body)}"
    return escape(address)


# --- from nodes to HTML --------------------------------------------------------------------------


class PageTranslator(HTML5Translator):
    """Sphinx's translator; a node's attributes in node["html"] are written, too."""

    def __init__(self, document, builder):
        super().__init__(document, builder)
        self.meta.pop()  # the viewport, which Furo names itself

    def starttag(self, node, tagname, suffix="\n", empty=False, **attributes):
        attributes |= node.get("html", {})
        if attributes.get("ROLE") == "heading":  # a part of the contents
            attributes["aria-level"] = "2"
        return super().starttag(node, tagname, suffix, empty, **attributes)

    def title_of(self, node):
        """Return the name of the page whose title this is, or None."""
        page = node.parent.parent
        whole = isinstance(page, (nodes.document, addnodes.start_of_file))
        return self.docnames[-1] if whole and isinstance(node.parent, nodes.section) else None

    def visit_title(self, node):
        if number := chapter_number(self.title_of(node) or ""):
            chapter = _("Chapter")  # which babel would not find within the next line
            self.body.append(f'<p class="eyebrow">{chapter} {number}</p>\n')
        super().visit_title(node)

    def depart_title(self, node):
        super().depart_title(node)
        name, builder = self.title_of(node), self.builder
        if name and name != self.config.root_doc and builder.name == "html":
            folder = prefix(self.config)
            links = {
                "_": _,
                "repository": repository()[0],
                "path": f"chapters/{Path(builder.env.doc2path(name)).name}",
                "branch": folder[:-1] or "main",  # of the notebooks in the page's language
                "report_url": report_address(name, folder),
            }
            self.body.append(builder.templates.render("page-links.html", links))

    def visit_citation(self, node):
        """A paper. docutils gives it a role that is deprecated, in a list that is none."""
        self.body.append(self.starttag(node, "div", classes=["citation"]))

    def depart_citation(self, node):
        self.body.append("</div>\n")


def visit_fold(self, node):
    """A fold says what it holds, where MyST-NB writes "Show" and hides the rest from hearing."""
    show, _colon, name = node["prompt_show"].partition(": ")
    unfolded = {} if self.builder.name == "html" else {"open": "open"}
    self.body.append(self.starttag(node, "details", classes=["hide"], **unfolded))
    self.body.append(f"<summary>{escape(name or show)}</summary>\n")


def depart_fold(self, node):
    self.body.append("</details>\n")


class Formatter(HtmlFormatter):
    def format(self, tokensource, outfile):
        plain = ((Token if kind in UNMARKED else kind, text) for kind, text in tokensource)
        super().format(plain, outfile)


def use_formatter(app):
    if app.builder.format == "html":
        app.builder.highlighter.formatter = Formatter


class LabelledCells(SphinxPostTransform):
    """Each cell of a table knows its column, for phones, where a row becomes a block."""

    default_priority = 500
    formats = ("html",)

    def run(self, **kwargs):
        for table in self.document.findall(nodes.tgroup):
            head = table.next_node(nodes.thead)
            heads = head[0].children if head else []
            for cell in heads:
                cell["html"] = {"scope": "col"}
            for row in table.next_node(nodes.tbody):
                for label, cell in zip(heads, row, strict=False):
                    cell["html"] = {"data-label": label.astext()}


class SizedFigures(SphinxPostTransform):
    """Each figure has its size, so that nothing moves, and loads when it comes into view.

    PNG figures become WebP with 256 colours, a fifth of the bytes for the same picture.
    """

    default_priority = 200  # after MyST-NB has chosen which outputs to show
    formats = ("html",)

    def run(self, **kwargs):
        if self.app.builder.name != "html":
            return
        for node in self.document.findall(nodes.image):
            path = Path(self.app.srcdir, node["uri"])
            if path.suffix == ".png":
                light, (width, height) = light_figure(path, Path(self.app.doctreedir, "light"))
                node["uri"] = node["candidates"]["*"] = str(light)
                self.env.images.add_file(self.env.docname, str(light))
                node["html"] = {"width": width, "height": height}
                node["html"] |= {"loading": "lazy", "decoding": "async"}


def light_figure(path, folder):
    """Return the WebP of a PNG, and its size in pixels. It is kept in `folder`, by content."""
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    light = (folder / content / path.name).with_suffix(".webp")
    picture = Image.open(path)
    if not light.exists():
        light.parent.mkdir(parents=True, exist_ok=True)
        few = picture.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=0)
        part = light.with_suffix(".part")  # so that no half picture stays if this is stopped
        few.convert("RGB").save(part, "WEBP", lossless=True, quality=100)
        part.replace(light)
    return light, picture.size


# --- around the text -----------------------------------------------------------------------------


def complete_context(app, pagename, templatename, context, doctree):
    """Give the templates what they name."""
    context["content_security_policy"] = POLICY
    context["theme_script"] = THEME_SCRIPT
    context["repository_url"] = f"https://github.com/{repository()[0]}"
    context["report_url"] = report_address(pagename, prefix(app.config))
    context["navigation"] = context.get("furo_navigation_tree", "")


def add_bibliography(app, docname, source):
    """Add the list of papers here: on GitHub the directive would show as it is written."""
    if docname == "chapters/bibliography":
        source[0] += "\n```{bibliography}\n:all:\n```\n"


def fingerprint():
    """Of what makes the pages, and what they load: when it changes, all are made again."""
    places = [(HERE, "*.py"), (HERE, "theme/**/*.*"), (HERE.parent, "assets/static/**/*.*")]
    files = sorted(file for folder, pattern in places for file in folder.glob(pattern))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def setup(app):
    app.add_config_value("course_code", fingerprint(), "env")
    app.add_html_theme("course", str(HERE / "theme/course"))
    app.add_config_value("comments_config", {}, "env")  # Jupyter Book sets it without asking
    # Jupyter Book's options for its own theme are unknown to Furo, and a warning is an error here.
    app.connect("config-inited", lambda app, config: config.html_theme_options.clear())
    for builder in ("html", "singlehtml", "epub"):
        app.set_translator(builder, PageTranslator)
    app.add_node(HideCodeCellNode, override=True, html=(visit_fold, depart_fold))
    app.add_post_transform(LabelledCells)
    app.add_post_transform(SizedFigures)
    app.connect("builder-inited", use_formatter)
    app.connect("source-read", add_bibliography)
    app.connect("doctree-read", number_in_contents)
    app.connect("html-page-context", complete_context, priority=900)  # after Furo's own
    app.add_js_file("site.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
