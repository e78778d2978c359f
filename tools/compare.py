"""Whether what a cell gives now is what its notebook stores, judged by the ranges in its metadata.

`ranges` is a list with an entry for each number in what a cell shows as text, in order. It is null
for a number that never moved, and [lowest, highest, lowest, highest] for one that did: over
machines with the chapter's own seeds, then over five other seeds. A list may be empty if nothing
moved. `make ranges` measures and writes them; sphinx_extensions/ranges.py says what a number is.

Words have to be equal, and so have numbers, but for one that moved over machines. It has to lie
in that range, to which each side adds `WIDER` times its width: with five runs the next of the
same kind falls outside of their range one time in three, and outside of the wider one about one
time in two hundred if what moves it is normal.
"""

import re

from sphinx_extensions.ranges import numbers, texts, value

WIDER = 2
SMALL = 1e-6  # a difference that the rounding of 32 bits makes


def written(text):
    """The numbers of a text as they are written."""
    return [found[0] for found in numbers(text)]


def words(text):
    """A text with a mark for each number, and without the blanks that the length of one moves."""
    for found in reversed(numbers(text)):
        text = f"{text[: found.start()]}#{text[found.end() :]}"
    text = re.sub(r"\b\d+(\.\d+)? (s|ms)\b", "DURATION", text)
    return re.sub(r"[ ]*(#\.?|DURATION)[ ]*", r"\1", text).replace("#.", "#")


def unit(number):
    """One of the last digit of a number: 0.1 of 97.8."""
    mantissa, _, exponent = number.partition("e")
    return 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


def accepts(own, number):
    """Whether a fresh number lies in its range over machines, widened."""
    lowest, highest, *_ = own
    wider = WIDER * (highest - lowest) + unit(number) / 2
    return lowest < highest and lowest - wider <= value(number) <= highest + wider


def range_faults(outputs, ranges):
    """Yield what is wrong with the ranges of stored outputs by themselves."""
    found = [number for text in texts({"outputs": outputs}) for number in written(text)]
    if ranges and len(ranges) != len(found):
        yield f"{len(ranges)} ranges for {len(found)} numbers: type make ranges"
        return
    for number, own in zip(found, ranges, strict=False):
        if own is not None:
            (lowest, highest, low, high), worth = own, value(number)
            if not (lowest <= worth <= highest and low <= worth <= high):
                yield f"{number} is stored, outside of its own ranges {own}"
            if highest - lowest > max(high - low, abs(worth) / 10, SMALL):
                yield f"{number} moves over machines by much, and by more than over chance: {own}"


def text_faults(fresh, stored, ranges):
    """Yield the numbers of fresh outputs that are not those of the stored ones, nor in range.

    A text with nothing wrong becomes the stored one, so that the two can be compared as they are.
    Other words are left to that comparison.
    """
    ranges = list(ranges)
    told = [output for output in fresh if any(texts({"outputs": [output]}))]
    for output, text in zip(told, texts({"outputs": stored}), strict=False):
        place = output if "text" in output else output["data"]
        name = "text" if "text" in output else "text/plain"
        old, new = written(text), written(place[name])
        limits, ranges = ranges[: len(old)] or [None] * len(old), ranges[len(old) :]
        if words(text) == words(place[name]):
            wrong = [
                f"{now} instead of {then}" + (f", outside of {own[:2]}" if own else "")
                for then, now, own in zip(old, new, limits, strict=False)
                if now != then and not (own and accepts(own, now))
            ]
            yield from wrong
            if not wrong:
                place[name] = text
