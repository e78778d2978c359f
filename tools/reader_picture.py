"""Draw a digit on the built page and keep a picture of the reader: `make picture`.

It stands in `chapters/digit-reader.md` for whoever reads where no scripts run.
"""

import sys
from pathlib import Path

from tools.browser import browser

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "_build/html/chapters/digit-reader.html"
PICTURE = ROOT / "assets/digit-reader.png"
TWO = [(0.3, 0.32), (0.36, 0.18), (0.5, 0.12), (0.64, 0.17), (0.69, 0.31), (0.62, 0.46),
       (0.47, 0.62), (0.3, 0.8), (0.27, 0.84), (0.45, 0.81), (0.6, 0.83), (0.75, 0.81)]  # fmt: skip


def main():
    """Open the page, draw a two, and keep what is seen of the answer and of its way."""
    if not PAGE.exists():
        sys.exit("There is no book yet: type make book first.")
    with browser() as opened:
        page = opened.new_page(viewport={"width": 1280, "height": 1500}, color_scheme="light")
        page.goto(PAGE.as_uri())
        box = page.locator(".digits-paper canvas").bounding_box()
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in TWO]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=8)
        page.mouse.up()
        page.mouse.move(5, 5)
        page.get_by_text("I read a 2.").first.wait_for()
        top = page.locator("course-digit-reader").bounding_box()
        below = page.locator(".digits-samples").bounding_box()["y"] - 40
        page.screenshot(path=PICTURE, clip={**top, "height": below - top["y"]})


if __name__ == "__main__":
    main()
