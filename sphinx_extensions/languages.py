"""What Sphinx has to know of the site's languages: words, the switch, and places within pages.

tools/translate.py translates the sources; each language is then built from its own, like English.
"""

from pathlib import Path

from docutils import nodes
from sphinx.locale import get_translation
from sphinx.transforms import SphinxTransform

from sphinx_extensions.metadata import addresses, path_of_site, prefix

_ = get_translation("course")


class EnglishPlaces(SphinxTransform):
    """Give each section the id that it has in English: an address leads to it in all languages.

    Links name a section by its heading in their own language (MyST's slugs); these are kept.
    """

    default_priority = 400  # before links are resolved

    def apply(self):
        document, titles = self.document, self.config.course_titles.get(self.env.docname)
        if titles is None:
            return
        sections = list(document.findall(nodes.section))
        new = {section["ids"].pop(): section for section in sections}
        for own, section in new.items():
            del document.ids[own]
            for name in section["names"]:
                del document.nameids[name]
        for section, title in zip(sections, titles, strict=True):
            section["names"] = [nodes.fully_normalize_name(title)]
            document.note_implicit_target(section, section)
        for slug, (line, own, title) in document.myst_slugs.items():
            document.myst_slugs[slug] = line, new[own]["ids"][0], title


def load_words(app):
    """Load the site's own words; if they change, all pages are written again."""
    folder = Path(app.srcdir, "locales")
    words = folder / app.config.language / "LC_MESSAGES/course.mo"
    app.add_message_catalog("course", str(folder))
    app.add_config_value("course_words", words.read_bytes() if words.exists() else b"", "html")


def name_the_site(app, config):
    for key in ("html_title", "author", "copyright"):
        setattr(config, key, _(getattr(config, key)))


def add_switch(app, pagename, templatename, context, doctree):
    """Give the templates the site's words, and this page in the other languages."""
    context["_"] = _
    up = "../" * (pagename.count("/") + bool(prefix(app.config)))
    if pagename == "404":  # which stands for addresses at any depth
        up = path_of_site()
    context["other_languages"] = [
        (language, app.config.course_languages[language], address)
        for language, address in addresses(app.config, up, pagename).items()
        if language != app.config.language
    ]


def keep_figures_apart(app):
    """Have MyST-NB keep figures beside the doctrees: by default it would be inside of the site."""
    folder = Path(app.doctreedir, "figures")
    app.env.mystnb_config = app.env.mystnb_config.copy(output_folder=str(folder))


def setup(app):
    app.add_config_value("course_languages", {"en": "English"}, "html")
    app.add_config_value("course_titles", {}, "env")  # of sections, in English: {page: [title, …]}
    load_words(app)
    app.add_transform(EnglishPlaces)
    app.connect("config-inited", name_the_site)
    app.connect("builder-inited", keep_figures_apart, priority=900)  # after MyST-NB's own
    app.connect("html-page-context", add_switch)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
