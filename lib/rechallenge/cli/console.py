"""The terminal: what comes from data is text there and never a command of the terminal."""

from rich.console import Console
from rich.segment import Segment

from papercheck.files.visible import visible


class SafeConsole(Console):
    """A console that shows control characters of a text instead of obeying them. Styles of its own stay."""

    def render(self, renderable, options=None):
        """The segments of something, with their text made plain."""
        for segment in super().render(renderable, options):
            text = visible(segment.text)
            yield segment if segment.control or text == segment.text else Segment(text, segment.style)
