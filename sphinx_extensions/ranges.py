"""The numbers that a cell shows, and the ranges in which chance moves them, for who asks.

A cell's metadata may hold `ranges`: an entry for each of its numbers, in order, which is null if
the number never moved, or [lowest, highest, lowest, highest]: over machines, then over chance.
"""

import re

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


def texts(cell):
    """Yield what the outputs of a code cell show as text, in order; a figure shows none."""
    for output in cell["outputs"]:
        data = output.get("data", {})
        text = output.get("text") or data.get("text/plain")
        if text and "image/png" not in data:
            yield text
