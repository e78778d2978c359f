"""Pictures of digits as people have them: written by tests/hands.py, on paper, by a camera.

No image of MNIST went into these. `photograph` makes one of a kind; what is not said of the kind
(size, place, pen, hand, paper, the direction of the light, a little noise) is drawn at random.
"""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tests.hands import draw

INKS = {
    "black": (35, 35, 40),
    "blue": (40, 60, 150),
    "red": (190, 40, 50),
    "green": (20, 120, 70),
    "pencil": (120, 120, 125),
    "yellow": (250, 235, 40),
    "orange": (250, 150, 50),
}
LIGHTS = ["shadow", "hard shadow", "lamp"]
PAPERS = ["lined", "squared", "table", "grain", "specks"]
CAMERAS = ["noise", "blur", "turned", "jpeg", "16 bit"]
KINDS = ["plain", *list(INKS)[1:], "dark paper", "colours", "small", "tight", *LIGHTS, *PAPERS,
         *CAMERAS, "mixed"]  # fmt: skip


def covered(strokes, pen, width, height):
    """How much of each pixel the strokes cover, from 0 to 1."""
    sheet = Image.new("L", (2 * width, 2 * height))
    brush = ImageDraw.Draw(sheet)
    for points in strokes:
        places = [tuple(point) for point in 2 * points]
        brush.line(places, 255, round(2 * pen), "curve")
        for x, y in (places[0], places[-1]):
            brush.ellipse((x - pen, y - pen, x + pen, y + pen), 255)
    return np.asarray(sheet.reduce(2)) / 255


def written(digit, generator, height):
    """A digit of about that height: its strokes from (0, 0), its pen and its size in pixels."""
    strokes, pen = draw(digit, generator)
    points = np.concatenate(strokes)
    low, size = points.min(axis=0), np.ptp(points, axis=0)
    factor = height / max(size[1], 0.8 * size[0])
    strokes = [(points - low) * factor for points in strokes]
    return strokes, max(pen / 420 * factor, 1.5), size * factor


def place(digits, kinds, generator):
    """The digits, from left to right, on a sheet: how much of each pixel they cover."""
    height, share = int(generator.integers(240, 900)), generator.uniform(0.3, 0.75)
    if "small" in kinds:
        share = generator.uniform(0.12, 0.25)
    if "tight" in kinds:
        height, share = int(generator.integers(28, 400)), 1
    parts = [written(d, generator, share * height) for d in digits]
    pen, gap = max(pen for _, pen, _ in parts), share * height * generator.uniform(0.25, 0.6)
    wide = sum(size[0] for *_, size in parts) + gap * (len(parts) - 1)
    tall = max(size[1] for *_, size in parts)
    margin = 0.6 * pen if "tight" in kinds else 0.5 * pen + 3
    if "table" in kinds:
        margin += 0.16 * height
    sides = wide + 2 * margin + 2, tall + 2 * margin + 2
    if "tight" not in kinds:
        sides = max(sides[0], height * generator.uniform(0.75, 1.4)), max(sides[1], height)
    width, height = map(int, sides)
    left = generator.uniform(margin, width - wide - margin)
    top = generator.uniform(margin, height - tall - margin)
    mask = np.zeros((height, width))
    for strokes, pen, size in parts:
        moved = [points + [left, top] for points in strokes]
        mask = np.maximum(mask, covered(moved, pen, width, height))
        left += size[0] + gap
    return mask


def colours(kinds, generator):
    """The colours of paper and ink."""
    paper = generator.uniform(200, 250) + generator.uniform(-8, 8, 3)
    inks = [INKS[kind] for kind in INKS if kind in kinds] or [INKS["black"]]
    ink = np.array(inks[0]) + generator.uniform(-15, 15, 3)
    if "yellow" in kinds:
        paper = np.full(3, 248.0)
    if "dark paper" in kinds:
        paper, ink = generator.uniform(10, 70, 3), generator.uniform(190, 255, 3)
    while "colours" in kinds:
        paper, ink = generator.uniform(0, 255, (2, 3))
        if np.abs(paper - ink).max() > 90:
            break
    return paper, ink


def photograph(kind, digits, generator):
    """A picture of `digits`."""
    kinds = {kind}
    if kind == "mixed":
        lists = [LIGHTS, PAPERS, list(INKS)[1:5], CAMERAS[:4]]
        kinds = {generator.choice([*some, "plain"]) for some in lists}
    mask = place(digits, kinds, generator)
    height, width = mask.shape
    paper, ink = colours(kinds, generator)
    down, across = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle = generator.uniform(0, 2 * np.pi)
    along = across * np.cos(angle) + down * np.sin(angle)

    scene = np.broadcast_to(paper, (height, width, 3)).copy()
    if kinds & {"lined", "squared"}:
        step, slope = height * generator.uniform(0.05, 0.14), generator.uniform(-0.05, 0.05)
        y, x = np.mgrid[:height, :width]
        thick = max(1, height / 400 * generator.uniform(1, 2))
        lines = (y + slope * x) % step < thick
        if "squared" in kinds:
            lines |= (x - slope * y) % step < thick
        scene[lines] = [(150, 170, 215), (190, 150, 160), (165, 165, 165)][generator.integers(3)]
    scene += (ink - scene) * mask[..., None]
    if "specks" in kinds:
        for _ in range(generator.integers(5, 25)):
            y, x = (generator.uniform(0, 1, 2) * [height, width]).astype(int)
            size = int(generator.uniform(1, 1 + height / 120))
            scene[max(0, y - size) : y + size, max(0, x - size) : x + size] = ink
    if "table" in kinds:
        turn = generator.uniform(-0.08, 0.08)
        u, v = across + turn * down, down - turn * across
        edge = np.append(generator.uniform(0.8, 1.1, 3), 0.8)
        off = (u > edge[0]) | (u < -edge[1]) | (v > edge[2]) | (v < -edge[3])
        grain = 1 + 0.1 * np.sin(40 * v + 3 * np.sin(5 * u))
        table = generator.uniform(30, 170) * np.array([1, 0.85, 0.7])
        scene[off] = (table * grain[..., None])[off]

    light = 1 - 0.1 * generator.uniform() * along
    if "shadow" in kinds:
        edge = along - generator.uniform(-0.6, 0.6)
        light *= 1 - generator.uniform(0.15, 0.4) / (1 + np.exp(-edge * generator.uniform(10, 60)))
    if "hard shadow" in kinds:
        light *= 1 - generator.uniform(0.15, 0.4) * (along > generator.uniform(-0.6, 0.6))
    if "lamp" in kinds:
        x, y = generator.uniform(-0.7, 0.7, 2)
        far = (across - x) ** 2 + (down - y) ** 2
        light *= 1 / (1 + generator.uniform(0.15, 0.5) * far)
    scene = scene * light[..., None]
    if "grain" in kinds:
        coarse = generator.normal(0, 6, (height // 12 + 2, width // 12 + 2)).astype("float32")
        coarse = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
        scene += np.asarray(coarse)[..., None]
    noise = generator.uniform(6, 16) if "noise" in kinds else generator.uniform(0, 4)
    scene += generator.normal(0, noise, scene.shape)
    return taken(Image.fromarray(scene.clip(0, 255).astype("uint8")), kinds, paper, generator)


def taken(picture, kinds, paper, generator):
    """What a camera makes of it."""
    if "blur" in kinds:
        blur = generator.uniform(0.004, 0.012) * picture.height
        picture = picture.filter(ImageFilter.GaussianBlur(blur))
    if "turned" in kinds:
        around = tuple(map(int, paper))
        angle = generator.uniform(-12, 12)
        picture = picture.rotate(angle, Image.Resampling.BICUBIC, fillcolor=around)
    if "jpeg" in kinds or generator.random() < 0.4:
        quality = generator.integers(15, 40) if "jpeg" in kinds else generator.integers(60, 95)
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=int(quality))
        picture = Image.open(file)
        picture.load()
    if "16 bit" in kinds:
        grey = np.asarray(picture.convert("L"), dtype="uint16")
        picture = Image.fromarray(200 * grey + 57)
    return picture
