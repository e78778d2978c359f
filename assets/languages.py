"""The Sphinx extension for the other languages of this site: all of it, from one source.

Sphinx extracts the text of the pages into catalogues (locales/fr/LC_MESSAGES) and puts the
translations back. It does not see the text alternatives of figures, the labels of folded cells and
the summaries of folded answers: these pass through here. So do the notebooks to download, which get
Markdown in the reader's language and keep code and outputs as they are.
"""

import json
import re
from pathlib import Path

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from sphinx.builders.gettext import MsgOrigin
from sphinx.locale import init

ROOT = Path(__file__).parent.parent
LOCALES = ROOT / "locales"
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


def add_extras(app, doctree, docname):
    """Put the extra messages of a page into its catalogue."""
    if app.builder.name != "gettext":
        return
    catalog = app.builder.catalogs[docname]
    path = app.env.doc2path(docname)

    def add(message, line):
        catalog.add(message, MsgOrigin(path, line))
        return message

    map_extras(Path(path).read_text(), add)


def translate_extras(app, docname, content):
    if app.config.language != main_language(app.config):
        translate = translator(docname, app.config.language)
        content[0] = map_extras(content[0], lambda message, line: translate(message))


# --- catalogues ----------------------------------------------------------------------------------


def translator(domain, language):
    """Return the function that translates the messages of a page, or of "course"."""
    catalog, _found = init([str(LOCALES)], language, domain)
    return catalog.gettext


def main_language(config):
    return next(iter(config.course_languages))


# --- notebooks in another language ---------------------------------------------------------------


def translate_markdown(source, translate):
    """Return Markdown with each of its messages translated; a message not found is a ValueError.

    The messages are those that Sphinx extracts: the inline content of headings, paragraphs, items
    and cells of tables, as one line.
    """
    lines, tokens = source.split("\n"), MARKDOWN.parse(source)
    places = {}  # where to go on in a line that holds several messages: a row of a table
    for token, before in zip(tokens[1:], tokens):
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


def setup(app):
    app.add_config_value("course_languages", {"en": "English"}, "html")
    app.connect("source-read", translate_extras)
    app.connect("doctree-resolved", add_extras)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
