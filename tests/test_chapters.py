"""What nbval cannot see: the rules that every chapter keeps, each shown to catch a spoiled one.

A rule is a function that takes a notebook and yields a sentence for each fault it finds. Each
function given to `@rule` plants such a fault in a copy of a good chapter.
"""

import ast
import base64
import builtins
import io
import re
import sys

import nbformat
import pytest
from markdown_it import MarkdownIt
from myst_parser.mdit_to_docutils.base import default_slugify
from PIL import Image

from sphinx_extensions import ranges as shown
from sphinx_extensions.questions import cases_of
from tools.compare import range_faults
from tools.environment import ROOT
from tools.outputs import CHAPTERS, PICTURE, alternative, images, pictures, tags

NOTEBOOKS = sorted(CHAPTERS.glob("*.ipynb"))
MARKDOWN = MarkdownIt("commonmark").enable("table")
MAY_IMPORT = {"IPython", "PIL", "keras", "matplotlib", "numpy", "tensorflow"}
SECTIONS = ["Recap", "Exercises", "Where to read more"]
RULES = []


def rule(*spoils):
    """Register a rule together with functions that each plant a fault it has to find."""

    def register(check):
        RULES.append((check, spoils))
        return check

    return register


# --- reading -------------------------------------------------------------------------------------


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose_of(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def prose(path):
    """The Markdown of a page or of a notebook, as one text."""
    return path.read_text(encoding="utf-8") if path.suffix == ".md" else prose_of(read(path))


def is_folded(cell):
    return bool({"hide-input", "hide-cell"} & {*tags(cell)})


def headings(text):
    """Pairs of level and title, in order, as the title is read: without marks and link targets."""
    tokens = MARKDOWN.parse(text)
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            title = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", tokens[place + 1].content)
            yield int(token.tag[1]), re.sub("[`*]", "", title)


def links(text):
    tokens = [child for token in MARKDOWN.parse(text) for child in token.children or []]
    return [token.attrs["href"] for token in tokens if token.type == "link_open"]


def section(notebook, slug):
    """The cells from the heading with this slug to the next heading of its level or above."""
    level, found = None, []
    for cell in notebook.cells:
        for depth, title in headings(cell.source) if cell.cell_type == "markdown" else []:
            if level is None and default_slugify(title) == slug:
                level = depth
            elif level is not None and depth <= level:
                return found
        if level is not None:
            found.append(cell)
    return found


def exercises(notebook):
    """The code cells of each exercise, by its title."""
    titles = [title for _, title in headings(prose_of(notebook))]
    return {
        title: [c for c in section(notebook, default_slugify(title)) if c.cell_type == "code"]
        for title in titles
        if re.match(r"Exercise \d", title)
    }


def asserts_in(cells):
    trees = [ast.parse(cell.source) for cell in cells if cell.cell_type == "code"]
    return any(isinstance(node, ast.Assert) for tree in trees for node in ast.walk(tree))


# --- spoiling ------------------------------------------------------------------------------------


def a_figure(notebook):
    return next(cell for cell in code_cells(notebook) if images(cell))


def a_fold(notebook):
    return next(cell for cell in notebook.cells if is_folded(cell))


def add_output(*kind, **content):
    output = nbformat.v4.new_output(*kind, **content)
    return lambda notebook: code_cells(notebook)[1].outputs.append(output)


def add_prose(text):
    return lambda notebook: notebook.cells.insert(1, nbformat.v4.new_markdown_cell(text))


def add_code(text):
    return lambda notebook: notebook.cells.append(nbformat.v4.new_code_cell(text))


def blank_figure(notebook):
    png = io.BytesIO()
    Image.new("RGB", (700, 350), "white").save(png, "PNG")
    for output in a_figure(notebook).outputs:
        output.data["image/png"] = base64.b64encode(png.getvalue()).decode()


# --- what was stored -----------------------------------------------------------------------------


@rule(
    lambda notebook: code_cells(notebook)[2].update(execution_count=None),
    add_output("error"),
    add_output("stream", name="stderr", text="W0000 chatter"),
)
def every_cell_was_executed_from_top_to_bottom_and_all_went_well(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"the execution counts are {counts}: type `make outputs`"
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "error" or output.get("name") == "stderr":
                yield f"an error, or stderr, is stored below {cell.source[:40]!r}"


@rule(
    lambda notebook: [cell.metadata.pop("ranges", None) for cell in code_cells(notebook)],
    lambda notebook: [cell.metadata.update(ranges=[None]) for cell in code_cells(notebook)],
)
def every_number_has_a_range_that_holds_it(notebook):
    """What is wrong with a range says tools/compare.py, which test_nbval.py tries."""
    for number, cell in enumerate(code_cells(notebook)):
        ranges = cell.metadata.get("ranges")
        if ranges is None and any(map(shown.numbers, shown.texts(cell))):
            yield f"cell {number} prints numbers and has no ranges: type `make ranges`"
        yield from (f"cell {number}: {fault}" for fault in range_faults(cell.outputs, ranges or []))


@rule(lambda notebook: setattr(a_figure(notebook), "outputs", []), blank_figure)
def every_figure_is_there_and_not_blank(notebook):
    for cell in code_cells(notebook):
        if alternative(cell) and len(images(cell)) != 1:
            yield f"{len(images(cell))} figures, not one, where this is told: {alternative(cell)}"
        for png in images(cell):
            picture = Image.open(io.BytesIO(png)).convert("L")
            if sum(picture.histogram()[:200]) < 0.002 * picture.width * picture.height:
                yield f"hardly anything is drawn in the figure: {alternative(cell)}"


@rule(lambda notebook: a_figure(notebook).metadata.pop("mystnb"))
def every_figure_has_a_text_alternative_of_its_own(notebook):
    texts = [alternative(cell) for cell in code_cells(notebook) if images(cell)]
    for text in texts:
        if len(text) < 30 or texts.count(text) > 1:
            yield f"`mystnb.image.alt` is short, or stands twice: {text!r}"


@rule(lambda notebook: code_cells(notebook)[0].metadata.update(tags=["nbval-ignore-output"]))
def no_cell_is_excused_from_the_tests(notebook):
    for cell in code_cells(notebook):
        if re.search(r"nbval|raises-exception|skip", " ".join(tags(cell)), re.I):
            yield f"the tags {tags(cell)} excuse a cell"
        if re.search(r"#\s*(NBVAL_|PYTEST_VALIDATE)", cell.source):
            yield f"a comment excuses the cell {cell.source[:40]!r}"


# --- what was written ----------------------------------------------------------------------------


@rule(add_prose("![A neuron](neuron.png)"), add_code("%pip list"), add_code("import pandas"))
def it_needs_no_file_beside_it(notebook):
    if "![" in re.sub(r"`[^`]*`", "", prose_of(notebook)):
        yield "an image in Markdown is missing in Colab: let a cell draw it"
    for cell in code_cells(notebook):
        if re.search(r"^\s*[!%]", cell.source, re.M):
            yield f"a shell or magic command: {cell.source[:40]!r}"
            continue
        for node in ast.walk(ast.parse(cell.source)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or "."] if isinstance(node, ast.ImportFrom) else []
            for name in {name.split(".")[0] for name in names}:
                if name not in MAY_IMPORT and name not in sys.stdlib_module_names:
                    yield f"{name} cannot be imported in Colab"


@rule(add_prose("[a paper](https://doi.org/10.0000/not-in-the-list)"))
def every_reference_is_in_the_bibliography(notebook):
    known = (ROOT / "assets/references.bib").read_text(encoding="utf-8")
    for target in links(prose_of(notebook)):
        address = target.removeprefix("https://doi.org/")
        if target.startswith("http") and address not in known:
            yield f"{target} is not in assets/references.bib"


@rule(add_prose("**Words you need:** [batch](glossary.md#epoch)."))
def the_words_it_needs_are_used_and_explained(notebook):
    text, *rest = re.split(r"^\*\*Words you need:\*\*", prose_of(notebook), flags=re.M)
    for line, _, text_below in (part.partition("\n") for part in rest):
        for word, slug in re.findall(r"\[([^]]*)\]\(glossary\.md#([^)]*)\)", line):
            if default_slugify(word) != slug:
                yield f"{word!r} leads to {slug!r}"
            if not re.search(rf"\b{word.removesuffix('s')}", text + text_below, re.I):
                yield f"{word!r} is not a word of this chapter"


@rule(
    lambda notebook: a_fold(notebook).metadata.pop("cellView"),
    lambda notebook: a_fold(notebook).update(source="x = 1"),
)
def folded_cells_are_folded_everywhere(notebook):
    for cell in code_cells(notebook):
        here = is_folded(cell)
        lab = cell.metadata.get("jupyter", {}).get("source_hidden", False)
        colab = cell.metadata.get("cellView") == "form"
        if len({here, lab, colab}) > 1:
            yield f"folded on the site: {here}, in JupyterLab: {lab}, in Colab: {colab}"
        if here and not cell.source.startswith("# @title "):
            yield f"a folded cell opens with `# @title …`, not with {cell.source[:40]!r}"


@rule(add_code("\n".join(f"line_{n} = {n}" for n in range(26))))
def cells_are_short(notebook):
    for cell in code_cells(notebook):
        stripped = [line.strip() for line in cell.source.splitlines()]
        lines = len([line for line in stripped if line and not line.startswith('"""')])
        if lines > (40 if is_folded(cell) else 25):
            yield f"a cell of {lines} lines: {cell.source[:40]!r}"


@rule(add_prose("# A second title"), lambda notebook: notebook.cells.pop())
def it_has_the_parts_of_a_chapter(notebook):
    found = [*headings(prose_of(notebook))]
    if [level for level, _ in found].count(1) != 1 or found[0][0] != 1:
        yield "one title, at the top"
    titles = [title for level, title in found if level == 2]
    if [title for title in titles if title in SECTIONS] != SECTIONS or titles[-1] != SECTIONS[-1]:
        yield f"the last sections are {SECTIONS}, in this order"
    for part in ("You will be able to", "**Time", "**Predict first.**", "<summary>"):
        if part not in prose_of(notebook):
            yield f"{part!r} is missing"


@rule(add_code("a_name = " + " + ".join(["1"] * 30)))
def lines_of_code_fit_on_the_page(notebook):
    for cell in code_cells(notebook):
        for line in cell.source.splitlines():
            if len(line) > 84:
                yield f"a line of {len(line)} columns, more than 84: {line.strip()[:60]!r}"


@rule(add_prose("Backward: `gradient @ weights`."))
def products_in_the_prose_are_those_of_the_code(notebook):
    code = "\n".join(cell.source for cell in code_cells(notebook))
    for product in re.findall(r"`([^`\n]+ @ [^`\n]+)`", prose_of(notebook)):
        if product not in code:
            yield f"no cell computes `{product}`"


def compared(node):
    """The sides of a comparison, or what one assignment asks several objects for."""
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return node.args if re.search("close|equal|difference", name) else []
    calls = node.value.elts if isinstance(getattr(node, "value", None), ast.Tuple) else []
    return [call for call in calls if isinstance(getattr(call, "func", None), ast.Attribute)]


@rule(
    add_code("assert x == x"),
    add_code("assert np.allclose(ours, ours)"),
    add_code("loops, fits = by_loop.get_weights(), by_loop.get_weights()"),
)
def nothing_is_compared_with_itself(notebook):
    for cell in code_cells(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            sides = [ast.unparse(side) for side in compared(node)]
            if len(set(sides)) < len(sides):
                yield f"compared with itself: {ast.unparse(node)}"


def says_nothing_new(arguments):
    """Whether these expressions are known before the cell runs: no name, nothing calculated."""
    known = {*dir(builtins), "Markdown", "HTML"}
    inside = [node for part in arguments for node in ast.walk(part)]
    names = [node.id for node in inside if isinstance(node, ast.Name)]
    sums = [part for part in inside if isinstance(part, ast.BinOp)]
    texts = [any(isinstance(getattr(n, "value", 0), str) for n in ast.walk(s)) for s in sums]
    return bool(arguments) and known.issuperset(names) and all(texts)


def prints(node):
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and getattr(node.value.func, "id", "") in ("print", "display")
    )


def computes_a_print(node):
    """Whether there is, in this statement, a print of something computed."""
    return any(prints(n) and not says_nothing_new(n.value.args) for n in ast.walk(node))


def is_heading(statement, below):
    """Whether a constant print is the heading of a table that the statements below it print.

    The next thing printed is computed, by a loop or alone; and the text has columns, which two
    blanks or the width in an f-string set apart, or it ends with a colon.
    """
    after = [node for node in below if any(map(prints, ast.walk(node)))]
    source = ast.unparse(statement)
    text = "".join(n.value for n in ast.walk(statement) if isinstance(n, ast.Constant)
                   and isinstance(n.value, str))  # fmt: skip
    in_columns = re.search(r"\S  +\S|\{'", source) or text.rstrip().endswith(":")
    if not in_columns or not after or not computes_a_print(after[0]):
        return False
    return isinstance(after[0], ast.For) or not re.search(r"\d", text)


def constant_results(source):
    """The statements of a cell that show an outcome without computing it."""
    tree = ast.parse(source)
    for parent in ast.walk(tree):
        for body in (getattr(parent, name, []) for name in ("body", "orelse", "finalbody")):
            for place, node in enumerate(body if isinstance(body, list) else []):
                if prints(node) and says_nothing_new(node.value.args):
                    if not is_heading(node, body[place + 1 :]):
                        yield ast.unparse(node)
    last = tree.body[-1] if tree.body else None
    shown = isinstance(last, ast.Expr) and not source.rstrip().endswith(";") and not prints(last)
    if shown and says_nothing_new([last.value]):
        yield ast.unparse(last)


@rule(
    add_code("x = 0.98\nassert x > 0.9\nprint('more than 90 % are right')"),
    add_code("x = 0.98\nif x > 0.9:\n    print('nearly', 98, '%')"),
    add_code("print('right:', 0.98)"),
    add_code("x = 0.98\nprint(f\"{'sorted pixels':<20}less than 70 % right\")\nprint(x)"),
    add_code("x = 0.98\nprint('images   right')\nprint('both learn')"),
    add_code("'equal to a millionth'"),
    add_code("from IPython.display import Markdown, display\ndisplay(Markdown('**right**'))"),
    add_code("def report():\n    print('all agree')\nreport()"),
)
def every_output_is_a_result(notebook):
    for cell in code_cells(notebook):
        if not cell.source.startswith("# @title The check"):
            for statement in constant_results(cell.source):
                yield f"a constant result, computed by nothing: {statement[:90]}"


def test_what_counts_as_a_result():
    for fine in (
        "print(f'{accuracy:.1%} are right')",
        "print('right:', accuracy)",
        "print('images   right')\nfor n in sizes:\n    print(f'{n:6} {right[n]:.1%}')",
        "print(f\"{'images':>8}{'right':>8}\")\nfor n in sizes:\n    print(n, right[n])",
        "print('Learning rate 0.1:')\nfor n in sizes:\n    print(n, right[n])",
        "print('layer   gradient')\nprint(gradients)",
        "print()\nprint(accuracy)",
        "print(f'{40 / 240:.3f}')",
        "model.summary()",
        "'a value that nobody sees';",
        "accuracy",
    ):
        assert not list(constant_results(fine)), fine


@rule(lambda notebook: a_fold(notebook).update(source="# @title The look of the figures"))
def figures_have_one_look(notebook):
    for title in ("# @title The look of the figures", "# @title Draw a network"):
        theirs, ours = (
            [cell.source for cell in code_cells(book) if cell.source.startswith(title)]
            for book in (read(NOTEBOOKS[0]), notebook)
        )
        if ours and ours != theirs:
            yield f"{title[9:]!r} differs from chapter {NOTEBOOKS[0].stem}"


# --- exercises -----------------------------------------------------------------------------------


@rule(
    lambda notebook: [cell.metadata.update(tags=[]) for cell in notebook.cells],
    lambda notebook: [cell.update(outputs=[]) for cell in code_cells(notebook)],
)
def exercises_have_solutions_and_are_kind_to_an_empty_answer(notebook):
    found, kind = exercises(notebook), 0
    for title, cells in found.items():
        if not asserts_in([cell for cell in cells if "solution" in tags(cell)]):
            yield f"{title} has no solution, or one that asserts nothing"
        texts = [output.get("text", "") for cell in cells for output in cell.outputs]
        kind += any(text.startswith("Not yet") for text in texts)
    if len(found) < 3 or kind < 2:
        yield f"{len(found)} exercises, of which {kind} say 'Not yet'; three or more, and two"


@rule(lambda notebook: [c.update(source=c.source.replace("not check", "check"))
                        for c in code_cells(notebook)])  # fmt: skip
def checks_are_shown_to_refuse_a_wrong_answer(notebook):
    """Those that are code; of a table each case is tried, see tests/test_questions.py."""
    for title, cells in exercises(notebook).items():
        code = "\n".join(cell.source for cell in cells)
        if "Correct" in code and "CASES_" not in code and "not check_" not in code:
            yield f"{title} has a check that may accept everything"


@rule(lambda notebook: [c.update(source=c.source.replace("    -0.5: ", "    (-0.6, -0.4): "))
                        for c in code_cells(notebook)])  # fmt: skip
def checks_are_as_narrow_as_the_answer(notebook):
    """Numbers that are both correct are less than a tenth apart, unless chance moves the answer."""
    for title, cells in exercises(notebook).items():
        moves = any(any(cell.metadata.get("ranges", [])) for cell in cells)
        for case, words in [pair for c in cells for pair in cases_of(c.source) or []]:
            if words.startswith("Correct") and isinstance(case, list | tuple) and not moves:
                if case[1] - case[0] > abs(sum(case)) / 20:
                    yield f"{title} takes all of {case} for correct"


# --- the tests -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_chapter_keeps_the_rules(path):
    assert [fault for check, _ in RULES for fault in check(read(path))] == []


@pytest.mark.parametrize("check, spoils", RULES, ids=lambda value: getattr(value, "__name__", ""))
def test_rule_finds_a_spoiled_chapter(check, spoils):
    for spoil in spoils:
        notebook = read(NOTEBOOKS[0])
        spoil(notebook)
        assert list(check(notebook))


def dead_links(path, text):
    """The files that a page outside the site links to and that are not there."""
    targets = [target.partition("#")[0] for target in links(text) if ":" not in target]
    return [target for target in targets if not (path.parent / target).exists()]


@pytest.mark.parametrize("path", sorted(ROOT.glob("*.md")), ids=lambda path: path.name)
def test_links_outside_the_site(path):
    assert dead_links(path, prose(path)) == []
    assert dead_links(path, "[a file](chapters/no.md#recap)") == ["chapters/no.md"]


MENTION = r"[Ff]ormula \((.*?)\)"


def misnumbered(chapters):
    """Formulas of `chapters` (number → prose) without their number, mentions without a formula."""
    right = r"(?: \\qquad \((\d+\.\d+)\))?\$\$"
    found = {number: re.findall(r"\$\$.+?" + right, text) for number, text in chapters.items()}
    for number, numbers in found.items():
        if numbers != [f"{number}.{place}" for place in range(1, len(numbers) + 1)]:
            yield f"the formulas of chapter {number} have the numbers {numbers}"
        for mention in re.findall(MENTION, chapters[number]):
            if all(mention not in others for others in found.values()):
                yield f"chapter {number} names a formula ({mention})"


def test_formulas_have_numbers_and_are_named_by_them():
    chapters = {number: prose(path) for number, path in enumerate(NOTEBOOKS, 1)}
    assert len(re.findall(MENTION, " ".join(chapters.values()))) >= 4
    assert list(misnumbered(chapters)) == []
    for fault in ("$$y = 2 x$$", r"$$y = 2 x \qquad (4.3)$$", "Put into formula (5.9)."):
        assert len(list(misnumbered(chapters | {5: chapters[5] + fault}))) == 1


def test_every_chapter_but_the_first_names_the_words_it_needs():
    named = [prose(path).count("\n**Words you need:** [") for path in NOTEBOOKS]
    assert named == [0] + [1] * (len(NOTEBOOKS) - 1)


def test_the_front_page_shows_a_figure_of_the_course():
    figures = [picture for path in NOTEBOOKS for picture in pictures(read(path))]
    assert figures == [PICTURE.read_bytes()], "run make outputs CHAPTER=07"


def test_readme_and_plans_for_teachers_keep_the_times_of_the_chapters():
    time = re.compile(r"Time:\*\* about (\d+) minutes")
    times = {path.name: time.search(prose(path))[1] for path in NOTEBOOKS}
    assert "About ten hours: each chapter 40 minutes to an hour" in prose(ROOT / "README.md")
    minutes = sorted(map(int, times.values()))
    assert (minutes[0], minutes[-1], round(sum(minutes) / 60)) == (40, 60, 10)
    plans = re.split(r"^## ", prose(CHAPTERS / "teachers.md"), flags=re.M)
    two_hours, day, weeks = plans[1:4]
    for plan, whole in ((two_hours, 120), (day, 360)):
        assert sum(map(int, re.findall(r"^\| (\d+) \|", plan, re.M))) == whole
    for minutes, name in re.findall(r"^\| (\d+) \| \[Chapter [^]]*\]\(([^)#]*)\)", day, re.M):
        assert minutes == times[name]
    rows = re.findall(r"^\| \d \| (.*?) \| (.*?) \|", weeks, re.M)
    for chapters, minutes in rows:
        names = re.findall(r"\]\((.*?)\)", chapters)[:2]
        assert minutes == " + ".join(times[name] for name in names)
    taught = re.findall(r"\]\(([^)#]*\.ipynb)\)", " ".join(row[0] for row in rows))
    assert sorted(taught) == sorted(times)
