"""Tumour response: table with exact intervals, waterfall, swimmer."""

import numpy as np

from papercheck.vocabulary.dictionary import load_dictionary, phase_labels
from smallsurv.proportions import rates

from ..derive.exposure import PHASES
from ..derive.response import CONFIRM_DAYS, CONTROL, OBJECTIVE, RESPONSES
from ..show.display import Figure, Table, ledger
from ..show.many import QUANTILES, SINGLE, decile_numbers, plot_sorted_changes, plot_sorted_courses
from ..show.standing import standing_note
from ..show.style import FAINT, INK, RESPONSE_COLOURS, RESPONSE_HATCHES, house_style, new_figure, shorten_identifier
from ..text.words import count_percent, listed, percent, percent_of, plural

LABELS = load_dictionary()["adrs"].columns["AVALC"].levels
RATES = {"ORR": OBJECTIVE, "DCR": CONTROL}
RATE_LABELS = {"ORR": "Objective response rate (CR, PR)", "DCR": "Disease control rate (CR, PR, SD)"}
NO_RESPONSE = "#8FA3B5"  # bars of a cohort that records no response
MANY = 60  # bars beyond which single subjects are no longer named


def _phases(frame):
    return [p for p in frame["APHASE"].cat.categories if (frame["APHASE"] == p).any()]


def response_table(cohort, best, confirmed=False, sd_min_weeks=6) -> Table:
    """Best overall response by course, with ORR and DCR and their exact intervals."""
    phases = _phases(best)
    parts = {p: best[best["APHASE"] == p] for p in phases}
    shown = [r for r in RESPONSES if r in ("CR", "PR", "SD", "PD") or (best["AVALC"] == r).any()]
    rows = [
        [
            f"{LABELS[r]} ({r})" if LABELS[r] != r else r,
            *(count_percent((p["AVALC"] == r).sum(), len(p)) for p in parts.values()),
        ]
        for r in shown
    ]
    numbers, key = [], []
    frames = {p: rates(part["AVALC"], RATES) for p, part in parts.items()}
    for name, label in RATE_LABELS.items():
        cells = []
        for phase, frame in frames.items():
            r = frame.set_index("rate").loc[name]
            cells.append(
                f"{int(r['count'])}/{int(r['n'])}: {percent_of(r['count'], r['n'])} ({percent(r['ci_low'])}–{percent(r['ci_high'])})"
            )
            if phase == phases[-1]:
                key.append(
                    (
                        f"{name} on {_short(phase)}",
                        f"{int(r['count'])}/{int(r['n'])} ({percent_of(r['count'], r['n'])}%; 95% CI {percent(r['ci_low'])}–{percent(r['ci_high'])}%, Clopper-Pearson)",
                    )
                )
        rows.append([f"{label}, n/N: % (95% CI)", *cells])
    for phase, frame in frames.items():
        numbers += ledger(
            frame,
            "rate",
            {"count": "subjects", "n": "subjects", "share": "share", "ci_low": "share", "ci_high": "share"},
            "APHASE",
            phase,
        )
        counts = parts[phase]["AVALC"].value_counts().reindex(shown).rename_axis("response").reset_index(name="count")
        numbers += ledger(counts, "response", {"count": "subjects"}, "APHASE", phase, "best overall response")
    source = best["SOURCE"].value_counts()
    recorded, derived, absent = (int(source.get(s, 0)) for s in ("recorded", "derived", "none"))
    rule = f"SD needs {sd_min_weeks} weeks from the start; " + (
        f"CR and PR confirmed at least {CONFIRM_DAYS} days later." if confirmed else "CR and PR without confirmation."
    )
    notes = [
        "RECIST 1.1. Intervals: Clopper-Pearson. Denominator: every patient of the course; not evaluable counts as no response.",
        f"{plural(derived, 'best response')} derived from the assessments: {rule}" if derived else "",
        f"{plural(recorded, 'best response')} as recorded." if recorded else "",
        f"{plural(absent, 'best response')} neither recorded nor assessed: counted as not evaluable." if absent else "",
        standing_note(cohort, "adrs"),
    ]
    columns = ["Best overall response", *(f"{phase_labels()[p]} (n = {len(part)})" for p, part in parts.items())]
    return Table(
        title="Best overall response, n (%)", columns=columns, rows=rows, notes=notes, numbers=numbers, key=key
    )


def _short(phase):
    return {"INITIAL": "the first course", "RECHALLENGE": "rechallenge"}.get(phase, phase_labels()[phase].lower())


def waterfall_figure(cohort, changes, best=None) -> Figure:
    """Best percent change of target lesions, one bar a patient, one panel a course; colour by best response.

    Beyond SINGLE patients of a course: the outline of the bars, by quantiles.
    """
    phases = _phases(changes)
    if changes.groupby("APHASE", observed=True).size().max() > SINGLE:
        return _changes_figure(cohort, changes, phases)
    frame = (
        changes
        if best is None
        else changes.merge(
            best[["USUBJID", "APHASE", "AVALC"]].astype({"APHASE": str}), how="left", on=["USUBJID", "APHASE"]
        )
    )
    frame["APHASE"] = frame["APHASE"].astype(str)
    with house_style():
        figure, panels = new_figure(3.4, ncols=len(phases), sharey=True, squeeze=False)
        for axes, phase in zip(panels[0], phases, strict=True):
            plot_waterfall(axes, frame[frame["APHASE"] == phase], phase_labels()[phase])
        panels[0][0].set_ylabel("Best change of target lesions (%)")
        _response_legend(figure, frame.get("AVALC"))
    return Figure(
        title="Best change of target lesions from baseline", figure=figure, name="waterfall", alt=f"Waterfall plot; {_shrank(frame, phases)}.",
        notes=[f"Lines at +20% and -30% (RECIST 1.1). {_legend(frame.get('AVALC'))}", _bars_note(frame), standing_note(cohort, "adtr")],
        numbers=ledger(frame, "best change", {"PCHG": "%"}, "APHASE", "USUBJID", "sum of target lesions") if len(frame) <= MANY else [],
    )  # fmt: skip


def _shrank(frame, phases):
    return listed(
        f"{_short(p)}: {int((frame.loc[frame['APHASE'] == p, 'PCHG'] <= -30).sum())} of {int((frame['APHASE'] == p).sum())} shrank by 30% or more"
        for p in phases
    )


def _changes_figure(cohort, changes, phases) -> Figure:
    """The distribution of the changes in place of a bar a patient."""
    with house_style():
        figure, panels = new_figure(3.4, ncols=len(phases), sharey=True, squeeze=False)
        for axes, phase in zip(panels[0], phases, strict=True):
            plot_sorted_changes(axes, changes.loc[changes["APHASE"] == phase, "PCHG"], phase_labels()[phase])
        panels[0][0].set_ylabel("Best change of target lesions (%)")
    note = f"More than {SINGLE} patients on a course: in place of a bar for each, the sorted changes at {QUANTILES} quantiles of the patients."
    return Figure(
        title="Best change of target lesions from baseline", figure=figure, name="waterfall", alt=f"Sorted changes; {_shrank(changes, phases)}.",
        notes=[f"{note} Lines at +20% and -30% (RECIST 1.1).", f"{_shrank(changes, phases)}.".capitalize(), standing_note(cohort, "adtr")],
        numbers=ledger(decile_numbers(changes, "PCHG", "APHASE").assign(item=lambda d: "best change, " + d["decile"]), "item", {"quantile": "%"}, "APHASE", method="sum of target lesions"),
    )  # fmt: skip


def _legend(responses):
    """What the codes of the responses present mean."""
    present = [r for r in RESPONSES if responses is not None and (responses.astype(str) == r).any() and LABELS[r] != r]
    meaning = "; ".join(f"{r}, {LABELS[r].lower()}" for r in present)
    return f"Colour: best overall response. {meaning}." if present else ""


def _bars_note(frame):
    return f"{plural(len(frame), 'bar')}: single patients are not named." if len(frame) > MANY else ""


def plot_waterfall(axes, rows, title):
    """Bars from worst to best change; rows hold USUBJID, PCHG and, if known, AVALC."""
    rows = rows.sort_values(["PCHG", "USUBJID"], ascending=[False, True])
    where = np.arange(len(rows))
    responses = list(rows["AVALC"].astype(str)) if "AVALC" in rows else ["NE"] * len(rows)
    bars = axes.bar(
        where,
        rows["PCHG"],
        color=[RESPONSE_COLOURS.get(r, "#BBBBBB") for r in responses],
        width=0.8,
        edgecolor=INK,
        lw=0.4 if len(rows) <= MANY else 0,
    )
    for bar, response in zip(bars, responses, strict=True):
        bar.set_hatch(RESPONSE_HATCHES.get(response, ""))
    for level in (20, -30):
        axes.axhline(level, color=FAINT, lw=0.8, ls="--")
    axes.axhline(0, color=INK, lw=0.8)
    axes.set_title(title)
    if len(rows) <= MANY // 2:
        axes.set_xticks(where, [shorten_identifier(s) for s in rows["USUBJID"]], rotation=90, fontsize=7)
    else:
        axes.set_xticks([])
    axes.set_xlabel("Patient")
    return axes


def _response_legend(figure, responses):
    from matplotlib.patches import Patch

    present = [r for r in RESPONSES if responses is not None and (responses.astype(str) == r).any()]
    if present:
        patches = [
            Patch(facecolor=RESPONSE_COLOURS[r], hatch=RESPONSE_HATCHES.get(r, ""), edgecolor=INK, lw=0.4, label=r)
            for r in present
        ]
        figure.legend(handles=patches, loc="outside upper center", ncols=len(patches))


def swimmer_figure(cohort, lanes, best=None, unit="months") -> Figure:
    """First course and rechallenge of each patient on one lane; zero is the start of rechallenge.

    Beyond SINGLE patients: the lengths of both courses, each sorted by itself.
    """
    count = lanes["USUBJID"].nunique()
    longest = lanes[lanes["APHASE"] == "RECHALLENGE"]
    said = f"{plural(count, 'lane')}; longest rechallenge {longest['end'].max():.1f} {unit}{_longer(lanes)}"
    if count > SINGLE:
        return _courses_figure(cohort, lanes, count, unit)
    response = (
        {}
        if best is None
        else {
            (s, p): str(r) for s, p, r in zip(best["USUBJID"], best["APHASE"].astype(str), best["AVALC"], strict=True)
        }
    )
    with house_style():
        figure, axes = new_figure(min(0.24 * count + 1.1, 9.5))
        plot_swimmer(axes, lanes, response, unit)
        _response_legend(
            figure, best["AVALC"].where(best["APHASE"].isin(PHASES)).dropna() if best is not None else None
        )
    gap, both = bool(lanes["gap"].any()), (lanes["APHASE"] == "INITIAL").any()
    return Figure(
        title=f"{'First ICI course and rechallenge' if both else 'Rechallenge'} of each patient", figure=figure, name="swimmer", alt=f"Swimmer plot, {said}.",
        notes=[f"Bars: time to progression, death or censoring{' on each course' if both else ''} ({unit}). Arrow: censored. {_legend(None if best is None else best['AVALC'])}",
               "The time between the courses is not recorded: the first course is drawn ending at zero." if gap else "",
               f"{count} lanes: single patients are not named." if count > MANY else "", standing_note(cohort, "adtte.PFS1", "adtte.PFSR")],
        numbers=ledger(lanes.assign(length=lanes["end"] - lanes["start"]), "length of the course", {"length": unit}, "APHASE", "USUBJID", "time to event") if count <= MANY else [],
    )  # fmt: skip


def _longer(lanes):
    """In how many patients rechallenge lasted longer than the first course, as the end of a sentence; '' without both."""
    length = (lanes["end"] - lanes["start"]).set_axis(lanes["USUBJID"])
    first, again = (length[(lanes["APHASE"] == p).to_numpy()] for p in PHASES)
    if first.empty or again.empty:
        return ""
    both = again.to_frame("again").join(first.rename("first"), how="inner")
    longer = int((both["again"] > both["first"]).sum())
    return f"; rechallenge lasted longer than the first course in {longer} of {len(both)}"


def _courses_figure(cohort, lanes, count, unit) -> Figure:
    """The lengths of both courses in place of a lane a patient."""
    with house_style():
        figure, axes = new_figure(3.6)
        plot_sorted_courses(axes, lanes, unit)
    frame = lanes.assign(length=lanes["end"] - lanes["start"])
    notes = [
        f"{count} patients: more than {SINGLE} lanes are not drawn. In their place the lengths of each course at {QUANTILES} quantiles of the patients, each course sorted by itself: one height is not one patient.",
        f"Lengths to progression, death or censoring ({unit}); censored ones count as they stand, see the Kaplan-Meier curves for survival.",
        _longer(lanes).removeprefix("; ").capitalize() + "." if _longer(lanes) else "",
        standing_note(cohort, "adtte.PFS1"),
    ]
    return Figure(
        title="Length of the first ICI course and of rechallenge", figure=figure, name="swimmer", notes=notes,
        alt=f"Sorted lengths of both courses, {plural(count, 'patient')}{_longer(lanes)}.",
        numbers=ledger(decile_numbers(frame, "length", "APHASE").assign(item=lambda d: "length of the course, " + d["decile"]), "item", {"quantile": unit}, "APHASE", method="time to event, censored as they stand"),
    )  # fmt: skip


def plot_swimmer(axes, lanes, response, unit):
    """Lanes sorted by the length of rechallenge, longest on top."""
    order = lanes[lanes["APHASE"] == "RECHALLENGE"].sort_values(["end", "USUBJID"])["USUBJID"].tolist()
    place = {subject: i for i, subject in enumerate(order)}
    reach = lanes["end"].max() - lanes["start"].min()
    height = lanes["USUBJID"].map(place).to_numpy(float)
    start, last = lanes["start"].to_numpy(float), (lanes["end"] - np.where(lanes["gap"], 0.006 * reach, 0)).to_numpy(float)
    found = [response.get(key, "NE") if response else "" for key in zip(lanes["USUBJID"], lanes["APHASE"], strict=True)]
    colours = [RESPONSE_COLOURS.get(r, NO_RESPONSE) for r in found]
    line = 0.5 if len(order) <= MANY else 0
    bars = axes.barh(height, last - start, left=start, height=0.62, color=colours, edgecolor=INK, lw=line)
    for bar, r in zip(bars, found, strict=True):
        bar.set_hatch(RESPONSE_HATCHES.get(r, ""))
    on = lanes["CNSR"].to_numpy(bool)
    axes.hlines(height[on], last[on], last[on] + 0.02 * reach, color=INK, lw=1.0)
    axes.plot(last[on] + 0.022 * reach, height[on], ls="", marker=">", ms=4, color=INK, mew=0)
    axes.axvline(0, color=INK, lw=1.0)
    axes.set_xlim(lanes["start"].min() - 0.03 * reach, lanes["end"].max() + 0.06 * reach)
    both = (lanes["APHASE"] == "INITIAL").any()
    since = f"{unit.capitalize()} {'before and after' if both else 'from'} the start of rechallenge"
    axes.set(ylim=(-0.7, len(order) - 0.3), xlabel=since)
    if len(order) <= MANY:
        axes.set_yticks(range(len(order)), [shorten_identifier(s) for s in order], fontsize=8)
    else:
        axes.set_yticks([])
    axes.set_ylabel("Patient")
    if both:
        axes.text(0, 1.01, "First ICI course  ", transform=axes.get_xaxis_transform(), ha="right", va="bottom")
        axes.text(0, 1.01, "  Rechallenge", transform=axes.get_xaxis_transform(), ha="left", va="bottom")
    return axes
