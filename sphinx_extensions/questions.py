"""Questions that answer back: what a chapter asks and answers, marked for the script of the page.

A Markdown cell with `question` in its metadata asks; the next folded answer belongs to it, and what
stands between is the result. A check whose answers are a table, `CASES_1 = {…}`, can be asked on
the page as well. Without scripts nothing is hidden: a chapter then reads as its notebook does.
"""

import ast
import json
import re
from pathlib import Path

import nbformat
from docutils import nodes
from sphinx.locale import get_translation
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from sphinx_extensions.explorables import words_of
from sphinx_extensions.ranges import numbers, texts, value

_ = get_translation("course")
logger = logging.getLogger(__name__)
ALL = "<!-- questions -->"  # where a page shows those of all chapters
CHECK = "# @title The check"


def cell_of(node):
    """The number of the cell in which a node stands: MyST-NB counts lines by ten thousands."""
    return (node.line or 0) // 10_000 - 1


def measured(question, cell):
    """The number that a question asks for, in the outputs of `cell`, and its range over chance."""
    found = [number[0] for text in texts(cell) for number in numbers(text)]
    places = [at for at, number in enumerate(found) if value(number) == question["value"]]
    ranges = cell["metadata"].get("ranges") or len(found) * [None]
    own = ranges[places[0]] if places and len(ranges) == len(found) else None
    return bool(places), (own or [])[2:]


def attributes(key, question, cell):
    """What the script has to know of a question, which `cell` answers."""
    if "scale" not in question:
        return {"data-key": key, "data-right": question["right"]}
    _found, chance = measured(question, cell)
    scale = json.dumps([*question["scale"], question["value"], *chance])
    return {"data-key": key, "data-scale": scale}


def cases_of(source):
    """The cases of a check, as pairs of an answer and what is said of it, or None."""
    for node in ast.parse(source).body if source.startswith(CHECK) else []:
        if isinstance(node, ast.Assign) and node.targets[0].id.startswith("CASES_"):
            return [[case, said] for case, said in ast.literal_eval(node.value).items()]


def mark_questions(app, doctree):
    """Put each question and its answer into a box, and beside each exercise a place to answer.

    A book has no such place.
    """
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix != ".ipynb":
        return
    listed = nbformat.read(path, as_version=4).cells
    cells = {cell["id"]: cell for cell in listed}
    quotes = {cell_of(node): node for node in doctree.findall(nodes.block_quote)}
    blocks = {node["cell_index"]: node for node in doctree.findall(nodes.container)
              if node.get("nb_element") == "cell_code" and app.builder.name == "html"}  # fmt: skip
    for number, cell in enumerate(listed):
        if question := cell["metadata"].get("question"):
            try:
                box(quotes[number], f"{path.stem}/{cell['id']}", question, cells)
            except LookupError:
                told = "a question lacks its words, its answer, its cell, or what is right"
                logger.warning(told, location=(str(path), number))
        if "solution" in cell["metadata"].get("tags", []) and number in blocks:
            block = blocks[number]
            for place in places_to_answer(app, path, exercise(listed[:number])):
                block.parent.insert(block.parent.index(block), place)


def exercise(cells):
    """The cells of the exercise with which `cells` end."""
    titled = [at for at, cell in enumerate(cells) if re.search("^### ", cell["source"], re.M)]
    return cells[titled[-1] :]


def asks_for_code(cells):
    """Whether an exercise wants more than `answer_1 = None` and the call of its check."""
    own = [c["source"] for c in cells if c["cell_type"] == "code" and "# @title" not in c["source"]]
    return len(ast.parse("\n".join(own)).body) != 2


def places_to_answer(app, path, cells):
    """Yield, for an exercise, a field if its check has cases, and links if it asks for code."""
    [(check, cases)] = [(c, cases) for c in cells if (cases := cases_of(c["source"]))] or [(0, 0)]
    if cases:
        place = nodes.container(classes=["replies"])
        place["html"] = {"hidden": "hidden", "data-key": f"{path.stem}/{check['id']}"}
        title = re.search("^### (.*)", cells[0]["source"], re.M)[1]
        place["html"] |= {"role": "group", "aria-label": title}
        place["html"]["data-cases"] = json.dumps(cases, ensure_ascii=False)
        yield place
    if not cases or asks_for_code(cells):
        teach = [one for c in cells for one in c["metadata"].get("teach", "").split()]
        context = {"_": _, "config": app.config, "name": path.name, "cell": cells[0]["id"]}
        context["teach"] = [f"teach-it.{one}" for one in teach]
        words = app.builder.templates.render("exercise.html", context) + "\n"
        yield nodes.container("", nodes.raw("", words, format="html"), classes=["replies"])


def box(quote, key, question, cells):
    """Put a question and all up to the end of its answer into a box.

    Raises `LookupError` if there is no folded answer, or not the cell that shows it.
    """
    parent, first = quote.parent, quote.parent.index(quote)
    below = list(parent)[first + 1 :]
    start = [at for at, node in enumerate(below) if is_raw(node, "<details>")][0]
    end = [at for at, node in enumerate(below) if is_raw(node, "</details>")][0]
    result = nodes.container("", *below[: end + 1], classes=["result"])
    name = "question-" + key.rpartition("/")[2]
    asked = nodes.container("", quote, result, classes=["asks"], ids=[name])
    asked["html"] = attributes(key, question, cells[question["cell"]])
    asked["answer"] = start
    parent[first : first + end + 2] = [asked]


def is_raw(node, start):
    """Whether a node is HTML of the page's own that begins so."""
    return isinstance(node, nodes.raw) and node.astext().lstrip().startswith(start)


def questions_in(doctree):
    """The boxes of a page's questions, in order."""
    return [node for node in doctree.findall(nodes.container) if "asks" in node["classes"]]


class AllQuestions(SphinxPostTransform):
    """On the page that asks for them: the questions of all chapters, each with its answer."""

    default_priority = 5  # before links are resolved
    builders = ("html",)

    def run(self):
        for marker in [
            node for node in self.document.findall(nodes.raw) if node.astext().strip() == ALL
        ]:
            found = [nodes.container(classes=["know"], html={"hidden": "hidden"})]
            for name in sorted(self.env.found_docs):
                if asked := questions_in(self.env.get_doctree(name)):
                    found += self.of_chapter(name, asked)
            marker.replace_self(found)

    def of_chapter(self, name, asked):
        number = str(int(Path(name).name[:2]))
        title = self.env.titles[name].astext()
        place = self.app.builder.get_relative_uri(self.env.docname, name)
        link = nodes.reference("", f"{number} {title}", internal=True, refuri=place)
        heading = nodes.title("", "", link)
        section = nodes.section("", heading, ids=[f"chapter-{number}"])
        for at, node in enumerate(asked, 1):
            own, key = node.deepcopy(), node["ids"][0]
            own["ids"], own["html"] = [], own["html"] | {"data-again": f"{place}#{key}"}
            own["html"]["data-number"] = f"{number}.{at}"
            result = own.children[1]
            result.children = result.children[own["answer"] :]
            own.insert(0, nodes.paragraph("", f"{number}.{at}", classes=["number"]))
            section += own
        return [section]


class LinksToChapters(SphinxPostTransform):
    """There, a link within a chapter leads to the chapter."""

    default_priority = 900  # after links are resolved
    builders = ("html",)

    def run(self):
        for node in questions_in(self.document):
            place = node["html"].get("data-again", "").partition("#")[0]
            for link in node.findall(nodes.reference) if place else []:
                if within := link.attributes.pop("refid", "") or link.get("refuri", "")[1:]:
                    if "refuri" not in link or link["refuri"].startswith("#"):
                        link["refuri"] = f"{place}#{within}"


def load_files(app, pagename, templatename, context, doctree):
    """Give the script and its words to each page with a question."""
    asked = questions_in(doctree) if doctree and app.builder.name == "html" else []
    if asked:
        again = any("data-again" in node["html"] for node in asked)
        names = ["questions", "know"][: 1 + again]
        words = words_of(names, app.config.language)
        context["question_words"] = json.dumps(words, ensure_ascii=False)
        app.add_css_file("questions/questions.css")
        for name in names:
            app.add_js_file(f"questions/{name}.js", loading_method="defer")


def outdated(app, env, added, changed, removed):
    """Have the page with all questions made again, whichever chapter has changed."""
    return [name for name in env.found_docs if name.endswith("/what-you-know")]


def setup(app):
    app.add_post_transform(AllQuestions)
    app.add_post_transform(LinksToChapters)
    app.connect("env-get-outdated", outdated)
    app.connect("doctree-read", mark_questions)
    app.connect("html-page-context", load_files)
