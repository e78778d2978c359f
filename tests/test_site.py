"""The built site in a real browser: light, private, and the same for everybody.

`make test` builds the site first. A check takes an opened page, or its HTML, and yields a sentence
for each fault; beside it stands a page spoiled on purpose, in which it has to find one.
"""

import gzip
import re
from collections import Counter
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import quote

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import TimeoutError

from sphinx_extensions.metadata import repository
from tools.browser import SITE, TEXT, browser, pages_to_read, served

ROOT = Path(__file__).parent.parent
PAGES = pages_to_read()
# The French pages have the same parts, see test_languages.py: here some of them stand for all.
APART = [name for name in PAGES if not name.startswith("fr/chapters/0")]
CHAPTER = "chapters/05-backpropagation.html"
FRENCH = f"fr/{CHAPTER}"
NOT_FOUND = ["404.html", "fr/404.html"]
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
KILOBYTES = {1280: 150, 360: 120}
EXPLORABLE = 15  # kilobytes more for a page with something to move
# Notes layout shifts and the size of the page, from before the first paint.
WATCH = """
globalThis.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


# --- a server and a browser ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def chrome():
    assert PAGES, "There is no site to test: type make book."
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def address():
    with served(SITE) as found:
        yield found


def replaced(old, new):
    """A function that puts `new` in the place of `old`, which must be there."""

    def spoil(text):
        assert old in text
        return text.replace(old, new)

    return spoil


def new_page(chrome, size=WIDE, **settings):
    """An empty page with lists of `responses` and `complaints`."""
    page = chrome.new_context(viewport=size, **settings).new_page()
    page.responses, page.complaints = [], []
    page.on("response", lambda response: page.responses.append(response))
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("requestfailed", lambda request: page.complaints.append(f"failed: {request.url}"))
    page.add_init_script(WATCH)
    return page


@contextmanager
def opened(chrome, url, size=WIDE, spoil=None, file=None, **settings):
    """A page of its own at `url`.

    `spoil` changes a text on its way: the page's own HTML, or the `file` of the site.
    """
    page = new_page(chrome, size, **settings)
    if spoil:
        place = re.compile(re.escape(file) + r"($|\?)") if file else url
        page.route(place, lambda route: route.fulfill(response=(answer := route.fetch()),
                                                      body=spoil(answer.text())))  # fmt: skip
    page.goto(url)
    page.wait_for_timeout(250)
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def lead(chrome):
    """A function that leads a page of a size to `url` as if it was opened there.

    There is one for each size: to make a new page takes Chromium longer than to fill it.
    """
    pages = {}

    def lead_to(url, size):
        if size["width"] not in pages:
            page = new_page(chrome, size, color_scheme="light", reduced_motion="reduce")
            pages[size["width"]] = page, page.context.new_cdp_session(page)
        page, tools = pages[size["width"]]
        page.goto("about:blank")
        tools.send("Network.setCacheDisabled", {"cacheDisabled": True})  # and forgets what is there
        page.responses, page.complaints = [], []
        page.goto(url)
        page.wait_for_timeout(250)
        return page

    yield lead_to
    for page, _ in pages.values():
        page.context.close()


def sent_bytes(response):
    """What a server sends: text compressed, pictures and fonts as they are."""
    body = response.body() if response.status == 200 else b""
    return len(gzip.compress(body)) if response.url.split("?")[0].endswith(TEXT) else len(body)


# --- what every page keeps -----------------------------------------------------------------------


def weight(page):
    limit = KILOBYTES[page.viewport_size["width"]]
    if page.query_selector("article .explorable"):
        limit += EXPLORABLE
    sizes = {r.url: sent_bytes(r) for r in page.responses if "digits/weights.js" not in r.url}
    if sum(sizes.values()) > 1000 * limit:
        yield f"{sum(sizes.values()) / 1000:.0f} kB on first load, more than {limit}: {sizes}"
    if len(sizes) > 20:
        yield f"{len(sizes)} requests, more than 20"


def privacy(page):
    host = page.url.split("/")[2]
    for response in page.responses:
        if (
            response.url.split(":")[0] not in {"data", "blob"}
            and response.url.split("/")[2] != host
        ):
            yield f"a request to another host: {response.url}"
    for complaint in page.complaints:
        yield f"the console says: {complaint}"
    if not page.query_selector("meta[http-equiv=Content-Security-Policy]"):
        yield "the page has no content security policy"


def stillness(page):
    if (shift := page.evaluate("shift")) > 0.005:
        yield f"what is read moves while the page loads: layout shift {shift:.3f}"


def access(page, **options):
    """What breaks a rule of axe-core; `runOnly=["color-contrast"]` for one of them.

    Code becomes plain letters first, or its thousand coloured pieces would take axe half a minute;
    their colours have a test of their own.
    """
    page.evaluate("""for (const code of document.querySelectorAll(".highlight pre"))
      code.textContent = code.textContent""")
    result = Axe().run(page, options={"resultTypes": ["violations"], **options})
    for fault in result.response["violations"]:
        places = [node["html"][:120] for node in fault["nodes"][:3]]
        yield f"{fault['id']}: {fault['help']}: {places}"


def fits(page):
    """Nothing is wider than a narrow screen, at 320 px or with letters of double size."""
    before = page.viewport_size
    for width in (320, 640):
        page.set_viewport_size({"width": width, "height": 640})
        wide = page.evaluate("""Math.max(document.documentElement.scrollWidth,
          document.querySelector(".content").scrollWidth)""")
        if wide > width:
            yield f"{wide} px wide on a screen of {width} px"
    page.set_viewport_size(before)


def figures_are_told(page):
    faults = page.evaluate("""[...document.querySelectorAll("article img")].flatMap((image) =>
      (image.alt.length < 30 ? ["too short a text alternative: " + image.alt] : []).concat(
        image.width && image.getAttribute("width") ? [] : ["no size: " + image.src]))""")
    yield from faults


CHECKS = [weight, privacy, stillness, access, fits, figures_are_told]
SPOILED = {
    weight: lambda html: html.replace("</article>", f"<p>{noise(400_000)}</p></article>"),
    privacy: lambda html: html.replace(
        "</head>", "<style>@font-face{font-family:x;src:url(https://fonts.example/x.woff2)}"
        "article{font-family:x}</style></head>"),
    stillness: lambda html: html.replace(
        "</body>", "<style>@keyframes k{to{margin-top:200px}}article{animation:k 1ms .1s forwards}"
        "</style></body>"),
    access: lambda html: html.replace("</article>", '<p style="color:#bbb">Too pale</p></article>'),
    fits: lambda html: html.replace("</article>", '<p style="width:50em">Wide</p></article>'),
    figures_are_told: lambda html: re.sub(r'alt="[^"]{30,}"', 'alt=""', html),
}  # fmt: skip


def noise(length):
    """Letters that cannot be compressed to less than half."""
    import random

    return "".join(random.Random(0).choices("abcdefghijklmnopqrstuvwxyz ", k=length))


@pytest.mark.parametrize("name", [*PAGES, *NOT_FOUND])
def test_page_is_light_private_and_open_to_all(name, lead, address):
    """In each theme once: that the system's and the button's are the same is tested below."""
    once = name.startswith("fr/")  # the parts and colours of the English page: axe looks once
    faults = []
    for size, theme in [(WIDE, "light"), (PHONE, "dark")]:
        page = lead(address + name, size)
        found = [fault for check in (weight, privacy, stillness) for fault in check(page)]
        unfolded = (size is PHONE) == once  # where axe looks at every part
        page.evaluate(f"""for (const fold of document.querySelectorAll("details"))
          fold.open = {unfolded:d}""")
        found += [fault for check in (fits, figures_are_told) for fault in check(page)]
        page.evaluate(f"document.body.dataset.theme = {theme!r}")
        if size is PHONE or not once:
            found += access(page)
        faults += [f"{size['width']} px, {theme}: {fault}" for fault in found]
    assert faults == []


COLOURS = """() => [...document.querySelectorAll("body, body *")].map((element) => {
  const style = getComputedStyle(element), colours = ["color", "backgroundColor", "borderColor",
    "outlineColor", "fill", "stroke", "filter", "opacity", "display"];
  return element.outerHTML.slice(0, 80) + colours.map((name) => `${name}: ${style[name]}`);
})"""


def other_colours(chrome, url, theme, spoil=None):
    """What has other colours when a button gives the page its theme than when the system does."""
    other = {"light": "dark", "dark": "light"}[theme]
    with opened(chrome, url, color_scheme=theme, reduced_motion="reduce", spoil=spoil) as page:
        by_system = page.evaluate(COLOURS)
    with opened(chrome, url, color_scheme=other, reduced_motion="reduce", spoil=spoil) as page:
        assert page.evaluate(COLOURS) != by_system  # it is in the other theme now
        page.evaluate(f"document.body.dataset.theme = {theme!r}")
        by_button = page.evaluate(COLOURS)
    return [pair for pair in zip(by_system, by_button, strict=True) if pair[0] != pair[1]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", [CHAPTER, "chapters/digit-reader.html"])
def test_the_button_gives_the_colours_of_the_system(name, theme, chrome, address):
    apart = ("<body data-theme", '<svg class="theme-icon')  # what names the choice itself
    found = other_colours(chrome, address + name, theme)
    assert [pair for pair in found if not pair[0].startswith(apart)] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_colour_that_only_the_system_gives_is_found(theme, chrome, address):
    rule = f"<style>@media (prefers-color-scheme: {theme}) {{ h2 {{ color: red }} }}</style></head>"
    spoil = replaced("</head>", rule)
    found = other_colours(chrome, address + CHAPTER, theme, spoil)
    assert any(pair[0].startswith("<h2") for pair in found)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_check_finds_a_spoiled_page(check, chrome, address):
    with opened(chrome, address + CHAPTER, spoil=SPOILED[check]) as page:
        assert list(check(page))


def test_many_small_files_are_found(chrome, address):
    many = "".join(f'<img src="../_static/logo.svg?{number}">' for number in range(20))
    with opened(chrome, address + CHAPTER, spoil=replaced("</article>", many)) as page:
        assert any("requests, more than 20" in fault for fault in weight(page))


def test_the_policy_lets_nothing_else_in(chrome, address):
    with opened(chrome, address + CHAPTER) as page:
        page.evaluate("""document.body.append(
          Object.assign(new Image(), { src: "https://counter.example/x.png" }),
          Object.assign(document.createElement("script"), { text: "globalThis.evil = 1" }))""")
        page.wait_for_timeout(200)
        assert page.evaluate("globalThis.evil") is None
        assert len([text for text in page.complaints if "Content Security Policy" in text]) >= 2


# Without an icon, browsers ask the host for a favicon.ico, which is not there.
HEAD = {
    "policy": "meta[http-equiv=Content-Security-Policy][content*=default-src]",
    "icon": "link[rel~=icon][href]",
}


def lacking(pages):
    """What the heads of `pages` (address within the site → HTML) should hold and do not."""
    for name, html in pages.items():
        head = BeautifulSoup(html.partition("</head>")[0], "html.parser")
        yield from (f"{name}: {what}" for what in HEAD if not head.select_one(HEAD[what]))


def test_every_page_has_a_policy_and_an_icon_also_those_that_lead_on():
    paths = [path.relative_to(SITE) for path in SITE.rglob("*.html")]
    pages = {
        path.as_posix(): (SITE / path).read_text() for path in paths if "_static" not in path.parts
    }
    assert {*PAGES, *NOT_FOUND, "index.html", "fr/index.html"} <= set(pages)
    assert list(lacking(pages)) == []
    page = pages["index.html"].replace("Content-Security-Policy", "refresh")
    assert list(lacking({"index.html": page})) == ["index.html: policy"]
    page = pages["index.html"].replace('rel="icon"', 'rel="help"')
    assert list(lacking({"index.html": page})) == ["index.html: icon"]


# --- links ---------------------------------------------------------------------------------------


@cache
def targets_and_places(html):
    """Where the links and pictures of a page lead within the site, and its own ids."""
    soup = BeautifulSoup(html, "html.parser")
    tags = soup.find_all(["a", "img", "link", "script"])
    targets = [tag.get("href") or tag.get("src") or "" for tag in tags]
    inside = [target for target in targets if target and not re.match(r"[a-z]+:", target)]
    return inside, {tag["id"] for tag in soup.find_all(id=True)}


def dead_links(pages):
    """Links and pictures of `pages` (address within the site → HTML) that lead nowhere."""
    ids = {name: targets_and_places(html)[1] for name, html in pages.items()}
    for name, html in pages.items():
        for target in targets_and_places(html)[0]:
            path, _, anchor = target.partition("#")
            path = path.partition("?")[0]
            goal = (SITE / name).parent.joinpath(path).resolve() if path else SITE / name
            if not goal.exists():
                yield f"{name}: {target}: there is no such file"
            elif anchor and not anchor.startswith("svg-"):
                there = ids.get(goal.relative_to(SITE).as_posix(), {anchor})
                if anchor not in there:
                    yield f"{name}: {target}: there is no such place"


def html_of_pages():
    return {name: (SITE / name).read_text() for name in PAGES}


def test_every_link_leads_somewhere():
    assert list(dead_links(html_of_pages())) == []


@pytest.mark.parametrize("old, new", [
    ('href="#recap"', 'href="#recaps"'),
    ('href="01-neurons.html"', 'href="01-neuron.html"'),
    ('src="../_static/site.js', 'src="../_static/sites.js'),
])  # fmt: skip
def test_a_broken_link_is_found(old, new):
    page = replaced(old, new)((SITE / CHAPTER).read_text())
    pages = {**html_of_pages(), CHAPTER: page}
    assert any(new.split('"')[1] in fault for fault in dead_links(pages))


def formulas(name, html):
    """Yield each formula whose number is no anchor, and each mention of one that is no link."""
    source = (ROOT / name.removeprefix("fr/")).with_suffix(".ipynb").read_text()
    for number in re.findall(r"qquad \((\d+\.\d+)\)\$\$", source):
        own = f'<a href="#formula-{number}">({number})</a></div>'
        if html.count(f'<div class="numbered" id="formula-{number}">') * html.count(own) != 1:
            yield f"formula {number}"
    for number in re.findall(r"[Ff]ormula \((\d+\.\d+)\)", source):
        if not re.search(
            rf'<a [^>]*href="[^"#]*#formula-{number}">\({number}\)</a>(?!</div>)', html
        ):
            yield f"the mention of {number}"


def test_formulas_have_anchors_and_mentions_of_them_are_links():
    pages = {name: html for name, html in html_of_pages().items() if re.search(r"/\d\d-", name)}
    assert [fault for name, html in pages.items() for fault in formulas(name, html)] == []


@pytest.mark.parametrize("old, found", [
    ('id="formula-', ["formula 4.1", "formula 4.2"]),
    ('href="#formula-4.2', ["formula 4.2"]),
    ("html#formula-", ["the mention of 1.2"]),
])  # fmt: skip
def test_a_formula_that_cannot_be_named_is_found(old, found):
    name = "chapters/04-activation.html"
    assert list(formulas(name, html_of_pages()[name].replace(old, "gone"))) == found


def launches(name, html):
    """What stands at the top of a chapter opens it, in its language, in five ways."""
    page = BeautifulSoup(html, "html.parser")
    colab, binder, notebook, github, report = [
        link["href"] for link in page.select(".page-links a")
    ]
    path = f"chapters/{Path(name).stem}.ipynb"
    branch = "fr" if name.startswith("fr/") else "main"  # there the notebooks are in French
    assert colab.startswith("https://colab.research.google.com/github/")
    assert colab.endswith(f"/blob/{branch}/{path}")
    assert binder.startswith("https://mybinder.org/v2/gh/")
    assert binder.endswith(f"/{branch}?urlpath=lab/tree/{path}")
    assert github.endswith(f"/blob/{branch}/{path}")
    assert f"/issues/new?title=chapters/{Path(name).stem}" in report
    assert quote(name) in report
    kept = (SITE / name).parent / notebook
    ours, theirs = (nbformat.read(where, as_version=4).cells for where in (ROOT / path, kept))
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.cell_type == other.cell_type
        is_translated = branch == "fr" and mine.cell_type == "markdown"
        assert is_translated or mine.source == other.source


@pytest.mark.parametrize("name", [name for name in PAGES if re.search(r"chapters/\d\d", name)])
def test_a_chapter_can_be_run_kept_and_reported(name):
    launches(name, (SITE / name).read_text())


@pytest.mark.parametrize("old, new", [
    ("research.google.com/github/", "research.google.com/drive/"),
    ("/blob/fr/", "/blob/main/"), ("/fr?urlpath", "/main?urlpath"),
    ("lab/tree/chapters/05", "lab/tree/chapters/06"), ("issues/new?title=chapters/05", "issues/05"),
    ("_sources/chapters/05-backpropagation", "_sources/chapters/06-digits-data"),
])  # fmt: skip
def test_a_wrong_launch_link_is_found(old, new):
    html = replaced(old, new)((SITE / FRENCH).read_text())
    with pytest.raises(AssertionError):
        launches(FRENCH, html)


def contrast(one, other):
    """The contrast of two colours, #rrggbb or #rgb, from 1 to 21, as WCAG 2 defines it."""

    def luminance(colour):
        digits = colour.lstrip("#")
        digits = "".join(2 * d for d in digits) if len(digits) == 3 else digits
        parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def pale_code(rules, classes, light, dark):
    """Colours that the style sheet `rules` gives to `classes`, hard to read on code's ground."""
    for selector, colour in re.findall(r"([^{}]*)\{[^{}]*?(?<!-)\bcolor: (#\w+)", rules):
        name = selector.split(".")[-1].strip()
        ground = dark if "data-theme" in selector else light
        if name in classes and contrast(colour, ground) < 4.5:
            yield f"{selector.strip()[-40:]}: {colour} on {ground}"


def test_code_is_easy_to_read_in_light_and_dark():
    style = (SITE / "_static/style.css").read_text()
    light, dark = re.findall(r"--color-background-secondary: (#\w+)", style)[:2]
    rules = (SITE / "_static/pygments.css").read_text()
    classes = {name for html in html_of_pages().values()
               for name in re.findall(r'<span class="(\w{1,2})">', html)}  # fmt: skip
    assert len(classes) > 15
    assert list(pale_code(rules, classes, light, dark)) == []
    assert list(pale_code(".highlight .k { color: #bbb }", classes, light, dark))


def test_code_is_marked_only_where_it_has_a_colour_of_its_own():
    rules = (SITE / "_static/pygments.css").read_text()
    found = re.findall(r"^(.*)\.highlight( \.\w+)? \{[^}]*?(?<!-)\bcolor: (#\w+)", rules, re.M)
    plain = {theme: colour for theme, name, colour in found if not name}
    coloured = {name[2:] for theme, name, colour in found if name and colour != plain.get(theme)}
    assert {"k", "mi", "s2"} < coloured and not {"n", "p"} & coloured
    pages = html_of_pages().items()
    assert [name for name, html in pages if re.search(r'<span class="[npw]">', html)] == []


def test_formulas_need_no_letter_that_the_font_lacks():
    from fontTools.ttLib import TTFont

    font = TTFont(ROOT / "assets/static/fonts/stix-two-math.woff2").getBestCmap()
    italic = {chr(code): chr(0x1D44E + code - ord("a")) for code in range(ord("a"), ord("z") + 1)}
    italic |= {chr(code): chr(0x1D434 + code - ord("A")) for code in range(ord("A"), ord("Z") + 1)}
    italic |= {chr(code): chr(0x1D6FC + code - ord("α")) for code in range(ord("α"), ord("ω") + 1)}
    italic["h"] = "ℎ"
    missing = Counter()
    for html in html_of_pages().values():
        for math in re.findall("<math.*?</math>", html, re.S):
            for sign in BeautifulSoup(math, "html.parser").find_all(["mi", "mo", "mn", "mtext"]):
                text = sign.get_text()
                shown = italic.get(text, text) if sign.name == "mi" else text
                missing.update(letter for letter in shown if ord(letter) not in font)
    assert not missing


# --- what the pages do ---------------------------------------------------------------------------


def first_results(page, words):
    """Headings of the first results for `words` in the search dialog."""
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.locator("#search-dialog input").fill(words)
    page.wait_for_selector("#search-dialog .search-results li, #search-dialog .search-results p")
    page.wait_for_timeout(300)
    return page.locator("#search-dialog .search-results strong").all_inner_texts()


SEARCHES = {
    CHAPTER: {
        "a few letters": ("backprop", "Backpropagation"),
        "a title before a mention": ("activation functions", "Activation functions"),
        "a word of the code": ("GradientTape", None),
        "a word of an output": ("no spike below", None),
        "another form of the word": ("neuron", "Neurons"),
        "a slip of the finger": ("backpropogation", "Backpropagation"),
        "several words": ("confusion matrix", None),
    },
    FRENCH: {
        "a few letters": ("retroprop", "La rétropropagation"),
        "a title before a mention": ("fonctions d'activation", "Les fonctions d’activation"),
        "a word of the code": ("GradientTape", None),
        "a word without its accent": ("reseau", "Les réseaux profonds"),
        "another form of the word": ("neurone", "Les neurones"),
        "a slip of the finger": ("retropropogation", "La rétropropagation"),
        "several words": ("matrice de confusion", None),
    },
}


@pytest.mark.parametrize("where", ["served", "from a folder"])
@pytest.mark.parametrize("name", SEARCHES)
def test_search(name, where, chrome, address):
    url = (address if where == "served" else f"{SITE.as_uri()}/") + name
    with opened(chrome, url) as page:
        for what, (words, wanted) in SEARCHES[name].items():
            results = first_results(page, words)
            assert results, what
            assert wanted is None or results[0] == wanted, (what, results)
        assert first_results(page, "xqzw") == []
        first_results(page, words)  # the several words
        assert where != "served" or list(access(page)) == []  # from a folder axe reads no styles
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/*#*")
        assert "confusion" in page.locator(":target").inner_text().lower()
        assert page.complaints == []


def test_search_page_takes_words_from_its_address(chrome, address):
    with opened(chrome, address + "search.html?q=momentum", PHONE) as page:
        page.wait_for_selector(".search-results mark")
        assert "momentum" in page.locator(".search-results mark").first.inner_text().lower()
        assert list(access(page)) == []


def test_the_address_of_the_site_leads_to_the_welcome_page(chrome, address):
    with opened(chrome, address) as page:
        page.wait_for_url("**/chapters/index.html")
        assert page.locator("h1").inner_text().startswith("Deep learning with Keras")
        assert page.complaints == []


def test_a_lost_reader_is_helped(chrome, address):
    base = "/" + repository()[1].split("/", 3)[3]
    with opened(chrome, address.rstrip("/") + base + "chapters/no/such-page.html") as page:
        assert "not here" in page.locator("h1").inner_text()
        assert [text for text in page.complaints if "404" not in text] == []
        assert list(access(page)) == [] and list(fits(page)) == []
        page.locator("article a", has_text="Backpropagation").click()
        assert page.url.endswith(f"{base}{CHAPTER}")


def keeps_the_theme(page):
    white = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator(".theme-toggle-content button").click()
    assert page.evaluate("document.body.dataset.theme") == "dark"
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark != white


def test_the_theme_is_chosen_and_kept(chrome, address):
    with opened(chrome, address + CHAPTER, color_scheme="light") as page:
        keeps_the_theme(page)


def opens_and_closes_a_drawer(page, drawer="__toc", link=".toc-tree a"):
    assert not page.locator(link).nth(1).is_visible()
    page.locator(f"#{drawer}").focus()
    page.keyboard.press("Space")
    page.wait_for_timeout(400)
    assert page.locator(link).nth(1).is_visible()
    assert list(access(page)) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    page.wait_for_timeout(400)
    assert not page.locator(link).nth(1).is_visible()
    assert page.evaluate("document.activeElement.id") == drawer


@pytest.mark.parametrize("name", [CHAPTER, FRENCH])
@pytest.mark.parametrize(
    "drawer, link", [("__navigation", ".sidebar-tree a"), ("__toc", ".toc-tree a")]
)
def test_drawers_open_and_close_by_keyboard(drawer, link, name, chrome, address):
    with opened(chrome, address + name, PHONE) as page:
        opens_and_closes_a_drawer(page, drawer, link)


def stops(page):
    """Press Tab until the page is left; yields each place: its HTML, and whether it can be seen."""
    for _ in range(600):
        page.keyboard.press("Tab")
        place = page.evaluate("""() => {
          const element = document.activeElement;
          if (element === document.body) return null;
          const box = element.getBoundingClientRect(), style = getComputedStyle(element);
          const seen = box.width > 0 && box.right > 0 && box.left < innerWidth
            && box.bottom > 0 && box.top < innerHeight;
          return [element.outerHTML.slice(0, 100), seen && style.outlineStyle !== "none"];
        }""")
        if place is None:
            return
        yield place
    raise AssertionError("the keyboard never leaves the page")


KEYBOARD = [(name, WIDE) for name in PAGES if not name.startswith("fr/")]
KEYBOARD += [(CHAPTER, PHONE), ("search.html", PHONE), (FRENCH, WIDE), (FRENCH, PHONE)]


def is_used_by_keyboard(page):
    found = list(stops(page))
    assert "skip-to-content" in found[0][0] or "search.html" in page.url  # there: in its field
    assert [html for html, seen in found if not seen] == []
    reached = sum(html.startswith("<a") for html, _ in found)
    assert reached >= page.locator("article a:visible").count() + 2  # and what stands around it


@pytest.mark.parametrize("name, size", KEYBOARD, ids=lambda value: str(value)[:40])
def test_the_keyboard_reaches_everything_and_leaves(name, size, lead, address):
    is_used_by_keyboard(lead(address + name, size))


def test_a_keyboard_trap_is_found(chrome, address):
    with opened(chrome, address + CHAPTER, reduced_motion="reduce") as page:
        page.evaluate("""document.querySelector("article p a").addEventListener("keydown",
          (event) => event.preventDefault())""")
        with pytest.raises(AssertionError, match="never leaves"):
            is_used_by_keyboard(page)


CLIPBOARD = ["clipboard-read", "clipboard-write"]


def copies_code(page):
    page.locator("div.cell_input").first.hover()
    page.locator("button.copy").first.click()
    code = page.locator("div.cell_input pre").first.inner_text().strip()
    assert page.evaluate("navigator.clipboard.readText()") == code
    assert page.locator("button.copy").first.get_attribute("aria-label") == "Copied"


def test_code_is_copied(chrome, address):
    with opened(chrome, address + CHAPTER, permissions=CLIPBOARD) as page:
        copies_code(page)


def complaints_from(folder, name, lead):
    page = lead(f"{folder.as_uri()}/{name}", PHONE)
    page.mouse.wheel(0, 20_000)
    page.wait_for_timeout(150)
    return page.complaints


@pytest.mark.parametrize("name", APART)
def test_page_opens_from_a_folder(name, lead):
    assert complaints_from(SITE, name, lead) == []


@pytest.mark.parametrize("old, new", [
    ('src="../_static/site.js', 'src="../_static/sites.js'),  # a file that is not there
    ('src="../_static/site.js', 'src="/_static/site.js'),  # an address from the root
    ('<script defer="defer"', '<script defer="defer" type="module"'),  # what a folder forbids
])  # fmt: skip
def test_a_page_that_needs_a_server_is_found(old, new, lead, tmp_path):
    for path in SITE.iterdir():
        if path.name != "chapters":
            (tmp_path / path.name).symlink_to(path)
    (tmp_path / CHAPTER).parent.mkdir()
    (tmp_path / CHAPTER).write_text(replaced(old, new)((SITE / CHAPTER).read_text()))
    assert complaints_from(tmp_path, CHAPTER, lead) != []


def prints(page):
    page.emulate_media(media="print")
    assert page.locator("details > :not(summary)").first.is_visible()
    for hidden in (".sidebar-drawer", ".mobile-header", "button.copy", ".related-pages"):
        assert not page.locator(hidden).first.is_visible(), hidden


def test_paper_shows_what_is_folded_and_no_buttons(chrome, address):
    with opened(chrome, address + CHAPTER) as page:
        prints(page)


def keeps_calm(page):
    moving = page.evaluate("""[...document.querySelectorAll("*")].filter((element) =>
      parseFloat(getComputedStyle(element).transitionDuration) > 0).length""")
    assert moving == 0
    assert page.locator(".theme-toggle-content svg:visible").count() == 1


CALM = {"forced_colors": "active", "reduced_motion": "reduce"}


def test_forced_colours_and_reduced_motion_are_respected(chrome, address):
    with opened(chrome, address + CHAPTER, **CALM) as page:
        keeps_calm(page)


HIDDEN = '<a href="#" style="position: absolute; left: -999px">hidden</a></article>'
STYLE = "<style>%s</style></head>"


@pytest.mark.parametrize("check, settings, file, old, new", [
    (keeps_the_theme, {}, "furo.js", 'localStorage.setItem("theme"', 'String("theme"'),
    (keeps_the_theme, {}, None, "</head>", STYLE % "body { background: white !important }"),
    (opens_and_closes_a_drawer, {"size": PHONE}, "site.js", "drawer.checked = false;", ""),
    (opens_and_closes_a_drawer, {"size": PHONE}, "site.js", "drawer.focus();", ""),
    (is_used_by_keyboard, CALM, None, "</head>", STYLE % "a { outline: none !important }"),
    (is_used_by_keyboard, CALM, None, "</article>", HIDDEN),
    (is_used_by_keyboard, CALM, None, '<a class="reference', '<a tabindex="-1" class="reference'),
    (is_used_by_keyboard, CALM, None, 'class="skip-to-content', 'tabindex="-1" class="skip'),
    (copies_code, {"permissions": CLIPBOARD}, "site.js", "code.textContent.trimEnd()", '"code"'),
    (copies_code, {"permissions": CLIPBOARD}, "site.js", "done ? text.copied", "done ? text.copy"),
    (prints, {}, "style.css", "@media print", "@media speech"),
    (keeps_calm, CALM, None, "</head>", STYLE % "p a { transition: 1s !important }"),
])  # fmt: skip
def test_spoiled_behaviour_is_found(check, settings, file, old, new, chrome, address):
    url = address + CHAPTER
    with opened(chrome, url, spoil=replaced(old, new), file=file, **settings) as page:
        page.set_default_timeout(2000)
        with pytest.raises((AssertionError, TimeoutError)):
            check(page)
