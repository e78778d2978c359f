"""A number that chance moves tells its range to who asks: on a small site with planted ranges."""

from functools import partial

import nbformat
import pytest
from playwright.sync_api import TimeoutError, expect

from sphinx_extensions.ranges import like, numbers, texts
from tests import test_site
from tests.test_build import small_site
from tests.test_site import PHONE, access, fits, opened, rarely
from tools.browser import ROOT, served
from tools.translate import translations

PRINTED = "epoch 1 of 20, 3.2 s: accuracy 98.5 %, loss 0.0512\nweights 1,234 and dense_1\n"
RANGES = [
    None,
    None,
    [98.4, 98.6, 98.4, 98.6],
    [0.05, 0.06, 0.0498, 0.0601],
    [1234, 1234, 990, 1500],
]
TOLD = [f"{told} with other random draws and rounding" for told in (
    "98.4 to 98.6", "0.0498 to 0.0601", "990 to 1,500", "1.0e-02 to 3.0e-01")]  # fmt: skip
NAME = "chapters/01-page.html"


def cell(ranges, output, **metadata):
    outputs = [nbformat.v4.new_output(*output[:1], **output[1])]
    metadata |= {"ranges": ranges}
    return nbformat.v4.new_code_cell("work()", outputs=outputs, metadata=metadata)


def page(cells):
    title = nbformat.v4.new_markdown_cell("# Page\n\nA page.\n\n- A goal.\n\n**Time:** 5 minutes.")
    python = {"language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=[title, *cells], metadata=python)


def site(folder, language, cells):
    """Build a site of one notebook; return its folder and what Sphinx warned of."""
    (folder / "chapters").mkdir(parents=True)
    nbformat.write(page(cells), folder / NAME.replace(".html", ".ipynb"))
    return small_site(
        folder,
        folder,
        html_static_path=[str(ROOT / "assets/static")],
        html_css_files=["style.css"],
        language=language,
        course_languages={language: language},
        course_words=translations("fr", "course") if language == "fr" else {},
    )


CELLS = [
    cell(RANGES, ["stream", {"text": PRINTED}]),
    cell([[0.02, 0.03, 0.01, 0.3]], ["execute_result", {"data": {"text/plain": "2.1e-02"}}]),
    cell([[1, 2, 1, 2]], ["stream", {"text": "\x1b[1m1\x1b[0m"}]),
]


def test_numbers_are_told_from_names_and_durations():
    text = (
        "float32 784 -0.5 −2 60,000 3.8e+25 dense_1 98.4% 3.2 s 14 ms (3, 4) \x1b[38;5;34m401,920"
    )
    found = ["784", "-0.5", "−2", "60,000", "3.8e+25", "98.4", "3", "4", "401,920"]
    assert [number[0] for number in numbers(text)] == found
    assert [like(number, -1234.5) for number in ("9.75", "1,000", "−2", "2.00e+01")] == [
        *("-1234.50", "-1,234", "−1234", "-1.23e+03")]  # fmt: skip
    figure = nbformat.v4.new_output("display_data", {"image/png": "", "text/plain": "<Figure 1>"})
    shown = nbformat.v4.new_output("execute_result", {"text/plain": "5"})
    assert list(texts({"outputs": [figure, shown]})) == ["5"]


def test_another_count_of_ranges_is_a_warning(tmp_path):
    _, warned = site(tmp_path, "en", [cell(RANGES[1:], ["stream", {"text": PRINTED}])])
    assert "not as many ranges as numbers" in warned


# --- in a browser --------------------------------------------------------------------------------

BELOW = """number => {  // whether the answer stands there: it belongs to the number
  const box = number.getBoundingClientRect();
  return document.elementFromPoint(box.x + box.width / 2, box.bottom + 12) === number;
}"""


def tells(page):
    """To a mouse, to a finger and in words; one number at a time."""
    asked = page.locator(".range")
    assert [number.get_attribute("aria-description") for number in asked.all()] == TOLD
    assert asked.all_inner_texts() == ["98.5", "0.0512", "1,234", "2.1e-02"]
    assert page.locator(".cell_output pre").first.inner_text() == PRINTED
    for number in asked.all():
        assert not number.evaluate(BELOW)
        number.hover()
        assert number.evaluate(BELOW)
    page.keyboard.press("Escape")
    assert not number.evaluate(BELOW)
    number.focus()
    assert list(access(page)) + list(fits(page)) == []


def tells_a_finger(page):
    number = page.locator(".range").nth(1)
    number.tap()
    assert number.evaluate(BELOW)
    page.locator("h1").tap()
    assert not number.evaluate(BELOW)


def tells_by_keyboard(page):
    """Tab leads to one number of an output, and on; arrows lead to its others."""
    page.locator("article").focus()
    for key, place in [("Tab", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowRight", 2),
                       ("ArrowLeft", 1), ("Tab", 3), ("Shift+Tab", 1)]:  # fmt: skip
        for _ in range(20):
            page.keyboard.press(key)
            if "Tab" not in key or page.evaluate("document.activeElement.className") == "range":
                break
        number = page.locator(".range").nth(place)
        expect(number).to_be_focused()
        assert number.evaluate(BELOW)


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    folder = tmp_path_factory.mktemp("asked")
    found = {language: site(folder / language, language, CELLS) for language in ("en", "fr")}
    assert [warned for _, warned in found.values()] == ["", ""]
    return {language: built for language, (built, _) in found.items()}


@pytest.fixture(scope="module")
def visit(sites, chrome):
    with served(sites["en"]) as address:
        yield partial(opened, chrome, address, NAME)


DARK = {"color_scheme": "dark", "size": PHONE}
FINGER = DARK | {"has_touch": True}


@pytest.mark.parametrize("check, settings", [
    (tells, {}), (tells, DARK), (tells_a_finger, FINGER), (tells_by_keyboard, {})])  # fmt: skip
def test_a_number_tells_its_range(check, settings, visit):
    with visit(**settings) as page:
        check(page)
        assert page.complaints == []


@pytest.mark.parametrize("check, settings, file, old, new", [
    (tells, {}, None, "98.4 to 98.6", "98.4 to 98.7"),
    (tells, {}, None, 'class="range"', ""),
    (tells, {}, "style.css", ":is(:hover, :focus)", ":focus"),
    (tells, {}, "style.css", "position-area: bottom span-all", "bottom: 0"),
    (tells, {}, "site.js", '"hushed", key === "Escape"', '"hushed", false'),
    (tells, {}, "style.css", ".range {", ".range { color: #ccc; "),
    (tells_a_finger, FINGER, "style.css", ":is(:hover, :focus)", ":active"),
    (tells_by_keyboard, {}, "style.css", ":is(:hover, :focus)", ":hover"),
    *rarely(
        (tells_by_keyboard, {}, "site.js", "number === chosen ? 0 : -1", "0"),
        (tells_by_keyboard, {}, "site.js", "ArrowRight: 1", "ArrowRight: 2"),
    ),
])  # fmt: skip
def test_a_silent_number_is_found(check, settings, file, old, new, visit, sites, monkeypatch):
    monkeypatch.setattr(test_site, "SITE", sites["en"])
    with visit(spoil=(file, old, new), **settings) as page:
        with pytest.raises((AssertionError, TimeoutError)):
            check(page)


def test_without_scripts_each_number_is_reached(sites):
    html = (sites["en"] / NAME).read_text(encoding="utf-8")
    assert html.count('class="range" role="button" tabindex="0"') == len(TOLD)


def test_in_french_the_words_are_french_and_the_numbers_as_printed(sites):
    html = (sites["fr"] / NAME).read_text(encoding="utf-8")
    assert 'aria-description="98.4 à 98.6 avec d’autres tirages et d’autres arrondis"' in html
