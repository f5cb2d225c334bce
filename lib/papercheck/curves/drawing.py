"""A drawing as a reader sees it: strokes, filled shapes and texts, y downwards, in points or pixels."""

from dataclasses import dataclass, field

import numpy as np

# Characters that plotting programs draw as marks, some of them of a font of symbols.
SIGNS = set("+|x×✕○●◦•lqnu▲△◆◇'")


@dataclass(frozen=True)
class Stroke:
    """A stroked line: points (k, 2); colour '#rrggbb'; width and dash in the units of the drawing; closed."""

    points: np.ndarray
    colour: str
    width: float
    dash: tuple = ()
    closed: bool = False

    @property
    def box(self) -> tuple:
        """x0, y0, x1, y1."""
        return (*self.points.min(axis=0), *self.points.max(axis=0))

    @property
    def style(self) -> tuple:
        """What tells lines apart that one hand drew alike."""
        return self.colour, round(self.width, 1), tuple(round(d, 1) for d in self.dash)


@dataclass(frozen=True)
class Shape:
    """A filled shape: its outlines, each (k, 2), and its colour."""

    outlines: tuple
    colour: str

    @property
    def box(self) -> tuple:
        """x0, y0, x1, y1."""
        points = np.vstack(self.outlines)
        return (*points.min(axis=0), *points.max(axis=0))


@dataclass(frozen=True)
class Text:
    """A string and its box; angle in degrees, 0 or 90 (read from below); chars: (char, box) where they are known."""

    text: str
    box: tuple
    angle: int = 0
    colour: str = "#000000"
    chars: tuple = ()

    @property
    def middle(self) -> tuple:
        """x, y of the middle of the box."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2

    @property
    def height(self) -> float:
        """Height of the letters, whatever their direction."""
        return (self.box[3] - self.box[1]) if self.angle == 0 else (self.box[2] - self.box[0])


@dataclass
class Drawing:
    """All of one page or picture; kind: pdf, svg or image; notes: what a person should know of how it was read."""

    width: float
    height: float
    kind: str
    strokes: list = field(default_factory=list)
    shapes: list = field(default_factory=list)
    texts: list = field(default_factory=list)
    notes: list = field(default_factory=list)


def flatten(start, controls, steps=8) -> np.ndarray:
    """Points of a Bezier curve after its start; controls: one (quadratic) or two (cubic) and the end."""
    t = np.linspace(0, 1, steps + 1)[1:, None]
    p = [np.asarray(q, float) for q in (start, *controls)]
    if len(p) == 3:
        return (1 - t) ** 2 * p[0] + 2 * (1 - t) * t * p[1] + t**2 * p[2]
    return (1 - t) ** 3 * p[0] + 3 * (1 - t) ** 2 * t * p[1] + 3 * (1 - t) * t**2 * p[2] + t**3 * p[3]
