"""The Sphinx extension of this site: mathematics written as MathML while the book is built."""

from docutils.nodes import SkipNode
from math_core import LatexError, LatexToMathML
from sphinx.util import logging

logger = logging.getLogger(__name__)
to_mathml = LatexToMathML(fancy_error=False)


def write_math(self, node, displaystyle):
    """Append the formula of a Sphinx math `node` to the page; an unknown command is a warning."""
    latex = node.astext()
    try:
        return to_mathml.convert_with_local_state(latex, displaystyle=displaystyle)
    except LatexError as error:
        logger.warning("%s in the formula %s", error, latex, location=node)
        return self.encode(latex)


def visit_inline(self, node):
    self.body.append(write_math(self, node, displaystyle=False))
    raise SkipNode


def visit_display(self, node):
    self.body.append(f'<div class="math">{write_math(self, node, displaystyle=True)}</div>')
    raise SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_display, None))
    app.add_config_value("comments_config", {}, "env")  # Jupyter Book sets it without asking
    # Jupyter Book's options for its own theme are unknown to Furo, and a warning is an error here.
    app.connect("config-inited", lambda app, config: config.html_theme_options.clear())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
