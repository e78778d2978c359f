"""The course's sources in other languages, and the catalogues that translate them.

`python -m tools.translate` refreshes the catalogues in locales/LANGUAGE/LC_MESSAGES, one a page,
and lists by file and line what waits for a translator. tools/build.py calls `write_sources`.

A message is the inline content of a heading, a paragraph, an item or a cell of a table, as one
line; hard line breaks stay in it, written as a backslash. To these come the summaries of folded
answers, the text alternatives of figures and the labels of folded cells.
"""

import json
import os
import re
from itertools import pairwise, product
from pathlib import Path

import yaml
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import generate_po, read_po
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from myst_parser.mdit_to_docutils.base import default_slugify

ROOT = Path(__file__).parent.parent
MARKDOWN = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)
HEADER = '#\nmsgid ""\nmsgstr ""\n"Language: {}\\n"\n"MIME-Version: 1.0\\n"\n'
HEADER += '"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def settings(name):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


LANGUAGES = settings("_config.yml")["sphinx"]["config"]["course_languages"]
MAIN, *OTHERS = LANGUAGES


def translate_markdown(source, change, titles):
    """Return Markdown with change(message, line) in place of each message.

    Pairs of old and new title are added to `titles`. A message that does not stand in its line
    as Markdown understands it is a ValueError.
    """

    def summary(found):
        return change(found[0], 1 + source.count("\n", 0, found.start()))

    source = re.sub("(?<=<summary>).*?(?=</summary>)", summary, source)
    lines, places = source.split("\n"), {}  # where to go on in a line with several: of a table
    for before, token in pairwise(MARKDOWN.parse(source)):
        if token.type != "inline" or not token.content.strip():
            continue
        first, last = token.map
        breaks = any(child.type == "hardbreak" for child in token.children)
        parts = re.split(r"(?: {2,}|\\)\n *", token.content) if breaks else [token.content]
        message = "\\\n".join(part.replace("\n", " ") for part in parts).strip()
        old, new = token.content.split("\n")[0], change(message, first + 1)
        if before.type == "heading_open":
            titles.append((plain(message), plain(new)))
        if before.tag in ("th", "td"):
            old, new = (re.sub(r"(?<!\\)\|", r"\\|", text) for text in (old, new))
        start = lines[first].find(old, places.get(first, 0))
        if start < 0:
            raise ValueError(f"not found in its line: {old!r}")
        lines[first] = lines[first][:start] + new + lines[first][start + len(old) :]
        places[first] = start + len(new)
        lines[first + 1 : last] = [None] * (last - first - 1)
    return "\n".join(line for line in lines if line is not None)


def plain(title):
    return "".join(part.content for part in MARKDOWN.parseInline(title)[0].children)


def translate_source(source, change):
    """Return a page or notebook in another language, and its titles: pairs of old and new.

    Each message is replaced by change(message, place); a place reads ":12", a line of a page, or
    ", cell 3". Code and outputs stay as they are.
    """
    titles = []
    if not source.startswith("{"):
        return translate_markdown(source, lambda text, at: change(text, f":{at}"), titles), titles
    notebook = json.loads(source)
    for number, cell in enumerate(notebook["cells"], 1):

        def here(message, _line=0, place=f", cell {number}"):
            return change(message, place)

        if cell["cell_type"] == "markdown":
            cell["source"] = translate_markdown("".join(cell["source"]), here, titles)
        shown = cell["metadata"].get("mystnb", {})
        if alternative := shown.get("image", {}).get("alt"):
            shown["image"]["alt"] = here(alternative)
        for key in ("code_prompt_show", "code_prompt_hide"):
            verb, colon, name = shown.get(key, "").partition(": ")
            if colon:
                shown[key] = verb + colon + here(name)
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", titles


def sources():
    """Return the pages and notebooks by name, as {"chapters/01-neurons": path}."""
    paths = [path for path in sorted(ROOT.glob("chapters/*.*")) if path.suffix in (".ipynb", ".md")]
    return {f"chapters/{path.stem}": path for path in paths}


def catalogue(language, name):
    """Return the path of the catalogue of a page or of "course", and what it holds."""
    path = ROOT / f"locales/{language}/LC_MESSAGES/{name}.po"
    text = path.read_bytes() if path.exists() else b""
    # Without the previous messages of what is fuzzy, which babel would keep as comments for ever.
    return path, read_po(re.sub(rb"(?m)^#\|.*", b"", text).splitlines())


def translator(language, name):
    """Return change(message, place) for a page: what is not translated stays as it is."""
    _path, found = catalogue(language, name)
    known = {entry.id: entry.string for entry in found if entry.string and not entry.fuzzy}
    return lambda message, _place=None: known.get(message, message)


def write(path, text):
    """Write a file unless it holds this already, so that only what has changed is built again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8", newline="\n")


def write_sources(language):
    """Write the course in another language, as a folder that is built like the English one.

    Return the folder and the English titles of each page's sections: {page: [title, …]}.
    """
    folder, texts, titles = ROOT / "_build/sources" / language, {}, {}
    for name, path in sources().items():
        text = path.read_text(encoding="utf-8")
        texts[name], titles[name] = translate_source(text, translator(language, name))
    for name, path in sources().items():

        def localised(link, own=name):  # to a heading, whose anchor is made of its words
            pairs = titles.get(f"chapters/{Path(link[1] or own).stem}", [])
            anchors = {default_slugify(old): default_slugify(new) for old, new in pairs}
            return f"]({link[1]}#{anchors.get(link[2], link[2])})"

        text = re.sub(r"\]\(([\w.-]*)#([\w-]+)\)", localised, texts[name])
        write(folder / "chapters" / path.name, text)
    for path in folder.glob("chapters/*.*"):
        if not (ROOT / "chapters" / path.name).exists():
            path.unlink()
    for name in ("assets", "sphinx_extensions"):  # what _config.yml names
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(os.path.relpath(ROOT / name, folder))
    contents = settings("_toc.yml")
    for part in contents.get("parts", []):
        part["caption"] = translator(language, contents["root"])(part["caption"])
    write(folder / "_toc.yml", yaml.safe_dump(contents, allow_unicode=True, sort_keys=False))
    _path, words = catalogue(language, "course")
    words.creation_date = 0  # always the same bytes
    target = folder / f"locales/{language}/LC_MESSAGES/course.mo"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        write_mo(file, words)
    return folder, {name: [old for old, _new in pairs] for name, pairs in titles.items()}


def messages():
    """Return the messages by catalogue, each with where it stands: {name: {message: place}}."""
    words, config, contents = {}, settings("_config.yml"), settings("_toc.yml")
    for folder in ("sphinx_extensions", "tools"):
        methods = [("**.py", "python"), ("**.html", "jinja2")]
        for path, line, message, *_ in extract_from_dir(ROOT / folder, methods):
            words.setdefault(message, f"{folder}/{path}:{line}")
    words |= {config[key]: "_config.yml" for key in ("title", "author", "copyright")}
    words[settings("CITATION.cff")["abstract"].strip()] = "CITATION.cff"
    captions = {part["caption"]: "_toc.yml" for part in contents.get("parts", [])}
    found = {"course": words}
    for name, path in sources().items():
        found[name] = captions if name == contents["root"] else {}

        def note(message, place, name=name, path=path):
            found[name].setdefault(message, f"chapters/{path.name}{place}")
            return message

        translate_source(path.read_text(encoding="utf-8"), note)
    return found


def refresh():
    """Bring all catalogues up to date; yield what is new, has changed or is no longer used.

    A message that has changed a little takes its translation along, marked as fuzzy; what is no
    longer used stays at the end until it is deleted by hand. Lines and dates are left out: a
    catalogue changes only where the text does.
    """
    options = {"width": 0, "no_location": True, "omit_header": True, "include_previous": True}
    for (name, places), language in product(messages().items(), OTHERS):
        (path, found), template = catalogue(language, name), Catalog()
        for message in places:
            template.add(message)
        found.update(template)
        text = HEADER.format(language) + "".join(generate_po(found, **options))
        write(path, text.rstrip() + "\n")
        _path, found = catalogue(language, name)  # now with the lines of its entries
        for entry in [*found, *found.obsolete.values()]:
            kind = "changed" if entry.fuzzy else "" if entry.string else "not translated"
            kind = "obsolete" if entry.id in found.obsolete else kind
            if entry.id and kind:
                where = f"{path.relative_to(ROOT)}:{entry.lineno}: {kind}"
                yield f"{where} ({places.get(entry.id, 'nowhere')}): {entry.id[:70]}"


if __name__ == "__main__":
    for sentence in refresh():
        print(sentence)
