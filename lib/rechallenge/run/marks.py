"""Small drawings of the batch page as inline SVG, from numbers:
interval marks on a shared axis, survival at given months.
"""

import math
from dataclasses import dataclass

from markupsafe import Markup

from ..text.language import say

WIDTH, HEIGHT, SIDE = 300, 18, 14
RATIOS = (0.05, 20)  # ends of the axis of hazard ratios; what goes beyond ends in an arrow
STEPS = (0.1, 0.2, 0.5, 1, 2, 3, 5, 6, 10, 12, 20, 24, 50, 100, 200, 365, 500, 1000, 2000, 5000)


@dataclass(frozen=True)
class Axis:
    """A shared axis: its ends, its ticks as (value, label), the line of no effect, and whether it is logarithmic."""

    low: float
    high: float
    ticks: tuple
    line: float | None = None
    log: bool = False

    def place(self, value) -> float:
        """The position of a value, within the axis."""
        value = min(max(value, self.low), self.high)
        scale = math.log if self.log else float
        share = (scale(value) - scale(self.low)) / (scale(self.high) - scale(self.low))
        return round(SIDE + share * (WIDTH - 2 * SIDE), 1)

    def svg(self) -> Markup:
        """The axis with its ticks; for the head of the column."""
        body = "".join(
            f'<line x1="{self.place(v)}" x2="{self.place(v)}" y1="13" y2="18"/>'
            f'<text x="{self.place(v)}" y="10" text-anchor="middle">{label}</text>'
            for v, label in self.ticks
        )
        return Markup(
            f'<svg class="mark axis" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
            f' aria-hidden="true"><line x1="{SIDE}" x2="{WIDTH - SIDE}" y1="17.5" y2="17.5"/>{body}</svg>'
        )


def axis(kind, entries) -> Axis:
    """The axis that holds the entries (value, low, high; None or infinite where unknown): time, share or ratio."""
    if kind == "share":
        return Axis(0, 1, tuple((v / 100, f"{v}") for v in (0, 25, 50, 75, 100)))
    if kind == "ratio":
        ticks = tuple((v, f"{v:g}") for v in (0.05, 0.2, 0.5, 1, 2, 5, 20))
        return Axis(*RATIOS, ticks, line=1.0, log=True)
    finite = lambda key: [e[key] for e in entries if e[key] is not None and math.isfinite(e[key])]  # noqa: E731
    # One very wide interval must not press the others together: it ends in an arrow.
    top = max([2.5 * max(finite("value"), default=0), 1.0])
    top = max(min(max(finite("high"), default=top), top), max(finite("value"), default=0), 1.0)
    step = next((s for s in STEPS if top / s <= 6), STEPS[-1])
    ends = math.ceil(top / step) * step
    return Axis(0, ends, tuple((i * step, f"{i * step:g}") for i in range(round(ends / step) + 1)))


def mark(scale: Axis, entry, hollow=False) -> Markup:
    """An interval with its point; an arrow where a limit lies beyond the axis; hollow for pseudo-patients."""
    body, y = "", HEIGHT / 2
    if scale.line is not None:
        x = scale.place(scale.line)
        body += f'<line class="none" x1="{x}" x2="{x}" y1="0" y2="{HEIGHT}"/>'
    low, high, value = entry["low"], entry["high"], entry["value"]
    if low is not None and high is not None and low <= scale.high:
        left, right = scale.place(low), scale.place(high)
        body += f'<line x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>'
        for beyond, x, way in ((low < scale.low, left, 1), (high > scale.high, right, -1)):
            if beyond:
                body += f'<path d="M{x} {y}l{5 * way} -3.5v7z"/>'
            else:
                body += f'<line x1="{x}" x2="{x}" y1="{y - 3}" y2="{y + 3}"/>'
    if value is not None and scale.low <= value <= scale.high:
        kind = ' class="hollow"' if hollow else ""
        body += f'<rect{kind} x="{scale.place(value) - 3.5}" y="{y - 3.5}" width="7" height="7"/>'
    return Markup(
        f'<svg class="mark" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' aria-hidden="true">{body}</svg>'
    )


def curve(points, code) -> Markup:
    """Survival at given months, as (months, survival, low, high), each with its interval; from 100% at the start."""
    wide, high = 110, 36
    last = points[-1][0]
    x = lambda months: round(4 + months / last * (wide - 10), 1)  # noqa: E731
    y = lambda share: round(3 + (1 - share) * (high - 6), 1)  # noqa: E731
    line = " ".join(f"{x(m)},{y(s)}" for m, s, _, _ in [(0, 1.0, 1.0, 1.0), *points])
    body = f'<path class="frame" d="M4 3V{high - 3}H{wide - 4}"/><polyline points="{line}"/>'
    for months, share, low, top in points:
        body += f'<line x1="{x(months)}" x2="{x(months)}" y1="{y(low)}" y2="{y(top)}"/>'
        body += f'<circle cx="{x(months)}" cy="{y(share)}" r="2"/>'
    each = (say("{share} at {months} months", share=f"{share:.0%}", months=f"{m:g}") for m, share, _, _ in points)
    said = say(", ").join(each)
    return Markup(
        f'<svg class="curve" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" role="img" '
        f'aria-label="{code}: {said}"><title>{code}: {said}</title>{body}</svg>'
    )
