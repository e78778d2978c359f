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

from sphinx_extensions.explorables import WORDS
from sphinx_extensions.metadata import prefix
from sphinx_extensions.ranges import numbers, texts, value

_ = get_translation("course")
logger = logging.getLogger(__name__)
ALL = "<!-- questions -->"  # where a page shows those of all chapters
CHECK = "# @title The check"
# The words of assets/static/questions/know.js, which no chapter needs.
OF_KNOW = set(WORDS["en"]["questions"]) & set(
    "due nothing later tomorrow new showDue showEvery export import reset sure forgotten taken "
    "notTaken refused where".split()
)
FOLD, END = "<details>", "</details>"


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


def letter_of(node):
    """The letter in bold with which a part of a question begins."""
    bold = node.next_node(nodes.strong) if node else None
    return bold.astext()[:1] if bold and node.astext().startswith(bold.astext()) else ""


def parts_of(quote, answer):
    """The letters of a question's choices, those that its answer speaks of, and the right one."""
    lists = [node for node in answer if isinstance(node, nodes.bullet_list)]
    first = next((node for node in answer if isinstance(node, nodes.paragraph)), None)
    offered = [letter_of(item) for item in quote.findall(nodes.list_item)]
    return offered, [letter_of(item) for item in lists[-1]] if lists else [], letter_of(first)


def faults(question, quote, answer, cells):
    """Yield what is wrong with a question."""
    cell = cells.get(question.get("cell"))
    if not cell or cell["cell_type"] != "code":
        yield f"there is no code cell {question.get('cell')!r}"
        return
    offered, told, right = parts_of(quote, answer)
    if "scale" in question:
        lowest, highest = question["scale"]
        if not lowest <= question["value"] <= highest:
            yield f"{question['value']} is not on the scale"
        if not measured(question, cell)[0]:
            yield f"{question['value']} does not stand in the output of {question['cell']}"
        if offered:
            yield "a question for a number has no choices"
        return
    if not 3 <= len(offered) <= 4 or offered != sorted(set(offered)):
        yield f"not three or four choices, A, B, C: {offered}"
    if question.get("right") not in offered:
        yield f"the right choice {question.get('right')!r} is none of {offered}"
    elif right != question["right"]:
        yield f"the answer begins with {right!r}, right is {question['right']!r}"
    if sorted(told) != [letter for letter in offered if letter != question.get("right")]:
        yield f"the answer gives reasons for {told}, and has to for each wrong one of {offered}"


def attributes(key, question, cells):
    """What the script has to know of a question."""
    told = {"data-key": key}
    if "scale" not in question:
        return told | {"data-right": question["right"]}
    _found, chance = measured(question, cells[question["cell"]])
    told["data-scale"] = json.dumps([*question["scale"], question["value"], *chance])
    return told


def cases_of(source):
    """The cases of a check, as pairs of an answer and what is said of it, or None."""
    for node in ast.parse(source).body if source.startswith(CHECK) else []:
        if isinstance(node, ast.Assign) and node.targets[0].id.startswith("CASES_"):
            return [[case, said] for case, said in ast.literal_eval(node.value).items()]


def mark_questions(app, doctree):
    """Put each question and its answer into a box, and beside each exercise a place to answer."""
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix != ".ipynb":
        return
    listed = nbformat.read(path, as_version=4).cells
    cells = {cell["id"]: cell for cell in listed}
    for number, cell in enumerate(listed):
        if question := cell["metadata"].get("question"):
            quotes = [q for q in doctree.findall(nodes.block_quote) if cell_of(q) == number]
            if not quotes or not box(quotes[-1], f"{path.stem}/{cell['id']}", question, cells):
                logger.warning("a question without a folded answer", location=(str(path), number))
    blocks = {node["cell_index"]: node for node in doctree.findall(nodes.container)
              if node.get("nb_element") == "cell_code"}  # fmt: skip
    for number, cell in enumerate(listed):
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
        teach = [c["metadata"]["teach"] for c in cells if "teach" in c["metadata"]]
        words = nodes.paragraph("", "", *ways_to_run(app, path.name, cells[0], *teach))
        yield nodes.container("", words, classes=["replies"])


def ways_to_run(app, name, cell, teach=None):
    """Where an exercise that asks for code can be done; `teach`: or trained, with this set."""
    place = f"{app.config.course_repository}/{{}}{prefix(app.config)[:-1] or 'main'}"
    colab = f"https://colab.research.google.com/github/{place.format('blob/')}/chapters/{name}"
    binder = f"https://mybinder.org/v2/gh/{place.format('')}?urlpath=lab/tree/chapters/{name}"
    yield nodes.Text(_("This exercise asks for code. Write it") + " ")
    yield nodes.reference("", _("in Colab"), refuri=f"{colab}#scrollTo={cell['id']}")
    yield nodes.Text(", ")
    yield nodes.reference("", _("in Binder"), refuri=binder)
    yield nodes.Text(" " + _("or in your own JupyterLab."))
    if teach:
        state = "&".join(f"teach-it.{one}" for one in teach.split())
        yield nodes.Text(" " + _("It can be tried without code as well:") + " ")
        yield nodes.reference("", _("on the page that trains"), refuri=f"teach-it.html?{state}")
        yield nodes.Text(_(", where all is set."))


def box(quote, key, question, cells):
    """Put a question and all up to the end of its answer into a box; False if there is none."""
    parent, first = quote.parent, quote.parent.index(quote)
    below = list(parent)[first + 1 :]
    starts = [at for at, node in enumerate(below) if is_raw(node, FOLD)]
    ends = [at for at, node in enumerate(below) if is_raw(node, END)]
    if not starts or not ends:
        return False
    answer = below[starts[0] + 1 : ends[0]]
    for fault in faults(question, quote, answer, cells):
        logger.warning("a question: %s", fault, location=quote)
        return True
    name = "question-" + key.rpartition("/")[2]
    result = nodes.container("", *below[: ends[0] + 1], classes=["result"])
    asked = nodes.container("", quote, result, classes=["asks"], ids=[name])
    asked["html"] = attributes(key, question, cells)
    asked["answer"] = starts[0]
    parent[first : first + ends[0] + 2] = [asked]
    return True


def is_raw(node, start):
    return isinstance(node, nodes.raw) and node.astext().lstrip().startswith(start)


def questions_in(doctree):
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


class NothingToAnswer(SphinxPostTransform):
    """A book has no place to type an answer."""

    default_priority = 190
    builders = ("singlehtml", "epub")

    def run(self):
        for node in list(self.document.findall(nodes.container)):
            if "replies" in node["classes"]:
                node.parent.remove(node)


def load_files(app, pagename, templatename, context, doctree):
    """Give the script and its words to each page with a question."""
    if app.builder.name != "html" or not doctree:
        return
    known = any("data-again" in node["html"] for node in questions_in(doctree))
    if questions_in(doctree):
        language = app.config.language
        words = WORDS["en"]["questions"] | WORDS.get(language, {}).get("questions", {})
        words = {key: word for key, word in words.items() if known or key not in OF_KNOW}
        context["question_words"] = json.dumps(words, ensure_ascii=False)
        app.add_css_file("questions/questions.css")
        for name in ("questions", "know")[: 1 + known]:
            app.add_js_file(f"questions/{name}.js", loading_method="defer")


def outdated(app, env, added, changed, removed):
    """Have the page with all questions made again, whichever chapter has changed."""
    return [name for name in env.found_docs if name.endswith("/what-you-know")]


def setup(app):
    app.add_post_transform(AllQuestions)
    app.add_post_transform(LinksToChapters)
    app.add_post_transform(NothingToAnswer)
    app.connect("env-get-outdated", outdated)
    app.connect("doctree-read", mark_questions)
    app.connect("html-page-context", load_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
