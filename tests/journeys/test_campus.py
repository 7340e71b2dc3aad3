"""A route drawn on the plan of a campus: points placed, the way between them with its corners."""

from __future__ import annotations

import re

from PIL import Image
from playwright.sync_api import expect


def test_points_are_placed_and_the_way_bends_where_it_is_clicked(server, sign_in, tmp_path):
    office = sign_in("chen")
    office.goto("/patrols/routes/")
    picture = tmp_path / "plan.png"
    Image.new("RGB", (800, 280), "#eef3f5").save(picture)
    office.set_input_files("[name=picture]", picture)
    office.locator("form:has([name=picture]) button").click()
    campus = office.locator("figure.campus")
    expect(campus.locator("img")).to_be_visible()
    route = office.locator("section:has([data-choose-point])").nth(0)
    for i, (x, y) in enumerate([(0.2, 0.2), (0.8, 0.8)]):
        route.locator("[data-choose-point]").nth(i).click()
        click(campus, x, y)
        expect(campus.locator(".pin").nth(i)).to_have_attribute("data-x", re.compile(near(x)))
    route.locator("li").nth(1).locator("[data-draw-way]").click()
    for x, y in [(0.8, 0.2), (0.5, 0.5), (0.9, 0.5)]:
        click(campus, x, y)
        if x == 0.5:
            office.click("button:has-text('撤销上一个拐点')")
    expect(campus.locator(".is-drawn polyline")).to_have_attribute(
        "points", corners([(0.2, 0.2), (0.8, 0.2), (0.9, 0.5), (0.8, 0.8)])
    )
    office.click("button:has-text('路线画好了')")
    # Kept: from the first point by two corners to the second.
    expect(campus.locator("polyline").first).to_have_attribute(
        "points", corners([(0.2, 0.2), (0.8, 0.2), (0.9, 0.5), (0.8, 0.8)])
    )


def click(campus, x, y):
    """On the picture; the page may still be scrolling to it, which the locator waits for."""
    box = campus.locator("img").bounding_box()
    campus.click(position={"x": x * box["width"], "y": y * box["height"]})


def corners(points):
    """What the corners are written as; a click lands on a whole pixel, so within two hundredths."""
    return re.compile("^" + " ".join(f"{near(x)},{near(y)}" for x, y in points) + "$")


def near(share):
    return r"0\.(?:" + "|".join(f"{round(share * 100) + n:02d}" for n in range(-2, 3)) + r")\d\d"
