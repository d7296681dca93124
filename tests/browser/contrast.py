"""The contrast of an element's text with what is painted behind it, as WCAG 2.2 computes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Locator

COLOURS = """(element) => {
    let behind = element;
    const background = () => getComputedStyle(behind).backgroundColor;
    const isClear = () => background() === "rgba(0, 0, 0, 0)";
    while (isClear() && behind.parentElement) behind = behind.parentElement;
    return [getComputedStyle(element).color, background()];
}"""

Colour = tuple[float, float, float]


async def contrast_of(element: Locator) -> float:
    """Return the contrast of an element's text, 1 to 21."""
    text, background = map(_parsed, await element.evaluate(COLOURS))
    return _ratio(text, background)


async def background_of(element: Locator) -> Colour:
    """Return the colour behind an element's text: red, green and blue, 0 to 255."""
    _, background = await element.evaluate(COLOURS)
    return _parsed(background)


def _ratio(one: Colour, other: Colour) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _parsed(colour: str) -> Colour:
    """Read "rgb(31, 50, 54)". A colour that lets others shine through cannot be judged."""
    found = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour)
    assert found, colour
    red, green, blue = (float(part) for part in found.groups())
    return red, green, blue
