"""The terminal: what comes from data is text there and never a command of the terminal."""

from rich.console import Console
from rich.segment import Segment

# Control characters as the pictures that Unicode has for them (ESC as ␛); those of C1 and of the writing direction as �.
PICTURES = {i: 0x2400 + i for i in range(32) if i not in (9, 10)} | {127: 0x2421}
PICTURES |= dict.fromkeys([*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0xFFFD)


def plain_text(text) -> str:
    """Text in which nothing moves the cursor, changes a colour or turns the direction of writing."""
    return str(text).translate(PICTURES)


class SafeConsole(Console):
    """A console that shows control characters of a text instead of obeying them. Styles of its own stay."""

    def render(self, renderable, options=None):
        """The segments of something, with their text made plain."""
        for segment in super().render(renderable, options):
            text = segment.text.translate(PICTURES)
            yield segment if segment.control or text == segment.text else Segment(text, segment.style)
