"""Questions that answer back: what a chapter asks, what the page makes of it, and how it is used.

The rules look at the notebooks, as they are and in French; the page is used in a real browser.
"""

import ast
import copy
import itertools
import json
import math
import re

import nbformat
import pytest
from docutils import nodes
from playwright.sync_api import expect

from sphinx_extensions import questions, ranges
from sphinx_extensions.explorables import WORDS
from tests.javascript import js
from tests.test_chapters import NOTEBOOKS, ROOT, code_cells, read
from tests.test_site import BLOCKED, PHONE, access, rarely
from tools.browser import SITE
from tools.translate import OTHERS, translate_source, translations

SCRIPT = "assets/static/questions/questions.js"
CHAPTER, PAGE = "chapters/02-deep-networks.html", "chapters/what-you-know.html"
AT_LEAST = 5


# --- what a chapter asks -------------------------------------------------------------------------


def in_each_language(path):
    """The notebook as it is, and translated."""
    yield read(path)
    for language in OTHERS:
        known = translations(language, f"chapters/{path.stem}")
        yield nbformat.reads(translate_source(path, known)[0], as_version=4)


def items(text):
    """The letter and the text of each item of the last list of a piece of Markdown."""
    found = re.findall(r"^(?:> )?- \*\*([A-Z])\.?\*\*\s*:?\s*(.+)$", text, re.M)
    return [(letter, said.strip()) for letter, said in found]


def asked(notebook):
    """The Markdown cells that ask, each with the folded answer that comes next."""
    for place, cell in enumerate(notebook.cells):
        if "question" in cell.metadata:
            below = notebook.cells[place + 1 :]
            answers = [c.source for c in below if "<details>" in c.source]
            yield place, cell, answers[0] if answers else ""


def faults(notebook):
    """Yield what is wrong with the questions of a notebook."""
    found = list(asked(notebook))
    if len(found) < AT_LEAST:
        yield f"{len(found)} questions, fewer than {AT_LEAST}"
    boxes = [
        c for c in notebook.cells if re.search(r"^> \*\*(Predict first|Prédisez)", c.source, re.M)
    ]
    if [cell for _, cell, _ in found] != boxes:
        yield "not each “Predict first” has a question in its metadata"
    code = {cell.id: place for place, cell in enumerate(notebook.cells) if cell.cell_type == "code"}
    for place, cell, answer in found:
        question, text = cell.metadata.question, cell.source
        if code.get(question.get("cell"), -1) < place:
            yield f"no code cell {question.get('cell')} below: {text[:60]!r}"
            continue
        within = answer.partition("</summary>")[2].partition("</details>")[0].strip()
        offered, reasons = items(text), items(within)
        letters = [letter for letter, _ in offered]
        if not within:
            yield f"no folded answer: {text[:60]!r}"
        elif "scale" in question:
            known, _ = questions.measured(question, notebook.cells[code[question.cell]])
            if not known or letters or not question.scale[0] <= question.value <= question.scale[1]:
                yield f"{question.value} is in no output, or not on the scale: {text[:60]!r}"
        else:
            if letters not in (["A", "B", "C"], ["A", "B", "C", "D"]):
                yield f"the choices are {letters}: {text[:60]!r}"
            if re.findall(r"^\*\*([A-Z])\.\*\*", within, re.M) != [question.right]:
                yield f"not one right choice, {question.right}: {text[:60]!r}"
            if [letter for letter, _ in reasons] != [a for a in letters if a != question.right]:
                yield f"not a reason for each wrong choice: {text[:60]!r}"
            if len({said for _, said in offered}) < len(offered):
                yield f"two choices are the same: {text[:60]!r}"


def not_shown(question, cell):
    """Yield what a question's cell ought to print if the right choice is right, and does not.

    Each is a pattern and two bounds: for its number, for its first number over its second, or, if
    it has none, for how often it is found. A number has to stay there over chance as well.
    """
    text = "\n".join(ranges.texts(cell))
    starts = [number.start() for number in ranges.numbers(text)]
    measured = cell.metadata.get("ranges") or len(starts) * [None]
    for pattern, low, high in question.get("shows", []):
        found = list(re.finditer(pattern, text, re.M))
        if re.compile(pattern).groups and not found:
            values = [math.nan]
        elif found and found[0].groups():
            values = [ranges.value(value) for value in found[0].groups()]
            own = measured[starts.index(found[0].start(1))] if found[0].start(1) in starts else None
            values = [values[0] / values[1]] if values[1:] else values + (own or [])[2:]
        else:
            values = [len(found)]
        if not all(low <= value <= high for value in values):
            yield f"{pattern}: {values}, not {low} to {high}"


def test_another_output_is_found():
    notebook = read(NOTEBOOKS[0])
    question = next(asked(notebook))[1].metadata.question
    [cell] = [cell for cell in notebook.cells if cell.id == question.cell]
    told, text = question | {"shows": [*question.shows, ["4 right", 1, 1]]}, cell.outputs[0].text
    for old, new in ("3 of 4", "4 of 4"), ("gets 3", "none"), ("gets", "has"), ("right", "wrong"):
        cell.outputs[0].text = text.replace(old, new)
        assert len(list(not_shown(told, cell))) == 1, new


def fitting(question, text):
    """The choices whose number lies between the bounds of what the cell shows, if it shows one."""
    names = "two three four five six seven eight nine ten".split()
    shows = question.get("shows", [])
    for letter, said in items(text):
        said = re.sub(r"\w+", lambda word: str([0, 0, *names].index(word[0]))
                      if word[0] in names else word[0], said)  # fmt: skip
        said = [ranges.value(number[0]) for number in ranges.numbers(said)]
        if len(shows) == 1 and any(shows[0][1] <= number <= shows[0][2] for number in said):
            yield letter


def test_a_right_choice_that_is_another_number_is_found():
    question, text = {"shows": [["about (\\d+)", 2, 4]]}, "> - **A.** two or 3\n> - **B.** 50 %"
    assert [*fitting(question, text)] == ["A"]
    assert [*fitting(question, text.replace("two or 3", "70 %").replace("50", "3"))] == ["B"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_chapter_asks_and_shows_what_is_right(path):
    notebook, letters = read(path), []
    code = {cell.id: cell for cell in code_cells(notebook)}
    for _, cell, _ in asked(notebook):
        question = cell.metadata.question
        if "right" in question and any(ranges.texts(code[question.cell])):
            assert question.get("shows"), cell.source
        assert list(not_shown(question, code[question.cell])) == [], cell.source
        assert [*fitting(question, cell.source)] in ([], [question.get("right")]), cell.source
        letters += question.get("right", "")
    assert all(letters.count(letter) <= 0.6 * len(letters) for letter in letters)
    for notebook in in_each_language(path):
        assert list(faults(notebook)) == []
        for place, cell in enumerate(notebook.cells):
            if "solution" in cell.metadata.get("tags", []):
                own = questions.exercise(notebook.cells[:place])
                hints = [c for c in own if re.search("<summary>(A hint|Un indice)<", c.source)]
                assert len(hints) == 1, own[0].source


def change(part, old, new):
    """A change of the first question with choices, or of its answer."""

    def spoil(notebook):
        places = [place for place, cell, _ in asked(notebook) if "right" in cell.metadata.question]
        cells = notebook.cells[places[0] :]
        cell = cells[0] if part == "question" else next(c for c in cells if "<details>" in c.source)
        assert re.search(old, cell.source, re.M), cell.source
        cell.source = re.sub(old, new, cell.source, count=1, flags=re.M)

    return spoil


def names_no_cell(notebook):
    next(asked(notebook))[1].metadata.question.cell = "no-such-cell"


def names_another_cell(notebook):
    next(asked(notebook))[1].metadata.question.cell = code_cells(notebook)[0].id


def other_letter(notebook):
    question = next(c for _, c, _ in asked(notebook) if "right" in c.metadata.question)
    question.metadata.question.right = "E"


def other_number(notebook):
    question = next(c for _, c, _ in asked(notebook) if "scale" in c.metadata.question)
    question.metadata.question.value += 1


def asks_too_little(notebook):
    for _, cell, _ in list(asked(notebook))[: 1 - AT_LEAST or None]:
        notebook.cells.remove(cell)


FAULTS = {
    "two right choices": change("answer", r"^(\*\*[A-D]\.\*\*)", r"\1 It is so.\n\n**C.**"),
    "a missing reason": change("answer", r"^- \*\*[A-D]\*\*:.*\n", ""),
    "a reason for the right choice": change("answer", r"^(- \*\*[A-D]\*\*:.*)$", r"\1\n\1"),
    "two choices": change("question", r"^> - \*\*C\.\*\*.*", ">"),
    "a choice twice": change("question", r"^(> - \*\*A.*?\*\* )(.*)(\n.*?\*\* ).*", r"\1\2\3\2"),
    "a letter twice": change("question", r"\*\*C\.\*\*", "**B.**"),
    "no folded answer": change("answer", "<details>(.|\n)*</details>", "<details></details>"),
    "no such cell": names_no_cell,
    "a cell above": names_another_cell,
    "no such letter": other_letter,
    "a number that no cell prints": other_number,
    "too few": asks_too_little,
    "no metadata": lambda book: next(asked(book))[1].metadata.pop("question"),
}


@pytest.mark.parametrize("spoil", FAULTS.values(), ids=FAULTS)
def test_a_spoiled_question_is_found(spoil):
    notebook = read(NOTEBOOKS[1])
    assert list(faults(notebook)) == []
    spoil(notebook)
    assert list(faults(notebook)) != []


# --- the checks of exercises: in Python, and in the page -----------------------------------------


def checks(path):
    """The code of `compare` and of each check with a table, and its cases."""
    compare = ""
    for cell in code_cells(read(path)):
        if cases := questions.cases_of(cell.source):
            compare = cell.source if "def compare(" in cell.source else compare
            yield compare, cell.source, cases


def several(cases):
    """Whether an answer has several numbers: a case then weighs them, and has a bias."""
    return any(isinstance(case, tuple | list) and len(case) > 2 for case, _ in cases)


def answers_to(cases):
    """What a reader might type for each case, and something else."""
    if several(cases):
        yield from ("(-1, -1, 0.5)", "1, 2", "(1, 1, -0.5)", "[1, -1, 2]", "7", "", "1;-1;0.25")
        yield from (str(tuple(at)) for at in itertools.product([-1, -0.5, 0, 0.5], repeat=3))
        return
    for case, _ in cases:
        case = sum(case) / 2 if isinstance(case, tuple) else case
        yield {None: "", "no number": "many", "no word": "7", "anything else": "12345.6"}.get(
            case, str(case)
        )
    yield from ("something", "'outputs'", " 0,5 ", "−0.5", "1,081", "-1e0", "0x1", "None")


def said_by_python(compare, source, text, capsys):
    """The words of the notebook's check for what a reader writes there in place of `None`."""
    import numpy as np

    names = {"np": np}
    exec(compare, names)
    exec(source, names)
    number = re.search(r"def check_(\d)", source)[1]
    try:
        answer = ast.literal_eval(text.strip().replace(";", ",") or "None")
    except (SyntaxError, ValueError):
        answer = text
    correct = names[f"check_{number}"](answer)
    return capsys.readouterr().out.strip(), bool(correct)


def said_by_page(texts, cases, lang="en"):
    return js(
        f"""const {{ countOf, typed, verdict }} = require("{ROOT / SCRIPT}");
        return texts.map((text) => verdict(typed(text, lang, countOf(cases)), cases));""",
        [],
        texts=texts,
        cases=cases,
        lang=lang,
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_page_and_notebook_say_the_same(path, capsys):
    for compare, source, cases in checks(path):
        texts = [text for text in answers_to(cases) if text not in (" 0,5 ", "1,081", "−0.5")]
        told = [said_by_python(compare, source, text, capsys) for text in texts]
        assert said_by_page(texts, cases) == [words for words, _ in told]
        assert {words for _, words in cases} <= {words for words, _ in told}
        assert all(words.startswith("Correct") == correct for words, correct in told)
        assert sum(words.startswith("Correct") for _, words in cases) == 1
        spoiled = copy.deepcopy(cases)
        spoiled[2][0] = 99999
        assert said_by_page(texts, spoiled) != [words for words, _ in told]


def test_compare_is_the_same_everywhere():
    found = [compare.partition("def compare")[2].partition("\n\n\n")[0]
             for path in NOTEBOOKS for compare, _, _ in checks(path)]  # fmt: skip
    assert len(found) >= 9 and len(set(found)) == 1


def test_numbers_are_read_as_readers_write_them():
    typed = js(
        f"""const {{ typed }} = require("{ROOT / SCRIPT}");
        return [["en", "1,081"], ["en", "−0.5"], ["fr", "0,25"], ["fr", "1 081"],
          ["en", "'Outputs' "], ["fr", "« outputs »"], ["en", " "], ["en", "1e3"], ["en", "NaN"],
          ["fr", "−1 ; −1 ; 0,5", 3], ["fr", "(-1, -1, 0,5)", 3], ["en", "1,-1,.5", 3],
          ["en", "1, 2", 3],
        ].map(([lang, text, count]) => typed(text, lang, count));""",
        [],
    )
    assert typed[:9] == [1081, -0.5, 0.25, 1081, "outputs", "outputs", None, 1000, "nan"]
    assert typed[9:] == [[-1, -1, 0.5], [-1, -1, 0.5], [1, -1, 0.5], "1, 2"]


def test_right_waits_longer_and_wrong_begins_anew():
    after = js(
        f"""const {{ next }} = require("{ROOT / SCRIPT}");
        const days = [];
        let entry;
        for (const [right, day] of [[true, 0], [true, 0], [true, 1], [true, 8], [true, 38],
          [false, 40], [true, 40], [true, 41]]) {{
          entry = next(entry, right, day);
          days.push(entry.due);
        }}
        return days;""",
        [],
    )
    assert after == [1, 1, 8, 38, 68, 41, 41, 48]


# --- the page ------------------------------------------------------------------------------------


def boxed(cell, end):
    """What becomes of a question whose right choice `cell` shows, and whose answer ends so."""
    quote, fold = nodes.block_quote(), [nodes.raw("", text) for text in ("<details>", end)]
    section = nodes.section("", quote, *fold)
    questions.box(quote, "01-a/q", {"right": "A", "cell": cell}, {"one": {}})
    return section[0]["html"]


def test_a_question_without_its_answer_or_its_cell_is_refused():
    assert boxed("one", "</details>") == {"data-key": "01-a/q", "data-right": "A"}
    for wrong in ("two", "</details>"), ("one", ""):
        with pytest.raises(LookupError):
            boxed(*wrong)


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def focused(page, selector):
    """Tab until something that matches is reached."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.matches({json.dumps(selector)})"):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def go_through(page, language):
    """A chapter from start to end by keyboard: each question, then each exercise with a field."""
    words = WORDS[language]["questions"]
    boxes = page.locator(".asks")
    assert boxes.count() >= AT_LEAST
    expect(page.locator(".result[hidden]")).to_have_count(boxes.count())
    page.locator("article").focus()
    for place in range(boxes.count()):
        box = boxes.nth(place)
        focused(page, ".asks input:is([type=radio], [type=range])")
        press(page, "Space" if box.get_attribute("data-right") else "ArrowRight")
        focused(page, ".asks form button")
        press(page, "Enter")
        status = box.locator(".status")
        expect(status).to_contain_text(re.compile("[✓✗]"))
        right = box.get_attribute("data-right")
        if right and right != "A":  # its own reason, in words
            wrong = words["wrong"].replace("{choice}", "A")
            expect(status).to_contain_text(wrong)
            assert len(status.inner_text()) > len(f"✗ {wrong}") + 20
        expect(box.locator(".result")).not_to_have_attribute("hidden", "until-found")
        expect(box.locator(".result > details:last-of-type")).to_have_attribute("open", "")
    assert list(access(page)) == [] if page.url.startswith("http") else True
    fields = page.locator(".replies[data-cases]")
    for place in range(fields.count()):
        focused(page, ".replies input")
        cases = json.loads(fields.nth(place).get_attribute("data-cases"))
        if several(cases):
            cases = [["-1; -1; 0.5", said] for _, said in cases if said.startswith("Correct")]
        for case, said in sorted(cases, key=lambda case: case[1].startswith("Correct")):
            case = sum(case) / len(case) if isinstance(case, list) else case
            if case not in (None, "no number", "no word", "anything else"):
                press(page, "ControlOrMeta+a")
                page.keyboard.type(str(case).replace(".", "," if language == "fr" else "."))
                press(page, "Enter")
                expect(fields.nth(place).get_by_role("status")).to_have_text(said)
    page.evaluate("document.getElementById('recap').scrollIntoView()")
    asked_, solved = boxes.count(), fields.count()
    mark = f"✓ {asked_}/{asked_} · {solved}/{solved}"
    expect(page.locator(".sidebar-tree .done")).to_contain_text(mark)
    expect(page.locator(".sidebar-tree .done")).to_contain_text(words["read"])


SMALL = {"size": PHONE, "folder": True}


@pytest.mark.parametrize("name, settings", [
    (CHAPTER, {}), *rarely(*((f"fr/chapters/{path.stem}.html", SMALL) for path in NOTEBOOKS)),
])  # fmt: skip
def test_a_reader_goes_through_a_chapter_by_keyboard(name, settings, visit):
    with visit(name, **settings) as page:
        go_through(page, "fr" if name.startswith("fr") else "en")
        page.reload()
        expect(page.locator(".result[hidden]")).to_have_count(0)  # it remembers
        assert page.complaints == []


# What a screen reader is told of a question with choices, of one for a number and of an exercise,
# in this order: first, and after the answer. Of the result nothing is told before.
TOLD = {
    "[data-right]": (
        ["group .+\\?", *(f'radio "{x}\\. .+' for x in "ABC"), "button .{submit}", "status$"],
        ['radio "A\\. .+\\[checked\\]', "status:", ".*[✓✗] A", "group:", ".*{summary}"],
    ),
    "[data-scale]": (
        ["group .+\\?", 'slider "{guess}": "\\d+"', "button .{submit}", "status$"],
        ["slider ", "status:", ".*[✓✗]", ".*{measured}", "group:", ".*{summary}"],
    ),
    "[data-cases]": (
        ["group .+{title}", 'textbox "{answer}"$', "button .{check}", "status$"],
        ['textbox "{answer}": .?0', "status: .+[.]"],
    ),
}


def not_told(page, language):
    """Yield what a screen reader ought to be told on a chapter's page, and is not."""
    words = WORDS[language]["questions"] | {"measured": "234"}
    words["summary"] = page.locator(".result summary").first.inner_text()
    words["title"] = page.locator("[id^=exer] h3").first.evaluate("(h) => h.firstChild.data")
    words = {name: str(word).replace("\u00a0", " ") for name, word in words.items()}
    for kind, (before, after) in TOLD.items():
        box = page.locator(f"article {kind}").first
        for parts in (before, after):
            tree = box.aria_snapshot()
            wanted = "[^•]*".join(f"^ *- .?{part}" for part in parts).replace("- .?.*", "- .*")
            for name, word in words.items():
                wanted = wanted.replace(f"{{{name}}}", re.escape(word))
            if not re.search(wanted, tree, re.M):
                yield f"{kind}: {wanted} is not in\n{tree}"
            if parts is before:
                if words["summary"] in tree:
                    yield f"{kind}: the result is told before the guess"
                field = box.locator("input").first
                field.check() if kind == "[data-right]" else None
                field.fill("0") if kind == "[data-cases]" else None
                box.locator("form button").click()


@pytest.mark.parametrize("language, settings", [("en", {}), *rarely(("fr", SMALL))])
def test_a_screen_reader_is_told_what_stands_there(language, settings, visit):
    with visit(named(language, CHAPTER), **settings) as page:
        assert list(not_told(page, language)) == []


def named(language, name):
    return name if language == "en" else f"{language}/{name}"


UNHEARD = {
    "no group": ('make("fieldset", {}, legend)', 'make("div", {}, legend)'),
    "no legend": ('make("legend", {})', 'make("p", {})'),
    "choices without names": ('make("label", { className: "choice" }', 'make("span", {}'),
    "a scale without a name": ("ariaLabel: words.guess, ", ""),
    "an answer that is not told": ('className: "status", role: "status"', 'className: "status"'),
    "words that are not told": ('make("p", { role: "status", lang', 'make("p", { lang'),
    "a field without a name": ('make("label", {}, `${words.answer} `', 'make("span", {}, ""'),
    "a field of no exercise": ('role="group"', ""),
    "a result before the guess": ("else close(box);", "else open(box);"),
    "no result after it": ("      open(box);\n      resultOf", "      resultOf"),
}


@pytest.mark.full
@pytest.mark.parametrize("change", UNHEARD.values(), ids=UNHEARD)
def test_what_a_screen_reader_is_not_told_is_found(change, visit):
    file = None if change[0].startswith("role") else "questions/questions.js"  # None: the page
    with visit(CHAPTER, spoil=(file, *change)) as page:
        assert list(not_told(page, "en")) != []


def test_without_scripts_all_is_there(chrome, address):
    page = chrome.new_context(java_script_enabled=False).new_page()
    page.goto(address + CHAPTER)
    for selector in (".asks blockquote li", ".result .cell_output", ".result > details > summary"):
        found = page.locator(selector)
        assert found.count() >= AT_LEAST
        expect(found.last).to_be_visible()
    assert not page.locator(".replies[data-cases]").first.is_visible()
    page.context.close()


def test_an_address_opens_the_result_that_it_names_and_all_can_be_shown_at_once(visit):
    with visit(CHAPTER) as page:
        page.evaluate("document.querySelector('.result > *').id = 'within'")
        page.evaluate("location.hash = 'within'")
        expect(page.locator("#within")).to_be_visible()
        page.emulate_media(media="print")
        expect(page.locator(".result").last).to_be_visible()
        assert page.locator(".result").last.evaluate("(one) => one.offsetHeight") > 40
        page.emulate_media(media="screen")
        page.get_by_label("Show all results").first.check()
        expect(page.locator(".result[hidden]")).to_have_count(0)
        page.reload()
        expect(page.locator(".result[hidden]")).to_have_count(0)
        expect(page.get_by_label("Show all results").nth(1)).to_be_checked()
        page.get_by_label("Show all results").first.uncheck()
        assert page.locator(".result[hidden]").count() >= AT_LEAST


IN_BOTH = pytest.mark.parametrize(
    "language, folder", [("en", False), *rarely(("en", True), ("fr", True))]
)


@IN_BOTH
def test_it_serves_where_nothing_is_kept(language, folder, visit):
    words, chapter = WORDS[language]["know"], named(language, CHAPTER)
    with visit(chapter, **BLOCKED, folder=folder) as page:
        page.locator(".asks input[type=radio]").first.check()
        page.locator(".asks form button").nth(1).click()
        expect(page.locator(".asks [role=status]").nth(1)).to_contain_text(re.compile("[✓✗]"))
        expect(page.locator(".sidebar-tree .done")).to_have_count(0)
        page.goto(page.url.replace(CHAPTER, PAGE))
        expect(page.locator(".know [role=status]")).to_have_text(words["refused"])
        assert page.complaints == []


@IN_BOTH
def test_what_you_know_asks_again(language, folder, visit, tmp_path):
    words = WORDS[language]["questions"] | WORDS[language]["know"]
    with visit(named(language, PAGE), folder=folder) as page:
        boxes, status = page.locator(".asks"), page.locator(".know [role=status]")
        assert boxes.count() == sum(len(list(asked(read(path)))) for path in NOTEBOOKS)
        assert page.locator(".asks:visible").count() == boxes.count()
        key = boxes.first.get_attribute("data-key")
        kept = {key: {"right": True, "step": 0, "due": 1, "answer": "A"}, "01-neurons": {"of": 7}}
        file = tmp_path / "kept.json"
        file.write_text(json.dumps(kept), encoding="utf-8")
        page.locator("input[type=file]").set_input_files(file)
        expect(status).to_contain_text(words["due"]["one"].replace("{n}", "1"))
        expect(page.locator(".asks:visible")).to_have_count(1)
        expect(page.locator(".sidebar-tree .done")).to_contain_text("1/7 · 0/0")
        right = boxes.first.get_attribute("data-right")
        boxes.first.locator(f"input[value={right}]").check()
        boxes.first.locator("button").click()
        expect(status).to_contain_text(words["later"].replace("{n}", "7"))
        with page.expect_download() as download:
            page.get_by_role("button", name=words["export"]).click()
        told = json.loads(download.value.path().read_text(encoding="utf-8"))
        assert told[key]["step"] == 1
        for text in ("[]", "{}", "no JSON", '{"x": 1}'):
            file.write_text(text, encoding="utf-8")
            page.locator("input[type=file]").set_input_files(file)
            expect(status).to_contain_text(words["notTaken"])
        page.reload()
        assert page.evaluate("JSON.parse(localStorage.progress)") == told  # the next visit
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name=words["reset"]).click()
        expect(status).to_have_text(words["forgotten"])
        assert page.evaluate("localStorage.progress") == "{}"
        expect(page.locator(".sidebar-tree .done")).to_have_count(0)
        expect(boxes.last).to_be_visible()
        boxes.first.locator("input").first.check()
        boxes.first.locator("button").click()
        expect(status).to_contain_text(words["tomorrow"])
        assert folder or list(access(page)) == []
        assert page.complaints == []


@IN_BOTH
def test_an_address_names_a_set_of_questions(language, folder, visit):
    name = named(language, PAGE)
    with visit(f"{name}?questions=1,3.2", folder=folder) as page:
        shown = page.locator(".asks:visible").evaluate_all("(all) => all.map((b) => b.dataset)")
        assert [one["number"] for one in shown] == [*(f"1.{n}" for n in range(1, 6)), "3.2"]
        assert {one["key"][:2] for one in shown} == {"01", "03"}
        expect(page.locator(".asks:visible > .number").last).to_have_text("3.2")


def test_an_exercise_in_code_leads_to_where_it_is_done(visit):
    """Each exercise has a field, or links; those of the page that trains set it."""
    for path in NOTEBOOKS:
        text = (SITE / f"chapters/{path.stem}.html").read_text(encoding="utf-8")
        titles = re.findall(r'<section[^>]* id="exercise-\d', text)
        parts = text.split('<section id="exercise-')[1:]
        assert len(parts) == len(titles) >= 3
        for part in parts:
            part = part.partition("</section>")[0]
            assert "data-cases=" in part or "colab.research.google.com" in part, part[:60]
            if "colab" in part:
                assert "mybinder.org" in part and "#scrollTo=" in part
    with visit("chapters/07-digits-network.html") as page:
        page.locator("#exercise-3-is-the-second-hidden-layer-needed .replies a").last.click()
        page.wait_for_url("**/teach-it.html?**")
        page.wait_for_function("document.querySelector('course-teach-it')?.state")
        state = page.locator("course-teach-it").evaluate("(element) => element.state")
        assert [state[name] for name in ("layers", "images", "steps")] == ["512", 5000, 40]
        assert page.complaints == []
