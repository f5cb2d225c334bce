"""The terminal: what comes from data is text there and never a command of the terminal."""

from rich.console import Console
from rich.segment import Segment
from rich.text import Text

from papercheck.files.visible import visible


def cell_of(value) -> Text:
    """A value as a cell of a table: with its control characters shown before the widths are measured, so that none of
    its other characters is cut off for them."""
    return Text(visible(str(value)))


class SafeConsole(Console):
    """A console that shows control characters of a text instead of obeying them. Styles of its own stay."""

    def render(self, renderable, options=None):
        """The segments of something, with their text made plain."""
        for segment in super().render(renderable, options):
            text = visible(segment.text)
            yield segment if segment.control or text == segment.text else Segment(text, segment.style)
