"""Chapters and pages as GitHub shows them.

GitHub's own Markdown parser (cmark-gfm) writes the HTML, a list of allowed tags and attributes
cleans it, and what is left has to be complete: no Markdown that stayed raw, no formula that was
changed, no output that is not shown.
"""

import re

import cmarkgfm
import nbformat
import nh3
import pytest
from bs4 import BeautifulSoup
from cmarkgfm.cmark import Options

from tests.test_chapters import CHAPTERS, NOTEBOOKS, ROOT, code_cells, read

PAGES = [*sorted(CHAPTERS.glob("*.md")), *sorted(ROOT.glob("*.md"))]
FRENCH = sorted((ROOT / "_build/html/fr/_sources/chapters").glob("*.*"))  # the branch fr

# What Markdown makes, and <details>: of HTML only that shows on GitHub, in Colab and in JupyterLab.
BLOCKS = "p li td th summary details blockquote h1 h2 h3 h4 h5 h6".split()
TAGS = {*BLOCKS, *"br strong em i del a img pre code hr ul ol table thead tbody tr".split()}
ATTRIBUTES = {"*": {"align", "href", "src", "alt", "title", "lang", "start"}}
RAW = re.compile(
    r"\*\*|__|\]\(|^#{1,6} |^\||^:::|^\(.+\)=$|\{[\w:-]+\}`|</?[a-z]+[ >/]|^```|\[\^\w+\]"
    r"|\[[ x]\] ",
    re.M,
)
FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$\n]+?\$", re.S)
SHOWN = {"image/png", "image/jpeg", "text/plain"}  # of outputs; HTML is cleaned, widgets are lost


def tags(html):
    """The tags of a page, each with its attributes."""
    page = BeautifulSoup(html, "html.parser", multi_valued_attributes=None)
    return {(tag.name, tuple(sorted(tag.attrs.items()))) for tag in page.find_all(True)}


def blocks_of(html):
    """The text of a page by blocks, and the formulas in it that GitHub leaves as they are.

    In place of code stands a grave accent, so that what is before and after it stays apart.
    """
    page = BeautifulSoup(html, "html.parser")
    for code in page.find_all(["pre", "code"]):
        code.replace_with("`")
    unread = [tag.get_text() for tag in page.find_all(["em", "a", "summary"])]
    for block in page.find_all(BLOCKS):
        block.insert_before("\0")
        block.insert(0, "\0")
        block.insert_after("\0")
    return page.get_text().split("\0"), FORMULA.findall("\n\n".join(unread))


def faults(markdown):
    """Yield a sentence for all that a reader would miss, or see raw, on GitHub."""
    full = cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE)
    kept = nh3.clean(full, tags=TAGS, attributes=ATTRIBUTES, link_rel=None)
    blocks, unread = blocks_of(kept)
    for tag, attributes in tags(full) - tags(kept):
        yield f"GitHub removes <{tag} {' '.join(name for name, _ in attributes)}> or a part of it"
    for formula in unread:
        yield f"{formula} stands in a link, a summary or emphasis, so it stays text"
    seen = FORMULA.findall("\n\n".join(blocks))
    fenced = re.sub(r"^(```+|~~~+).*?^\1", "", markdown, flags=re.S | re.M)
    for formula in FORMULA.findall(re.sub(r"(`+)[^`].*?\1", "`", fenced, flags=re.S)):
        if formula not in seen:
            yield f"Markdown changes {formula} before it is read as mathematics"
    for block in blocks:
        for found in FORMULA.finditer(block):
            left, right = block[: found.start()], block[found.end() :]
            if found[0].startswith("$$"):
                if left.strip() or right.strip():
                    yield f"{found[0]} needs an empty line before and after it"
            elif re.search(r"[\w$-]$", left) or re.match(r"[\w$]", right):
                yield f"{found[0]} touches a letter or a digit, so it stays text"
            elif found[0][1].isspace() or found[0][-2].isspace():
                yield f"{found[0]} begins or ends with a space, so it stays text"
        rest = FORMULA.sub("", block)
        for raw in RAW.findall(rest) + re.findall(r"\$", rest):
            yield f"{raw!r} stays raw in {rest.strip()[:60]!r}"
    for directive in re.findall(r'<pre lang="(\{.*?)"', full):
        yield f"the directive {directive} stays raw"


def hidden_outputs(notebook):
    """Yield a sentence for each output that GitHub does not show."""
    for cell in code_cells(notebook):
        for data in [output.data for output in cell.outputs if "data" in output]:
            if not SHOWN & data.keys() - ({"text/plain"} if len(data) > 1 else set()):
                yield f"of {cell.source[:40]!r} GitHub shows none of {sorted(data)}"
    if "widgets" in notebook.metadata:
        yield "the state of a widget makes GitHub show nothing at all"


def texts(path):
    """The Markdown texts that GitHub shows apart: a page, or each cell of a notebook."""
    if path.suffix == ".md":
        return [path.read_text(encoding="utf-8")]
    return [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]


@pytest.mark.parametrize("path", NOTEBOOKS + PAGES + FRENCH, ids=lambda path: path.name)
def test_prose_on_github(path):
    assert FRENCH, "There is no site to test: type make book."
    assert [fault for text in texts(path) for fault in faults(text)] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_on_github(path):
    nbformat.validate(read(path))
    assert list(hidden_outputs(read(path))) == []
    assert path.stat().st_size < 5e6, "GitHub shows no notebook of ten megabytes; half is our limit"


# Nothing is to be found in the first ones.
CASES = {
    "A formula $w_1 x_1 + w_2$, and **$b$** (or $c$).\n\n$$\n\\frac{a}{b}\n$$\n\nAnd `$HOME`.": "",
    "<details>\n<summary>Answer</summary>\n\nYes, **$x$**.\n\n</details>": "",
    "| a | b |\n|---|---|\n| $x$ | `a|b` |": "",
    "> **Remember.** All is well.": "",
    "<details>\n<summary>Answer</summary>\nNo **empty** line.\n</details>": "'**' stays raw",
    "<details>\n<summary>Is $x$ big?</summary>\n\nYes.\n\n</details>": "stands in a link",
    "[the value $x$](a.md)": "stands in a link",
    "The set $\\{1, 2\\}$.": "Markdown changes $\\{1",
    "$$\n\\begin{aligned} a \\\\ b \\end{aligned}\n$$": "Markdown changes $$",
    "From $\\hat{x}_{i}$ to $\\hat{y}_{i}$.": "Markdown changes $\\hat{x}_{i}",
    "A link $[a+b](c+d)$.": "Markdown changes $[a+b]",
    "The $n$th layer.": "touches a letter",
    "In the $n$-th layer, x$y$.": "touches a letter",
    "A space $ x$.": "begins or ends with a space",
    "It costs $5.": "'$' stays raw",
    "In a line: $$x$$ here.": "needs an empty line",
    "```{note}\nOnly on the site.\n```": "the directive {note",
    ":::note\nOnly on the site.\n:::": "':::' stays raw",
    "A {term}`neuron`.": "stays raw",
    "(target)=\n# Title": "'(target)=' stays raw",
    "Text ** not bold **.": "'**' stays raw",
    "[no link] (a.md) but [one](a b.md)": "'](' stays raw",
    "| a | b |\n| 1 | 2 |": "'|' stays raw",
    '<p style="color: red">Red</p>': "GitHub removes <p style>",
    "<script>alert(1)</script>": "stays raw",
    '<video src="a.mp4"></video>': "GitHub removes <video",
    "Only <kbd>here</kbd>.": "GitHub removes <kbd",
    "A footnote.[^1]": "'[^1]' stays raw",
}


@pytest.mark.parametrize("markdown, fault", CASES.items())
def test_a_fault_on_github_is_found(markdown, fault):
    found = "\n".join(faults(markdown))
    assert fault in found if fault else not found


@pytest.mark.parametrize("kinds, hidden", [
    (["image/png", "text/plain"], False),
    (["text/plain"], False),
    (["application/vnd.jupyter.widget-view+json", "text/plain"], True),
    (["text/html"], True),
])  # fmt: skip
def test_a_hidden_output_is_found(kinds, hidden):
    output = nbformat.v4.new_output("display_data", dict.fromkeys(kinds, ""))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[output])])
    assert bool(list(hidden_outputs(notebook))) == hidden
