"""The median progression-free survival of the single-arm studies of the literature, beside the cohort's own."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.literature.frames import named_series, whole_series

from ..replication.beside import same_patients
from ..results import results
from ..show.display import Figure
from ..show.forest import Axis, Row, forest
from ..show.style import house_style
from ..text.language import say
from ..text.words import INTERVAL_NAMES, listed, number, rounded
from .series import PSEUDO, SAME, studies_of

NOT_POOLED = (
    "Medians as printed, with the interval where one is printed. They are not pooled and not tested: a median has no "
    "common scale over follow-up and censoring."
)
MEDIAN = ("mpfs", "mpfs_low", "mpfs_high")


def medians_figure(evidence, beside) -> Figure:
    """Median PFS of each study with its printed interval, and the cohort's own: a range, never a pool."""
    rows = whole_series(evidence)
    rows = rows[rows["mpfs"].notna()]
    rows = pd.concat([rows, _parts(evidence, rows)]).sort_values("mpfs", kind="stable", ascending=False)
    if rows.empty:
        raise NotAvailable("needs a study with mpfs, its median PFS, in series.csv.")
    same = same_patients(evidence, beside)
    own = beside[beside["mpfs"].notna()]
    lines = [_median_row(r, say("This cohort: {name}", name=r["study"]), "cohort") for _, r in own.iterrows()]
    printed = evidence.printed["series"].set_index("line")
    lines += [
        _median_row(r, r["study"] + say(SAME) * (r["study"] in same), "study", printed.loc[r["line"]])
        for _, r in rows.iterrows()
    ]
    others = rows[~rows["study"].isin(same)] if len(own) else rows
    shown = _range_of(others) if len(others) else _range_of(rows)
    apart = "Range of {studies}, without this cohort's own: {low} to {high} months"
    lines.append(
        Row(say(apart if len(others) < len(rows) else "Range of {studies}: {low} to {high} months", **shown), "line")
    )
    with house_style():
        columns = (say("Study"), say("n"), say("Median PFS (95% CI)"), "")
        axis = Axis(say("Median PFS (months)"), log=False, limits=_months(lines))
        figure, _ = forest(lines, columns, axis)
    title = (
        say("Median PFS on rechallenge: the cohort and the single-arm studies")
        if len(own)
        else say("Median PFS on rechallenge in single-arm studies")
    )
    return Figure(
        id="literature.medians",
        title=title,
        figure=figure,
        name="synthesis_medians",
        whole=True,
        notes=_median_notes(beside, own),
        results=_median_results(rows, own),
        alt=say("Median PFS of {studies}, from {low} to {high} months.", **shown),
    )


def _range_of(rows) -> dict[str, str]:
    """How many studies there are, and their lowest and highest median."""
    return {
        "studies": studies_of(rows),
        "low": number(rows["mpfs"].min()),
        "high": rounded(rows["mpfs"].max(), 1),
    }


def _median_notes(beside, own) -> list[str]:
    notes = [say(NOT_POOLED)]
    if len(own):
        methods = listed(say(INTERVAL_NAMES[m]) for m in own["method"])
        notes.append(
            say("The cohort's interval: {methods}; the methods of the studies are seldom given.", methods=methods)
        )
        notes.append(say("Hollow: {pseudo}.", pseudo=say(PSEUDO)) if own["pseudo"].any() else "")
    elif len(beside):
        notes.append(say("This cohort has no row: it {lacking}", lacking=beside["no_time"].iloc[0]))
    return notes


def _median_results(rows, own):
    units, place = dict.fromkeys(MEDIAN, "months"), {"item": "synthesis median PFS", "endpoint": "PFSR"}
    studies, cohort = (frame.assign(level=frame["study"]) for frame in (rows, own))
    keep = [*MEDIAN, "level"]
    return results(studies[keep], "literature.median", units, by="series", method="as printed", **place) + results(
        cohort[[*keep, "method"]], "beside.median", units, by="this cohort", **place
    )


def _parts(evidence, whole):
    """The parts of a study whose whole stands in the table without a median."""
    rows = named_series(evidence)
    return rows[
        ~rows["study"].isin(whole_series(evidence)["study"]) & rows["mpfs"].notna() & ~_key(rows).isin(_key(whole))
    ]


def _key(rows):
    """What the parts of one study share: the name without the part, the year among it."""
    return rows["study"].str.split(",").str[0]


def _median_row(r, label, kind, printed=None) -> Row:
    """A row with the median as printed, or of the cohort with two decimals."""
    shown = {c: rounded(r[c]) for c in MEDIAN} if printed is None else printed
    text = f"{shown['mpfs']} ({shown['mpfs_low']}–{shown['mpfs_high']})"
    text = text if pd.notna(r["mpfs_low"]) else say("{value} (no interval)", value=shown["mpfs"])
    return Row(label, kind, f"{int(r['n'])}", r["mpfs"], r["mpfs_low"], r["mpfs_high"], text)


def _months(rows):
    known = [x for row in rows if row.kind != "line" for x in (row.estimate, row.high) if np.isfinite(x)]
    return 0, 1.05 * max(known)
