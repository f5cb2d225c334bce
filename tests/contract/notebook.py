"""What a notebook shows of a cohort, in this process: the objects, not their rendering."""

import json

import IPython.display
from matplotlib.text import Text

from rechallenge.show.display import Note, Shown
from tests.conftest import project


def shown_by(number, cohort, monkeypatch, **parameters) -> list[Shown]:
    """The tables, figures and notes that the notebook `number` shows of a cohort, in order."""
    found, names = [], {}
    monkeypatch.setattr(IPython.display, "display", found.append)
    (path,) = (project() / "notebooks").glob(f"{number}_*.ipynb")
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
            if "parameters" in cell["metadata"].get("tags", []):
                names |= {"cohort": cohort} | {k: v for k, v in parameters.items() if k in names}
    return [item for item in found if isinstance(item, Shown)]


def texts_of(item) -> list[str]:
    """Every text that a person sees of a table, figure or note."""
    said = [item.title, *item.notes, *(part for line in item.key for part in line), getattr(item, "alt", "")]
    said += [item.text] if isinstance(item, Note) else []
    said += [*getattr(item, "columns", []), *(cell for row in getattr(item, "rows", []) for cell in row)]
    said += [label for label, _ in getattr(item, "spans", [])]
    if getattr(item, "figure", None) is not None:
        said += [text.get_text() for text in item.figure.findobj(Text)]
    return [text for text in said if text]
