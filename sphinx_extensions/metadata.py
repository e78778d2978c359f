"""What search engines and social networks read of this site, and its one address.

Everything that names the repository or the site takes it from `repository()`. sphinxext-opengraph
writes the tags for sharing and draws their cards, sphinx-notfound-page makes 404.html work at any
depth. sphinx-sitemap forgets each page that an incremental build does not write again, so that
sitemap.xml, like the other files, comes from a template in theme/course.
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

    The repository is the environment variable COURSE_REPOSITORY, or GITHUB_REPOSITORY, which
    GitHub Actions set, or REPOSITORY above. The site is COURSE_SITE, or where GitHub Pages puts it.
    A value that is neither "owner/name" nor an address raises ValueError.
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


def folders(config):
    """Return the folder of each language within the site, as {"en": "", "fr": "fr/"}."""
    main, *others = config.course_languages
    return {main: ""} | {language: f"{language}/" for language in others}


def prefix(config):
    """Return the folder of this language within the site: "" or "fr/"."""
    return folders(config)[config.language]


def addresses(config, site, name):
    """Return the address of a page in each language, from the address `site` of the main one."""
    return {language: f"{site}{folder}{name}.html" for language, folder in folders(config).items()}


def set_address(app, config):
    """Tell Sphinx and its extensions where the site is."""
    config.course_repository, site = repository()
    config.html_baseurl = config.ogp_site_url = site + prefix(config)
    config.ogp_site_name = config.html_title
    config.notfound_urls_prefix = path_of_site() + prefix(config)
    config.notfound_template, config.notfound_context = "404.html", {"title": _("Page not found")}


# --- what a page tells of itself -----------------------------------------------------------------


def chapters(env):
    """Return the names of the chapters' pages, in order."""
    return [name for name in sorted(env.found_docs) if env.doc2path(name).endswith(".ipynb")]


def first_sentences(text, longest=160):
    """Return the first sentence of `text`, and those after it within `longest` characters."""
    first, *others = re.split(r"(?<=[.!?])\s+", " ".join(text.split()))
    for sentence in others:
        if len(first) + 1 + len(sentence) > longest:
            break
        first += " " + sentence
    return first


def remember(app, doctree):
    """Keep what the page says of itself: its first sentences, its goals and its time in minutes."""
    page, first = app.env.metadata[app.env.docname], doctree.next_node(nodes.paragraph)
    if first is None:
        raise ValueError(f"{app.env.docname} needs a sentence below its title: what it is about")
    page["description"] = first_sentences(first.astext())
    if app.env.docname in chapters(app.env):  # in all languages: goals, then the time
        goals = doctree.next_node(nodes.bullet_list)
        time = goals.next_node(nodes.paragraph, descend=False, siblings=True)
        page["goals"] = [" ".join(goal.astext().split()).rstrip(";. ") for goal in goals]
        page["minutes"] = int(re.search(r"\d+", time.astext())[0])


def alternates(config, name):
    """Return pairs of language and address, also of the page for readers of other languages."""
    places = list(addresses(config, repository()[1], name).items())
    return [*places, ("x-default", places[0][1])]


def add_tags(app, pagename, templatename, context, doctree):
    """Write into a page's head what it is about; sphinxext-opengraph adds its part after this."""
    env, config = app.env, app.config
    if app.builder.name != "html":
        return
    context |= {"author": config.author, "site": config.html_baseurl}
    context["chapters"] = [
        {"name": name, "title": env.titles[name].astext(), **env.metadata[name]}
        for name in chapters(env)
    ]
    if pagename in env.found_docs:
        page = env.metadata[pagename]
        context |= {"about": page["description"], "name": env.titles[pagename].astext()}
        context["alternates"] = alternates(config, pagename)
        context["meta"] = page | {
            "og:description": escape(page["description"]),
            "og:type": "article" if pagename in chapters(env) else "website",
            "og:locale": _("en_GB"),
            "og:image:alt": escape(page["description"]),  # the card shows title and description
        }
    else:
        context["about"] = f"{context.get('title', pagename)} · {config.html_title}"
    if pagename == "404":  # which answers for addresses that are not its own
        context |= {"pageurl": None, "content_root": config.notfound_urls_prefix}
    context["metatags"] = context.get("metatags", "") + render(app, "metadata.html", context)


# --- files ---------------------------------------------------------------------------------------


def render(app, template, context):
    return app.builder.templates.render(template, context)


def write(app, name, context):
    text = render(app, name, context) + "\n"
    Path(app.outdir, name).write_text(text, encoding="utf-8", newline="\n")


def write_first_page(app, pagename, templatename, context, doctree):
    """Write index.html, which has the tags of the welcome page and leads there."""
    if app.builder.name == "html" and pagename == app.config.root_doc:
        others = list(app.config.course_languages)[1:]
        write(app, "index.html", context | {"choice": not prefix(app.config) and " ".join(others)})


def write_lists(app, exception):
    """Write sitemap.xml and robots.txt: of the whole site, with all its languages, there is one."""
    if not exception and app.builder.name == "html" and not prefix(app.config):
        pages = [alternates(app.config, name) for name in sorted(app.env.found_docs)]
        write(app, "sitemap.xml", {"pages": pages})
        write(app, "robots.txt", {"site": app.config.html_baseurl})


def setup(app):
    app.setup_extension("notfound.extension")
    app.setup_extension("sphinxext.opengraph")
    # A new value of these makes Sphinx write all pages again.
    app.add_config_value("course_repository", "", "html")
    app.connect("config-inited", set_address, priority=900)  # after the title is translated
    app.connect("doctree-read", remember)
    app.connect("html-page-context", add_tags, priority=450)
    app.connect("html-page-context", write_first_page, priority=900)
    app.connect("build-finished", write_lists)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
