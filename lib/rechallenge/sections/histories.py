"""Pictures of the patients over time: lesions at each visit,
response from course to course, states, characteristics.
"""

from collections.abc import Sequence

import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.vocabulary.dictionary import phase_labels
from smallsurv.curve import observed

from ..cohort.cohort import Cohort
from ..derive.exposure import PHASES
from ..derive.histories import derive_lesion_changes, derive_states
from ..derive.outcome import Outcome
from ..derive.response import RESPONSES
from ..show.display import Figure
from ..show.figures.bars import plot_occupancy, plot_strip, strip_rows
from ..show.figures.ribbons import plot_ribbons
from ..show.figures.waterfall import plot_spider
from ..show.labels import free_mark
from ..show.standing import standing_note
from ..show.style import RESPONSE_COLOURS, house_style, new_figure
from ..text.language import say
from ..text.words import FREE_NOTE, listed, percent, plural, share_of
from .curves import time_ticks
from .endpoint import endpoint_label
from .response_figures import response_legend, response_legend_text

DRAWN = 60  # patients beyond which none of these figures draws single ones
MOST = 9  # characteristics of a strip
AXIS = {"months": "Months from the first dose of the course", "days": "Days from the first dose of the course"}
SINCE = {"months": "Months from the start of rechallenge", "days": "Days from the start of rechallenge"}
STATES = {"on treatment": "On treatment", "off treatment": "Off treatment", "progressed": "Progressed", "dead": "Dead"}


def spider_figure(
    cohort: Cohort, best: pd.DataFrame | None = None, baseline_days: int = 0, unit: str = "cohort"
) -> Figure | tuple:
    """Sum of target lesions at each visit against the baseline, a line a patient, a panel a course.

    () where lesions are not measured with dates, or beyond DRAWN patients. best : derive_best_response.
    """
    try:
        visits = derive_lesion_changes(cohort, baseline_days, unit)
    except NotAvailable:
        return ()
    phases = [p for p in PHASES if (visits["APHASE"] == p).any()]
    if not phases or visits["USUBJID"].nunique() > DRAWN:
        return ()
    shown, drawn = visits["UNIT"].iloc[0], _responses_of(visits, best)
    with house_style():
        figure, panels = new_figure(3.4, ncols=len(phases), sharey=True, squeeze=False)
        for axes, phase in zip(panels[0], phases, strict=True):
            plot_spider(axes, visits[visits["APHASE"] == phase], _codes(best, phase))
            axes.set_title(say(phase_labels()[phase]), fontsize=9, y=1)
            axes.set_xlabel(say(AXIS[shown]))
        panels[0][0].set_ylabel(say("Change of target lesions (%)"))
        response_legend(figure, drawn)
    counts = {p: visits.loc[visits["APHASE"] == p, "USUBJID"].nunique() for p in phases}
    each = listed(say("{course} {n}", course=say(phase_labels()[p]), n=n) for p, n in counts.items())
    rule = (
        "From the last sum on or before the first dose; visits up to the first progression. Lines at +20% and -30%"
        " (RECIST 1.1)."
    )
    return Figure(
        id="response.spider",
        figure=figure,
        name="spider",
        title=say("Target lesions at each visit"),
        alt=say("Spider plot; patients drawn: {each}.", each=each),
        notes=[say(rule), response_legend_text(drawn), standing_note(cohort, "adtr")],
    )


def _responses_of(visits, best) -> pd.Series | None:
    """The best responses of the courses that have a line."""
    if best is None:
        return None
    keys = ["USUBJID", "APHASE"]
    lines = visits[keys].astype(object).drop_duplicates()
    return best[[*keys, "AVALC"]].astype(object).merge(lines, on=keys)["AVALC"]


def _codes(best, phase) -> dict[str, str]:
    """{patient: best response on the course}."""
    if best is None:
        return {}
    rows = best[best["APHASE"].astype(str) == phase]
    return dict(zip(rows["USUBJID"], rows["AVALC"].astype(str), strict=True))


def response_flow_figure(cohort: Cohort, best: pd.DataFrame) -> Figure | tuple:
    """Best response on the first course and on rechallenge of the same patients; () where both are known of nobody."""
    rows = best[best["APHASE"].isin(PHASES)].astype({"APHASE": str, "AVALC": str})
    table = rows.pivot(index="USUBJID", columns="APHASE", values="AVALC").reindex(columns=list(PHASES)).dropna()
    if table.empty:
        return ()
    colours = {code: RESPONSE_COLOURS[code] for code in RESPONSES if (table == code).any(axis=None)}
    with house_style():
        figure, axes = new_figure(1.9)
        plot_ribbons(axes, table, [say(phase_labels()[p]) for p in PHASES], colours, dark=("CR", "PR", "PD"))
        axes.set_xlabel(say("Patients"))
        response_legend(figure, pd.concat([table[p] for p in PHASES]))
    pairs = table.groupby(list(PHASES)).size()
    each = listed(say("{a} to {b} {n}", a=a, b=b, n=int(n)) for (a, b), n in pairs.items())
    note = "Ribbons: the same patients from the first course to rechallenge, in the colour of the first response."
    return Figure(
        id="response.flow",
        figure=figure,
        name="response_flow",
        title=say("Best response from the first course to rechallenge"),
        alt=say("{patients}: {each}.", patients=plural(len(table), "patient"), each=each),
        notes=[
            " ".join([say(note), response_legend_text(pd.concat([table[p] for p in PHASES]))]),
            standing_note(cohort, "adrs"),
        ],
    )


def occupancy_figure(cohort: Cohort, unit: str = "cohort") -> Figure | tuple:
    """Share of patients on treatment, off treatment, progressed and dead after rechallenge began; () without
    last doses, progressions and deaths with dates."""
    try:
        times, shares, shown, (n, living) = derive_states(cohort, unit)
    except NotAvailable:
        return ()
    ticks = time_ticks(times[-1], shown)
    with house_style():
        figure, axes = new_figure(2.8)
        plot_occupancy(axes, times, shares, {k: say(v) for k, v in STATES.items()}, ticks[ticks <= times[-1]])
        axes.set(xlabel=say(SINCE[shown]), ylabel=say("Patients (%)"))
    last = listed(say("{state} {share}%", state=say(STATES[k]), share=percent(v[-1])) for k, v in shares.items())
    note = (
        "Differences of Kaplan-Meier curves of the same patients (Glasziou 1990): end of treatment or progression, "
        "progression or death, death; up to the shortest of their last follow-ups."
    )
    return Figure(
        id="survival.states",
        figure=figure,
        name="states",
        title=say("States of the patients over time"),
        alt=say("States of {patients}; at the end: {shares}.", patients=plural(n, "patient"), shares=last),
        notes=[say(note), say("At the end: {shares}.", shares=last), _living(living, n)],
    )


def _living(living, n) -> str:
    """That shares at the end are estimates beyond the last contact of some patients."""
    told = "These are Kaplan-Meier estimates and no counts: {living} of {patients} were alive at their last contact."
    return say(told, living=living, patients=plural(n, "patient")) if living else ""


def strip_figure(outcome: Outcome, factors: Sequence[str]) -> Figure | tuple:
    """Characteristics of each patient as a strip under the time to event that sorts it; () beyond DRAWN patients."""
    cohort, rows = outcome.cohort, outcome.rows
    names = sorted(factors, key=lambda f: f not in cohort.meta.subgroups)  # the declared ones first
    names = [f for f in names if cohort.factor(f).levels and rows[f].notna().any()][:MOST]
    if not names or len(rows) > DRAWN or len(outcome.endpoints) != 1:
        return ()
    labels = {f: say(cohort.factor(f).label) + free_mark(cohort, f) for f in names}
    table = pd.DataFrame({labels[f]: _level_names(cohort, rows, f) for f in names}).set_axis(rows["USUBJID"])
    bars = pd.DataFrame({"USUBJID": rows["USUBJID"], "value": rows["AVAL"], "censored": ~observed(rows["CNSR"])})
    with house_style():
        tall = 0.3 * sum(row.height for row in strip_rows(table, say("missing")))
        figure, panels = new_figure(1.7 + tall, nrows=2, height_ratios=[1.4, tall])
        plot_strip(panels, bars, table, {"missing": say("missing")})
        unit = say("{endpoint} ({unit})", endpoint=endpoint_label(outcome, short=True), unit=outcome.unit)
        panels[0].set_ylabel(unit)
    title = "Characteristics of each patient, sorted by {endpoint}"
    free = any(map(cohort.meta.is_free, names))
    return Figure(
        id="subgroups.strip",
        figure=figure,
        name=f"strip_{outcome.endpoints[0].lower()}",
        title=say(title, endpoint=endpoint_label(outcome, short=True)),
        alt=say(
            "{patients}, {factors}; censored: {share}.",
            patients=plural(len(rows), "patient"),
            factors=listed(labels.values()),
            share=share_of(int(bars["censored"].sum()), len(rows)),
        ),
        notes=[say("One column a patient. Triangle: censored. Dot: not known."), say(FREE_NOTE) if free else ""],
    )


def _level_names(cohort, rows, name):
    """The levels of a factor as they are said, in their order."""
    levels = {level: str(say(label)) for level, label in cohort.factor(name).levels.items()}
    named = rows[name].astype(object).map(lambda v: levels.get(str(v)) if pd.notna(v) else None)
    return pd.Categorical(named, list(dict.fromkeys(levels.values())), ordered=True)
