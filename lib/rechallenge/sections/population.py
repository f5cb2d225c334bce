"""Who is in the study: flow, missing values, Table 1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from smallsurv.balance import standardized_difference
from smallsurv.baseline_tests import characteristic_p
from smallsurv.describe import describe

from ..cohort.cohort import Cohort
from ..cohort.declare.meta import NOT_KNOWN
from ..derive.population import subgroup_factors
from ..replication.prints import sizes_of_many
from ..results import Result, results
from ..show.display import Figure, Note, Table
from ..show.labels import group_label
from ..show.many import SINGLE, plot_missing_shares
from ..show.standing import standing_note
from ..show.style import FAINT, INK, PALETTE, house_style, new_figure, shorten
from ..text.language import say
from ..text.words import between, count_percent, listed, number, percent, plural, rounded, tested

P_VALUES = ("none", "exact", "usual")
TESTS = {
    "exact": (
        "P: Fisher's exact test of levels, Mann-Whitney test of numbers (Kruskal-Wallis for more than two groups)."
    ),
    "usual": (
        "P: Pearson's chi-square of levels, Welch's t test of numbers (analysis of variance for more than two groups)."
    ),
}
TESTED = (
    "Not adjusted for their number. A large P does not show that groups are alike; the SMD says how far apart they are."
)
CONTINUOUS = ("median (range)", "median (IQR)", "mean (SD)")
SMD = "SMD, absolute standardized mean difference (Yang and Dalton 2012); above 0.1 reads as imbalance."

COMPLETE = "Pseudo-patients carry a value by their making: whose values the paper lacked is not known from this."
ANALYSED = (
    "The pseudo-patients are those whom the paper analysed, so each criterion excludes 0 by their making: whom its"
    " authors left out is not known from this."
)


def flow_figure(attrition: pd.DataFrame, reconstructed: bool = False) -> Figure | Note:
    """Flow diagram: one box for what is left after each criterion, one beside it for who left.

    A sentence without criteria. attrition : of derive.population.derive_attrition; reconstructed : whether the
    subjects are those whom a paper analysed, so that nobody can be left out.
    """
    steps = attrition.to_dict("records")
    first, last = steps[0]["n"], steps[-1]["n"]
    if len(steps) == 1:
        sentence = "No eligibility criterion is declared in cohort.yml: all {n} subjects are analysed."
        return Note(
            id="population.flow", text=say(sentence, n=first), key=[(say("Subjects"), say("{n} analysed", n=first))]
        )
    with house_style():
        figure, axes = new_figure(0.62 * len(steps) + 0.2)
        plot_flow(axes, steps)
    sources = [say("{label}: {source}.", label=s["label"], source=s["source"]) for s in steps if s["source"]]
    alt = "Flow diagram: {first} subjects recorded, {excluded} excluded, {last} analysed."
    return Figure(
        id="population.flow",
        title=say("Flow of subjects from the record to the analysis"),
        figure=figure,
        name="flow",
        notes=[
            say("A criterion that excludes nobody is shown with 0."),
            say(ANALYSED) if reconstructed else "",
            *sources,
        ],
        alt=say(alt, first=first, excluded=first - last, last=last),
        results=results(
            attrition.assign(level=attrition["label"]),
            "population.flow",
            {"n": "subjects", "excluded": "subjects"},
            item="flow",
            method="count",
        ),
        key=[(say("Subjects"), say("{n} analysed of {m} recorded", n=last, m=first))],
    )


def plot_flow(axes, steps: Sequence[Mapping]):
    """Draw the boxes of `steps` (label, n, excluded, missing) from top to bottom."""
    box = {"boxstyle": "round,pad=0.45", "facecolor": "white", "linewidth": 0.9}
    arrow = {"arrowstyle": "-|>", "color": INK, "lw": 0.9}
    axes.set(xlim=(0, 1), ylim=(-len(steps) + 0.5, 0.5))
    axes.axis("off")
    for i, step in enumerate(steps):
        if i:
            axes.annotate("", (0.3, -i + 0.24), (0.3, -i + 0.76), arrowprops=arrow)
            axes.plot([0.3, 0.66], [-i + 0.5, -i + 0.5], color=FAINT, lw=0.8)
            beside = box | {"edgecolor": FAINT, "linestyle": "--"}
            axes.text(0.67, -i + 0.5, _excluded(step), ha="left", va="center", bbox=beside)
        text = f"{shorten(say(step['label']), 46)}   n = {step['n']}"
        axes.text(0.3, -i, text, ha="center", va="center", bbox=box | {"edgecolor": INK})
    return axes


def _excluded(step) -> str:
    if not step["missing"]:
        return say("excluded: {n}", n=step["excluded"])
    return say("excluded: {n} (of these unknown: {unknown})", n=step["excluded"], unknown=step["missing"])


def missing_table(cohort: Cohort) -> Table:
    """How many values each subject-level column has and lacks."""
    adsl = cohort.table("adsl")
    rows = [(name, int(adsl[name].notna().sum()), int(adsl[name].isna().sum())) for name in cohort.factors]
    frame = pd.DataFrame(rows, columns=["variable", "known", "missing"])
    lacking, whole = frame[frame["missing"] > 0], frame[frame["missing"] == 0]
    complete = int(adsl[list(cohort.factors)].notna().all(axis=1).sum())
    named = listed(_name(cohort.factor(c), unit=False) for c in whole["variable"])
    return Table(
        id="population.missing",
        title=say("Missing values of characteristics"),
        columns=[say("Characteristic"), say("Known, n"), say("Missing, n (%)")],
        rows=[
            [_name(cohort.factor(r.variable), unit=False), str(r.known), count_percent(r.missing, len(adsl))]
            for r in lacking.itertuples()
        ]
        + [[say("Subjects with every value"), str(complete), count_percent(len(adsl) - complete, len(adsl))]],
        notes=[
            _whole(named, len(whole), len(lacking)),
            say("n = {n}.", n=len(adsl)),
            _by_construction(cohort),
        ],
        results=results(
            frame.assign(level=frame["variable"]),
            "population.missing",
            {"known": "subjects", "missing": "subjects"},
            item="missing values",
            method="count",
        ),
    )


def _whole(named, whole, lacking) -> str:
    """Which characteristics have no missing value, in a sentence that says so where it is all of them."""
    if not lacking:
        return say("No characteristic has a missing value: {columns}.", columns=named)
    return say("Columns without a missing value: {columns}.", columns=named) if whole else ""


def _by_construction(cohort) -> str:
    """That pseudo-patients are complete because they were made so."""
    return say(COMPLETE) if cohort.meta.reconstructed else ""


def missing_figure(cohort: Cohort) -> Figure | Note | tuple:
    """Heat map of missing values, subjects by columns; () where nothing is missing, as the table says so.

    Beyond SINGLE subjects with a missing value: bars of the share of subjects without each value.
    """
    adsl = cohort.table("adsl")
    lacking = [name for name in cohort.factors if adsl[name].isna().any()]
    if not lacking:
        return ()
    absent = adsl[lacking].isna()
    absent = absent[absent.any(axis=1)]
    subjects = plural(len(absent), "subject")
    if absent.all(axis=None):  # a map of one colour
        named = listed(say(cohort.factor(c).label) for c in lacking)
        text = say("Missing in {subjects}: {factors}. Nobody lacks anything else.", subjects=subjects, factors=named)
        return Note(id="population.missing_map", text=text)
    if len(absent) > SINGLE:
        return _missing_shares(cohort, absent, len(adsl))
    with house_style():
        figure = _draw_missing(cohort, absent)
    counts = listed(f"{say(cohort.factor(c).label)} {int(absent[c].sum())}" for c in lacking)
    return Figure(
        id="population.missing_map",
        title=say("Who is missing what"),
        figure=figure,
        name="missing",
        notes=[say("Dark: missing. Subjects without a missing value are not drawn.")],
        alt=say("Missing values by characteristic: {counts}.", counts=counts),
    )


def _draw_missing(cohort, absent):
    """One row a characteristic, one column a subject with a missing value."""
    import seaborn

    figure, axes = new_figure(0.28 * len(absent.columns) + 0.9)
    seaborn.heatmap(absent.T, cmap=["#E8EEF3", PALETTE[0]], cbar=False, xticklabels=False, ax=axes, vmin=0, vmax=1)
    labels = [shorten(say(cohort.factor(c).label)) for c in absent]
    axes.set_yticks([i + 0.5 for i in range(len(labels))], labels, rotation=0)
    subjects = plural(len(absent), "subject")
    axes.set_xlabel(say("{subjects} with a missing value (one column each)", subjects=subjects))
    return figure


def _missing_shares(cohort, absent, n) -> Figure:
    shares = {c: absent[c].sum() / n for c in absent}
    with house_style():
        figure, axes = new_figure(0.28 * len(shares) + 0.9)
        plot_missing_shares(axes, {shorten(say(cohort.factor(c).label)): share for c, share in shares.items()})
    said = listed(f"{shorten(say(cohort.factor(c).label))} {percent(share)}%" for c, share in shares.items())
    note = "{subjects} of {n} with a missing value: more than {most} are not drawn one by one."
    return Figure(
        id="population.missing_map",
        title=say("Who is missing what"),
        figure=figure,
        name="missing",
        notes=[say(note, subjects=plural(len(absent), "subject"), n=n, most=SINGLE)],
        alt=say("Share of subjects without a value, by characteristic: {shares}.", shares=said),
    )


def baseline_table(
    cohort: Cohort,
    by: str = "",
    continuous: str = "median (range)",
    exclude: Sequence[str] = (),
    p_values: str = "none",
) -> Table:
    """Table 1: every factor over all subjects, or by the levels of `by` with standardized differences.

    continuous : one of CONTINUOUS. p_values : one of P_VALUES. Levels: n (%), of the subjects with a known value.
    """
    parts = _parts(cohort, by)
    names = [name for name in cohort.factors if name != by and name not in exclude]
    blocks = [_block(cohort, name, by, parts, continuous) for name in names]
    two, tested = len(parts) == 3, p_values != "none" and len(parts) >= 3
    if tested:
        blocks = [_tested(cohort, name, by, block, p_values) for name, block in zip(names, blocks, strict=True)]
    heads = [
        (
            say("{label} (n = {n})", label=group_label(cohort, by, level), n=len(part))
            if level
            else say("All (n = {n})", n=len(part))
        )
        for level, part in parts.items()
    ]
    return Table(
        id="baseline.characteristics",
        of=by.lower(),
        title=say("Baseline characteristics"),
        columns=[say("Characteristic"), *heads, *([say("SMD")] if two else []), *([say("P")] if tested else [])],
        rows=[line for block in blocks for line in block.lines],
        indent=[level for block in blocks for level in [0] + [1] * (len(block.lines) - 1)],
        blocks=[cohort.about(name) for name in names],
        results=[r for block in blocks for r in block.results],
        notes=[
            *_baseline_notes(cohort, by, continuous, two),
            *([say(TESTS[p_values]), say(TESTED)] if tested else []),
        ],
    )


def _parts(cohort, by) -> dict[str, pd.DataFrame]:
    """{level of `by`: its subjects}; '' stands for all."""
    adsl = cohort.table("adsl")
    if not by:
        return {"": adsl}
    subgroup_factors(cohort, [by])
    known = {level: adsl[adsl[by] == level] for level in cohort.factor(by).levels}
    return {"": adsl} | {level: part for level, part in known.items() if len(part)}


def _baseline_notes(cohort, by, continuous, two) -> list[str]:
    numeric = any(not cohort.factor(name).levels for name in cohort.factors if name != by)
    described = [say("Numbers: {continuous}.", continuous=continuous)] if numeric else []
    described = " ".join([*described, say("Levels: n (%) of the patients with a known value.")])
    lacking = int(cohort.table("adsl")[by].isna().sum()) if by else 0
    without = "{patients} without a value of {factor}: in the first column only."
    sizes = sizes_of_many(cohort, cohort.factors)
    return [
        described,
        f"† {sizes}" if sizes else "",
        standing_note(cohort, "adsl"),
        say(without, patients=plural(lacking, "patient"), factor=cohort.factor(by).label) if lacking else "",
        say(SMD) if two else "",
    ]


@dataclass
class _Block:
    """The lines of one characteristic in Table 1, and the numbers behind them."""

    lines: list
    results: list


def _block(cohort, name, by, parts, continuous) -> _Block:
    factor, place = cohort.factor(name), {"by": by, "method": "description"}
    free = bool(by) and cohort.meta.is_free(by, name)  # who has both is then a choice
    numeric = factor.type == "number"
    block = _numeric(factor, parts, place, continuous) if numeric else _levels(factor, parts, place)
    block.results = [replace(r, free=free and bool(r.level)) for r in block.results]
    block.lines[0][0] += " †" if sizes_of_many(cohort, [name]) else ""
    if len(parts) == 3:
        adsl, unit = parts[""], factor.unit if numeric else ""
        smd = float(standardized_difference(adsl[name], adsl[by]))
        shown = rounded(abs(smd)) if np.isfinite(smd) else "∞" if np.isinf(smd) else "NE"
        block.lines = [[*line, "" if i else shown] for i, line in enumerate(block.lines)]
        apart = Result("baseline.difference", {"smd": smd}, {"smd": unit}, item=name, variable=name, free=free, **place)
        block.results.append(apart)
    return block


def _tested(cohort, name, by, block, kind) -> _Block:
    """The block with a P value behind its first line."""
    adsl = cohort.table("adsl")
    p = characteristic_p(adsl[name], adsl[by], kind)
    free = cohort.meta.is_free(by, name)
    place = {"by": by, "item": name, "variable": name, "method": kind, "free": free}
    lines = [[*line, "" if i else tested(p, free)] for i, line in enumerate(block.lines)]
    return _Block(lines, [*block.results, Result("baseline.test", {"p": p}, {"p": "probability"}, **place)])


def _name(factor, unit=True) -> str:
    """A characteristic with its unit, where it has one; one that arises later says so."""
    named = say("{a}, {unit}", a=factor.label, unit=factor.unit) if factor.unit and unit else say(factor.label)
    return say("{factor} (arises later)", factor=named) if factor.after_baseline else named


def _missing_line(counts) -> list[list[str]]:
    return [[say("Missing"), *map(str, counts)]] if any(counts) else []


def _described(d, continuous) -> str:
    if not d["n"]:
        return "–"
    if continuous == "mean (SD)":
        return f"{rounded(d['mean'], 1)} ({rounded(d['sd'], 1)})"
    low, high = ("low", "high") if continuous == "median (range)" else ("q1", "q3")
    limits = {"low": number(d[low]), "high": number(d[high])}
    return f"{number(d['median'])} ({between(**limits, negative=d[low] < 0)})"


def _numeric(factor, parts, place, continuous) -> _Block:
    found = {level: describe(part[factor.name]) for level, part in parts.items()}
    lines = [[_name(factor), *(_described(d, continuous) for d in found.values())]]
    place = place | {"item": factor.name, "variable": factor.name}
    made = [
        Result(
            "baseline.number", {k: float(v) for k, v in d.items()}, dict.fromkeys(d, factor.unit), level=level, **place
        )
        for level, d in found.items()
    ]
    return _Block(lines + _missing_line([d["missing"] for d in found.values()]), made)


def _levels(factor, parts, place) -> _Block:
    name, made = factor.name, []
    lines = [[_name(factor), *("" for _ in parts)]]
    known = {group: int(part[name].notna().sum()) for group, part in parts.items()}
    for level in (x for x in factor.levels if (parts[""][name] == x).any()):
        counts = {group: int((part[name] == level).sum()) for group, part in parts.items()}
        lines.append([say(factor.levels[level]), *(count_percent(counts[g], known[g]) for g in parts)])
        item = f"{name}={level}"
        for group, n in counts.items():
            values = {"count": float(n), "share": n / known[group] if known[group] else float("nan")}
            blank = {"count": "", "share": ""}
            made.append(Result("baseline.share", values, blank, item=item, variable=item, level=group, **place))
    lines += _not_known_lines(factor, parts)
    absent = [
        int((part[name].isna() & part.get(f"{name}{NOT_KNOWN}", part[name]).isna()).sum()) for part in parts.values()
    ]
    return _Block(lines + _missing_line(absent), made)


def _not_known_lines(factor, parts) -> list[list[str]]:
    """Why a value is not known, each reason with its count: no level, and in no denominator."""
    states, lines = f"{factor.name}{NOT_KNOWN}", []
    for code, label in factor.not_known.items():
        counts = [int((part[states] == code).sum()) if states in part else 0 for part in parts.values()]
        if any(counts):
            lines.append([say(label), *map(str, counts)])
    return lines
