"""What the pages of this site have that Sphinx, MyST-NB and Furo do not give them."""

import hashlib
import re
from base64 import b64encode
from html import escape
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode, depart_HideCellInput
from PIL import Image
from pygments.formatters import HtmlFormatter
from pygments.token import Token
from sphinx import addnodes
from sphinx.locale import get_translation
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

_ = get_translation("course")
HERE = Path(__file__).parent
# Of the text's colour: a mark around each would be half of a chapter's elements.
UNMARKED = {Token.Name, Token.Punctuation, Token.Text.Whitespace}


def chapter_number(name):
    """Return the number of the chapter on the page `name`, or None."""
    found = re.search(r"(?:^|/)(\d\d)-[\w-]+$", name)
    return int(found[1]) if found else None


def number_in_contents(app, doctree):
    """Put a chapter's number before its title wherever it is listed."""
    if number := chapter_number(app.env.docname):
        link = app.env.tocs[app.env.docname].next_node(nodes.reference)
        link[:0] = [nodes.inline("", str(number), classes=["number"]), nodes.Text(" ")]


def surround_titles(app, doctree, docname):
    """Put a chapter's number above its title, and below each page's title its links."""
    for page in (doctree, *doctree.findall(addnodes.start_of_file)):
        name = page.get("docname", docname)
        title = page.next_node(nodes.title)
        place = title.parent.index(title)
        if app.builder.name == "html" and name != app.config.root_doc:
            context = {
                "_": _,
                "config": app.config,
                "pagename": name,
                "path": f"chapters/{Path(app.env.doc2path(name)).name}",
            }
            links = app.builder.templates.render("page-links.html", context)
            title.parent.insert(place + 1, nodes.raw("", links, format="html"))
        if number := chapter_number(name):
            eyebrow = '<p class="eyebrow">' + _("Chapter") + f" {number}</p>\n"
            title.parent.insert(place, nodes.raw("", eyebrow, format="html"))


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


class Formatter(HtmlFormatter):
    """Pygments' own, with fewer marks."""

    def format(self, tokensource, outfile):
        plain = ((Token if kind in UNMARKED else kind, text) for kind, text in tokensource)
        super().format(plain, outfile)


def prepare(app):
    """Have code marked by our formatter, and let templates name a script in the policy."""
    if app.builder.format == "html":
        app.builder.highlighter.formatter = Formatter
        filters = app.builder.templates.environment.filters
        filters["sha256"] = lambda text: b64encode(hashlib.sha256(text.encode()).digest()).decode()


def label_cells(app, doctree):
    """Tell each cell of a table its column, for phones, where a row becomes a block."""
    for table in doctree.findall(nodes.tgroup):
        head = table.next_node(nodes.thead)
        heads = head[0].children if head else []
        for cell in heads:
            cell["html"] = {"scope": "col"}
        for row in table.next_node(nodes.tbody):
            for label, cell in zip(heads, row, strict=False):
                cell["html"] = {"data-label": label.astext()}


class SizedFigures(SphinxPostTransform):
    """Each figure is light, has its size, so that nothing moves, and loads when it is seen."""

    default_priority = 200  # after MyST-NB has chosen which outputs to show
    builders = ("html",)

    def run(self):
        for node in self.document.findall(nodes.image):
            path = Path(self.app.srcdir, node["uri"])
            if path.suffix == ".png":
                light, (width, height) = light_figure(path, Path(self.app.doctreedir, "light"))
                node["uri"] = node["candidates"]["*"] = str(light)
                self.env.images.add_file(self.env.docname, str(light))
                size = {"width": width, "height": height}
                node["html"] = size | {"loading": "lazy", "decoding": "async"}


def light_figure(path, folder):
    """Return the WebP of a PNG, a fifth of its bytes, kept in `folder` by content, and its size."""
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    light = (folder / content / path.name).with_suffix(".webp")
    picture = Image.open(path)
    if not light.exists():
        light.parent.mkdir(parents=True, exist_ok=True)
        few = picture.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=0)
        part = light.with_suffix(".part")  # so that no half picture stays if this is stopped
        few.convert("RGB").save(part, "WEBP", lossless=True, quality=100, method=4)
        part.replace(light)
    return light, picture.size


def add_bibliography(app, docname, source):
    """Add the list of papers here: on GitHub the directive would show as it is written."""
    if docname == "chapters/bibliography":
        source[0] += "\n```{bibliography}\n:all:\n```\n"


def fingerprint():
    """Of what makes the pages, and what they load: when it changes, all are made again."""
    patterns = "*.py", "theme/**/*.*", "../assets/static/**/*.*", "../assets/words/*.json"
    files = sorted(file for pattern in patterns for file in HERE.glob(pattern))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def setup(app):
    app.add_config_value("course_code", fingerprint(), "env")
    app.add_html_theme("course", str(HERE / "theme/course"))
    app.add_config_value("comments_config", {}, "env")  # Jupyter Book sets it without asking
    for builder in ("html", "singlehtml", "epub"):
        app.set_translator(builder, PageTranslator)
    app.add_node(HideCodeCellNode, override=True, html=(visit_fold, depart_HideCellInput))
    app.add_post_transform(SizedFigures)
    app.connect("builder-inited", prepare)
    app.connect("source-read", add_bibliography)
    app.connect("doctree-read", number_in_contents)
    app.connect("doctree-read", label_cells)
    app.connect("doctree-resolved", surround_titles)
    app.add_js_file("site.js", loading_method="defer")
