"""What Sphinx has to know to make a book of the course: one page to print, or an ePub.

A book neither folds nor plays: answers stand open, and what only works in a browser is left out.
"""

import os
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import yaml
from babel.dates import format_date
from babel.numbers import format_decimal
from docutils import nodes
from sphinx import addnodes
from sphinx.builders.epub3 import Epub3Builder
from sphinx.locale import get_translation
from sphinx.transforms.post_transforms import SphinxPostTransform

from sphinx_extensions.metadata import chapters, prefix

_ = get_translation("course")
ROOT = Path(__file__).parent.parent
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
LOOK = [str(ROOT / f"assets/{file}") for file in ("export.css", "static/fonts/stix-two-math.woff2")]
HOW = "how-these-files-are-made"  # where the welcome page's links lead as long as there is no file
OPF = "http://www.idpf.org/2007/opf"


class Epub(Epub3Builder):
    """Sphinx's builder, and which pages hold formulas."""

    media_types = Epub3Builder.media_types | {".woff2": "font/woff2"}

    def build_content(self):
        super().build_content()
        path = Path(self.outdir, "content.opf")
        content = ElementTree.parse(path)
        for item in content.iter(f"{{{OPF}}}item"):
            page = Path(self.outdir, item.get("href"))
            if page.suffix == ".xhtml" and page.exists() and b"<math" in page.read_bytes():
                item.set("properties", "mathml")
        content.write(path, encoding="utf-8", xml_declaration=True)


def describe(app, config):
    """Tell the ePub what it is: its title, its language, and how its file is named."""
    config.version, config.project = CITATION["version"], config.html_title
    abstract = CITATION["abstract"].strip()  # within _(…) babel would take the word for a message
    config.epub_title, config.epub_description = config.html_title, _(abstract)
    config.epub_author = config.epub_contributor = config.epub_publisher = config.author
    config.epub_uid = config.epub_identifier = nodes.make_id(config.html_baseurl)  # an XML name
    # Without accents, and without an article that is elided.
    config.epub_basename = nodes.make_id(config.html_title.rpartition("’")[2])
    config.epub_cover = ("_static/cover.png", "epub-cover.html")  # YAML would make a list of it


def gather_files(app):
    """Give a book its own look and fonts in place of the site's."""
    if app.builder.name in Unfold.builders:
        app.builder.add_permalinks = False
        app.config.html_static_path, app.config.html_extra_path = [*LOOK], []
    if app.builder.name == "singlehtml":
        app.config.html_static_path.append(str(Path(matplotlib.get_data_path(), "fonts/ttf")))


class Unfold(SphinxPostTransform):
    """Open the answers, and leave out of a book what it cannot do."""

    default_priority = 190
    builders = ("singlehtml", "epub")

    def run(self):
        for node in list(self.document.findall(nodes.raw)):
            if node.get("explorable"):
                node.parent.remove(node)
            elif node.astext().startswith("<details>"):
                opened = node.astext().replace("<details>", '<details open="open">', 1)
                node.replace_self(nodes.raw("", opened, format="html"))
        for section in list(self.document.findall(nodes.section)):
            if "to-keep" in section["ids"]:
                section.parent.remove(section)
        for link in list(self.document.findall(addnodes.download_reference)):  # it is on the site
            address = f"{self.config.html_baseurl}_downloads/{link['filename']}"
            link.replace_self(nodes.reference("", "", *link.children, refuri=address))


def place(name, anchor=""):
    """Return the id that an anchor of the page `name` has in the joined page."""
    return "-".join(filter(None, ["page", name.rpartition("/")[2], "", anchor]))


def join(app, doctree, docname):
    """Make equal chapters of the joined pages, in which each id is there once.

    Sphinx puts them into the welcome page as its sections, with their ids as they are.
    """
    if app.builder.name != "singlehtml":
        return
    pages = [addnodes.start_of_file("", *doctree.children, docname=docname)]
    for page in list(pages[0].findall(addnodes.start_of_file))[1:]:
        page.parent.remove(page)
        pages.append(page)
    doctree.children, ids = [], {}
    for page in pages:
        name = page["docname"]
        doctree.append(nodes.container("", page, ids=[place(name)], classes=["chapter"]))
        ids[name] = {key for node in page.findall(nodes.Element) for key in node.get("ids", [])}
    for page in pages:
        for node in page.findall(nodes.Element):
            node["ids"] = [place(page["docname"], anchor) for anchor in node.get("ids", [])]
            if "refid" in node:
                node["refid"] = place(page["docname"], node["refid"])
            name, _hash, anchor = node.get("refuri", "").removeprefix("#document-").partition("#")
            if name in ids and (not anchor or anchor in ids[name]):  # a formula keeps its own id
                node["refuri"] = f"#{place(name, anchor)}"


def complete_context(app, pagename, templatename, context, doctree):
    """Have the joined page written by print.html, and the ePub without the site's style sheets."""
    if app.builder.name == "epub":
        lang = f' lang="{app.config.language}" xml:lang="{app.config.language}">'
        context["html_tag"] = context["html_tag"].replace(">", lang)
        own = ("_static/export.css", "_static/pygments.css")
        context["css_files"] = [file for file in context["css_files"] if file.filename in own]
    if app.builder.name == "singlehtml" and doctree:
        env, root = app.env, app.config.root_doc
        toctrees = env.get_doctree(root).findall(addnodes.toctree)
        parts = [("", [root]), *((tree["caption"], tree["includefiles"]) for tree in toctrees)]
        day = format_date(CITATION["date-released"], "long", _("en_GB"))
        context |= {"_": _, "config": app.config, "parts": parts, "day": day}
        context |= {"tocs": env.tocs, "place": place, "chapters": chapters(env)}
        return "print.html"


def link_files(app, doctree, docname):
    """Lead the welcome page's links to the files that are there, and tell their size."""
    if app.builder.name != "html" or docname != app.config.root_doc:
        return
    folder = Path(app.outdir)
    whole = folder.parent if prefix(app.config) else folder  # one zip for all languages
    files = [*whole.glob("*.zip")]
    files += [file for kind in ("pdf", "epub", "apkg") for file in sorted(folder.glob(f"*.{kind}"))]
    for link in [link for link in doctree.findall(nodes.reference) if link.get("refid") == HOW]:
        for file in files:
            told = link.astext().lower()
            if file.suffix[1:] in told and ("questions" in file.stem) == ("questions" in told):
                del link["refid"]
                link["refuri"] = Path(os.path.relpath(file, (folder / docname).parent)).as_posix()
                size = format_decimal(file.stat().st_size / 1e6, "0.0", _("en_GB"))
                size = _("{number} MB").format(number=size)
                link.parent.insert(link.parent.index(link) + 1, nodes.Text(f" ({size})"))


def outdated(app, env, added, changed, removed):
    """Have the welcome page written each time, for there may be other files than the last time."""
    return [app.config.root_doc] if app.builder.name == "html" else []


def setup(app):
    app.add_builder(Epub, override=True)
    app.add_post_transform(Unfold)
    app.connect("config-inited", describe, priority=900)  # after the words are translated
    app.connect("builder-inited", gather_files)
    app.connect("env-get-outdated", outdated)
    app.connect("doctree-resolved", link_files)
    app.connect("doctree-resolved", join, priority=900)  # after the formulas have their links
    app.connect("html-page-context", complete_context, priority=950)  # after the site's own
