"""Draw a digit on the built page and keep a picture of the reader: `make picture`.

It stands in `chapters/digit-reader.md` for whoever reads where no scripts run.
"""

from tools.browser import SITE, browser
from tools.environment import ROOT

PAGE = SITE / "chapters/digit-reader.html"
PICTURE = ROOT / "assets/digit-reader.png"
TWO = [(0.3, 0.32), (0.36, 0.18), (0.5, 0.12), (0.64, 0.17), (0.69, 0.31), (0.62, 0.46),
       (0.47, 0.62), (0.3, 0.8), (0.27, 0.84), (0.45, 0.81), (0.6, 0.83), (0.75, 0.81)]  # fmt: skip

if __name__ == "__main__":
    with browser() as opened:
        page = opened.new_page(viewport={"width": 1280, "height": 1500}, color_scheme="light")
        page.goto(PAGE.as_uri())
        paper = page.locator(".digits-paper canvas").bounding_box()
        for x, y in TWO:
            place = paper["x"] + x * paper["width"], paper["y"] + y * paper["height"]
            page.mouse.move(*place, steps=8)
            if (x, y) == TWO[0]:
                page.mouse.down()
        page.mouse.up()
        page.mouse.move(5, 5)
        page.get_by_text("I read a 2.").first.wait_for()
        top = page.locator("course-digit-reader").bounding_box()
        below = page.locator(".digits-samples").bounding_box()["y"] - 40
        page.screenshot(path=PICTURE, clip={**top, "height": below - top["y"]})
