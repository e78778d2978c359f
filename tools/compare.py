"""Whether what a cell gives now is what its notebook stores, judged by the ranges in its metadata.

`ranges` is a list with an entry for each number in what a cell shows as text, in order. It is null
for a number that never moved, and [lowest, highest, lowest, highest] for one that did: over
machines with the chapter's own seeds, then over five other seeds as well, which is missing where
no run with other seeds went well. A list may be empty if nothing moved. `make ranges` measures and
writes them; sphinx_extensions/ranges.py says what a number is.

Words have to be equal, and so have numbers, but for one that moved. It has to lie in its range
over machines, to which each side adds `WIDER` times its width: with ten runs the next of the same
kind falls outside of their range one time in six, and outside of the wider one less than one time
in a thousand if what moves it is normal. It may always differ by one of its last digit: of the many
numbers that each run happened to round to the same digit, the next machine rounds one or two
otherwise.

Figures are compared at an eighth of their size, block by block, each being the mean of its pixels
(0 to 255). One that moved over machines has four numbers as `figure-moves` in the metadata of its
cell: the greatest difference met, and how many blocks differed by more than `SEEN`. They are
measured with each block free to lie up to `BLOCK` pixels higher or lower, as a curve does that
trained elsewhere, and allowed `WIDER` + 1 times over. The third number is the first one for the
edges, above and below, where a title and a label stand; the fourth for what is black, such as the
words of a legend, which do not move with coloured curves.
Of a figure of durations, tagged `durations`, the strip with the title has to be the same.
"""

import io
import re
from functools import lru_cache

import numpy as np
from PIL import Image, ImageOps

from sphinx_extensions.ranges import numbers, texts, value

WIDER = 2
BLOCK = 8  # pixels, each way
FAINT = 4  # of 255: what a block may differ by in every figure
SEEN = 20  # of 255: what one sees
BLACK = 100  # of 255: what is darker in all three colours
FEW = 4  # blocks that may differ so in every figure that moved
STRIP = 4  # blocks from an edge, which a title takes up, or a label


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
    wider = max(WIDER * (highest - lowest), unit(number)) + unit(number) / 2
    return lowest - wider <= value(number) <= highest + wider


def range_faults(outputs, ranges):
    """Yield what is wrong with the ranges of stored outputs by themselves."""
    found = [number for text in texts({"outputs": outputs}) for number in written(text)]
    if ranges and len(ranges) != len(found):
        yield f"{len(ranges)} ranges for {len(found)} numbers: type make ranges"
        return
    for number, own in zip(found, ranges, strict=False):
        if own is not None:
            (lowest, highest, *chance), worth = own, value(number)
            low, high = chance or (lowest, highest)
            if not low <= lowest <= worth <= highest <= high:
                yield f"{number} is not in its ranges {own}, or the first not in the second"


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


@lru_cache(maxsize=4)
def on_white(png):
    """The figure in these bytes on white paper, with a margin as wide as a block."""
    picture = Image.open(io.BytesIO(png)).convert("RGBA")
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture)
    return ImageOps.expand(paper, BLOCK, "white")


def inside(paper, lower=0):
    """What lies within the margin, or some pixels lower."""
    return paper.crop((BLOCK, BLOCK + lower, paper.width - BLOCK, paper.height - BLOCK + lower))


def means(picture):
    """A picture at an eighth of its size: the means of its blocks, by colour."""
    return np.asarray(picture.reduce(BLOCK), dtype=float)


def black(paper):
    """What is black in a figure, alone."""
    bright = np.asarray(paper).max(axis=2) >= BLACK
    return Image.fromarray(np.where(bright, 255, 0).astype("uint8")).convert("RGB")


def distances(one, other, freedom):
    """How far each block of one picture is from those of another, up to `freedom` pixels aside."""
    near = [means(inside(other, low)) for low in range(-freedom, freedom + 1)]
    return np.min([np.abs(means(inside(one)) - each).max(axis=2) for each in near], axis=0)


def difference(one, other, freedom=0):
    """The greatest difference of two figures' blocks; how many differ so that one sees it; that at
    the upper and the lower edge, where title and label stand; and that of what is black.

    Each block may lie `freedom` pixels aside.
    """
    pair = [on_white(png) for png in (one, other)]
    if pair[0].size != pair[1].size:
        return 255.0, pair[0].width * pair[0].height, 255.0, 255.0
    met = [distances(*order, freedom) for order in (pair, pair[::-1])]
    inks = [black(paper) for paper in pair]
    edges = [np.concatenate([far[:STRIP], far[-STRIP:]]).max() for far in met]
    dark = [distances(*order, freedom).max() for order in (inks, inks[::-1])]
    seen = max(int((far > SEEN).sum()) for far in met)
    return max(far.max() for far in met), seen, max(edges), max(dark)


def moves(one, other):
    """How far a figure moved, as its metadata keep it: None if by nothing that can be seen."""
    return difference(one, other, BLOCK) if difference(one, other)[0] > FAINT else None


def same_title(one, other, aside=80):
    """Whether two figures of durations show the same title; axes may move it some pixels aside."""
    one, other = inside(on_white(one)), inside(on_white(other))
    wide, tall = min(one.width, other.width) - aside, STRIP * BLOCK

    def strip(picture, start=0):
        return means(picture.crop((start, 0, start + wide, tall)))

    pairs = [(strip(one), strip(other, start)) for start in range(aside + 1)]
    pairs += [(strip(one, start), strip(other)) for start in range(aside + 1)]
    return min(np.abs(left - right).max() for left, right in pairs) < 4 * FAINT


def figure_faults(fresh, stored, metadata):
    """Yield what is wrong with fresh figures, measured against the stored ones of the same cell."""
    if len(fresh) != len(stored):
        yield f"{len(fresh)} figures instead of {len(stored)}"
    for now, then in zip(fresh, stored, strict=False):
        if "durations" in metadata.get("tags", []):
            if not same_title(now, then):
                yield "a figure of durations with another title"
            continue
        moved = metadata.get("figure-moves", [0, 0, 0, 0])
        found = difference(now, then, BLOCK if any(moved) else 0)
        more = (FAINT, FEW, FAINT, FAINT)
        limits = [(WIDER + 1) * far + some for far, some in zip(moved, more, strict=True)]
        if any(far > limit for far, limit in zip(found, limits, strict=True)):
            yield f"another figure: a block differs by {found[0]:.0f} of 255, {found[1]} visibly"
