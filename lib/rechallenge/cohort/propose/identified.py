"""Which column of a sheet names the patients."""

from .words import phrases, position, same


def id_column(frame, labels) -> str:
    """The column that names the patients: called so, filled and with most different cells; '' if none is called so."""
    found = []
    for place, name in enumerate(frame.columns):
        score = max((id_score(text) for text in (str(name), labels.get(name, "")) if text), default=0)
        if score:
            cells = frame[name].dropna()
            found.append(
                (
                    len(cells) > 0,
                    len(set(cells)) > 1,
                    len(set(cells)) / max(1, len(frame)) > 0.5,
                    score,
                    len(set(cells)),
                    -place,
                    name,
                )
            )
    return max(found)[-1] if found else ""


RUNNING_SCORE = 1  # of a running number


RUNNING = (
    "序号",
    "number",
    "no",
    "nr",
    "姓名",
    "患者姓名",
    "病人姓名",
    "name",
    "patient name",
    "initials",
    "sample id",
    "sample",
    "specimen id",
)  # a running number or a name of something else, where another identifier is at hand


def id_score(text) -> int:
    """How surely a name is that of an identifier: 2 called so, 1 a running number, 0 neither."""
    for word in phrases("adsl")["USUBJID"][1]:
        if same(word, text):
            return RUNNING_SCORE if word in RUNNING else 2
    words = [w for w in phrases("adsl")["USUBJID"][1] if len(w) > 2 and position(w, text)]
    return 1 if words else 0
