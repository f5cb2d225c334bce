"""Forest plots of Cox models, whole and brief."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.curve import observed

from ..show.display import Figure
from ..show.figures.forest import HEADS, Estimate, ForestRow, forest_table
from ..show.style import house_style
from ..text.language import say
from ..text.words import NOT_ESTIMABLE, listed, p_value, plural, ratio_with_interval, tested
from .regression import CoxModels, coefficient_label, full_label, holm_adjusted, not_proportional

FILLED = 0.05  # P below which the mark of an estimate is filled
LINES = 24  # lines of a forest from which a brief one is drawn too
NOT_TOLD = "Not drawn, as which pseudo-patients carry it is a free choice of the reconstruction: {factors}."


def forest_figure(models: CoxModels) -> Figure:
    """Forest plot on a log axis: the penalized estimate under the ordinary one of the same coefficient, or in its
    place.

    A coefficient that cannot be estimated is named below the figure, not drawn.
    """
    every = _forest_rows(models)
    good = every[every["reason"] == ""].sort_values("line", kind="stable")
    if good.empty:
        needs = "needs a model that can be estimated; the table above says why this one cannot."
        raise NotAvailable(say(needs))
    drawn = good.drop_duplicates("line")
    with house_style():
        figure = _draw_forest(models, every)
    alone = "Hazard ratios, one factor at a time, {endpoint}"
    together = "Hazard ratios adjusted for each other, {endpoint}"
    return Figure(
        id=f"prognosis.{models.model}_forest",
        of=models.name,
        figure=figure,
        alt=_forest_alt(models, good, drawn),
        title=say(together if models.joint else alone, endpoint=models.label),
        name=models.name.replace(f"_{models.model}", f"_forest_{models.model}"),
        notes=[
            _marks_note(good),
            _undrawn_note(models, every, good),
            not_proportional(models),
            models.free_note,
            _adjusted_note(models, good),
        ],
    )


def brief_forest(models: CoxModels) -> Figure | tuple:
    """The forest plot with one line a hazard ratio, for the brief; () where the whole one is short enough.

    n and events stand as those of the level, then of its reference. The penalized estimate is drawn in place of an
    ordinary one that does not exist. What is a free choice of a reconstruction is named and not drawn, if anything else
    is there.
    """
    every = _forest_rows(models)
    good = every[every["reason"] == ""].sort_values("line", kind="stable")
    count = every["line"].nunique() + 2 * int((every.drop_duplicates("variable")["level"] != "").sum())
    if good.empty or count <= LINES:
        return ()
    free = good["variable"].map(models.is_free).astype(bool)
    told = good if free.all() else good[~free]
    drawn = told.drop_duplicates("line")
    with house_style():
        rows = [_brief_line(models, r) for r in drawn.to_dict("records")]
        figure = forest_table(rows, _ratio_axis(models), _heads(), dense=True)[0]
    title = "Hazard ratios in brief, one factor at a time, {endpoint}"
    lines = "n and events: of the level, then of the level compared with. With every level: the appendix."
    return Figure(
        id=f"prognosis.{models.model}_brief",
        of=models.name,
        figure=figure,
        alt=_forest_alt(models, good, drawn),
        title=say(title, endpoint=models.label),
        name=models.name.replace(f"_{models.model}", f"_forest_{models.model}_brief"),
        notes=[
            _adjusted_note(models, drawn),
            say(lines),
            _marks_note(drawn),
            _undrawn_note(models, every, good) if free.all() or not free.any() else _not_told(models, good[free]),
            not_proportional(models),
            models.free_note if free.all() else "",
        ],
    )


def _not_told(models, free) -> str:
    """Which factors a brief forest leaves out, as who carries them is a free choice of the reconstruction."""
    named = [say(models.outcome.cohort.factor(name).label) for name in free["variable"].unique()]
    return say(NOT_TOLD, factors=listed(named))


def _brief_line(models, r) -> ForestRow:
    """One hazard ratio with what is compared, in one row."""
    counts, name = (str(r["n"]), str(r["events"])), r["variable"]
    if r["level"]:
        known = _counts(models, name)
        counts = tuple(f"{a} / {b}" for a, b in zip(known[r["level"]], known[r["reference"]], strict=True))
    free = models.is_free(name)
    both = (_estimate(r, free), None) if r["kind"] == "ordinary" else (None, _estimate(r, free))
    return ForestRow(full_label(models, r), "single", *counts, *both, NOT_ESTIMABLE, free)


def _forest_rows(models) -> pd.DataFrame:
    """Estimates of both kinds; `line` numbers the coefficients."""
    parts = {"ordinary": models.frame} | ({} if models.penalized.empty else {"penalized": models.penalized})
    every = pd.concat([part.assign(kind=kind) for kind, part in parts.items()])
    every["line"] = every.groupby(["variable", "level"], sort=False).ngroup()
    return every


def _draw_forest(models, every):
    """The forest as a table: a factor with levels has a head and its reference; both estimates stand in one row."""
    rows = [row for name, part in every.groupby("variable", sort=False) for row in _forest_lines(models, name, part)]
    return forest_table(rows, _ratio_axis(models), _heads())[0]


def _ratio_axis(models) -> str:
    label = say("Hazard ratio for {endpoint} (log scale)", endpoint=models.label)
    return f"{label}\n{say('above 1: shorter survival')}"


def _heads() -> dict[str, str]:
    return {name: say(text) for name, text in HEADS.items()}


def _forest_lines(models, name, part):
    """The rows of one factor."""
    cohort, first = models.outcome.cohort, part.iloc[0]
    mark, free = models.mark(name), models.is_free(name)
    levels = cohort.factor(name).levels
    known = _counts(models, name) if first["level"] else {}
    if first["level"]:
        yield ForestRow(say(cohort.factor(name).label) + mark, "head", free=free)
        yield ForestRow(say(levels[first["reference"]]), "reference", *known[first["reference"]], free=free)
    for level, rows in part.groupby("level", sort=False):
        kinds = {r["kind"]: r for r in rows.to_dict("records")}
        ordinary, penalized = kinds["ordinary"], kinds.get("penalized")
        counts = known[level] if level else (str(ordinary["n"]), str(ordinary["events"]))
        yield ForestRow(
            say(levels[level]) if level else coefficient_label(cohort, ordinary) + mark,
            "level" if level else "single",
            *counts,
            _estimate(ordinary, free),
            _estimate(penalized, free),
            NOT_ESTIMABLE,
            free,
        )


def _estimate(r, free):
    """The estimate of one row of a model, of a free choice without its interval and P; None where there is none."""
    if r is None or r["reason"]:
        return None
    text = ratio_with_interval(r["hr"], r["ci_low"], r["ci_high"], 2, free)
    low, high = (np.nan, np.nan) if free else (r["ci_low"], r["ci_high"])
    return Estimate(r["hr"], low, high, text, tested(r["p"], free), not free and r["p"] < FILLED)


def _counts(models, name) -> dict[str, tuple[str, str]]:
    """{level: patients and events} of a factor among those that the model is made of, as text; 0 where nobody is."""
    used = list(models.frame["variable"].unique()) if models.joint else [name]
    rows = models.outcome.rows.dropna(subset=used)
    seen = pd.Series(observed(rows["CNSR"])).groupby(rows[name].astype(str).to_numpy())
    found = {level: (str(n), str(int(events))) for level, n, events in seen.agg(["size", "sum"]).itertuples()}
    return dict.fromkeys(models.outcome.cohort.factor(name).levels, ("0", "0")) | found


def _forest_alt(models, good, drawn) -> str:
    said, known = [], ~good["variable"].map(models.is_free).astype(bool)
    for r in good[(good["p"] < 0.05) & known].to_dict("records"):
        estimate = f"{full_label(models, r)} {ratio_with_interval(r['hr'], r['ci_low'], r['ci_high'], 2)}"
        firth = r["kind"] == "penalized"
        said.append(say("{estimate} (with Firth's penalty)", estimate=estimate) if firth else estimate)
    text = "Forest plot of {ratios} for {endpoint}. Intervals that exclude 1: {each}."
    sure = "Forest plot of {ratios} for {endpoint}. Intervals that exclude 1, of those without †: {each}."
    return say(
        text if known.all() else sure,
        ratios=plural(len(drawn), "hazard ratio"),
        endpoint=models.label,
        each=say("; ").join(said) or say("none"),
    )


def _adjusted_note(models, drawn) -> str:
    """The P adjusted for their number of the factors whose mark is filled, of models of one factor each."""
    filled = dict.fromkeys(drawn.loc[drawn["p"] < FILLED, "variable"])
    adjusted = {} if models.joint else holm_adjusted(models)
    said = [
        say("{factor} {p}", factor=say(models.outcome.cohort.factor(name).label), p=p_value(adjusted[name]))
        for name in filled
        if name in adjusted
    ]
    template = "P is not adjusted for the number of factors; of the whole factor, by Holm: {each}."
    return say(template, each=listed(said)) if said else ""


def _marks_note(good) -> str:
    marks = say(
        "Squares: hazard ratios (filled: P below 0.05); lines: 95% Wald intervals; arrows: the interval goes on."
    )
    if not (good["kind"] == "penalized").any():
        return marks
    diamonds = say(
        "Diamonds: with Firth's penalty, 95% profile intervals, where the model is separated or has few events."
    )
    return f"{marks} {diamonds}"


def _undrawn_note(models, every, good) -> str:
    """Which factors have no line in the picture, and which levels of the others."""
    left = every[~every["line"].isin(good["line"])].drop_duplicates("line")
    if left.empty:
        return ""
    drawn, named = set(good["variable"]), {}
    for r in left.to_dict("records"):
        factor = models.outcome.cohort.factor(r["variable"])
        name = say(factor.label)
        if r["level"] and r["variable"] in drawn:
            name = say("{factor} ({level})", factor=name, level=factor.levels[r["level"]])
        named[name] = None
    return say("Not estimable, so not drawn: {factors}.", factors=listed(named))
