"""The Sphinx extension for the other languages of this site: all of it, from one source.

Sphinx extracts the text of the pages into catalogues (locales/fr/LC_MESSAGES) and puts the
translations back; what it does not see passes through here. So do the notebooks to download, which
get Markdown in the reader's language and keep code and outputs as they are.
"""

import gettext
import re
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import toctree
from sphinx.builders.gettext import MsgOrigin
from sphinx.locale import get_translation
from sphinx.util.i18n import CatalogInfo

from sphinx_extensions.metadata import addresses, prefix
from sphinx_extensions.translation import headings, map_extras, translate_source

_ = get_translation("course")

# --- words ---------------------------------------------------------------------------------------


def catalogues(app):
    return Path(app.srcdir, app.config.locale_dirs[0])


def translator(app, page):
    """Return the function that translates the messages of a page into the site's language."""
    found = gettext.translation(page, catalogues(app), [app.config.language], fallback=True)
    return found.gettext


def load_words(app):
    """Load the site's own words in its language; if they change, all pages are written again."""
    folder = catalogues(app) / app.config.language / "LC_MESSAGES"
    words = CatalogInfo(folder, "course", "utf-8")
    state = ""
    if Path(words.po_path).exists():
        state = Path(words.po_path).read_text()
        if words.is_outdated():
            words.write_mo(app.config.language)
    app.add_message_catalog("course", str(catalogues(app)))
    app.add_config_value("course_words", state, "html")


def name_the_site(app, config):
    for key in ("html_title", "author", "copyright"):
        setattr(config, key, _(getattr(config, key)))


def add_switch(app, pagename, templatename, context, doctree):
    """Give the templates the site's words, and this page in the other languages."""
    context["_"] = _
    up = "../" * (pagename.count("/") + bool(prefix(app.config)))
    context["other_languages"] = [
        (language, app.config.course_languages[language], address)
        for language, address in addresses(app.config, up, pagename).items()
        if language != app.config.language
    ]


# --- pages ---------------------------------------------------------------------------------------


def add_extras(app, doctree, docname):
    """Put the extra messages of a page into its catalogue; formulas stay out of it."""
    if app.builder.name != "gettext":
        return
    for node in doctree.findall(nodes.math_block):
        node["translatable"] = False
    for node in doctree.findall(nodes.image):
        node.attributes.pop("alt", None)  # part of the paragraph's message already
    catalog = app.builder.catalogs[docname]
    path = app.env.doc2path(docname)

    def add(message, line):
        catalog.add(message, MsgOrigin(path, line))
        return message

    map_extras(Path(path).read_text(), add)


def translate_extras(app, docname, content):
    if prefix(app.config):
        translate = translator(app, docname)
        content[0] = map_extras(content[0], lambda message, line: translate(message))


def translate_captions(app, doctree):
    """Translate the parts of the contents, which come into the page after Sphinx's own turn."""
    if prefix(app.config):
        translate = translator(app, app.env.docname)
        for part in doctree.findall(toctree):
            if part.get("caption"):
                part["caption"] = translate(part["caption"])


def keep_figures_outside(app):
    """Have a language's figures kept outside of the site: _build/jupyter_execute/LANGUAGE."""
    language = prefix(app.config)
    build = Path(app.outdir).resolve().parents[1 if language else 0]
    folder = str(build / "jupyter_execute" / language)
    app.env.mystnb_config = app.env.mystnb_config.copy(output_folder=folder)


def write_sources(app, exception):
    """Write the sources of the pages in this language, for those who download them: _sources."""
    if exception or app.builder.name != "html" or not prefix(app.config):
        return
    sources = {name: Path(app.env.doc2path(name)) for name in app.env.found_docs}
    anchors = {
        path.name: headings(path.read_text(), translator(app, name))
        for name, path in sources.items()
    }
    for name, path in sources.items():

        def localised(link, own=path.name):
            known = anchors.get(link[1] or own, {})
            return f"]({link[1]}#{known.get(link[2], link[2])})"

        text = translate_source(path.read_text(), translator(app, name))
        target = Path(app.outdir, "_sources", name).with_suffix(path.suffix)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(re.sub(r"\]\(([\w.-]*)#([\w-]+)\)", localised, text))


def setup(app):
    app.add_config_value("course_languages", {"en": "English"}, "html")
    load_words(app)
    app.connect("config-inited", name_the_site)
    app.connect("builder-inited", keep_figures_outside, priority=900)  # after MyST-NB's own
    app.connect("source-read", translate_extras)
    app.connect("doctree-read", translate_captions, priority=900)
    app.connect("doctree-resolved", add_extras)
    app.connect("html-page-context", add_switch)
    app.connect("build-finished", write_sources)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
