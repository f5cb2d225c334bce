"""Change of the target lesions and the courses of each patient: waterfall and swimmer plots."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from papercheck.vocabulary.dictionary import phase_labels

from ..cohort.cohort import Cohort
from ..derive.exposure import PHASES
from ..derive.histories import derive_marks
from ..derive.outcome import Outcome
from ..derive.response import NO_BASELINE, NOT_AGAIN, ONLY_LATER, RESPONSES, ZERO_BASELINE
from ..results import Result, marked_free, results
from ..show.display import Figure
from ..show.figures.swimmer import plot_swimmer, swimmer_legend
from ..show.figures.waterfall import plot_waterfall, sorted_by
from ..show.many import QUANTILES, SINGLE, decile_numbers, plot_sorted_changes, plot_sorted_courses
from ..show.standing import drawn_at_random, standing_note
from ..show.style import INK, RESPONSE_COLOURS, RESPONSE_HATCHES, house_style, new_figure
from ..text.language import say
from ..text.words import continued, listed, plural
from .paired import PAIRING
from .response import LABELS, course_words, phases_of

NO_RESPONSE = "#8FA3B5"  # bars of a cohort that records no response
MANY = 60  # bars beyond which single subjects are no longer named
MANY_CHANGES = (
    "More than {most} patients on a course: in place of a bar for each, the sorted changes at {quantiles} quantiles of "
    "the patients."
)
MANY_COURSES = (
    "{n} patients: more than {most} lanes are not drawn. In their place the lengths of each course at {quantiles} "
    "quantiles of the patients, each course sorted by itself: one height is not one patient."
)
LENGTHS = (
    "Lengths to progression, death or censoring ({unit}); censored ones count as they stand, see the Kaplan-Meier "
    "curves for survival."
)
GAP = "The time between the courses is not recorded: the first course is drawn ending at zero."
SINCE = {  # (unit, whether both courses are drawn)
    ("months", True): "Months before and after the start of rechallenge",
    ("months", False): "Months from the start of rechallenge",
    ("days", True): "Days before and after the start of rechallenge",
    ("days", False): "Days from the start of rechallenge",
}
MARK_WORDS = {
    "response": "First response",
    "progression": "Progression",
    "adverse event": "Adverse event (onset)",
    "death": "Death",
}
NAMED = 20  # patients whom a note names
NOT_DRAWN = "Not drawn although measured: {patients}."
NOT_DRAWN_WHY = {
    NO_BASELINE: "{subject} on {course} (no sum on or before the first dose; the first {days} later)",
    ZERO_BASELINE: "{subject} on {course} (the sum at baseline is 0 mm)",
    NOT_AGAIN: "{subject} on {course} (not measured again after the baseline)",
    ONLY_LATER: "{subject} on {course} (measured again only after progression)",
}
DIFFER = "The recorded best change is not that of the sums of diameters; as declared, {rule}: {patients}."
DIFFERS = "{subject} on {course} (recorded {recorded}%, by the sums {sums}%)"
CHANGE_RULES = {"sums": "the sums stand", "recorded": "the recorded change stands"}
LONGER = "rechallenge lasted longer than the first course in {longer} of {n}"


def waterfall_figure(
    cohort: Cohort, changes: pd.DataFrame, best: pd.DataFrame | None = None, notes: Sequence[str] = ()
) -> Figure:
    """Best percent change of target lesions, one bar a patient, one panel a course; colour by best response.

    Beyond SINGLE patients of a course: the outline of the bars, by quantiles. changes : derive_best_change.
    notes : what is said of changes that are not drawn (change_notes).
    """
    phases = phases_of(changes)
    if changes.groupby("APHASE", observed=True).size().max() > SINGLE:
        return _changes_figure(cohort, changes, phases, notes)
    frame = changes.astype({"APHASE": str})
    if best is not None:
        known = best[["USUBJID", "APHASE", "AVALC"]].astype({"APHASE": str})
        frame = frame.merge(known, how="left", on=["USUBJID", "APHASE"])
    with house_style():
        figure = _bars(phases, frame)
        response_legend(figure, frame.get("AVALC"))
    bars = say("{bars}: single patients are not named.", bars=plural(len(frame), "bar")) if len(frame) > MANY else ""
    place = {"item": "best change", "variable": "PCHG", "method": "sum of target lesions"}
    numbers = frame.assign(by=frame["APHASE"], group=frame["USUBJID"])
    return Figure(
        id="response.waterfall",
        figure=figure,
        name="waterfall",
        title=_change_title(cohort),
        alt=say("Waterfall plot; {shrank}.", shrank=_shrank(frame, phases)),
        notes=[
            " ".join(
                filter(None, [say("Lines at +20% and -30% (RECIST 1.1)."), response_legend_text(frame.get("AVALC"))])
            ),
            bars,
            *notes,
            standing_note(cohort, "adtr"),
        ],
        results=results(numbers, "response.change", {"PCHG": "%"}, **place) if len(frame) <= MANY else [],
    )


def _change_title(cohort) -> str:
    if drawn_at_random(cohort, "adtr"):
        return say("Best change of target lesions from baseline, drawn at random")
    return say("Best change of target lesions from baseline")


def change_notes(left_out: pd.DataFrame, differ: pd.DataFrame | None = None, change_from: str = "sums") -> list[str]:
    """Who is measured and yet not drawn, and why; whose recorded change contradicts the sums, and which one stands.

    left_out : changes_left_out; differ : changes_that_differ; change_from : as of derive_best_change.
    """
    said = [
        say(
            NOT_DRAWN_WHY[r.REASON],
            subject=r.USUBJID,
            course=course_words(r.APHASE),
            days=plural(int(_known(r.DAYS)), "day"),
        )
        for r in left_out.itertuples()
    ]
    notes = [say(NOT_DRAWN, patients=_named(said))] if said else []
    if differ is None or differ.empty:
        return notes
    said = [
        say(
            DIFFERS,
            subject=r.USUBJID,
            course=course_words(r.APHASE),
            recorded=f"{r.RECORDED:.1f}",
            sums=f"{r.SUMS:.1f}",
        )
        for r in differ.itertuples()
    ]
    return [*notes, say(DIFFER, rule=say(CHANGE_RULES[change_from]), patients=_named(said))]


def _known(number) -> float:
    return 0.0 if pd.isna(number) else float(number)


def _named(said) -> str:
    """The first of the patients, and how many more there are."""
    more = [say("{n} more", n=len(said) - NAMED)] if len(said) > NAMED else []
    return say("; ").join([*said[:NAMED], *more])


def _bars(phases, frame):
    """A panel of bars a course; a patient stands at one place in both, by the change on the last course."""
    parts = {p: frame[frame["APHASE"] == p].set_index("USUBJID") for p in phases}
    changes = {p: part["PCHG"].dropna().to_dict() for p, part in parts.items()}
    order = sorted_by(changes[phases[-1]], *(changes[p] for p in phases[:-1]))

    def plot(axes, phase, title):
        codes = parts[phase]["AVALC"].astype(str).to_dict() if "AVALC" in frame else {}
        plot_waterfall(axes, order, changes[phase], codes, title).set_xlabel(say("Patient"))

    return _panels(phases, plot)


def _panels(phases, plot):
    """A figure with a panel a course; plot : (axes, phase, title) draws one."""
    figure, panels = new_figure(3.4, ncols=len(phases), sharey=True, squeeze=False)
    for axes, phase in zip(panels[0], phases, strict=True):
        plot(axes, phase, say(phase_labels()[phase]))
    panels[0][0].set_ylabel(say("Best change of target lesions (%)"))
    return figure


def _shrank(frame, phases) -> str:
    said = []
    for phase in phases:
        change = frame.loc[frame["APHASE"] == phase, "PCHG"]
        counts = {"shrunk": int((change <= -30).sum()), "n": len(change)}
        said.append(say("{course}: {shrunk} of {n} shrank by 30% or more", course=course_words(phase), **counts))
    return listed(said)


def _changes_figure(cohort, changes, phases, notes) -> Figure:
    """The distribution of the changes in place of a bar a patient."""
    with house_style():
        figure = _panels(
            phases,
            lambda axes, phase, title: plot_sorted_changes(
                axes, changes.loc[changes["APHASE"] == phase, "PCHG"], title
            ),
        )
    shrank = _shrank(changes, phases)
    deciles = decile_numbers(changes, "PCHG", "APHASE")
    return Figure(
        id="response.waterfall",
        figure=figure,
        name="waterfall",
        title=_change_title(cohort),
        alt=say("Sorted changes; {shrank}.", shrank=shrank),
        notes=[
            say(MANY_CHANGES, most=SINGLE, quantiles=QUANTILES) + " " + say("Lines at +20% and -30% (RECIST 1.1)."),
            say("{sentence}.", sentence=shrank[:1].upper() + shrank[1:]),
            *notes,
            standing_note(cohort, "adtr"),
        ],
        results=_decile_results(deciles, "best change", "response.change_deciles", "%", "sum of target lesions"),
    )


def _decile_results(deciles, words, quantity, unit, method) -> list[Result]:
    frame = deciles.assign(item=words + ", " + deciles["decile"], variable=deciles["decile"])
    return results(frame, quantity, {"quantile": unit}, by="APHASE", method=method)


def response_legend_text(responses) -> str:
    """What the codes of the responses present mean."""
    present = [r for r in RESPONSES if responses is not None and (responses.astype(str) == r).any() and LABELS[r] != r]
    if not present:
        return ""
    meaning = say("; ").join(say("{code}, {meaning}", code=r, meaning=continued(say(LABELS[r]))) for r in present)
    return say("Colour: best overall response. {meaning}.", meaning=meaning)


def response_legend(figure, responses):
    """Draw the colours of the responses present beside a figure; none where no response is known."""
    from matplotlib.patches import Patch

    present = [r for r in RESPONSES if responses is not None and (responses.astype(str) == r).any()]
    if present:
        look = {"edgecolor": INK, "lw": 0.4}
        patches = [
            Patch(facecolor=RESPONSE_COLOURS[r], hatch=RESPONSE_HATCHES.get(r, ""), label=say(r), **look)
            for r in present
        ]
        figure.legend(handles=patches, loc="outside upper center", ncols=len(patches))


def _response_of(best) -> dict:
    """{(subject, course): best response}; nothing where none is given."""
    if best is None:
        return {}
    keys = zip(best["USUBJID"], best["APHASE"].astype(str), strict=True)
    return dict(zip(keys, best["AVALC"].astype(str), strict=True))


def swimmer_figure(
    outcome: Outcome, lanes: pd.DataFrame, best: pd.DataFrame | None = None, confirmed: bool = False
) -> Figure:
    """First course and rechallenge of each patient on one lane; zero is the start of rechallenge.

    Beyond SINGLE patients: the lengths of both courses, each sorted by itself. lanes : derive_lanes of the outcome.
    """
    cohort, unit, count = outcome.cohort, outcome.unit, lanes["USUBJID"].nunique()
    if count > SINGLE:
        return _courses_figure(cohort, lanes, count, unit)
    response = _response_of(best)
    with house_style():
        figure, axes = new_figure(min(0.24 * count + 1.1, 9.5))
        marks = derive_marks(outcome, confirmed) if count <= MANY else None
        _plot_lanes(axes, lanes, response, unit, marks)
        drawn = best["AVALC"].where(best["APHASE"].isin(PHASES)).dropna().astype(str) if best is not None else ()
        kinds = set(marks.loc[marks["USUBJID"].isin(lanes["USUBJID"]), "kind"]) if marks is not None else ()
        swimmer_legend(figure, drawn, kinds, {kind: str(say(text)) for kind, text in MARK_WORDS.items()})
    both = bool((lanes["APHASE"] == "INITIAL").any())
    named = "{n} lanes: single patients are not named."
    return Figure(
        id="response.swimmer",
        figure=figure,
        name="swimmer",
        alt=_swimmer_alt(cohort, lanes, count, unit),
        title=say("First ICI course and rechallenge of each patient" if both else "Rechallenge of each patient")
        + (" †" if both and cohort.meta.kind == "pseudo" else ""),
        notes=[
            " ".join(
                filter(None, [_bars_note(both, unit), response_legend_text(None if best is None else best["AVALC"])])
            ),
            say(GAP) if lanes["gap"].any() else "",
            say(named, n=count) if count > MANY else "",
            standing_note(cohort, "adtte.PFS1", "adtte.PFSR", *(["adrs"] if best is not None else [])),
            say(PAIRING) if both and cohort.meta.kind == "pseudo" else "",
        ],
        results=_length_results(cohort, lanes, unit) if count <= MANY else [],
    )


def _swimmer_alt(cohort, lanes, count, unit) -> str:
    longest = lanes.loc[lanes["APHASE"] == "RECHALLENGE", "end"].max()
    said = {"lanes": plural(count, "lane"), "longest": f"{longest:.1f}", "unit": unit}
    counts = _longer(cohort, lanes)
    if not counts:
        return say("Swimmer plot, {lanes}; longest rechallenge {longest} {unit}.", **said)
    return say(
        "Swimmer plot, {lanes}; longest rechallenge {longest} {unit}; {longer}.", **said, longer=say(LONGER, **counts)
    )


def _bars_note(both, unit) -> str:
    several = "Bars: time to progression, death or censoring on each course ({unit}). Arrow: censored."
    one = "Bars: time to progression, death or censoring ({unit}). Arrow: censored."
    return say(several if both else one, unit=unit)


def _length_results(cohort, lanes, unit) -> list[Result]:
    frame = lanes.assign(length=lanes["end"] - lanes["start"], by=lanes["APHASE"])
    frame = frame.assign(
        group=frame["USUBJID"], endpoint=frame["APHASE"].map({"INITIAL": "PFS1", "RECHALLENGE": "PFSR"})
    )
    made = results(frame, "course.length", {"length": unit}, item="length of the course", method="time to event")
    return marked_free(made) if cohort.meta.kind == "pseudo" else made


def _longer(cohort, lanes) -> dict[str, int]:
    """In how many patients rechallenge lasted longer than the first course: longer, n; {} without both, and for
    pseudo-patients, of whom it is a choice which first course goes with which rechallenge."""
    length = (lanes["end"] - lanes["start"]).set_axis(lanes["USUBJID"])
    first, again = (length[(lanes["APHASE"] == p).to_numpy()] for p in PHASES)
    if first.empty or again.empty or cohort.meta.kind == "pseudo":
        return {}
    both = again.to_frame("again").join(first.rename("first"), how="inner")
    return {"longer": int((both["again"] > both["first"]).sum()), "n": len(both)}


def _courses_figure(cohort, lanes, count, unit) -> Figure:
    """The lengths of both courses in place of a lane a patient."""
    with house_style():
        figure, axes = new_figure(3.6)
        plot_sorted_courses(axes, lanes, unit)
    deciles = decile_numbers(lanes.assign(length=lanes["end"] - lanes["start"]), "length", "APHASE")
    patients, counts = plural(count, "patient"), _longer(cohort, lanes)
    longer = say(LONGER, **counts) if counts else ""
    alt = (
        "Sorted lengths of both courses, {patients}; {longer}."
        if longer
        else "Sorted lengths of both courses, {patients}."
    )
    said = {"patients": patients} | ({"longer": longer} if longer else {})
    return Figure(
        id="response.swimmer",
        figure=figure,
        name="swimmer",
        title=say("Length of the first ICI course and of rechallenge"),
        notes=[
            say(MANY_COURSES, n=count, most=SINGLE, quantiles=QUANTILES),
            say(LENGTHS, unit=unit),
            say("{sentence}.", sentence=longer[:1].upper() + longer[1:]) if longer else "",
            standing_note(cohort, "adtte.PFS1"),
        ],
        alt=say(alt, **said),
        results=_decile_results(
            deciles, "length of the course", "course.length_deciles", unit, "time to event, censored as they stand"
        ),
    )


def _plot_lanes(axes, lanes, response, unit, marks=None):
    """Lanes sorted by the length of rechallenge, longest on top;
    a course that ends at an unknown time stops short of zero.
    """
    again = lanes[lanes["APHASE"] == "RECHALLENGE"].sort_values(["end", "USUBJID"], ascending=False)
    reach = lanes["end"].max() - lanes["start"].min()
    keys = zip(lanes["USUBJID"], lanes["APHASE"], strict=True)
    codes = [response.get(key, "NE") if response else "" for key in keys]
    drawn = lanes.assign(
        end=lanes["end"] - np.where(lanes["gap"], 0.006 * reach, 0),
        ongoing=lanes["CNSR"].astype(bool),
        colour=[RESPONSE_COLOURS.get(c, NO_RESPONSE) for c in codes],
        hatch=[RESPONSE_HATCHES.get(c, "") for c in codes],
    )
    lengths = zip(again["USUBJID"], again["end"] - again["start"], strict=True)
    digits = 1 if unit == "months" else 0
    plot_swimmer(
        axes, drawn, marks, again["USUBJID"], {s: f"{n:.{digits}f}" for s, n in lengths} if len(again) <= MANY else {}
    )
    both = bool((lanes["APHASE"] == "INITIAL").any())
    axes.set(xlabel=say(SINCE[unit, both]), ylabel=say("Patient"))
    if both:
        place = {"xycoords": axes.get_xaxis_transform(), "textcoords": "offset points", "va": "bottom"}
        axes.annotate(say("First ICI course"), (0, 1.0), (-6, 2), ha="right", **place)
        axes.annotate(say("Rechallenge"), (0, 1.0), (6, 2), ha="left", **place)
    return axes
