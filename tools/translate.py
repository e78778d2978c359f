"""Catalogues of the course in other languages, and its sources translated by them.

`python -m tools.translate` refreshes the catalogues in locales/LANGUAGE/LC_MESSAGES, one a page,
and lists by file and line what waits for a translator. The build (tools/build.py) calls
`write_sources`, whose pages and notebooks are also those that readers download.

A message is the inline content of a heading, a paragraph, an item or a cell of a table, as one
line; hard line breaks stay in it, written as a backslash. To these come the summaries of folded
answers, the text alternatives of figures and the labels of folded cells.
"""

import json
import os
import re
from itertools import pairwise
from pathlib import Path

import yaml
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import generate_po, read_po
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.dollarmath import dollarmath_plugin
from myst_parser.mdit_to_docutils.base import compute_unique_slug

ROOT = Path(__file__).parent.parent
MARKDOWN = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)
SUMMARY = re.compile(r"(?<=<summary>).*?(?=</summary>)")
HARD_BREAK = re.compile(r"(?: {2,}|\\)\n *")
WORDS = [("**.py", "python"), ("**.html", "jinja2")]  # files that hold words of the site itself
HEADER = """#
msgid ""
msgstr ""
"Language: {}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


def settings(name):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


LANGUAGES = settings("_config.yml")["sphinx"]["config"]["course_languages"]
MAIN, *OTHERS = LANGUAGES


# --- one page ------------------------------------------------------------------------------------


def translate_markdown(source, change):
    """Return Markdown with change(message, line) in place of each of its messages.

    A message that does not stand in its line as Markdown understands it is a ValueError.
    """

    def summary(found):
        return change(found[0], 1 + source.count("\n", 0, found.start()))

    lines = SUMMARY.sub(summary, source).split("\n")
    places = {}  # where to go on in a line that holds several messages: a row of a table
    for before, token in pairwise(MARKDOWN.parse("\n".join(lines))):
        if token.type != "inline" or not token.content.strip():
            continue
        first, last = token.map
        old, in_table = token.content.split("\n")[0], before.type in {"th_open", "td_open"}
        old = escaped(old) if in_table else old
        start = lines[first].find(old, places.get(first, 0))
        if start < 0:
            raise ValueError(f"not found in its line: {old!r}")
        breaks = any(child.type == "hardbreak" for child in token.children)
        parts = HARD_BREAK.split(token.content) if breaks else [token.content]
        message = "\\\n".join(part.replace("\n", " ") for part in parts).strip()
        new = change(message, first + 1)
        new = escaped(new) if in_table else new
        lines[first] = lines[first][:start] + new + lines[first][start + len(old) :]
        places[first] = start + len(new)
        lines[first + 1 : last] = [None] * (last - first - 1)
    return "\n".join(line for line in lines if line is not None)


def escaped(cell):
    return re.sub(r"(?<!\\)\|", r"\\|", cell)


def translate_cell(cell, change):
    """Translate a cell in place: its Markdown, or what the site says of its code and figure."""
    if cell["cell_type"] == "markdown":
        cell["source"] = translate_markdown("".join(cell["source"]), change)
    shown = cell["metadata"].get("mystnb", {})
    if alternative := shown.get("image", {}).get("alt"):
        shown["image"]["alt"] = change(alternative, None)
    for key in ("code_prompt_show", "code_prompt_hide"):
        verb, colon, name = shown.get(key, "").partition(": ")
        if colon:
            shown[key] = verb + colon + change(name, None)


def translate_source(source, change):
    """Return a page or notebook with change(message, place) in place of each of its messages.

    A place reads ":12", a line of a page, or ", cell 3". Code and outputs stay as they are.
    """
    if not source.startswith("{"):
        return translate_markdown(source, lambda message, line: change(message, f":{line}"))
    notebook = json.loads(source)
    for number, cell in enumerate(notebook["cells"], 1):
        translate_cell(cell, lambda message, _, own=f", cell {number}": change(message, own))
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def headings(source):
    """Return pairs of anchor and title of a page's headings: the anchors as MyST and GitHub do."""
    cells = json.loads(source)["cells"] if source.startswith("{") else [{"source": source}]
    found = {}
    for cell in cells:
        if cell.get("cell_type") != "code":
            tree = SyntaxTreeNode(MARKDOWN.parse("".join(cell["source"])))
            for heading in tree.walk():
                if heading.type == "heading":
                    parts = heading.children[0].to_tokens()[0].children
                    title = "".join(part.content for part in parts)
                    found[compute_unique_slug(heading, found)] = title
    return list(found.items())


# --- all pages -----------------------------------------------------------------------------------


def pages():
    """Return the sources by name, as {"chapters/01-neurons": path}."""
    paths = [path for path in sorted(ROOT.glob("chapters/*.*")) if path.suffix in {".ipynb", ".md"}]
    return {f"chapters/{path.stem}": path for path in paths}


def messages():
    """Return the messages by catalogue, each with where it stands: {name: {message: place}}."""
    config, contents = settings("_config.yml"), settings("_toc.yml")
    words = {}
    for folder in ("sphinx_extensions", "tools"):
        for path, _line, message, *_ in extract_from_dir(ROOT / folder, WORDS):
            words.setdefault(message, f"{folder}/{path}")
    words |= {config[key]: "_config.yml" for key in ("title", "author", "copyright")}
    words[settings("CITATION.cff")["abstract"].strip()] = "CITATION.cff"
    found = {"course": words}
    captions = {part["caption"]: "_toc.yml" for part in contents.get("parts", [])}
    for name, path in pages().items():
        own = found[name] = captions if name == contents["root"] else {}

        def note(message, place, own=own, path=path):
            own.setdefault(message, f"chapters/{path.name}{place}")
            return message

        translate_source(path.read_text(encoding="utf-8"), note)
    return found


def path_of(language, name):
    return ROOT / f"locales/{language}/LC_MESSAGES/{name}.po"


def catalogue(path):
    """Return the catalogue at `path`, or an empty one."""
    if not path.exists():
        return Catalog()
    with path.open("rb") as file:
        return read_po(file)


def translator(language, name):
    """Return change(message, place) for a page: what is not translated stays as it is."""
    found = catalogue(path_of(language, name))
    known = {entry.id: entry.string for entry in found if entry.string and not entry.fuzzy}
    return lambda message, _place=None: known.get(message, message)


def write(path, text):
    """Write a file unless it holds this already, so that only what has changed is built again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8", newline="\n")


def write_sources(language):
    """Write the course in another language, as a folder that Sphinx builds like the English one.

    Return the folder, and the English titles of each page's sections: {page: [title, …]}.
    """
    folder = ROOT / "_build/sources" / language
    english = {name: path.read_text(encoding="utf-8") for name, path in pages().items()}
    texts = {
        name: translate_source(text, translator(language, name)) for name, text in english.items()
    }
    anchors = {}  # of the translation, by page and anchor of the original
    for name, path in pages().items():
        both = zip(headings(english[name]), headings(texts[name]), strict=True)
        anchors[path.name] = {ours[0]: theirs[0] for ours, theirs in both}
    for name, path in pages().items():

        def localised(link, own=path.name):
            return f"]({link[1]}#{anchors.get(link[1] or own, {}).get(link[2], link[2])})"

        text = re.sub(r"\]\(([\w.-]*)#([\w-]+)\)", localised, texts[name])
        write(folder / "chapters" / path.name, text)
    for gone in {path.name for path in folder.glob("chapters/*.*")} - anchors.keys():
        (folder / "chapters" / gone).unlink()
    for name in ("assets", "sphinx_extensions"):  # what _config.yml names
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(os.path.relpath(ROOT / name, folder))
    contents = settings("_toc.yml")
    for part in contents.get("parts", []):
        part["caption"] = translator(language, contents["root"])(part["caption"])
    write(folder / "_toc.yml", yaml.safe_dump(contents, allow_unicode=True, sort_keys=False))
    words = folder / f"locales/{language}/LC_MESSAGES/course.mo"
    words.parent.mkdir(parents=True, exist_ok=True)
    with words.open("wb") as file:
        write_mo(file, catalogue(path_of(language, "course")))
    return folder, {name: [title for _, title in headings(text)] for name, text in english.items()}


# --- catalogues ----------------------------------------------------------------------------------


def to_do(path, places):
    """Yield a sentence for each message of the catalogue at `path` that waits for a translator."""
    found = catalogue(path)
    for entry in [*found, *found.obsolete.values()]:
        kind = "changed" if entry.fuzzy else None if entry.string else "not translated"
        kind = "obsolete" if entry.id in found.obsolete else kind
        if entry.id and kind:
            where = f"{path.relative_to(ROOT)}:{entry.lineno}"
            yield f"{where}: {kind} ({places.get(entry.id, 'nowhere')}): {entry.id[:70]}"


def refresh():
    """Bring all catalogues up to date; yield what is new, has changed or is no longer used.

    A message that has changed a little takes its translation along, marked as fuzzy; what is no
    longer used stays at the end until it is deleted by hand. Lines and dates are left out: a
    catalogue changes only where the text does.
    """
    for name, places in messages().items():
        for language in OTHERS:
            path, template = path_of(language, name), Catalog()
            for message in places:
                template.add(message)
            found = catalogue(path)
            found.update(template)
            options = {"no_location": True, "omit_header": True, "include_previous": True}
            text = HEADER.format(language) + "".join(generate_po(found, width=0, **options))
            write(path, text.rstrip() + "\n")
            yield from to_do(path, places)


if __name__ == "__main__":
    print(*refresh(), sep="\n", end="")
