"""The built site in a real browser: light, private, and the same for everybody.

A check takes an opened page and yields a sentence for each fault, or asserts what the page does;
beside it stands a page spoiled on purpose, in which it has to find one. One page of each kind is
looked at by `make test`, all of them by `make test-all`.
"""

import gzip
import random
import re
from contextlib import contextmanager
from itertools import product

import pytest
from playwright.sync_api import TimeoutError, expect

from tools.browser import ROOT, SITE, TEXT, browser, pages_to_read, served

CHAPTER, READER = "chapters/05-backpropagation.html", "chapters/digit-reader.html"
WELCOME = "chapters/index.html"
FRENCH = f"fr/{CHAPTER}"
KINDS = [CHAPTER, READER, WELCOME, "search.html", "404.html", FRENCH]
PAGES = [*pages_to_read(), "404.html", "fr/404.html"]
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
LIGHT_WIDE, DARK_PHONE = (WIDE, "light"), (PHONE, "dark")
KILOBYTES = {1280: 150, 360: 120}
EXPLORABLE = 15  # kilobytes more for a page with something to move
NODE_MODULES = ROOT / "tests/node_modules"
CALM = {"forced_colors": "active", "reduced_motion": "reduce"}
CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}
STYLE = "<style>%s</style></head>"

# From before the first paint: what moves, and where the page asks for what its policy forbids.
WATCH = """
globalThis.shift = 0;
const note = (list) => { for (const { hadRecentInput, value } of list)
  if (!hadRecentInput) shift += value; };
const watcher = new PerformanceObserver((list) => note(list.getEntries()));
watcher.observe({ type: "layout-shift", buffered: true });
globalThis.shiftSoFar = () => { note(watcher.takeRecords()); return shift; };
"""
# A page is still when its letters are there, nothing is on its way, and frames have been drawn.
STILL = """async () => {
  await document.fonts.ready;
  await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
}"""
NO_STORAGE = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("The operation is insecure.", "SecurityError"); } });"""
NO_CLIPBOARD = 'Object.defineProperty(navigator, "clipboard", { value: undefined });'


def some(cases, kinds):
    """The `cases` as parameters: those among the `kinds` always, others only by `make test-all`."""
    full = pytest.mark.full
    return [pytest.param(*(case if isinstance(case, tuple) else (case,)),
                         marks=() if case in kinds else full) for case in cases]  # fmt: skip


@pytest.fixture(scope="module")
def chrome():
    assert (SITE / CHAPTER).exists(), "There is no site to test: type make book."
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


@contextmanager
def opened(chrome, url, size=WIDE, spoil=None, file=None, script=WATCH, **settings):
    """A page of its own at `url`, at rest, with lists of `responses` and `complaints`.

    `spoil` changes a text on its way: the page's own HTML, or the `file` of the site. `script` runs
    before those of the page.
    """
    settings = {"reduced_motion": "reduce"} | settings
    page = chrome.new_context(viewport=size, **settings).new_page()
    page.set_default_timeout(5000)
    page.responses, page.complaints = [], []
    page.on("response", lambda response: page.responses.append(response))
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("requestfailed", lambda request: page.complaints.append(f"failed: {request.url}"))
    page.add_init_script(script)
    if spoil:
        place = re.compile(re.escape(file) + r"($|\?)") if file else url
        page.route(place, lambda route: route.fulfill(response=(answer := route.fetch()),
                                                      body=spoil(answer.text())))  # fmt: skip
    page.goto(url)
    page.evaluate(STILL)
    yield page
    page.context.close()


# --- what every page keeps -----------------------------------------------------------------------


def sent_bytes(response):
    """What a server sends: text compressed, pictures and fonts as they are."""
    body = response.body() if response.status == 200 else b""
    return len(gzip.compress(body)) if response.url.split("?")[0].endswith(TEXT) else len(body)


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
    for kind, _, other, *_rest in (response.url.split("/", 3) for response in page.responses):
        if not kind.startswith(("data:", "blob:")) and other != host:
            yield f"a request to another host: {other}"
    yield from (f"the console says: {complaint}" for complaint in page.complaints)
    if not page.query_selector("meta[http-equiv=Content-Security-Policy]"):
        yield "the page has no content security policy"


def stillness(page):
    if (shift := page.evaluate("shiftSoFar()")) > 0.005:
        yield f"what is read moves while the page loads: layout shift {shift:.3f}"


def access(page):
    """What breaks a rule of axe-core.

    Of the pieces of code one of each colour stays, or a chapter's thousands would take it long.
    """
    page.evaluate("""() => {
      const seen = new Set();
      for (const piece of document.querySelectorAll(".highlight pre span")) {
        const kind = piece.className + piece.closest("div[class*=cell_], .highlight").className;
        if (seen.has(kind)) piece.replaceWith(piece.textContent); else seen.add(kind);
      }
    }""")
    page.evaluate((NODE_MODULES / "axe-core/axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("""() => axe.run({ resultTypes: ["violations"],
      rules: { "label-content-name-mismatch": { enabled: true } } })""")
    for fault in found["violations"]:
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
    yield from page.evaluate("""[...document.querySelectorAll("article img")].flatMap((image) =>
      (image.alt.length < 30 ? ["too short a text alternative: " + image.alt] : []).concat(
        image.width && image.getAttribute("width") ? [] : ["no size: " + image.src]))""")


def paper_is_black_on_white(page):
    """Also from dark screens: letters are dark, the main text's almost black, and no ground is."""
    for theme in ("auto", "dark"):
        page.emulate_media(media="print", color_scheme="dark")
        page.evaluate("theme => { document.body.dataset.theme = theme }", theme)
        yield from page.evaluate("""() => {
          const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
          const light = (colour) => {
            for (pen.fillStyle of ["white", colour]) pen.fillRect(0, 0, 1, 1);
            const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
            return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
          };
          const faults = [];
          for (const element of document.querySelectorAll("html, body, body *")) {
            if (!element.checkVisibility() || !element.getBoundingClientRect().width) continue;
            const { color, backgroundColor } = getComputedStyle(element), name = element.outerHTML;
            const letters = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
            const most = element.matches("article p:not([class]), math *, article td") ? 0.1 : 0.5;
            if (letters && light(color) > most) faults.push(`pale: ${color}: ${name.slice(0, 60)}`);
            if (light(backgroundColor) < 0.8) faults.push(`a dark ground: ${name.slice(0, 60)}`);
          }
          return faults.slice(0, 5);
        }""")
    if page.locator(".explorable:visible").count():
        yield "what needs a hand is printed"
    page.emulate_media(media="screen", color_scheme="light")


CHECKS = [weight, privacy, stillness, fits, figures_are_told, access, paper_is_black_on_white]
NOISE = "".join(random.Random(0).choices("abcdefghijklmnopqrstuvwxyz ", k=400_000))
MANY = "".join(f'<img src="../_static/logo.svg?{number}">' for number in range(20))
SPOILED = [
    (weight, CHAPTER, None, "</article>", f"<p>{NOISE}</p></article>"),
    (weight, CHAPTER, None, "</article>", f"{MANY}</article>"),
    (privacy, CHAPTER, None, "</head>", STYLE % "@font-face { font-family: x; src:"
     " url(https://fonts.example/x.woff2) } article { font-family: x }"),
    (stillness, CHAPTER, None, "</head>", STYLE % "@keyframes k { to { margin-top: 200px } }"
     " article { animation: k 1ms .1s forwards !important }"),
    (fits, CHAPTER, None, "</article>", '<p style="width: 50em">Wide</p></article>'),
    (figures_are_told, CHAPTER, None, ' alt="', ' alt="" title="'),
    (figures_are_told, CHAPTER, None, ' width="', ' data-width="'),
    (access, WELCOME, None, "</article>", '<p style="color: #bbb">Too pale</p></article>'),
    (access, WELCOME, None, 'title="Français">FR', 'aria-label="Français">FR'),
    (access, CHAPTER, "pygments.css", ".highlight .k { color:", ".highlight .k { color: red; --x:"),
    (paper_is_black_on_white, CHAPTER, "style.css", "color-scheme: light;", "color-scheme: dark;"),
    (paper_is_black_on_white, CHAPTER, "style.css", "@media print", "@media speech"),
]  # fmt: skip


@pytest.mark.parametrize("name", some(PAGES, KINDS))
def test_page_is_light_private_and_open_to_all(name, chrome, address):
    faults = []
    for size, theme in (LIGHT_WIDE, DARK_PHONE):
        with opened(chrome, address + name, size, color_scheme="light") as page:
            found = [fault for check in (weight, privacy, stillness) for fault in check(page)]
            page.evaluate("""theme => {
              document.body.dataset.theme = theme;
              for (const fold of document.querySelectorAll("details")) fold.open = true;
            }""", theme)  # fmt: skip
            found += [fault for check in CHECKS[3:] for fault in check(page)]
            faults += [f"{size['width']} px, {theme}: {fault}" for fault in found]
    assert faults == []


@pytest.mark.parametrize("check, name, file, old, new", SPOILED)
def test_check_finds_a_spoiled_page(check, name, file, old, new, chrome, address):
    motion = "no-preference" if check is stillness else "reduce"
    spoil = replaced(old, new)
    with opened(chrome, address + name, PHONE, spoil, file, reduced_motion=motion) as page:
        assert list(check(page))


ICON = ('<svg class="auto', '<svg class="dark', '<svg class="light')  # they name the choice
COLOURS = """() => [...document.querySelectorAll("body *")].map((element) => {
  const style = getComputedStyle(element), colours = ["color", "backgroundColor", "borderColor",
    "outlineColor", "fill", "stroke", "maskImage", "opacity", "display"];
  return element.outerHTML.slice(0, 80) + colours.map((name) => `${name}: ${style[name]}`);
})"""


def other_colours(chrome, url, theme, spoil=None):
    """What has other colours when the button gives the page its theme than when the system does."""
    found = []
    for scheme in ("light", "dark"):
        with opened(chrome, url, color_scheme=scheme, spoil=spoil) as page:
            page.evaluate(f"document.body.dataset.theme = '{'auto' if scheme == theme else theme}'")
            found.append([text for text in page.evaluate(COLOURS) if not text.startswith(ICON)])
    return [pair for pair in zip(*found, strict=True) if pair[0] != pair[1]]


@pytest.mark.parametrize("name, theme", some(list(product([CHAPTER, READER], ["dark", "light"])),
                                             [(CHAPTER, "dark")]))  # fmt: skip
def test_the_button_gives_the_colours_of_the_system(name, theme, chrome, address):
    assert other_colours(chrome, address + name, theme) == []


def test_a_colour_that_only_the_system_gives_is_found(chrome, address):
    rule = STYLE % "@media (prefers-color-scheme: dark) { h2 { color: red } }"
    found = other_colours(chrome, address + CHAPTER, "dark", replaced("</head>", rule))
    assert any(one.startswith("<h2") for one, _ in found)


def test_the_policy_lets_nothing_else_in(chrome, address):
    with opened(chrome, address + CHAPTER) as page:
        refused = page.evaluate("""() => new Promise((resolve) => {
          const refused = [];
          addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
            if (refused.push(effectiveDirective) === 2) resolve(refused.sort());
          });
          document.body.append(
            Object.assign(new Image(), { src: "https://counter.example/x.png" }),
            Object.assign(document.createElement("script"), { text: "globalThis.evil = 1" }));
        })""")
        assert refused == ["img-src", "script-src-elem"]
        assert page.evaluate("globalThis.evil") is None


# --- what the pages do ---------------------------------------------------------------------------


def results_of(page, words):
    """Headings of the results for `words` in the search dialog."""
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.locator("#search-dialog input").fill(words)
    page.wait_for_selector(f"#search-dialog [data-words='{words}']")
    return page.locator("#search-dialog .search-results strong").all_inner_texts()


SEARCHES = {
    "backprop": "Backpropagation",  # a few letters
    "activation functions": "Activation functions",  # a title before a mention
    "GradientTape": None,  # a word of the code
    "no spike below": None,  # … and of an output
    "neuron": "Neurons",  # another form of the word
    "backpropogation": "Backpropagation",  # a slip of the finger
    "confusion matrix": None,
}


@pytest.mark.parametrize("where", ["served", "from a folder"])
def test_search(where, chrome, address):
    """In English; test_languages.py looks for French words."""
    with opened(chrome, (address if where == "served" else f"{SITE.as_uri()}/") + CHAPTER) as page:
        assert results_of(page, "xqzw") == []
        for words, wanted in SEARCHES.items():
            results = results_of(page, words)
            assert results and wanted in (None, results[0]), (words, results)
        assert where != "served" or list(access(page)) == []  # from a folder axe reads no styles
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/*#*")
        assert "confusion" in page.locator(":target").inner_text().lower()
        assert page.complaints == []


def test_search_page_takes_words_from_its_address(chrome, address):
    with opened(chrome, address + "search.html?q=momentum", PHONE) as page:
        expect(page.locator(".search-results mark").first).to_have_text(
            re.compile("momentum", re.I)
        )
        assert list(access(page)) == []


def test_the_address_of_the_site_leads_to_the_welcome_page(chrome, address):
    with opened(chrome, address + "search.html") as page:
        page.goto(address)
        page.wait_for_url("**/chapters/index.html")
        expect(page.locator("h1")).to_contain_text("Deep learning with Keras")
        assert page.complaints == []


def changes_the_theme(page):
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator(".theme-toggle-content button").click()
    assert page.evaluate("document.body.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    assert page.complaints == []


def keeps_the_theme(page):
    changes_the_theme(page)
    page.reload()
    assert page.evaluate("document.body.dataset.theme") == "dark"


def serves_where_nothing_is_kept(page):
    changes_the_theme(page)
    page.locator(".content-icon-container .language").click()
    page.wait_for_url(f"**/{FRENCH}*")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    assert page.complaints == []


def opens_and_closes_drawers(page):
    for drawer, link in [("__navigation", ".sidebar-tree a"), ("__toc", ".toc-tree a")]:
        expect(page.locator(link).nth(1)).to_be_hidden()
        page.locator(f"#{drawer}").focus()
        page.keyboard.press("Space")
        expect(page.locator(link).nth(1)).to_be_in_viewport()
        assert list(access(page)) == []
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(page.locator(link).nth(1)).to_be_hidden()
        assert page.evaluate("document.activeElement.id") == drawer


def stops(page):
    """Press Tab until the page is left; yields each place: its HTML, and whether it can be seen."""
    most = page.locator("a, button, input, summary, [tabindex]").count()
    for _ in range(most + 9):
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


def is_used_by_keyboard(page):
    found = list(stops(page))
    assert "skip-to-content" in found[0][0] or "search.html" in page.url  # there: in its field
    assert [html for html, seen in found if not seen] == []
    reached = sum(html.startswith("<a") for html, _ in found)
    assert reached >= page.locator("article a:visible").count() + 2  # and what stands around it


def bears_keys_without_a_name(page):
    """As a browser's own form filling sends them."""
    page.evaluate("""for (const target of [document, document.querySelector("input")])
      target.dispatchEvent(new Event("keydown", { bubbles: true }))""")
    assert page.complaints == []


def copies_code(page):
    page.locator("div.cell_input").first.hover()
    page.locator("button.copy").first.click()
    code = page.locator("div.cell_input pre").first.inner_text().strip()
    expect(page.locator("button.copy").first).to_have_attribute("aria-label", "Copied")
    assert page.evaluate("navigator.clipboard.readText()") == code


def selects_code(page):
    page.locator("div.cell_input").first.hover()
    page.locator("button.copy").first.click()
    expect(page.locator("button.copy").first).to_contain_text("Ctrl+C")
    code = page.locator("div.cell_input pre").first.inner_text().strip()
    assert page.evaluate("getSelection().toString().trim()") == code
    assert page.complaints == []


def opens_from_a_folder(page):
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.evaluate(STILL)
    assert page.complaints == []


def prints(page):
    page.emulate_media(media="print")
    expect(page.locator("details > :not(summary)").first).to_be_visible()
    for hidden in (".sidebar-drawer", ".mobile-header", "button.copy", ".related-pages"):
        expect(page.locator(hidden).first).to_be_hidden()


def keeps_calm(page):
    moving = page.evaluate("""[...document.querySelectorAll("*")].filter((element) =>
      parseFloat(getComputedStyle(element).transitionDuration) > 0).length""")
    assert moving == 0
    assert page.locator(".theme-toggle-content svg:visible").count() == 1


FOLDER, PLAIN = {"folder": True}, {"script": NO_CLIPBOARD}
BLOCKED = {"script": NO_STORAGE}
BEHAVIOURS = [
    (keeps_the_theme, CHAPTER, {}),
    (serves_where_nothing_is_kept, CHAPTER, BLOCKED),
    (serves_where_nothing_is_kept, CHAPTER, BLOCKED | FOLDER),
    (bears_keys_without_a_name, CHAPTER, {}),
    (copies_code, CHAPTER, CLIPBOARD),
    (selects_code, CHAPTER, PLAIN),
    (prints, CHAPTER, {}),
    (keeps_calm, CHAPTER, CALM),
    *((opens_and_closes_drawers, name, {"size": PHONE}) for name in (READER, f"fr/{READER}")),
    *((is_used_by_keyboard, name, {}) for name in PAGES),
    *((is_used_by_keyboard, name, {"size": PHONE}) for name in (CHAPTER, "search.html")),
    *((opens_from_a_folder, name, {"size": PHONE} | FOLDER) for name in PAGES[:-2]),
]


def by_name(value):
    return getattr(value, "__name__", value if isinstance(value, str) else "")


@pytest.mark.parametrize("check, name, settings", some(BEHAVIOURS, [
    case for case in BEHAVIOURS if case[1] in KINDS]), ids=by_name)  # fmt: skip
def test_page_behaves(check, name, settings, chrome, address):
    settings = dict(settings)
    site = f"{SITE.as_uri()}/" if settings.pop("folder", False) else address
    with opened(chrome, site + name, **settings) as page:
        check(page)


HIDDEN = '<a href="#" style="position: absolute; left: -999px">hidden</a></article>'
LINK, SCRIPT = '<a class="reference', 'src="../_static/site.js'
KEEPS = 'keep("theme", dataset.theme);'


@pytest.mark.parametrize("check, settings, file, old, new", [
    (keeps_the_theme, {}, "site.js", KEEPS, ""),
    (keeps_the_theme, {}, None, "</head>", STYLE % "body { background: white !important }"),
    (serves_where_nothing_is_kept, BLOCKED, "site.js", KEEPS, "localStorage.theme = 'dark';"),
    (bears_keys_without_a_name, {}, "site.js", "event.key?.", "event.key."),
    (bears_keys_without_a_name, {}, "site.js", "event.target.matches?.", "event.target.matches"),
    (copies_code, CLIPBOARD, "site.js", "code.textContent.trimEnd()", '"code"'),
    (copies_code, CLIPBOARD, "site.js", "text.copied", "text.copy"),
    (selects_code, PLAIN, "site.js", "show(text.selected, null)", "throw Error(text.selected)"),
    (selects_code, PLAIN, "site.js", "selectAllChildren(code)", "removeAllRanges()"),
    (prints, {}, "style.css", "@media print", "@media speech"),
    (keeps_calm, CALM, None, "</head>", STYLE % "p a { transition: 1s !important }"),
    (opens_and_closes_drawers, {"size": PHONE}, "site.js", "drawer.checked = false;", ""),
    (opens_and_closes_drawers, {"size": PHONE}, "site.js", "drawer.focus();", ""),
    (is_used_by_keyboard, {}, None, "</head>", STYLE % "a { outline: none !important }"),
    (is_used_by_keyboard, {}, None, "</article>", HIDDEN),
    (is_used_by_keyboard, {}, None, LINK, LINK.replace("<a", '<a tabindex="-1"')),
    (is_used_by_keyboard, {}, None, 'class="skip-to-content', 'tabindex="-1" class="skip'),
    (is_used_by_keyboard, {}, "site.js", "const page =", "let keys = 0; addEventListener('keydown',"
     " (event) => ++keys > 20 && event.preventDefault()); const page ="),
])  # fmt: skip
def test_spoiled_behaviour_is_found(check, settings, file, old, new, chrome, address):
    spoil = replaced(old, new)
    name = WELCOME if check is is_used_by_keyboard else CHAPTER
    with opened(chrome, address + name, spoil=spoil, file=file, **settings) as page:
        page.set_default_timeout(2000)
        with pytest.raises((AssertionError, TimeoutError)):
            check(page)


@pytest.mark.parametrize("old, new", [
    (SCRIPT, SCRIPT.replace("site", "sites")),  # a file that is not there
    (SCRIPT, SCRIPT.replace("..", "")),  # an address from the root
    ('<script defer="defer"', '<script defer="defer" type="module"'),  # what a folder forbids
])  # fmt: skip
def test_a_page_that_needs_a_server_is_found(old, new, chrome, tmp_path):
    for path in SITE.iterdir():
        if path.name != "chapters":
            (tmp_path / path.name).symlink_to(path)
    (tmp_path / "chapters").mkdir()
    html = replaced(old, new)((SITE / CHAPTER).read_text(encoding="utf-8"))
    (tmp_path / CHAPTER).write_text(html, encoding="utf-8")
    with opened(chrome, f"{tmp_path.as_uri()}/{CHAPTER}", PHONE) as page:
        with pytest.raises(AssertionError):
            opens_from_a_folder(page)
