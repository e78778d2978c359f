"""The numbers that a cell shows, and the ranges in which chance moves them, for who asks.

tools/compare.py says what the `ranges` in a cell's metadata are.
"""

import re

from docutils import nodes
from sphinx.locale import get_translation
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

_ = get_translation("course")
logger = logging.getLogger(__name__)

# What is passed over: colours of a terminal, durations, and names with their digits (float32).
TOKEN = re.compile(
    r"\x1b\[[\d;]*m|\b\d+(?:\.\d+)? (?:s|ms)\b|[^\W\d]\w*"
    r"|(?P<number>(?:(?<!\w)[-−+])?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:e[-+]?\d+)?)"
)


def numbers(text):
    """The matches of the numbers in the text of an output: 784, -0.5, 60,000, 3.8e+25 …"""
    return [found for found in TOKEN.finditer(text) if found["number"]]


def value(number):
    """What a number is worth, as written."""
    return float(number.replace(",", "").replace("−", "-"))


def like(number, worth):
    """Write what something is worth with as many digits as `number` has."""
    digits = len(re.search(r"(?:\.(\d+))?(?:e.*)?$", number)[1] or "")
    comma, kind = "," * ("," in number), "e" if "e" in number else "f"
    written = f"{worth:{comma}.{digits}{kind}}"
    return written.replace("-", "−", "−" in number)


def texts(cell):
    """Yield what the outputs of a code cell show as text, in order; a figure shows none."""
    for output in cell["outputs"]:
        data = output.get("data", {})
        text = output.get("text") or data.get("text/plain")
        if text and not data.keys() - {"text/plain"}:
            yield text


class AskedNumbers(SphinxPostTransform):
    """Make of each number that chance moves one that tells its range, on the site alone."""

    default_priority = 100  # after MyST-NB has chosen which outputs to show
    builders = ("html",)

    def run(self):
        for cell in self.document.findall(nodes.container):
            ranges = list(cell.get("cell_metadata", {}).get("ranges", []))
            blocks = [b for b in cell.findall(nodes.literal_block) if "output" in b["classes"]]
            if ranges and len(ranges) != sum(len(numbers(block.astext())) for block in blocks):
                logger.warning("not as many ranges as numbers: make ranges", location=cell)
            elif ranges:
                for block in blocks:
                    self.mark(block, ranges)

    def mark(self, block, ranges):
        """Take from `ranges` those of this block's numbers; colours of a terminal stay alone."""
        text, place, parts = block.astext(), 0, []
        for found in numbers(text):
            own = ranges.pop(0)
            if own and own[2:] and own[2] < own[3]:
                lowest, highest = (like(found[0], worth) for worth in own[2:])
                told = _("{lowest} to {highest} with other random draws and rounding")
                told = told.format(lowest=lowest, highest=highest)
                number = nodes.inline("", found[0], classes=["range"])
                number["html"] = {"role": "button", "tabindex": "0", "aria-description": told}
                parts += [nodes.Text(text[place : found.start()]), number]
                place = found.end()
        if parts and "\x1b" not in text:
            block.children.clear()
            block.rawsource = ""  # so that Sphinx writes the parts
            block += [*parts, nodes.Text(text[place:])]


def setup(app):
    app.add_post_transform(AskedNumbers)
