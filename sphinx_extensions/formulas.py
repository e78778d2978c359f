"""Formulas as MathML, written while the site is built, and links from the text to their numbers."""

import re

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.util import logging

logger = logging.getLogger(__name__)

NUMBER = re.compile(r"\s*\\qquad \((\d+\.\d+)\)$")  # at the end of a formula that has one
MENTION = re.compile(r"(?i)(?<=\bformul[ae]\s)(\(\d+\.\d+\))")  # "formule (4.2)" in French


def write_math(self, node, latex, displaystyle):
    """Return a formula as MathML; an unknown command, with `node` as its place, is a warning."""
    converter = LatexToMathML(fancy_error=False, xml_namespace=self.builder.name == "epub")
    try:
        formula = converter.convert_with_local_state(latex, displaystyle=displaystyle)
        return formula.replace("&ApplyFunction;", "\u2061")  # an entity that XML does not know
    except LatexError as error:
        logger.warning("%s in the formula %s", error, latex, location=node)
        return self.encode(latex)


def visit_inline(self, node):
    """A formula within a sentence."""
    self.body.append(write_math(self, node, node.astext(), displaystyle=False))
    raise nodes.SkipNode


def visit_display(self, node):
    """A formula on lines of its own: its number is an anchor, and stands at the right."""
    latex, *numbers = NUMBER.split(node.astext().strip())
    formula = f'<div class="math">{write_math(self, node, latex, displaystyle=True)}</div>'
    if numbers:
        own = f"formula-{numbers[0]}"
        link = f'<a href="#{own}">({numbers[0]})</a>'
        formula = f'<div class="numbered" id="{own}">{formula}{link}</div>'
    self.body.append(formula)
    raise nodes.SkipNode


def remember_numbers(app, doctree):
    """Keep the numbers of this page's formulas, for the links to them."""
    found = [NUMBER.search(node.astext().strip()) for node in doctree.findall(nodes.math_block)]
    app.env.metadata[app.env.docname]["formulas"] = [f"({number[1]})" for number in found if number]


def link_formulas(app, doctree, docname):
    """Make a link of each mention of a formula that exists: "formula (4.2)", the second of 4."""
    pages = {n: page for page, known in app.env.metadata.items() for n in known.get("formulas", [])}
    for text in list(doctree.findall(nodes.Text)):
        if isinstance(text.parent, (nodes.paragraph, nodes.emphasis, nodes.strong)):
            parts = [nodes.Text(part) for part in MENTION.split(text)]
            for place, number in enumerate(parts):
                if number in pages:
                    page = app.builder.get_relative_uri(docname, pages[number])
                    address = f"{page}#formula-{number[1:-1]}"
                    parts[place] = nodes.reference("", "", number, internal=True, refuri=address)
            text.parent.replace(text, parts)


def setup(app):
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_display, None))
    app.connect("doctree-read", remember_numbers)
    app.connect("doctree-resolved", link_formulas)
