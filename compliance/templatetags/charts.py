"""Charts drawn on the server: plain SVG, with the same numbers in a table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template

from compliance.services.overview import Week

register = template.Library()

# In the units of the view box.
WIDTH, TOP, BASE, LEFT, BAR = 630, 10, 130, 34, 13
STEPS = (1, 2, 5)  # times a power of ten: what people count by
LINES = 4


@register.inclusion_tag("admin/parts/weeks.html")
def weeks_chart(weeks: Sequence[Week]) -> dict[str, Any]:
    """Two bars a week; each fourth of a scale that ends on a round number has a line."""
    step = _step(max((max(week.received, week.completed) for week in weeks), default=0))
    top = step * LINES
    slot = (WIDTH - LEFT) / max(len(weeks), 1)
    bars = []
    for place, week in enumerate(weeks):
        middle = LEFT + slot * (place + 0.5)
        bars.append(
            {
                "week": week,
                # The last one's words must not run out of the picture where letters are large.
                "x": _at(middle if place < len(weeks) - 1 else WIDTH),
                "anchor": "middle" if place < len(weeks) - 1 else "end",
                "labelled": (len(weeks) - 1 - place) % 2 == 0,
                "received": _bar(middle - BAR - 1, week.received, top),
                "completed": _bar(middle + 1, week.completed, top),
            }
        )
    grid = [{"n": step * line, "y": _at(_height(step * line, top))} for line in range(LINES + 1)]
    return {"bars": bars, "grid": grid, "left": LEFT, "right": WIDTH, "last": weeks[-1]}


def _step(most: int) -> int:
    """The smallest round step with which four lines reach the highest bar."""
    power = 1
    while True:
        for step in STEPS:
            if step * power * LINES >= most:
                return step * power
        power *= 10


def _height(n: int, top: int) -> float:
    return BASE - (BASE - TOP) * n / top


def _bar(x: float, n: int, top: int) -> dict[str, str]:
    y = _height(n, top)
    return {"x": _at(x), "y": _at(y), "height": _at(BASE - y)}


def _at(value: float) -> str:
    """A coordinate as SVG reads it, in every language."""
    return f"{value:.1f}"
