"""The course's sources in other languages, and the catalogues that translate them.

`python -m tools.translate` refreshes the catalogues in locales/LANGUAGE/LC_MESSAGES, one a page,
and lists by file and line what waits for a translator. A message is the content of a heading, a
paragraph, an item or a cell of a table, as one line (a hard line break stays, as a backslash); the
summary of a folded answer; the text alternative of a figure; the label of a folded cell; or, in
the contexts of tools/strings.py, a string that a cell displays.

What the code then gives stands in locales/LANGUAGE/outputs, written by `make outputs`: of each
notebook the cells whose outputs are not the English ones.
"""

import hashlib
import json
import os
import re
from itertools import pairwise
from pathlib import Path

import yaml
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import generate_po, read_po
from docutils.nodes import make_id
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from myst_parser.mdit_to_docutils.base import default_slugify

from tools.strings import CODE, WORD, translate_code

ROOT = Path(__file__).parent.parent
MARKDOWN = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)
HEADER = '#\nmsgid ""\nmsgstr ""\n"Language: {}\\n"\n"MIME-Version: 1.0\\n"\n'
HEADER += '"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def settings(name):
    """What a YAML file of the course holds."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


LANGUAGES = settings("_config.yml")["sphinx"]["config"]["course_languages"]
MAIN, *OTHERS = LANGUAGES


def plain(title):
    """A title of Markdown as it is read, without marks."""
    return "".join(part.content for part in MARKDOWN.parseInline(title)[0].children)


def translate_markdown(source, change, titles):
    """Return Markdown with change(message, line) in place of each message.

    Pairs of old and new title are added to `titles`. A message that does not stand in its line
    as Markdown understands it is a ValueError.
    """
    source = re.sub("(?<=<summary>).*?(?=</summary>)", lambda found: change(found[0]), source)
    lines, places = source.split("\n"), {}  # where to go on in a line with several: of a table
    for before, token in pairwise(MARKDOWN.parse(source)):
        if token.type != "inline" or not token.content.strip():
            continue
        first, last = token.map
        message = re.sub(r"(?: {2,}|\\)\n *", r"\\\n", token.content)  # hard line breaks
        message = re.sub(r"(?<!\\)\n", " ", message).strip()
        old, new = token.content.split("\n")[0], change(message, first + 1)
        if before.type == "heading_open":
            titles.append((plain(message), plain(new)))
        if before.tag in ("th", "td"):
            old, new = (re.sub(r"(?<!\\)\|", r"\\|", text) for text in (old, new))
        start = lines[first].index(old, places.get(first, 0))
        lines[first] = lines[first][:start] + new + lines[first][start + len(old) :]
        places[first] = start + len(new)
        lines[first + 1 : last] = [None] * (last - first - 1)
    return "\n".join(line for line in lines if line is not None)


def translate_source(path, known, outputs=None):
    """Return a page or notebook in another language, its titles and its messages.

    `known` has the translations by message, and those of code by (message, CODE); what it lacks
    stays as it is. So do outputs, save of the cells that `outputs` has by their id. Titles are
    pairs of old and new; messages, by the same keys, have a list of their places.
    """
    source, titles, messages = path.read_text(encoding="utf-8"), [], {}
    place = f"chapters/{path.name}"
    words = {key[0] for key in known if key[1:] == (WORD,)}

    def change(message, line=1):
        messages.setdefault(message, []).append(f"{place}:{line}")
        return known.get(message, message)

    def change_code(message):
        key = message, WORD if message in words else CODE
        messages.setdefault(key, []).append(f"cell {cell['id']}")
        return known.get(key, message)

    if path.stem == "bibliography":
        translate_references(change)
    if path.suffix == ".md":
        return translate_markdown(source, change, titles), titles, messages
    notebook = json.loads(source)
    for number, cell in enumerate(notebook["cells"], 1):
        place = f"chapters/{path.name}, cell {number}"
        if cell["cell_type"] == "markdown":
            cell["source"] = translate_markdown("".join(cell["source"]), change, titles)
        else:
            cell["source"] = translate_code("".join(cell["source"]), change_code, words)
            cell["outputs"] = (outputs or {}).get(cell["id"], cell["outputs"])
        shown = cell["metadata"].get("mystnb", {})
        if alternative := shown.get("image", {}).get("alt"):
            shown["image"]["alt"] = change(alternative)
        for key in ("code_prompt_show", "code_prompt_hide"):
            verb, colon, name = shown.get(key, "").partition(": ")
            if colon:
                shown[key] = verb + colon + change(name)
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", titles, messages


def translate_references(change):
    """Return the bibliography with change(note) in place of what it says of each work."""
    source = (ROOT / "assets/references.bib").read_text(encoding="utf-8")
    return re.sub(r"(?<=  note = \{).*(?=\},)", lambda found: change(found[0]), source)


def sources():
    """Return the pages and notebooks by name, as {"chapters/01-neurons": path}."""
    paths = [*ROOT.glob("chapters/*.ipynb"), *ROOT.glob("chapters/*.md")]
    return {f"chapters/{path.stem}": path for path in sorted(paths)}


def catalogue(language, name):
    """Return the path of the catalogue of a page or of "course", and what it holds."""
    path = ROOT / f"locales/{language}/LC_MESSAGES/{name}.po"
    return path, read_po(path.read_bytes().splitlines() if path.exists() else [])


def key_of(entry):
    """By what a message is known: its text, of code with its context; see `translate_source`."""
    return (entry.id, entry.context) if entry.context else entry.id


def translations(language, name):
    """Return what a catalogue translates: {message: translation}; see `translate_source`."""
    _path, found = catalogue(language, name)
    return {key_of(entry): entry.string for entry in found if entry.string and not entry.fuzzy}


def own_outputs(language, path):
    """Return the file of a notebook's outputs in another language, and what it holds."""
    file = ROOT / f"locales/{language}/outputs/{path.stem}.json"
    return file, json.loads(file.read_text("utf-8")) if file.exists() else {}


def code_of(notebook):
    """The fingerprint of what a notebook, as text, runs."""
    cells = json.loads(notebook)["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return hashlib.sha256(json.dumps(code).encode()).hexdigest()


def write(path, text):
    """Write a file unless it holds this already, so that only what has changed is built again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8", newline="\n")


def alphabet(title):
    """The key of a title in a dictionary: its words, accents as their letters, no (remark)."""
    return make_id(title.partition(" (")[0].replace("’", " "))


def in_order(text, titles):
    """Return a page with its sections in the alphabet's order, and its titles in the same."""
    start, *parts = text.split("\n## ")
    pairs = sorted(zip(titles[1:], parts, strict=True), key=lambda pair: alphabet(pair[0][1]))
    parts = [part.strip("\n") + "\n" for _title, part in pairs]
    return "\n## ".join([start, *parts]), titles[:1] + [title for title, _part in pairs]


def write_sources(language):
    """Write the course in another language, as a folder that is built like the English one.

    Return the folder and the titles of each page's sections: {page: [(English, own), …]}.
    """
    folder, texts, titles, anchors = ROOT / "_build/sources" / language, {}, {}, {}
    for name, path in sources().items():
        known, outputs = translations(language, name), own_outputs(language, path)[1]
        texts[path], titles[name], _ = translate_source(path, known, outputs.get("cells"))
        if path.stem == "glossary":
            texts[path], titles[name] = in_order(texts[path], titles[name])
        for old, new in titles[name]:
            anchors[path.stem, default_slugify(old)] = default_slugify(new)
    for path, text in texts.items():

        def localised(link, own=path.stem):  # to a heading, whose anchor is made of its words
            page = Path(link[1] or own).stem
            return f"]({link[1]}#{anchors.get((page, link[2]), link[2])})"

        def own_picture(link):  # of a page in its language
            own = f"{language}/{link[1]}"
            return f"](../assets/{own})" if (ROOT / "assets" / own).exists() else link[0]

        text = re.sub(r"\]\(([\w.-]*)#([\w-]+)\)", localised, text)
        text = re.sub(r"\]\(\.\./assets/([\w-]+\.png)\)", own_picture, text)
        write(folder / "chapters" / path.name, text)
    for path in folder.glob("chapters/*.*"):
        if not (ROOT / "chapters" / path.name).exists():
            path.unlink()
    known = translations(language, "chapters/bibliography")
    references = translate_references(lambda note: known.get(note, note))
    write(folder / "references.bib", references)
    write(folder / "_toc.yml", (ROOT / "_toc.yml").read_text(encoding="utf-8"))
    for name in ("assets", "sphinx_extensions"):  # what _config.yml names
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(os.path.relpath(ROOT / name, folder))
    return folder, titles


def messages(language):
    """Return the messages by catalogue, each with where it stands: {name: {message: [place]}}."""
    words, config = {}, settings("_config.yml")
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    for path, line, message, *_ in extract_from_dir(ROOT / "sphinx_extensions", methods):
        words.setdefault(message, [f"sphinx_extensions/{path}:{line}"])
    words |= {config[key]: ["_config.yml"] for key in ("title", "author", "copyright")}
    words |= {part["caption"]: ["_toc.yml"] for part in settings("_toc.yml").get("parts", [])}
    words[settings("CITATION.cff")["abstract"].strip()] = ["CITATION.cff"]
    known = {name: translations(language, name) for name in sources()}
    pages = {name: translate_source(path, known[name])[2] for name, path in sources().items()}
    return {"course": words} | pages


def refresh():
    """Bring all catalogues up to date; yield what is new, has changed or is no longer used.

    A message that has changed a little takes its translation along, marked as fuzzy; what is no
    longer used stays at the end until it is deleted by hand. A string of code says where it shows.
    """
    for language in OTHERS:
        for name, places in messages(language).items():
            (path, found), template = catalogue(language, name), Catalog()
            for key in places:
                message, context = key if isinstance(key, tuple) else (key, None)
                shows = [", ".join(dict.fromkeys(places[key]))] if context else []
                template.add(message, context=context, auto_comments=shows)
            found.update(template)
            entries = generate_po(found, width=0, no_location=True, omit_header=True)
            write(path, (HEADER.format(language) + "".join(entries)).rstrip() + "\n")
            _path, found = catalogue(language, name)  # now with the lines of its entries
            for entry in [*found, *found.obsolete.values()]:
                kind = "changed" if entry.fuzzy else "" if entry.string else "not translated"
                kind = "obsolete" if entry.id in found.obsolete else kind
                if entry.id and kind:
                    where = f"{path.relative_to(ROOT)}:{entry.lineno}: {kind}"
                    stands = places.get(key_of(entry), ["nowhere"])[0]
                    yield f"{where} ({stands}): {entry.id[:70]}"


if __name__ == "__main__":
    for sentence in refresh():
        print(sentence)
