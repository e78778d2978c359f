"""What Sphinx has to know of the site's languages: words, the switch, and places within pages.

tools/translate.py translates the sources; each language is then built from its own, like English.
"""

from pathlib import Path
from types import SimpleNamespace

from docutils import nodes
from sphinx import addnodes
from sphinx.locale import get_translation, translators
from sphinx.transforms import SphinxTransform

from sphinx_extensions.metadata import addresses, path_of_site, prefix

_ = get_translation("course")


class EnglishPlaces(SphinxTransform):
    """Give each section the id that it has in English: an address leads to it in all languages.

    Links name a section by its heading in their own language (MyST's slugs); these are kept.
    """

    default_priority = 400  # before links are resolved

    def apply(self):
        document, titles = self.document, self.config.course_titles[self.env.docname]
        sections = {section["ids"].pop(): section for section in document.findall(nodes.section)}
        for own in sections:
            del document.ids[own]
        for section, (english, _own) in zip(sections.values(), titles, strict=True):
            section["names"] = [nodes.fully_normalize_name(english)]
            document.set_id(section)
        for contents in document.findall(addnodes.toctree):
            caption = contents["caption"]
            contents["caption"] = _(caption)
        for slug, (line, own, title) in document.myst_slugs.items():
            document.myst_slugs[slug] = line, sections[own]["ids"][0], title


def name_the_site(app, config):
    """Translate what _config.yml says of the site."""
    for key in ("html_title", "author", "copyright"):
        setattr(config, key, _(getattr(config, key)))


def add_switch(app, pagename, templatename, context, doctree):
    """Give the templates the site's words, and this page in the other languages."""
    depth = pagename.count("/") + bool(prefix(app.config))
    up = path_of_site() if pagename == "404" else "../" * depth  # 404 stands for any depth
    names, pages = app.config.course_languages, addresses(app.config, up, pagename)
    context["other_languages"] = [
        (key, names[key], page) for key, page in pages.items() if key != app.config.language
    ]
    context["_"] = _


def keep_figures_apart(app):
    """Have MyST-NB keep figures beside the doctrees: by default it would be inside of the site."""
    folder = Path(app.doctreedir, "figures")
    app.env.mystnb_config = app.env.mystnb_config.copy(output_folder=str(folder))


def setup(app):
    app.add_config_value("course_languages", {"en": "English"}, "html")
    app.add_config_value("course_titles", {}, "env")  # of sections: {page: [(English, own), …]}
    if app.config.course_titles:
        app.add_transform(EnglishPlaces)
    app.add_config_value("course_words", {}, "env")  # the site's own: {English: translation}
    words = app.config.course_words
    translators["general", "course"] = SimpleNamespace(gettext=lambda word: words.get(word, word))
    app.connect("config-inited", name_the_site)
    app.connect("builder-inited", keep_figures_apart, priority=900)  # after MyST-NB's own
    app.connect("html-page-context", add_switch)
