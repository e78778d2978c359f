"""The messages of a page or notebook, and the same page in another language.

A message is what Sphinx extracts: the inline content of a heading, a paragraph, an item or a cell
of a table, as one line. To these comes what Sphinx does not see: the text alternatives of figures,
the labels of folded cells and the summaries of folded answers.
"""

import json
import re
from itertools import pairwise

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from myst_parser.mdit_to_docutils.base import default_slugify

MARKDOWN = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)
SUMMARY = re.compile(r"(<summary>)(.*?)(</summary>)")


# --- what Sphinx does not extract ----------------------------------------------------------------


def map_extras(source, change):
    """Return the text of a page or notebook, with change(message, line) for each extra message.

    Lines of a notebook count as MyST-NB counts them: ten thousand for each cell.
    """
    if not source.startswith("{"):
        return map_summaries(source, change, 1)
    notebook = json.loads(source)
    for place, cell in enumerate(notebook["cells"], 1):
        line = 10_000 * place + 1
        if cell["cell_type"] == "markdown":
            cell["source"] = map_summaries("".join(cell["source"]), change, line)
        shown = cell["metadata"].get("mystnb", {})
        if alternative := shown.get("image", {}).get("alt"):
            shown["image"]["alt"] = change(alternative, line)
        for key in ("code_prompt_show", "code_prompt_hide"):
            verb, colon, name = shown.get(key, "").partition(": ")
            if colon:
                shown[key] = verb + colon + change(name, line)
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def map_summaries(markdown, change, first):
    def one(found):
        line = first + markdown.count("\n", 0, found.start())
        return found[1] + change(found[2], line) + found[3]

    return SUMMARY.sub(one, markdown)


def translate_markdown(source, translate):
    """Return Markdown with each of its messages translated; a message not found is a ValueError.

    The messages are those that Sphinx extracts: the inline content of headings, paragraphs, items
    and cells of tables, as one line.
    """
    lines, tokens = source.split("\n"), MARKDOWN.parse(source)
    places = {}  # where to go on in a line that holds several messages: a row of a table
    for before, token in pairwise(tokens):
        if token.type != "inline" or not token.content.strip():
            continue
        first, last = token.map
        content, of_table = token.content.split("\n"), before.type in {"th_open", "td_open"}
        old = escaped(content[0]) if of_table else content[0]
        start = lines[first].find(old, places.get(first, 0))
        if start < 0:
            raise ValueError(f"not found in its line: {content[0]!r}")
        new = translate(" ".join(content).strip())
        new = escaped(new) if of_table else new
        lines[first] = lines[first][:start] + new + lines[first][start + len(old) :]
        places[first] = start + len(new)
        lines[first + 1 : last] = [None] * (last - first - 1)
    return "\n".join(line for line in lines if line is not None)


def escaped(cell):
    return re.sub(r"(?<!\\)\|", r"\\|", cell)


def translate_source(source, translate):
    """Return a page or notebook in another language: its Markdown, with code as it is."""
    source = map_extras(source, lambda message, line: translate(message))
    if not source.startswith("{"):
        return translate_markdown(source, translate)
    notebook = json.loads(source)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = translate_markdown("".join(cell["source"]), translate)
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def headings(source, translate):
    """Return the anchors of a page's headings: {in the source: in the translation}."""
    cells = json.loads(source)["cells"] if source.startswith("{") else [{"source": source}]
    tokens = [
        token
        for cell in cells
        if cell.get("cell_type") != "code"
        for token in MARKDOWN.parse("".join(cell["source"]))
    ]
    titles = [after.content for token, after in pairwise(tokens) if token.tag[:1] == "h"]
    return {anchor(title): anchor(translate(title)) for title in titles}


def anchor(title):
    """Return the address within a page of a heading, as the site and GitHub form it."""
    return default_slugify(re.sub(r"\[([^]]*)\]\([^)]*\)|[`*]", r"\1", title))
