"""Digits as a hand draws them: lines through points, varied by slant, size, place and tremor.

No image of MNIST went into these. Each line of WAYS is a way to write a digit: its strokes, apart
by "/", with their points "across,down" on a square from 0 to 10. Curves go through all points.
"""

import numpy as np

WAYS = """
0: 5,0 2,2 1.5,5.5 3,9 5.5,10 8,8 8.5,4.5 7,1 5,0
0: 6,0.5 3,1 1.5,5 2.5,9 5,10 7.5,9 8.5,5 7,1 5.5,0.2
1: 5,0 5,3 5,7 5,10
1: 3,2.5 5.2,0 5.2,0 5.2,5 5.2,10
1: 6,0 5.5,4 4.5,10
1: 2.5,3.5 5,0 5,0 5,5 5,10 / 3,10 5,10 7,10
2: 2,2.5 4,0.3 7,0.8 7.8,3 6,6 2,10 2,10 5,10 8.5,10
2: 2,2 5,0 7.5,2 6.5,5 3,9 2.2,9.4 4,8.8 6.5,9.8 8.5,9
3: 2,1 5,0 7.5,2 6,4.4 4,4.8 4,4.8 7,5.5 8,8 5,10 2,9
3: 2,0.5 7.5,0.5 7.5,0.5 4.5,4.2 4.5,4.2 7.5,5.5 7.8,8.2 5,10 2,9
4: 3,0 2.5,3 2,5.5 2,5.5 5,5.5 8.5,5.2 / 7,1 6.8,5 6.5,10
4: 6.5,0 4,3.5 1.5,6.5 1.5,6.5 5,6.5 9,6.3 / 6.8,3 6.8,6 6.6,10
5: 3,0.5 2.6,4.3 2.6,4.3 5.5,3.8 8,6 7,9 4.5,10 2,9 / 3,0.5 5,0.4 8,0.2
5: 8,0 3.2,0.3 3.2,0.3 2.8,4.2 2.8,4.2 6,4 8,6.5 6.5,9.5 4,10 2,9
6: 7,0.3 4.5,2 2.5,6 3,9 5.5,10 7.5,8 6.5,5.6 4.3,5.8 2.8,7.5
6: 5.5,0 3,4 2.5,8 4.5,10 7,9 7.2,6.5 5,5.6 3,7
7: 1.8,0.5 5,0.5 8.2,0.3 8.2,0.3 6,4.5 4.2,10
7: 2,1 5,0.4 8,0.6 7.5,2.5 5.5,6 4.5,10
7: 2,0.8 5,0.4 8,0.4 8,0.4 6,5 4.5,10 / 3.8,5 6,4.8 7.8,4.7
8: 7,1.5 5,0 2.8,1.6 4,4 6.5,5.8 7.4,8 5,10 2.6,8.2 4,5.8 6.4,4 7,1.5
8: 5,4.8 3,3 3.5,0.8 5.5,0 7.2,1.6 6.4,4 5,4.8 3,6.4 3,9 5,10 7.2,8.8 7,6.2 5,4.8
9: 7.5,2 5,0.2 2.8,2 3.2,4.4 5.5,5 7.4,3 7.6,1.5 7.4,5 6.8,10
9: 7.2,1.6 5,0 3,1.6 3.2,4 5.2,4.8 7.2,3 7.2,1.6 6.6,6 5,10
"""


def ways_of(digit):
    """The ways to write a digit: lists of strokes, each an array of points."""
    for line in WAYS.strip().splitlines():
        name, _, strokes = line.partition(": ")
        if name == str(digit):
            points = [[point.split(",") for point in s.split()] for s in strokes.split(" / ")]
            yield [np.array(stroke, dtype=float) for stroke in points]


def curve(points, count):
    """`count` places on a smooth line through all points (Catmull and Rom's)."""
    ends = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    places = np.linspace(0, len(points) - 1 - 1e-9, count)
    piece, t = places.astype(int), (places % 1)[:, None]
    a, b, c, d = (ends[piece + k] for k in range(4))
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
                  + (3 * b - a - 3 * c + d) * t**3)  # fmt: skip


def draw(digit, generator):
    """A digit in a hand of its own: its strokes (points from 0 to 1), and the width of the pen."""
    ways = list(ways_of(digit))
    strokes = ways[generator.integers(len(ways))]
    wide = generator.uniform(0.75, 1.35)
    slant = generator.uniform(-0.12, 0.28)  # to the right, as most people write
    turn = generator.uniform(-0.1, 0.1)
    size = generator.uniform(0.4, 0.85)
    tremor = generator.uniform(0, 0.12)
    place = 0.5 + generator.uniform(-1, 1, 2) * (0.92 - size) / 2
    speed = generator.uniform(2.5, 7)  # points for each point above
    turned = [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
    hand = np.array([[wide, 0], [-slant, 1]]) @ turned
    drawn = []
    for points in strokes:
        bent = points + generator.normal(0, 0.3, (len(points), 2))
        smooth = curve(bent, round(speed * len(points)))
        shaken = smooth + generator.normal(0, tremor, smooth.shape)
        drawn.append(((shaken - 5) / 10 @ hand * size + place).clip(0.02, 0.98))
    pen = 6 * round(generator.uniform(0.06, 0.12) * size * 420 / 6)
    return drawn, int(np.clip(pen, 12, 54))
