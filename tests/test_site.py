"""The built site in a real browser: light, private, and the same for everybody.

A check takes an opened page, and yields a sentence for each fault or asserts what the page does.
SPOILED has for each a page with a fault, which it must find. One page of each kind is looked at by
`make test`; all of them, and what is rarely broken, by `make test-all`.
"""

import gzip
import random
import re
from contextlib import contextmanager
from functools import cache, partial
from mimetypes import guess_type

import pytest
from playwright.sync_api import TimeoutError, expect

from tools.browser import ROOT, SITE, TEXT, Host, pages_to_read

CHAPTER, READER = "chapters/05-backpropagation.html", "chapters/digit-reader.html"
WELCOME, FRENCH = "chapters/index.html", f"fr/{CHAPTER}"
SHORT = "chapters/06-digits-data.html"  # a chapter, for faults that any page may have
KINDS = [CHAPTER, READER, WELCOME, "search.html", "404.html"]
PAGES = [*pages_to_read(), "404.html", "fr/404.html"]
OTHERS = [name for name in PAGES if name not in KINDS]
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
KILOBYTES = {1280: 150, 360: 120}
EXPLORABLE = 15  # kilobytes more for a page with something to move
QUESTIONS = 8  # and for one that asks: a script, a style, words
NODE_MODULES = ROOT / "tests/node_modules"
# A page is still when its letters are there, nothing is on its way, and frames have been drawn.
STILL = """async () => {
  await document.fonts.ready;
  await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
}"""


def rarely(*cases):
    """The `cases` as parameters, tried only by `make test-all`."""
    return [pytest.param(*case, marks=pytest.mark.full) for case in cases]


@cache
def read(name, site=SITE):
    return (site / name).read_text(encoding="utf-8")


def spoiled(name, old, new):
    """The text of a file of the site with `new` in the place of `old`, which must be there."""
    text = read(name, SITE)
    assert old in text
    return text.replace(old, new)


@contextmanager
def opened(chrome, address, name, size=WIDE, spoil=None, folder=False, script="", **settings):
    """The page `name`, at rest, with its `responses` and `complaints`.

    It comes from `address`, or from the site's `folder`. `script` runs before those of the page.
    `spoil` is a file in _static, or None for the page itself, and what is replaced there, by what.
    """
    site = f"{SITE.as_uri()}/" if folder else address
    settings = {"reduced_motion": "reduce", "base_url": address} | settings
    page = chrome.new_context(viewport=size, **settings).new_page()
    page.set_default_timeout(2000 if spoil else 30_000)
    expect.set_options(2000 if spoil else 30_000)
    page.set_default_navigation_timeout(60_000)
    page.responses, page.complaints = [], []
    page.on("response", lambda response: page.responses.append(response))
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))

    @partial(page.on, "requestfailed")
    def complain(request):
        if request.failure != "net::ERR_ABORTED":  # a picture on its way when the page was left
            page.complaints.append(f"failed: {request.url}")

    page.add_init_script(script)
    if spoil:
        file, *change = spoil
        path = f"_static/{file}" if file else name
        answer = {"body": spoiled(path, *change), "content_type": guess_type(path)[0]}
        place = re.compile(f"/{re.escape(path)}($|\\?)")
        page.route(place, lambda route: route.fulfill(**answer))
    page.goto(site + name)
    if spoil:
        page.set_default_navigation_timeout(2000)
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
    if page.query_selector("article .asks"):
        limit += QUESTIONS
    sizes = {r.url: sent_bytes(r) for r in page.responses if "digits/weights" not in r.url}
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


def stillness(page):
    shift = page.evaluate("""() => {
      const watcher = new PerformanceObserver(() => {});
      watcher.observe({ type: "layout-shift", buffered: true });
      const shifts = watcher.takeRecords().filter((one) => !one.hadRecentInput);
      return shifts.reduce((sum, { value }) => sum + value, 0);
    }""")
    if shift > 0.005:
        yield f"what is read moves while the page loads: layout shift {shift:.3f}"


def access(page):
    """What breaks a rule of axe-core.

    Of the pieces of code one of each colour stays, and one formula in each kind of place, or a
    chapter's thousands would take it long.
    """
    page.evaluate("""() => {
      const seen = new Set();
      for (const piece of document.querySelectorAll(".highlight pre span, math")) {
        const place = piece.closest("div[class*=cell_], .highlight, blockquote, details, li, td");
        const kind = [piece.className, place?.localName, place?.className].join();
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
    yield from page.evaluate("""[...document.querySelectorAll("article img")]
      .filter((image) => image.alt.length < 30 || !image.width || !image.getAttribute("width"))
      .map((image) => `no text alternative, or no size: ${image.outerHTML}`)""")


def look(page, scheme, choice, media="screen"):
    """The colours of everything except the button's icons, which name the choice.

    Two frames pass first: an explorable draws itself anew for the size that it has got.
    """
    page.emulate_media(media=media, color_scheme=scheme)
    return set(page.evaluate("""async choice => {
      document.body.dataset.theme = choice;
      for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
      const names = ["color", "backgroundColor", "borderColor", "outlineColor", "fill", "stroke",
        "maskImage", "opacity", "display"];
      const all = [...document.querySelectorAll("body *:not(.theme-button svg)")];
      return [...new Set(all.map((one) => {
        const style = getComputedStyle(one);
        const told = names.map((name) => `${name}: ${style[name]}`);
        const text = one.firstChild?.nodeValue?.slice(0, 60);
        return [one.tagName, one.getAttribute("class"), text, told].join();
      }))];
    }""", choice))  # fmt: skip


def colours(page):
    """The button gives a page the colours that the system gives it."""
    for theme, other in (("light", "dark"), ("dark", "light")):
        yield from look(page, theme, "auto") ^ look(page, other, theme)


def paper_is_black_on_white(page):
    """Also from a dark screen; answers are open, and what needs a hand is left out."""
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = false")
    from_light = look(page, "light", "light", "print")
    yield from look(page, "dark", "auto", "print") ^ from_light
    yield from look(page, "dark", "dark", "print") ^ from_light
    ink = page.evaluate("""() => {
      const style = getComputedStyle(document.querySelector("article h1"));
      return [style.color, getComputedStyle(document.body).backgroundColor];
    }""")
    if ink != ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]:
        yield f"not black on white: {ink}"
    for part in (".explorable", ".sidebar-drawer", ".mobile-header", ".copy", ".related-pages"):
        if page.locator(f"{part}:visible").count():
            yield f"what needs a hand is printed: {part}"
    folded = page.locator("article details:not(.explorable *) > :not(summary)")
    if folded.count() > folded.locator("visible=true").count():
        yield "an answer is folded on paper"


FIRST = [weight, privacy, stillness]
THEN = [fits, figures_are_told, access, colours, paper_is_black_on_white]


@pytest.mark.parametrize("name", [*KINDS, *rarely(*([name] for name in OTHERS))])
def test_page_is_light_private_and_open_to_all(name, visit):
    for size, theme in ((WIDE, "light"), (PHONE, "dark")):
        with visit(name, size, color_scheme="light") as page:
            faults = [fault for check in FIRST for fault in check(page)]
            page.evaluate("""theme => {
              document.body.dataset.theme = theme;
              for (const fold of document.querySelectorAll("details")) fold.open = true;
              for (const result of document.querySelectorAll(".result")) result.hidden = false;
            }""", theme)  # fmt: skip
            faults += [fault for check in THEN for fault in check(page)]
            assert faults == []


# --- what the pages do ---------------------------------------------------------------------------


def searches(page):
    """Other forms of words are looked for in test_languages.py."""
    beginning, slip, title = "backprop", "backpropogation", "activation functions"
    wanted = {beginning: "Backpropagation", slip: "Backpropagation", title: "Activation functions"}
    page.keyboard.press("/")
    for words in (*wanted, "GradientTape", "no spike below", "confusion matrix"):
        page.locator("#search-dialog input").fill(words)
        page.wait_for_selector(f"#search-dialog [data-words='{words}']")
        first = page.locator("#search-dialog strong").first
        expect(first).to_have_text(wanted.get(words, re.compile(".")))
    if page.url.startswith("http"):  # from a folder axe reads no styles
        assert list(access(page)) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/*#*")
    assert "confusion" in page.locator(":target").inner_text().lower()


def finds_words_with_and_without_accents(page):
    for query in ("reseau", "réseaux", "entrainer", "epoq"):  # with five letters a slip is forgiven
        if query not in page.url:
            page.locator(".search-page input").fill(query)
        page.wait_for_selector(f".search-results[data-words={query}]")
        assert page.locator(".search-results mark").count() > 3


def keeps_place_and_language(page):
    """The switch leads to the same place, and then the site's first page to that language."""
    for folder, other in (("", "fr/"), ("fr/", "")):
        page.goto(f"{folder}{CHAPTER}?q=1#recap")
        page.evaluate("recap.scrollIntoView({ behavior: 'instant' })")
        page.locator("a.language:visible").click()
        page.wait_for_url(re.compile(f"(?<!fr)/{other}{CHAPTER}\\?q=1#recap$"))
        page.goto("")
        page.wait_for_url(re.compile(f"(?<!fr)/{other}{WELCOME}$"))
        page.evaluate(STILL)
    page.complaints.clear()  # of what was on its way


def answers_unknown_addresses(page):
    """In their language, and there the switch leads to the other one's answer."""
    page.goto(f"{Host.base}fr/no/such/page.html")
    page.wait_for_url(f"**{Host.base}fr/404.html")
    expect(page.locator("h1")).to_have_text("Page introuvable")
    page.locator("a.language:visible").click()
    page.wait_for_url(f"**{Host.base}404.html")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.complaints.clear()  # that there is no such page


def lets_nothing_else_in(page):
    with page.expect_console_message(lambda message: "counter.example" in message.text):
        page.evaluate("""document.body.append(
          Object.assign(new Image(), { src: "https://counter.example/x.png" }),
          Object.assign(document.createElement("script"), { text: "globalThis.evil = 1" }))""")
    assert page.evaluate("globalThis.evil") is None
    page.complaints.clear()


def changes_the_theme(page):
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator(".theme-toggle-content button").click()
    assert page.evaluate("document.body.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before


def keeps_the_theme(page):
    changes_the_theme(page)
    page.reload()
    assert page.evaluate("document.body.dataset.theme") == "dark"


def serves_where_nothing_is_kept(page):
    changes_the_theme(page)
    page.locator(".content-icon-container .language").click()
    page.wait_for_url(f"**/{FRENCH}*")
    expect(page.locator("html")).to_have_attribute("lang", "fr")


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


def is_used_by_keyboard(page):
    """Tab leads through the page and out of it, to each link, and each place can be seen."""
    found = []
    for _ in range(page.locator("a, button, input, summary, [tabindex]").count() + 9):
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
            break
        found.append(place)
    else:
        raise AssertionError("the keyboard never leaves the page")
    assert "skip-to-content" in found[0][0] or "search.html" in page.url  # there: in its field
    assert [html for html, seen in found if not seen] == []
    reached = sum(html.startswith("<a") for html, _ in found)
    assert reached >= page.locator("article a:visible").count() + 2  # and what stands around it


def bears_keys_without_a_name(page):
    """As a browser's own form filling sends them."""
    page.evaluate("""for (const target of [document, document.querySelector("input")])
      target.dispatchEvent(new Event("keydown", { bubbles: true }))""")


def press_copy(page):
    """Press the first cell's button; returns the button, and the cell's code."""
    page.locator("div.cell_input").first.hover()
    page.locator("button.copy").first.click()
    code = page.locator("div.cell_input pre").first.inner_text().strip()
    return page.locator("button.copy").first, code


def copies_code(page):
    button, code = press_copy(page)
    expect(button).to_have_attribute("aria-label", "Copied")
    assert page.evaluate("navigator.clipboard.readText()") == code


def selects_code(page):
    button, code = press_copy(page)
    expect(button).to_contain_text("Ctrl+C")
    assert page.evaluate("getSelection().toString().trim()") == code


def opens_from_a_folder(page):
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.evaluate(STILL)


def keeps_calm(page):
    moving = page.evaluate("""[...document.querySelectorAll("*")].filter((element) =>
      parseFloat(getComputedStyle(element).transitionDuration) > 0).length""")
    assert moving == 0
    assert page.locator(".theme-toggle-content svg:visible").count() == 1


FOLDER, SMALL = {"folder": True}, {"size": PHONE}
LACKS = "Object.defineProperty(%s, { get() { throw new DOMException('no', 'SecurityError'); } });"
BLOCKED = {"script": LACKS % 'window, "localStorage"'}
PLAIN = {"script": LACKS % 'navigator, "clipboard"'}
CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}
CALM = {"forced_colors": "active", "reduced_motion": "reduce"}
MOVING = {"reduced_motion": "no-preference"}
BEHAVIOURS = [
    (searches, CHAPTER, {}),
    (searches, CHAPTER, FOLDER),
    (finds_words_with_and_without_accents, "fr/search.html?q=reseau", {}),
    (keeps_place_and_language, CHAPTER, {}),
    (answers_unknown_addresses, "404.html", {}),
    (lets_nothing_else_in, CHAPTER, {}),
    (keeps_the_theme, CHAPTER, {}),
    (serves_where_nothing_is_kept, CHAPTER, BLOCKED),
    (bears_keys_without_a_name, CHAPTER, {}),
    (copies_code, CHAPTER, CLIPBOARD),
    (selects_code, CHAPTER, PLAIN),
    (keeps_calm, CHAPTER, CALM),
    (opens_and_closes_drawers, READER, SMALL),
    *((is_used_by_keyboard, name, {}) for name in KINDS),
    *((opens_from_a_folder, name, SMALL | FOLDER) for name in KINDS[:-1]),
    *rarely(
        (keeps_place_and_language, CHAPTER, SMALL),
        (serves_where_nothing_is_kept, CHAPTER, BLOCKED | FOLDER),
        (opens_and_closes_drawers, f"fr/{READER}", SMALL),
        *((is_used_by_keyboard, name, SMALL) for name in (WELCOME, "search.html")),
        *((is_used_by_keyboard, name, {}) for name in OTHERS),
        *((opens_from_a_folder, name, SMALL | FOLDER) for name in OTHERS[:-1]),
    ),
]


def faults(check, page):
    return [*(check(page) or []), *page.complaints]


@pytest.mark.parametrize("check, name, settings", BEHAVIOURS)
def test_page_behaves(check, name, settings, visit):
    with visit(name, **settings) as page:
        assert faults(check, page) == []


# --- each check finds a fault --------------------------------------------------------------------

END, LINK, SCRIPT = "</article>", '<a class="reference', 'src="../_static/site.js'
NOISE = "".join(random.Random(0).choices("abcdefghijklmnopqrstuvwxyz ", k=400_000))
MANY = "".join(f'<img src="../_static/logo.svg?{number}">' for number in range(20))
KEEPS = 'keep("theme", dataset.theme);'


def style(rules):
    return None, "</head>", f"<style>{rules}</style></head>"


# A check, a page, its settings, the file that is spoiled, and what is replaced in it.
SPOILED = [
    (weight, SHORT, SMALL, None, END, f"<p>{NOISE}</p>{END}"),
    (weight, SHORT, SMALL, None, END, MANY + END),
    (privacy, SHORT, {}, *style("@font-face { font-family: x; src:"
     " url(https://fonts.example/x.woff2) } article { font-family: x }")),
    (stillness, SHORT, MOVING, *style("@keyframes k { to { margin-top: 200px } }"
     " article { animation: k 1ms .1s forwards !important }")),
    (fits, SHORT, SMALL, None, END, f'<p style="width: 50em">Wide</p>{END}'),
    (figures_are_told, SHORT, {}, None, ' alt="', ' alt="" title="'),
    (figures_are_told, SHORT, {}, None, ' width="', ' data-width="'),
    (access, WELCOME, {}, None, END, f'<p style="color: #bbb">Too pale</p>{END}'),
    (access, WELCOME, SMALL, None, 'title="Français">FR', 'aria-label="Français">FR'),
    (access, SHORT, {}, "pygments.css", ".highlight .k { color:", ".highlight .k { color: red; "),
    (colours, SHORT, {}, *style("@media (prefers-color-scheme: dark) { h2 { color: red } }")),
    (paper_is_black_on_white, SHORT, {}, "style.css", "color-scheme: light;", ""),
    (paper_is_black_on_white, SHORT, {}, "style.css", "@media print", "@media speech"),
    (finds_words_with_and_without_accents, "fr/search.html?q=reseau", {}, "site.js",
     '.normalize("NFD")', ""),
    (keeps_the_theme, SHORT, {}, "site.js", KEEPS, ""),
    (serves_where_nothing_is_kept, CHAPTER, BLOCKED, "site.js", KEEPS, "localStorage.theme = 1;"),
    (bears_keys_without_a_name, SHORT, {}, "site.js", "event.key?.", "event.key."),
    (bears_keys_without_a_name, SHORT, {}, "site.js", "target.matches?.", "target.matches"),
    (copies_code, SHORT, CLIPBOARD, "site.js", "code.textContent.trimEnd()", '"code"'),
    (selects_code, SHORT, PLAIN, "site.js", "selectAllChildren(code)", "removeAllRanges()"),
    (keeps_calm, SHORT, CALM, *style("p a { transition: 1s !important }")),
    (opens_and_closes_drawers, SHORT, SMALL, "site.js", "drawer.focus();", ""),
    (is_used_by_keyboard, WELCOME, {}, *style("a { outline: none !important }")),
    (is_used_by_keyboard, WELCOME, {}, None, END,
     f'<a href="#" style="position: absolute; left: -999px">hidden</a>{END}'),
    (is_used_by_keyboard, WELCOME, {}, None, LINK, LINK.replace("<a", '<a tabindex="-1"')),
    (is_used_by_keyboard, WELCOME, {}, None, 'class="skip-to-', 'tabindex="-1" class="skip-'),
    (is_used_by_keyboard, WELCOME, {}, "site.js", "const page =", "let keys = 0;"
     "addEventListener('keydown', (e) => ++keys > 20 && e.preventDefault()); const page ="),
    (opens_from_a_folder, SHORT, FOLDER, None, SCRIPT, SCRIPT.replace("site", "sites")),
    (opens_from_a_folder, SHORT, FOLDER, None, SCRIPT, SCRIPT.replace("..", "")),
    (opens_from_a_folder, SHORT, FOLDER, None, SCRIPT, f'type="module" {SCRIPT}'),
    *rarely(  # these are found only when a timeout is over
        (searches, SHORT, {}, "site.js", "0.15", "false"),
        (keeps_place_and_language, SHORT, {}, "site.js", "localStorage.setItem", "String"),
        (keeps_place_and_language, SHORT, SMALL, "site.js", "link.hash =", "link.title ="),
        (answers_unknown_addresses, "404.html", {}, "site.js", "location.replace(link.href)", ""),
        (lets_nothing_else_in, SHORT, {}, None, "Content-Security-Policy", "x"),
        (selects_code, SHORT, PLAIN, "site.js", "show(text.selected, null)", "throw Error()"),
        (opens_and_closes_drawers, SHORT, SMALL, "site.js", "drawer.checked = false;", ""),
    ),
]  # fmt: skip


@pytest.mark.parametrize("check, name, settings, file, old, new", SPOILED)
def test_a_spoiled_page_is_found(check, name, settings, file, old, new, visit):
    with visit(name, spoil=(file, old, new), **settings) as page:
        with pytest.raises((AssertionError, TimeoutError)):
            assert faults(check, page) == []
