"""What is told in words was computed: the numbers of the claims page, and of each chapter's prose.

Each claim of the source text is quoted, judged, and leads to what was computed.
"""

import ast
import re
from collections import Counter

import nbformat
import pytest

from sphinx_extensions.ranges import numbers, texts, value
from tests.test_chapters import (
    CHAPTERS,
    NOTEBOOKS,
    default_slugify,
    exercises,
    headings,
    links,
    prose,
    read,
    section,
)
from tools.outputs import alternative

PAGE = CHAPTERS / "source-text.md"
VERDICTS = ("Right", "Imprecise", "Wrong", "Missing")
QUOTE = re.compile('<i lang="fr">«\u00a0[^<>]+\u00a0»</i><br/>')


def rows(page):
    """The rows of the table as lists of cells: number, claim, verdict, what was measured."""
    return [row.strip("| ").split(" | ") for row in re.findall(r"^\| \d.*$", page, re.M)]


def constants(cells):
    """The numbers in the asserts of these cells, as written or computed there."""
    trees = [ast.parse(cell.source) for cell in cells]
    asserts = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    inside = [node for one in asserts for node in ast.walk(one.test)]
    return [node.value for node in inside if type(getattr(node, "value", None)) in (int, float)]


def is_held(quoted, cells):
    """Whether a number of a verdict is one of these cells', rounded or a share of 100, or, if it
    has fewer digits, in the range in which chance moved one of theirs."""
    digits = len(quoted.partition(".")[2])
    wanted, within = value(quoted), 0.5 * 10.0**-digits + 1e-9
    for cell in cells:
        found = [number[0] for text in texts(cell) for number in numbers(text)]
        ranges = cell.metadata.get("ranges") or [None] * len(found)
        for printed, moved in zip(found, ranges, strict=True):
            number = value(printed)
            for share in (1, 100) if abs(number) <= 1 else (1,):
                fewer = len(printed.partition(".")[2]) > digits + (2 if share > 1 else 0)
                *_, lowest, highest = (fewer and moved) or (number, number)
                if share * lowest - within <= wanted <= share * highest + within:
                    return True
    return wanted in constants(cells)


def faults(page):
    """What is wrong in the table of claims."""
    for place, row in enumerate(rows(page), 1):
        number, claim, verdict, measured = row
        if number != str(place):
            yield f"row {place} has the number {number}"
        if verdict.strip("*") not in VERDICTS or not verdict.startswith("**"):
            yield f"{number}: {verdict} is no verdict"
        elif bool(QUOTE.match(claim)) == (verdict == "**Missing**"):
            yield f"{number}: a claim is quoted, and what is missing is not"
        cells = []
        for target in links(measured):
            name, _, slug = target.partition("#")
            there = section(read(CHAPTERS / name), slug) if name.endswith(".ipynb") else []
            there = [cell for cell in there if cell.cell_type == "code"]
            if not any(cell.outputs for cell in there):
                yield f"{number}: {target} computes nothing"
            cells += there
        if not cells:
            yield f"{number}: where is it measured?"
        words = re.sub(r"\[[^]]*\]\([^)]*\)", "", measured)
        for quoted in numbers(words):
            if not is_held(quoted[0], cells):
                yield f"{number}: {quoted[0]} is no result of {', '.join(links(measured))}"


def counted(page):
    """Whether the page says how many claims got each verdict."""
    found = Counter(row[2].strip("*") for row in rows(page))
    right, imprecise, wrong, missing = (found[verdict] for verdict in VERDICTS)
    return (
        f"Of the {right + imprecise + wrong} claims, {right} are right, {imprecise} imprecise and "
        f"{wrong} wrong; {missing} answers are missing." in page
    )


def test_each_verdict_leads_to_its_result():
    page = prose(PAGE)
    assert list(faults(page)) == [] and counted(page)
    for verdict, other in zip(VERDICTS, VERDICTS[1:] + VERDICTS[:1], strict=True):
        assert not counted(page.replace(f"| **{verdict}** |", f"| **{other}** |", 1))


ROW = "| 1 | {} | **{}** | {} |"
CLAIM = '<i lang="fr">«\u00a0768 pixels\u00a0»</i><br/>That makes 768 pixels.'
SEEN = "It makes 784. See [One image](06-digits-data.ipynb#one-image-is-784-numbers)."


@pytest.mark.parametrize("old, new", [
    ("| 1 |", "| 2 |"),
    ("**Wrong**", "**False**"),
    ("**Wrong**", "**Missing**"),
    ("«\u00a0768 pixels\u00a0»", "768 pixels"),
    ("It makes 784.", "It makes 785."),
    ("It makes 784.", "It makes 784.2, or 78 % of 1000."),
    ("#one-image-is-784-numbers", "#one-image-is-768-numbers"),
    ("#one-image-is-784-numbers", "#where-to-read-more"),
    ("06-digits-data.ipynb#one-image-is-784-numbers", "glossary.md#mnist"),
    (" See [One image](06-digits-data.ipynb#one-image-is-784-numbers).", ""),
])  # fmt: skip
def test_a_row_that_promises_more_is_found(old, new):
    row = ROW.format(CLAIM, "Wrong", SEEN)
    assert list(faults(row)) == []
    assert old in row and list(faults(row.replace(old, new)))


def test_a_number_may_be_rounded_or_moved_by_chance():
    outputs = [nbformat.v4.new_output("stream", text="accuracy 0.9764 of 60,000")]
    ranges = {"ranges": [[0.976, 0.977, 0.972, 0.981], None]}
    cell = nbformat.v4.new_code_cell("assert x == 512", outputs=outputs, metadata=ranges)
    for held in ("97.6", "98", "0.976", "60,000", "512", "97.3", "0.979"):
        assert is_held(held, [cell])
    for other in ("96", "98.4", "0.99", "61,000", "6,000,000", "513", "0.9763", "97.63"):
        assert not is_held(other, [cell])


# --- the prose of the chapters -------------------------------------------------------------------

MATHS = r"\$\$(?s:.*?)\$\$|\$[^$\n]+\$|`[^`]*`"
# Not looked up: formulas and code; questions, which may suggest what is wrong; what papers say.
QUESTION, PAPER = r"^> \*\*Predict.*(?:\n>.*)*", r".*\]\(http.*"
NAMES = r"\]\([^)]*\)|[Ff]ormula \([\d.]*\)|Keras (?:before )?\d\S+|\*\*Time.*"
NAMES += r"|[Cc]hapters?\]? \d+(?: and \d+)?|\d+(?:-\d+)+|\b(?:19|20)\d\d\b|\d+[- ]bits?\b"
UNSAID = re.compile("|".join([MATHS, QUESTION, PAPER, NAMES]), re.M)
NAMED = re.compile(r"### .*|\]\([^)]*\)|[Ff]ormula \([\d.]*\)|[Cc]hapters?\]? \d+|`[^`]*`")
SIZES = {784, 10_000, 50_000, 60_000, 70_000}  # of MNIST, which every chapter may name
TOLD = re.compile(r"(?<![\w.,])((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(?!\w|[.,]\d)(?: ?(%))?")
NUMBER = re.compile(r"\d+(?:(?:,|\{,\})\d{3})*(?:\.\d+)?")
TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
SPELT = {word: str(number) for number, word in enumerate(TEENS.split(), 10)}
SPELT |= {word: str(10 * number) for number, word in enumerate(TENS.split(), 2)}
IN_WORDS = rf"(?<![\w-])(?:{'|'.join(SPELT)})(?![\w-]| times| hundred| thousand| million)"


def told(cell):
    """The numbers of a text from 10 on, or with a point or a %, and whether each is a share.

    The text of a figure is its alternative. What is computed elsewhere stands in the cell's
    metadata.
    """
    text = UNSAID.sub("", alternative(cell) if cell.cell_type == "code" else cell.source)
    text = re.sub(IN_WORDS, lambda word: SPELT[word[0].lower()], text, flags=re.I)
    for found in TOLD.finditer(text):
        if len(found[0]) > 1 and found[1] not in cell.metadata.get("elsewhere", []):
            yield found[1], bool(found[2])


def written(cells):
    """What is no result but stands there: the numbers of code and of formulas."""
    for cell in cells:
        if cell.cell_type == "markdown":
            for formula in re.findall(MATHS, cell.source):
                yield from (value(n.replace("{,}", "")) for n in NUMBER.findall(formula))
        else:
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Constant) and type(node.value) in (int, float):
                    yield node.value


def parts(notebook):
    """Each cell with those whose results its text may tell.

    These are the cells of its section and of the one before; all of them where a chapter begins,
    in its recap and its exercises.
    """
    sections = [[]]
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and any(level == 2 for level, _ in headings(cell.source)):
            sections.append([])
        sections[-1].append(cell)
    for place, cells in enumerate(sections):
        whole = place == 0 or re.match("## (Recap|Exercises)", cells[0].source)
        near = notebook.cells if whole else sections[place - 1] + cells
        yield from ((cell, near) for cell in cells)


def invented(notebook):
    """Yield each number of the texts that is no result of its section, or written in the code."""
    for cell, near in parts(notebook):
        code = [other for other in near if other.cell_type == "code"]
        for number, share in told(cell):
            same = {value(number)} | ({value(number) / 100} if share else set())
            held = any(is_held(sign + number, code) for sign in ("", "-"))
            if not held and not same & {*SIZES, *written(near)}:
                yield f"{number} is no result of this section: {cell.source[:60]!r}"


def asked_otherwise(notebook):
    """Yield each number of an exercise's task with which nothing in the exercise computes."""
    for title in exercises(notebook):
        cells = section(notebook, default_slugify(title))
        code = [cell for cell in cells if cell.cell_type == "code"]
        for cell in (cell for cell in cells if cell.cell_type == "markdown"):
            task = NAMED.sub("", cell.source.partition("<details>")[0])
            for number in {*NUMBER.findall(task)} - {*cell.metadata.get("elsewhere", [])}:
                same = {value(number), value(number) / 100}
                if not same & {*written(code)} and not is_held(number, code):
                    yield f"{title}: nothing computes with {number}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_numbers_of_the_prose_are_results(path):
    assert [*invented(read(path)), *asked_otherwise(read(path))] == []


def test_an_exercise_that_asks_for_something_else_is_found():
    notebook = read(NOTEBOOKS[0])
    [cell] = [cell for cell in notebook.cells if "### Exercise 1" in cell.source]
    cell.source = cell.source.replace("the bias 0.5", "the bias 0.7")
    assert len([*asked_otherwise(notebook)]) == 1


def test_an_invented_number_is_found():
    code = nbformat.v4.new_code_cell("rate = 0.3\nprint(accuracy)", metadata={
        "ranges": [[0.97, 0.971, 0.96, 0.98]]})  # fmt: skip
    code.outputs = [nbformat.v4.new_output("stream", text="0.9704")]
    for text, fault in {
        "With the rate 0.3 it reads 97.0 %.": False,
        "It reads 97.4 % from another beginning.": False,
        "$1.25$ and `0.7`: 1.25 and 0.7.": False,
        "98.4 % in [a paper](https://a.b).": False,
        "> **Predict first.** Is it\n> 50 %?": False,
        "> **Remember.** It is 50 %.": True,
        "It reads 98.4 %.": True,
        "It reads 95 %.": True,
        "It has 1,024 weights.": True,
        "The rate was 0.6.": True,
        "It needs forty trainings.": True,
        "Ten times as many, a ten-thousandth.": False,
        "It needs 45 trainings of 60,000 images.": True,
        "In 1943, in chapter 12, three of 60,000 in 32 bits: 784-512-10.": False,
    }.items():
        prose = nbformat.v4.new_markdown_cell(text)
        notebook = nbformat.v4.new_notebook(cells=[code, prose])
        assert bool(list(invented(notebook))) == fault, text
        far = [nbformat.v4.new_markdown_cell(f"## {n}\n\n" + text * (n == 3)) for n in range(4)]
        notebook.cells = [*far[:1], code, *far[1:]]
        assert bool(list(invented(notebook))) == (fault or "reads 97" in text), text
        prose.metadata["elsewhere"] = ["98.4", "95", "1,024", "0.6", "50", "45", "40"]
        assert list(invented(nbformat.v4.new_notebook(cells=[code, prose]))) == []
    code.metadata["mystnb"] = {"image": {"alt": "A curve that ends at 97.04 %, after 12 steps."}}
    assert len(list(invented(nbformat.v4.new_notebook(cells=[code])))) == 1  # the 12
