"""What search engines and social networks read of this site, and its one address.

sphinxext-opengraph writes the tags for sharing and draws their cards, sphinx-notfound-page makes
404.html work at any depth. sphinx-sitemap forgets each page that an incremental build does not
write again, so that sitemap.xml comes from a template in theme/course.
"""

import os
import re
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.locale import get_translation

_ = get_translation("course")

REPOSITORY = "deep-learning-with-keras/course"  # a fork on GitHub needs no change here: see below


def repository():
    """Return the repository as "owner/name", and the address of its site, which ends in "/".

    They are COURSE_REPOSITORY, or GITHUB_REPOSITORY, which GitHub Actions set, or REPOSITORY above,
    and COURSE_SITE, or where GitHub Pages puts it. A value in another form raises ValueError.
    """
    name = os.environ.get("COURSE_REPOSITORY") or os.environ.get("GITHUB_REPOSITORY") or REPOSITORY
    if not re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", name):
        raise ValueError(f"COURSE_REPOSITORY is {name!r}: write it as owner/name")
    owner, project = name.split("/")
    pages = f"{owner.lower()}.github.io"
    site = os.environ.get("COURSE_SITE") or (
        f"https://{pages}/" if project.lower() == pages else f"https://{pages}/{project}/"
    )
    if not re.fullmatch(r"https?://[^\s\"'<>?#]+", site):
        raise ValueError(f"COURSE_SITE is {site!r}: write it as https://…")
    return name, site.rstrip("/") + "/"


def path_of_site():
    """Return the site's address without its host, as "/course/"."""
    return "/" + repository()[1].split("/", 3)[3]


def prefix(config, language=None):
    """Return a language's folder within the site, or this language's: "" or "fr/"."""
    language = language or config.language
    return "" if language == next(iter(config.course_languages)) else f"{language}/"


def addresses(config, site, name):
    """Return the address of a page in each language, from the address `site` of the main one."""
    return {key: f"{site}{prefix(config, key)}{name}.html" for key in config.course_languages}


def set_address(app, config):
    """Tell Sphinx and its extensions where the site is."""
    config.course_repository, site = repository()
    config.course_branch = prefix(config)[:-1] or "main"  # of notebooks in the page's language
    config.html_baseurl = config.ogp_site_url = site + prefix(config)
    config.ogp_site_name = config.html_title
    config.ogp_enable_meta_description = False  # metadata.html has its own
    config.notfound_urls_prefix = path_of_site() + prefix(config)
    # Jupyter Book's options for its own theme are unknown to Furo, and a warning is an error here.
    config.html_theme_options.clear()
    config.notfound_template, config.notfound_context = "404.html", {"title": _("Page not found")}


def chapters(env):
    """Return the names of the chapters' pages, in order."""
    return [name for name in sorted(env.found_docs) if env.doc2path(name).endswith(".ipynb")]


def remember(app, doctree):
    """Keep what the page says of itself: its first paragraph, its goals and its time in minutes."""
    page, first = app.env.metadata[app.env.docname], doctree.next_node(nodes.paragraph)
    if first is None:
        raise ValueError(f"{app.env.docname} needs a sentence below its title: what it is about")
    page["description"] = " ".join(first.astext().split())
    if app.env.docname in chapters(app.env):  # in all languages: goals, then the time
        goals = doctree.next_node(nodes.bullet_list)
        time = goals.next_node(nodes.paragraph, descend=False, siblings=True)
        page["goals"] = [" ".join(goal.astext().split()).rstrip(";. ") for goal in goals]
        page["minutes"] = int(re.search(r"\d+", time.astext())[0])


def complete_context(app, pagename, templatename, context, doctree):
    """Give the templates what they name, and sphinxext-opengraph what its tags shall say."""
    env, config = app.env, app.config
    if app.builder.name != "html":
        return
    titles = {name: title.astext() for name, title in env.titles.items()}
    names = chapters(env)
    context["chapters"] = [{"name": n, "title": titles[n]} | env.metadata[n] for n in names]
    context |= {"config": config, "name": titles.get(pagename, context.get("title"))}
    if pagename in env.found_docs:
        about = escape(env.metadata[pagename]["description"])
        context["addresses"] = addresses(config, repository()[1], pagename)
        context["meta"] = env.metadata[pagename] | {
            "og:description": about,
            "og:type": "article" if pagename in names else "website",
            "og:locale": _("en_GB"),
            "og:image:alt": about,  # the card shows title and description
        }
    if pagename == "404":  # which answers for addresses that are not its own
        context |= {"pageurl": None, "content_root": config.notfound_urls_prefix}


def write(app, name, context):
    """Write a file of the site that its template makes, and no page of Sphinx's."""
    text = app.builder.templates.render(name, context) + "\n"
    Path(app.outdir, name).write_text(text, encoding="utf-8", newline="\n")


def write_first_page(app, pagename, templatename, context, doctree):
    """Write index.html, which has the tags of the welcome page and leads there."""
    if app.builder.name == "html" and pagename == app.config.root_doc:
        others = list(app.config.course_languages)[1:]
        write(app, "index.html", context | {"choice": not prefix(app.config) and " ".join(others)})


def write_lists(app, exception):
    """Write sitemap.xml and robots.txt: of the whole site, with all its languages, there is one."""
    if not exception and app.builder.name == "html" and not prefix(app.config):
        site = app.config.html_baseurl
        pages = [addresses(app.config, site, name) for name in sorted(app.env.found_docs)]
        write(app, "sitemap.xml", {"pages": pages})
        write(app, "robots.txt", {"site": site})


def setup(app):
    app.setup_extension("notfound.extension")
    app.setup_extension("sphinxext.opengraph")
    # A new value of these makes Sphinx read and write all pages again.
    app.add_config_value("course_repository", "", "env")
    app.add_config_value("course_branch", "main", "env")
    app.connect("config-inited", set_address, priority=900)  # after the title is translated
    app.connect("doctree-read", remember)
    app.connect("html-page-context", complete_context, priority=450)  # before opengraph
    app.connect("html-page-context", write_first_page, priority=900)
    app.connect("build-finished", write_lists)
