"""What search engines and social networks read of this site, and its one address.

Everything that names the repository or the site takes it from `repository()`. Each page gets a
description, its canonical address, Open Graph tags with a card of its own, and JSON-LD; the site
gets sitemap.xml, robots.txt, a page for addresses that do not exist, and a first page that leads to
the welcome page. Where a page tells something twice, here it is taken from the page.
"""

import io
import json
import os
import re
from base64 import b64decode
from html import escape
from pathlib import Path

import matplotlib
import nbformat
from docutils import nodes
from PIL import Image, ImageDraw, ImageFont
from sphinx.locale import get_translation

_ = get_translation("course")

REPOSITORY = "deep-learning-with-keras/course"  # a fork on GitHub needs no change here: see below
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "assets/digits-read.png"
CARD = (1200, 630)  # pixels: what social networks ask for
# Of index.html, which start.js may give a base.
POLICY = "default-src 'none'; script-src 'self'; img-src data:; form-action 'none'; base-uri 'self'"
PALETTE = ["#0072B2", "#D55E00", "#009E73", "#AA4499"]
NOT_FOUND = """
<section id="not-found">
<h1>{title}</h1>
<p>{text}</p>
<form action="search.html" role="search" aria-label="{search_all}">
<input type="search" name="q" aria-label="{search}" placeholder="{search}">
<button type="submit">{search}</button>
</form>
<ul>
{links}
</ul>
</section>
"""


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


def main_language(config):
    return next(iter(config.course_languages))


def prefix(config, language=None):
    """Return the folder of a language within the site, or else of this one: "" or "fr/"."""
    language = language or config.language
    return "" if language == main_language(config) else f"{language}/"


def addresses(config, site, name):
    """Return the address of a page in each language, from the address `site` of the main one."""
    return {
        language: f"{site}{prefix(config, language)}{name}.html"
        for language in config.course_languages
    }


# --- what a page tells of itself -----------------------------------------------------------------


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
    page = app.env.metadata[app.env.docname]
    paragraphs = [node for node in doctree.findall(nodes.paragraph)]
    if not paragraphs:
        raise ValueError(f"{app.env.docname} needs a sentence below its title: what it is about")
    page["description"] = first_sentences(paragraphs[0].astext())
    if app.env.docname in chapters(app.env):  # in all languages: goals, then the time
        goals = next(doctree.findall(nodes.bullet_list))
        time = goals.next_node(nodes.paragraph, descend=False, siblings=True)
        page["goals"] = [" ".join(goal.astext().split()).rstrip(";.") for goal in goals]
        page["minutes"] = int(re.search(r"\d+", time.astext())[0])


# --- cards ---------------------------------------------------------------------------------------


def picture_of(path):
    """Return the figure of a notebook with most in it, the largest file; else the digits."""
    if path.suffix != ".ipynb":
        return Image.open(PICTURE)
    outputs = [o for c in nbformat.read(path, 4).cells for o in c.get("outputs", [])]
    figures = [b64decode(o.data["image/png"]) for o in outputs if "image/png" in o.get("data", {})]
    return Image.open(io.BytesIO(max(figures, key=len))) if figures else Image.open(PICTURE)


def card(title, above, picture, size=CARD):
    """Return a card of `size` pixels: `above` in small letters, the title, the picture."""
    width, height = size
    fonts = Path(matplotlib.get_data_path(), "fonts/ttf")
    small = ImageFont.truetype(fonts / "DejaVuSans.ttf", 30)
    large = ImageFont.truetype(fonts / "DejaVuSans-Bold.ttf", 54)
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for place, colour in enumerate(PALETTE):
        draw.rectangle((place * width // 4, 0, (place + 1) * width // 4, 15), colour)
    draw.text((60, 48), above, "#555555", small)

    lines = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if large.getlength(longer) > width - 120 and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    draw.multiline_text((60, 96), "\n".join(lines), "#1c1e21", large, spacing=10)

    top = 120 + 64 * len(lines)
    picture = picture.convert("RGB")
    scale = min((width - 120) / picture.width, (height - 30 - top) / picture.height)
    picture = picture.resize((round(picture.width * scale), round(picture.height * scale)))
    free = height - 30 - top - picture.height
    sheet.paste(picture, ((width - picture.width) // 2, top + free // 2))
    return sheet.quantize(256, dither=Image.Dither.NONE)


# --- tags ----------------------------------------------------------------------------------------


def chapters(env):
    """The names of the chapters' pages, in order."""
    return [name for name in sorted(env.found_docs) if env.doc2path(name).endswith(".ipynb")]


def resource(env, name, site):
    """Return what schema.org wants to know of a page; of the welcome page, the whole course."""
    page, title, numbered = env.metadata[name], env.titles[name].astext(), chapters(env)
    data = {
        "@context": "https://schema.org",
        "@type": "LearningResource" if name in numbered else "WebPage",
        "name": title,
        "description": page["description"],
        "url": f"{site}{name}.html",
        "image": f"{site}{card_of(name)}",
        "inLanguage": env.config.language,
        "license": LICENCE,
        "isAccessibleForFree": True,
        "author": {"@type": "Organization", "name": env.config.author},
    }
    if "goals" in page:
        data["teaches"] = page["goals"]
    if name in numbered:
        data["learningResourceType"] = "executable notebook"
        data["position"] = numbered.index(name) + 1
        data["isPartOf"] = {
            "@type": "Course",
            "name": env.config.html_title,
            "url": course(env, site),
        }
        data["timeRequired"] = f"PT{page['minutes']}M"
    if name == env.config.root_doc:
        minutes = sum(env.metadata[chapter]["minutes"] for chapter in numbered)
        data["@type"] = "Course"
        data["provider"] = data["author"] | {"url": site}
        data["offers"] = {"@type": "Offer", "category": "Free"}
        data["hasCourseInstance"] = {
            "@type": "CourseInstance",
            "courseMode": "Online",
            "courseWorkload": f"PT{minutes}M",
        }
        data["hasPart"] = [
            {"@type": "LearningResource", "name": env.titles[n].astext(), "url": f"{site}{n}.html"}
            for n in numbered
        ]
    return data


def course(env, site):
    return f"{site}{env.config.root_doc}.html"


def card_of(name):
    return f"_static/cards/{Path(name).name}.png"


def tags(env, name, site):
    """Return the tags that a page's head holds for those who share and find it."""
    title, about = env.titles[name].astext(), env.metadata[name]["description"]
    named = {"description": about, "twitter:card": "summary_large_image"}
    properties = {
        "og:type": "article" if name in chapters(env) else "website",
        "og:site_name": env.config.html_title,
        "og:title": title,
        "og:description": about,
        "og:url": f"{site}{name}.html",
        "og:image": f"{site}{card_of(name)}",
        "og:image:width": str(CARD[0]),
        "og:image:height": str(CARD[1]),
        "og:image:alt": _("{title}, with a figure of this page").format(title=title),
        "og:locale": _("en_GB"),
    }
    data = json.dumps(resource(env, name, site), ensure_ascii=False).replace("</", r"<\/")
    return "\n".join([
        *(f'<meta name="{key}" content="{escape(text)}">' for key, text in named.items()),
        *(f'<meta property="{key}" content="{escape(text)}">' for key, text in properties.items()),
        f'<script type="application/ld+json">{data}</script>',
    ])


def alternates(config, name):
    """Return the links to a page in each language, for a page's head or for the sitemap."""
    places = addresses(config, repository()[1], name)
    places["x-default"] = places[main_language(config)]
    return "\n".join(
        f'<link rel="alternate" hreflang="{language}" href="{address}">'
        for language, address in places.items()
    )


def add_tags(app, pagename, templatename, context, doctree):
    """Write the tags into a page's head, and its card beside it."""
    env, site = app.env, app.config.html_baseurl
    if app.builder.name != "html":
        return
    if pagename not in env.found_docs:
        title = _("Search") if pagename == "search" else context.get("title") or pagename
        about = f"{title} · {env.config.html_title}"
        context["metatags"] = f'<meta name="description" content="{escape(about)}">'
        if pagename == "404":
            context["pageurl"] = None  # it answers for addresses that are not its own
        return
    context["metatags"] += alternates(app.config, pagename) + tags(env, pagename, site)
    path, title = Path(env.doc2path(pagename)), env.titles[pagename].astext()
    number = chapters(env).index(pagename) + 1 if path.suffix == ".ipynb" else None
    above = env.config.html_title if title != env.config.html_title else ""
    above += " · " + _("chapter {number}").format(number=number) if number else ""
    target = Path(app.outdir, card_of(pagename))
    target.parent.mkdir(parents=True, exist_ok=True)
    card(title, above, picture_of(path)).save(target, optimize=True)


# --- files ---------------------------------------------------------------------------------------


def not_found(app):
    """A page for addresses that do not exist: GitHub Pages answers with 404.html at any depth."""
    if app.builder.name == "html":
        pages = [app.config.root_doc, *chapters(app.env)]
        links = "\n".join(
            f'<li><a href="{page}.html">{escape(app.env.titles[page].astext())}</a></li>'
            for page in pages
        )
        body = NOT_FOUND.format(
            title=_("This page is not here"),
            text=_(
                "The address may have changed, or a letter of it may be missing. The course itself "
                "is all here: look for a word, or start from a chapter."
            ),
            search_all=_("Search for this page"),
            search=_("Search"),
            links=links,
        )
        yield "404", {"title": _("Page not found"), "body": body}, "page.html"


def write_files(app, exception):
    """Write sitemap.xml, robots.txt and index.html, and make the links of 404.html absolute.

    Of the whole site, with all its languages, there is one sitemap.xml and one robots.txt.
    """
    if exception or app.builder.name != "html":
        return
    env, out, site = app.env, Path(app.outdir), app.config.html_baseurl
    language, root = app.config.language, app.config.root_doc
    start = ""
    if language == main_language(app.config):
        write_sitemap(app, out, site)
        others = " ".join(list(app.config.course_languages)[1:])
        start = f'<script src="_static/start.js" data-languages="{others}"></script>\n'
    (out / "index.html").write_text(
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        # An empty icon: without one, browsers ask the host for a favicon.ico, which is not there.
        f'<link rel="icon" href="data:,">\n{start}'
        f'<meta http-equiv="refresh" content="0; url={root}.html">\n'
        f'<link rel="canonical" href="{course(env, site)}">\n{tags(env, root, site)}\n'
        f"<title>{escape(app.config.html_title)}</title>\n</head>\n"
        f'<body><a href="{root}.html">{escape(app.config.html_title)}</a></body>\n</html>\n'
    )

    page = out / "404.html"
    base = "/" + site.split("/", 3)[3]
    absolute = re.sub(
        r'((?:href|src|action)=")(?![a-z]+:|[/#"])(?:\./)?', rf"\g<1>{base}", page.read_text()
    )
    page.write_text(absolute.replace('data-content_root="./"', f'data-content_root="{base}"'))


def write_sitemap(app, out, site):
    """Write sitemap.xml, in which each page names its other languages, and robots.txt."""
    names = sorted(app.env.found_docs)
    places = "".join(
        f"  <url><loc>{address}</loc>\n{linked}\n  </url>\n"
        for name in names
        for linked in [
            re.sub("<link (.*?)>", r"    <xhtml:link \1/>", alternates(app.config, name))
        ]
        for address in addresses(app.config, site, name).values()
    )
    (out / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        f' xmlns:xhtml="http://www.w3.org/1999/xhtml">\n{places}</urlset>\n'
    )
    (out / "robots.txt").write_text(f"User-agent: *\nAllow: /\n\nSitemap: {site}sitemap.xml\n")


def set_address(app, config):
    config.html_baseurl = repository()[1] + prefix(config)
    config.course_repository = repository()[0]


def setup(app):
    # A new value of these makes Sphinx write all pages again.
    app.add_config_value("course_repository", "", "html")
    app.connect("config-inited", set_address)
    app.connect("doctree-read", remember)
    app.connect("html-page-context", add_tags)
    app.connect("html-collect-pages", not_found)
    app.connect("build-finished", write_files, priority=900)  # after the contents' own index.html
    return {"parallel_read_safe": True, "parallel_write_safe": True}
