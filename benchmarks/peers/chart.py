"""Bars as SVG, in panels: small, without a library, readable on light and on dark pages."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WIDTH = 860  # of the picture, in pixels as all that follow
_COLUMNS = 2
_GAP = 32
_LABEL = 132
_VALUE = 76
_ROW = 22
_BAR = 14
_HEAD = 34
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; }
.value { font-variant-numeric: tabular-nums; }
.bar { fill: #8c959f; }
.ours { fill: #0969da; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .bar { fill: #6e7681; }
  .ours { fill: #4493f8; }
}
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One server; `shown` is the value as it is written beside the bar."""

    label: str
    value: float
    shown: str
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """Bars of one scale, which begins at nothing."""

    title: str
    bars: Sequence[Bar]


def chart(description: str, panels: Sequence[Panel]) -> str:
    """Return the panels as a picture, two beside each other."""
    columns = min(_COLUMNS, len(panels))
    width = (_WIDTH - _GAP * (columns - 1)) / columns
    height = _HEAD + _ROW * max(len(panel.bars) for panel in panels)
    rows = -(-len(panels) // columns)
    total = rows * (height + _GAP) - _GAP + 8
    drawn = [
        _panel(
            panel,
            left=number % columns * (width + _GAP),
            top=number // columns * (height + _GAP),
            width=width,
        )
        for number, panel in enumerate(panels)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {total}" role="img">',
            f"<title>{escape(description)}</title>",
            f"<style>{_STYLE}</style>",
            *drawn,
            "</svg>\n",
        ]
    )


def _panel(panel: Panel, *, left: float, top: float, width: float) -> str:
    title = f'<text class="title" y="18">{escape(panel.title)}</text>'
    return "\n".join(
        [f'<g transform="translate({left:g} {top})">', title, *_bars(panel, width), "</g>"]
    )


def _bars(panel: Panel, width: float) -> Iterator[str]:
    longest = max((bar.value for bar in panel.bars), default=0.0) or 1.0
    room = width - _LABEL - _VALUE
    for number, bar in enumerate(panel.bars):
        y = _HEAD + number * _ROW
        length = max(1.0, bar.value / longest * room)
        kind = "bar ours" if bar.ours else "bar"
        place = f'x="{_LABEL}" y="{y}" width="{length:.1f}" height="{_BAR}"'
        yield f'<text x="{_LABEL - 8}" y="{y + 11}" text-anchor="end">{escape(bar.label)}</text>'
        yield f'<rect class="{kind}" {place} rx="2"/>'
        yield (
            f'<text class="value" x="{_LABEL + length + 6:.1f}" y="{y + 11}">'
            f"{escape(bar.shown)}</text>"
        )
