"""What nbval cannot see: the rules that every chapter keeps, each shown to catch a spoiled one.

A rule is a function that takes a notebook and yields a sentence for each fault it finds. The
function given to `@rule` plants that very fault in a copy of a good chapter.
"""

import ast
import base64
import copy
import io
import re
import sys
from pathlib import Path

import nbformat
import pytest
from markdown_it import MarkdownIt
from myst_parser.mdit_to_docutils.base import default_slugify
from PIL import Image

from tools.outputs import PICTURE, alternative, images, pictures

ROOT = Path(__file__).parent.parent
CHAPTERS = ROOT / "chapters"
NOTEBOOKS = sorted(CHAPTERS.glob("*.ipynb"))
PAGES = sorted(CHAPTERS.glob("*.md")) + [
    path for name in ("README.md", "CONTRIBUTING.md") if (path := ROOT / name).exists()
]
MARKDOWN = MarkdownIt("commonmark").enable("table")
MAY_IMPORT = {"IPython", "PIL", "keras", "matplotlib", "numpy", "tensorflow"}
SECTIONS = [
    "What the source text says, and what we measured",
    "Recap",
    "Exercises",
    "Where to read more",
]
RULES = []


def rule(spoil):
    """Register a rule together with the function that plants the fault it has to find."""

    def register(check):
        RULES.append(pytest.param(check, spoil, id=check.__name__))
        return check

    return register


# --- reading -------------------------------------------------------------------------------------


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(path):
    """The Markdown of a page or of a notebook, as one text."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    return "\n\n".join(c.source for c in read(path).cells if c.cell_type == "markdown")


def tagged(cell, tag):
    return tag in cell.metadata.get("tags", [])


def is_folded(cell):
    return tagged(cell, "hide-input") or tagged(cell, "hide-cell")


def printed(cell):
    return "".join(output.get("text", "") for output in cell.outputs)


def headings(text):
    """Pairs of level and title, in order."""
    tokens = MARKDOWN.parse(text)
    return [
        (int(token.tag[1]), tokens[place + 1].content)
        for place, token in enumerate(tokens)
        if token.type == "heading_open"
    ]


def plain(title):
    """A heading as it is read: without code marks, emphasis and link targets."""
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).replace("`", "").replace("*", "")


def links(text):
    return [
        child.attrs["href"]
        for token in MARKDOWN.parse(text)
        for child in token.children or []
        if child.type == "link_open"
    ]


def anchors(path):
    return {default_slugify(plain(title)) for _, title in headings(prose(path))}


def section(notebook, slug):
    """The cells from the heading with this slug to the next heading of its level or above."""
    level, found = None, []
    for cell in notebook.cells:
        for depth, title in headings(cell.source) if cell.cell_type == "markdown" else []:
            if level is None and default_slugify(plain(title)) == slug:
                level = depth
            elif level is not None and depth <= level:
                return found
        if level is not None:
            found.append(cell)
    return found


def exercises(notebook):
    """The cells of each exercise, by its title."""
    titles = [title for level, title in headings(prose_of(notebook)) if title[:8] == "Exercise"]
    return {
        title: section(notebook, default_slugify(plain(title)))
        for title in titles
        if re.match(r"Exercise \d", title)
    }


def prose_of(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def asserts_in(cells):
    return [
        node
        for cell in cells
        if cell.cell_type == "code"
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Assert)
    ]


# --- spoiling ------------------------------------------------------------------------------------


def first(notebook, wanted):
    return next(cell for cell in notebook.cells if wanted(cell))


def a_figure(notebook):
    return first(notebook, lambda cell: cell.cell_type == "code" and images(cell))


def add_prose(text):
    return lambda notebook: notebook.cells.insert(1, nbformat.v4.new_markdown_cell(text))


def add_code(text):
    def spoil(notebook):
        notebook.cells.append(nbformat.v4.new_code_cell(text, execution_count=999))

    return spoil


def blank_figure(notebook):
    png = io.BytesIO()
    Image.new("RGB", (700, 350), "white").save(png, "PNG")
    for output in a_figure(notebook).outputs:
        if "image/png" in output.get("data", {}):
            output.data["image/png"] = base64.b64encode(png.getvalue()).decode()


# --- what was stored -----------------------------------------------------------------------------


@rule(lambda notebook: code_cells(notebook)[2].update(execution_count=None))
def every_cell_was_executed_from_top_to_bottom(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"the execution counts are {counts}: type `make outputs`"


@rule(lambda notebook: code_cells(notebook)[1].outputs.append(nbformat.v4.new_output("error")))
def no_error_is_stored(notebook):
    for cell in code_cells(notebook):
        if any(output.output_type == "error" for output in cell.outputs):
            yield f"an error is stored below {cell.source[:40]!r}"


@rule(
    lambda notebook: code_cells(notebook)[1].outputs.append(
        nbformat.v4.new_output("stream", name="stderr", text="W0000 chatter")
    )
)
def nothing_is_stored_from_stderr(notebook):
    for cell in code_cells(notebook):
        if any(output.get("name") == "stderr" for output in cell.outputs):
            yield f"stderr is stored below {cell.source[:40]!r}"


@rule(lambda notebook: setattr(a_figure(notebook), "outputs", []))
def every_figure_is_there(notebook):
    for cell in code_cells(notebook):
        if alternative(cell) and len(images(cell)) != 1:
            yield f"{len(images(cell))} figures, not one, where this is told: {alternative(cell)}"


@rule(blank_figure)
def no_figure_is_blank(notebook):
    for cell in code_cells(notebook):
        for png in images(cell):
            picture = Image.open(io.BytesIO(png)).convert("L")
            marks = sum(picture.histogram()[:200]) / (picture.width * picture.height)
            if marks < 0.002:
                yield f"hardly anything is drawn in the figure: {alternative(cell)}"


@rule(lambda notebook: a_figure(notebook).metadata.pop("mystnb"))
def every_figure_has_a_text_alternative(notebook):
    described = [cell for cell in code_cells(notebook) if images(cell)]
    for cell in described:
        if len(alternative(cell)) < 30:
            yield f"the figure of {cell.source[:40]!r} needs `mystnb.image.alt`, a sentence or two"
    texts = [alternative(cell) for cell in described]
    for text in {text for text in texts if texts.count(text) > 1}:
        yield f"two figures have the same text alternative: {text}"


@rule(lambda notebook: code_cells(notebook)[0].metadata.update(tags=["nbval-ignore-output"]))
def no_cell_is_excused_from_the_tests(notebook):
    for cell in code_cells(notebook):
        tags = " ".join(cell.metadata.get("tags", []))
        if re.search(r"nbval|raises-exception|skip", tags, re.I):
            yield f"the tags {tags!r} excuse a cell"
        if re.search(r"#\s*(NBVAL_|PYTEST_VALIDATE)", cell.source):
            yield f"a comment excuses the cell {cell.source[:40]!r}"


# --- what was written ----------------------------------------------------------------------------


@rule(add_prose("```{note}\nOnly the site understands this.\n```"))
def markdown_needs_no_extension(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for found in re.findall(
                r"^(?:```|:::)+ *\{.*|\{[a-z:]+\}`|^\(.+\)=$", cell.source, re.M
            ):
                yield f"{found!r} shows as text on GitHub and in Colab"
            for tag in re.findall(r"</?([a-z]+)[^>]*>", re.sub(r"`[^`]*`", "", cell.source)):
                if tag not in {"details", "summary"}:
                    yield f"<{tag}>: of HTML only <details> and <summary> show everywhere"


@rule(add_prose("![A neuron](neuron.png)"))
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


@rule(add_prose("[chapter 5](05-backpropagation.ipynb#no-such-section)"))
def every_link_leads_somewhere(notebook):
    yield from dead_links(CHAPTERS, links(prose_of(notebook)), headings(prose_of(notebook)))


def dead_links(folder, targets, own_headings):
    for target in targets:
        name, _, anchor = target.partition("#")
        if re.match(r"(https?|mailto):", target):
            continue
        path = (folder / name).resolve()
        if name and not path.exists():
            yield f"{target}: there is no such file"
        elif anchor:
            own = {default_slugify(plain(title)) for _, title in own_headings}
            if anchor not in (anchors(path) if name else own):
                yield f"{target}: there is no such heading"


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


@rule(lambda notebook: first(notebook, is_folded).metadata.pop("cellView"))
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


@rule(add_prose("# A second title"))
def it_has_the_parts_of_a_chapter(notebook):
    found = headings(prose_of(notebook))
    if [level for level, _ in found].count(1) != 1 or found[0][0] != 1:
        yield "one title, at the top"
    titles = [title for level, title in found if level == 2]
    if [title for title in titles if title in SECTIONS] != SECTIONS or titles[-1] != SECTIONS[-1]:
        yield f"the last sections are {SECTIONS}, in this order"
    for part in ("You will be able to", "**Time", "**Predict first.**", "<summary>"):
        if part not in prose_of(notebook):
            yield f"{part!r} is missing"


@rule(lambda notebook: first(notebook, is_folded).update(source="# @title The look of the figures"))
def figures_have_one_look(notebook):
    model = read(NOTEBOOKS[0])
    for title in ("# @title The look of the figures", "# @title Draw a network"):
        theirs, ours = (
            [cell.source for cell in code_cells(book) if cell.source.startswith(title)]
            for book in (model, notebook)
        )
        if ours and ours != theirs:
            yield f"{title[9:]!r} differs from chapter {NOTEBOOKS[0].stem}"


# --- exercises and claims ------------------------------------------------------------------------


@rule(lambda notebook: [cell.metadata.update(tags=[]) for cell in notebook.cells])
def every_exercise_has_a_solution(notebook):
    found = exercises(notebook)
    if len(found) < 3:
        yield f"{len(found)} exercises; a chapter has three or more"
    for title, cells in found.items():
        solutions = [cell for cell in cells if tagged(cell, "solution")]
        if not solutions:
            yield f"{title} has no solution"
        elif not asserts_in(solutions):
            yield f"the solution of {title} asserts nothing"


@rule(lambda notebook: [cell.update(outputs=[]) for cell in code_cells(notebook)])
def exercises_check_themselves_and_are_kind_to_an_empty_answer(notebook):
    kind = [
        title
        for title, cells in exercises(notebook).items()
        if any(cell.cell_type == "code" and printed(cell).startswith("Not yet") for cell in cells)
    ]
    if len(kind) < 2:
        yield f"only {kind} say 'Not yet' to an empty answer; two or more exercises do"


@rule(
    lambda notebook: [cell.update(source=cell.source.replace("**", "")) for cell in notebook.cells]
)
def the_claims_of_the_text_have_a_verdict(notebook):
    cells = section(notebook, default_slugify(SECTIONS[0]))
    rows = re.findall(r"^\|(?!\s*(?:The text|:?-)).*\|$", "\n".join(c.source for c in cells), re.M)
    if not rows:
        yield "the table of claims is missing"
    for row in rows:
        if not re.search(r"\*\*(Right|Imprecise|Wrong|Missing)\b", row):
            yield f"no verdict in {row[:60]}"
        for target in links(row):
            name, _, slug = target.partition("#")
            where = read(CHAPTERS / name) if name.endswith(".ipynb") else notebook
            if slug and not asserts_in(section(where, slug)):
                yield f"{target}: nothing is asserted there"


# --- the tests -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("check, spoil", RULES)
def test_chapter_keeps_the_rule(check, spoil, path):
    assert list(check(read(path))) == []


@pytest.mark.parametrize("check, spoil", RULES)
def test_rule_finds_a_spoiled_chapter(check, spoil):
    good = read(NOTEBOOKS[0])
    spoiled = copy.deepcopy(good)
    spoil(spoiled)
    assert len(list(check(spoiled))) > len(list(check(good)))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_links_of_a_page(path):
    text = prose(path)
    assert list(dead_links(path.parent, links(text), headings(text))) == []


def rows_of_claims(path, cells):
    """The rows of the table of claims in `cells`, with links as another page has to write them."""
    source = "\n".join(cell.source for cell in cells)
    for row in re.findall(r"^\|(?!\s*(?:The text|:?-)).*\|$", source, re.M):
        yield row.replace("](#", f"]({path.name}#")


def test_source_text_repeats_the_claims_of_the_chapters():
    rows = [
        row
        for path in NOTEBOOKS
        for row in rows_of_claims(path, section(read(path), default_slugify(SECTIONS[0])))
    ]
    page = (CHAPTERS / "source-text.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \d.*$", page, re.M) == [
        f"| {number} {row}" for number, row in enumerate(rows, 1)
    ]


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


def test_the_plans_for_teachers_keep_the_times_of_the_chapters():
    text = (CHAPTERS / "teachers.md").read_text(encoding="utf-8")
    times = {
        path.name: re.search(r"Time:\*\* about (\d+) minutes", prose(path))[1] for path in NOTEBOOKS
    }
    two_hours, day, weeks = re.split(r"^## ", text, flags=re.M)[1:4]
    for plan, whole in ((two_hours, 120), (day, 360)):
        assert sum(map(int, re.findall(r"^\| (\d+) \|", plan, re.M))) == whole
    for minutes, name in re.findall(r"^\| (\d+) \| \[Chapter [^]]*\]\(([^)#]*)\)", day, re.M):
        assert minutes == times[name]
    rows = re.findall(r"^\| \d \| (.*?) \| (.*?) \|", weeks, re.M)
    assert len(rows) == 5
    for chapters, minutes in rows:
        names = re.findall(r"\]\((.*?)\)", chapters)[:2]
        assert minutes == " + ".join(times[name] for name in names)
    taught = re.findall(r"\]\(([^)#]*\.ipynb)\)", " ".join(row[0] for row in rows))
    assert sorted(taught) == sorted(times)
