"""The kinds of places where a paper prints a number, by the first word of the name that a registry gives a place."""

KINDS = ("abstract", "report", "text", "table", "figure")


def place_kind(place: str) -> str:
    """Which of KINDS a place is: 'table' of 'Table 3', 'abstract' of 'Abstract (Methods)'; '' of any other."""
    first = str(place).partition(" ")[0].rstrip(",").lower()
    return first if first in KINDS else ""
