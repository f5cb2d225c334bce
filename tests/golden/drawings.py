"""The figures of the golden pictures, from small fixed inputs: no chance, no data of a cohort."""

import dataclasses

import numpy as np
import pandas as pd

from rechallenge.sections.population import plot_flow
from rechallenge.sections.resistance_figures import plot_agreement
from rechallenge.sections.weighting import plot_love
from rechallenge.show.figures.bars import plot_occupancy, plot_paired_bars, plot_strip
from rechallenge.show.figures.composed import FirstScreen, first_screen
from rechallenge.show.figures.forest import Estimate, ForestRow, forest_table
from rechallenge.show.figures.km import CurveLook, survival_panels
from rechallenge.show.figures.ribbons import plot_ribbons
from rechallenge.show.figures.swimmer import lane_colours, plot_swimmer, swimmer_legend
from rechallenge.show.figures.waterfall import plot_spider, plot_waterfall, sorted_by
from rechallenge.show.forest import Axis, Row, forest
from rechallenge.show.style import RESPONSE_COLOURS, house_style, new_figure
from smallsurv.curve import band, kaplan_meier

TICKS = np.arange(0, 25, 3)
IDS = [f"P{i:02d}" for i in range(1, 14)]
FIRST = dict(zip(IDS, (-31, -74, -45, -52, -70, -47, -69, -37, -75, -70, -53, -39, -41), strict=True))
AGAIN = dict(zip(IDS[:12], (60, 8, -13, 23, 34, 57, -14, 37, -11, 1, 8, 18), strict=True))
RESPONSES = {s: "PD" if AGAIN.get(s, 0) > 20 else "SD" for s in IDS}
LENGTHS = {"INITIAL": (14.2, 12.9, 5.1, 3.4, 4.4, 8.7, 1.7, 2.6, 6.0, 0.8, 10.1, 11.5, 6.0),
           "RECHALLENGE": (0.6, 1.1, 1.7, 2.0, 2.3, 2.6, 2.9, 3.1, 4.1, 5.1, 6.1, 8.2, 10.2)}  # fmt: skip
CENSORED = {"P09", "P10"}


def curve(scale, n=16, every=4):
    """A curve of n patients with falling hazard, each `every`th censored."""
    time = np.round(scale * -np.log(1 - (np.arange(n) + 0.5) / n), 2)
    return kaplan_meier(time, np.arange(n) % every > 0)


def _km(scales, labels, banded=True, **look):
    curves = {i: curve(scale) for i, scale in enumerate(scales)}
    bands = {i: band(c) for i, c in curves.items()} if banded else {}
    around = {"ylabel": "Overall survival (%)", "xlabel": "Months from the start of rechallenge"}
    figure, _ = survival_panels(curves, dict(enumerate(labels)), TICKS, CurveLook(bands=bands, **around, **look))
    return figure


def km_one_group():
    medians = {"medians": {0: 5.2}, "median_texts": {0: "5.20 (3.10–9.90)"}, "median_head": "Median, months (95% CI)"}
    return _km([8], ["All patients"], **medians)


def km_two_groups():
    texts = {0: "5.20 (3.10–9.90)", 1: "2.10 (1.00–NR)"}
    return _km([9, 4], ["ECOG 0-1", "_ECOG 2"], heading="ECOG", median_texts=texts, note="Log-rank P = 0.031")


def km_four_groups():
    return _km([3, 5, 8, 12], ["<1%", "1-49%", "≥50%", "Unknown"], banded=False, heading="PD-L1")


def km_at_risk():
    return _km([9, 4], ["With pemetrexed", "Without"], below=("risk", "events", "censored"))


ESTIMATES = (
    ForestRow("Age (per 10 years)", "single", "26", "20", Estimate(1.2, 0.8, 1.9, "1.20 (0.80–1.90)", "0.31")),
    ForestRow("ECOG performance status", "head"),
    ForestRow("0-1", "reference", "18", "12"),
    ForestRow("2", "level", "8", "8", Estimate(3.4, 1.2, 9.9, "3.40 (1.20–9.90)", "0.021", True)),
    ForestRow("PD-L1", "head"),
    ForestRow("<1%", "reference", "10", "6"),
    ForestRow("1-49%", "level", "8", "7", Estimate(0.7, 0.3, 1.9, "0.70 (0.30–1.90)", "0.45")),
    ForestRow("≥50%", "level", "8", "7", reason="NE"),
    ForestRow("Best response to the first course of treatment, as the investigators saw it", "single", "26", "20",
              Estimate(0.05, 0.0001, 500, "0.05 (0.00–500)", "0.90"), free=True),
)  # fmt: skip


def forest_of_factors():
    return forest_table(ESTIMATES, "Hazard ratio for OS (log scale)\nabove 1: shorter survival")[0]


def forest_with_firth():
    firth = Estimate(1.4, 0.7, 2.9, "1.40 (0.70–2.90)", "0.35")
    rows = [dataclasses.replace(r, penalized=firth) if r.estimate else r for r in ESTIMATES]
    return forest_table(rows, "Hazard ratio for OS (log scale)\nabove 1: shorter survival")[0]


def waterfall():
    order = sorted_by(AGAIN, FIRST)
    with house_style():
        figure, panels = new_figure(3.0, ncols=2, sharey=True)
        plot_waterfall(panels[0], order, FIRST, dict.fromkeys(IDS, "PR"), "First ICI course")
        plot_waterfall(panels[1], order, AGAIN, RESPONSES, "ICI rechallenge")
    return figure


def lanes():
    rows = []
    for phase, lengths in LENGTHS.items():
        for s, length in zip(IDS, lengths, strict=True):
            again = phase == "RECHALLENGE"
            rows.append([s, phase, 0.0 if again else -length, length if again else 0.0, again and s in CENSORED])
    return pd.DataFrame(rows, columns=["USUBJID", "APHASE", "start", "end", "ongoing"])


def swimmer():
    frame = lanes()
    colours, hatches = lane_colours(RESPONSES, frame["USUBJID"])
    marks = pd.DataFrame(
        [("P13", 2.0, "response"), ("P12", 8.2, "progression"), ("P11", 6.1, "death"), ("P08", 1.4, "adverse event")],
        columns=["USUBJID", "time", "kind"],
    )
    with house_style():
        figure, axes = new_figure(3.6)
        plot_swimmer(axes, frame.assign(colour=colours, hatch=hatches), marks, IDS[::-1])
        swimmer_legend(figure, RESPONSES.values(), marks["kind"])
        axes.set_xlabel("Months before and after the start of rechallenge")
    return figure


def spider():
    visits = [
        (s, t, change * share)
        for s, change in AGAIN.items()
        for t, share in ((1.5, 0.4), (3.0, 1.0))[: 1 + int(s[1:]) % 2]
    ]
    with house_style():
        figure, axes = new_figure(3.2)
        plot_spider(axes, pd.DataFrame(visits, columns=["USUBJID", "time", "PCHG"]), RESPONSES)
        axes.set(xlabel="Months", ylabel="Change of target lesions (%)")
    return figure


def paired_bars():
    rows = pd.DataFrame(
        {"term": ["Pneumonitis", "Hypothyroidism", "Immune-mediated hepatitis", "Rash"], "INITIAL": [3, 5, 1, 0],
         "INITIAL_severe": [1, 0, 1, 0], "RECHALLENGE": [2, 1, 0, 3], "RECHALLENGE_severe": [2, 0, 0, 1]}
    )  # fmt: skip
    with house_style():
        figure, panels = new_figure(2.4, ncols=2)
        plot_paired_bars(panels, rows, {"INITIAL": 13, "RECHALLENGE": 13})
    return figure


def strip():
    table = pd.DataFrame(
        {"ECOG": ["0-1", "2"] * 6 + ["2"], "PD-L1": ["<1%", "1-49%", "≥50%", None] * 3 + ["<1%"]}, index=IDS
    )
    outcome = lanes().query("APHASE == 'RECHALLENGE'").rename(columns={"end": "value", "ongoing": "censored"})
    with house_style():
        figure, panels = new_figure(2.8, nrows=2, height_ratios=[1.5, 1])
        plot_strip(panels, outcome, table.astype("category"))
        panels[0].set_ylabel("PFS (months)")
    return figure


def occupancy():
    times = np.linspace(0, 24, 49)
    on, alive = np.exp(-times / 4), np.exp(-times / 15)
    shares = {"on treatment": on * alive, "off treatment": 0.2 * (1 - on) * alive, "progressed": 0.8 * (1 - on) * alive}
    with house_style():
        figure, axes = new_figure(2.6)
        plot_occupancy(axes, times, shares | {"dead": 1 - alive}, ticks=TICKS)
    return figure


def series_forest():
    rows = [
        Row("Trials", "head"),
        Row(
            "Katayama 2019",
            n="35",
            estimate=2.9,
            low=1.8,
            high=4.1,
            text="2.90 (1.80–4.10)",
            weight=0.4,
            weight_text="40%",
        ),
        Row(
            "Watanabe 2019",
            n="14",
            estimate=1.6,
            low=0.9,
            high=4.0,
            text="1.60 (0.90–4.00)",
            weight=0.2,
            weight_text="20%",
        ),
        Row("All, random effects", "pool", n="49", estimate=2.4, low=1.5, high=3.5, text="2.40 (1.50–3.50)"),
        Row("Prediction interval", "prediction", low=0.8, high=6.0, text="0.80–6.00"),
        Row("This cohort", "cohort", n="13", estimate=2.9, low=1.68, high=8.19, text="2.90 (1.68–8.19)"),
    ]
    with house_style():
        return forest(rows, ("Study", "n", "Median (95% CI)", "Weight"), Axis("Median PFS (months)", log=False))[0]


def flow():
    counts = (
        ("Subjects recorded", 40, 0, 0),
        ("Advanced NSCLC", 37, 3, 1),
        ("Response to the first ICI course", 26, 11, 0),
    )
    with house_style():
        figure, axes = new_figure(2.1)
        plot_flow(axes, [dict(zip(("label", "n", "excluded", "missing"), c, strict=True)) for c in counts])
    return figure


def ribbons():
    table = pd.DataFrame({"first": [RESPONSES[s] for s in IDS], "again": [RESPONSES[s] for s in IDS[::-1]]})
    colours = {code: RESPONSE_COLOURS[code] for code in ("PR", "SD", "PD")}
    with house_style():
        figure, axes = new_figure(1.9)
        plot_ribbons(axes, table, ["First ICI course", "ICI rechallenge"], colours, dark=("PR", "PD"))
        axes.set_xlabel("Patients")
    return figure


def love_plot():
    frame = pd.DataFrame({"smd": [0.62, -0.31, 0.18, 0.05], "smd_weighted": [0.12, -0.04, 0.09, 0.02]})
    with house_style():
        figure, axes = new_figure(2.4)
        plot_love(axes, frame, ["ECOG 2", "Age", "Brain metastases", "Sex"])
    return figure


def agreement():
    sizes = pd.Series([13, 12, 9], index=["a", "b", "c"])
    pairs = pd.DataFrame(
        [("a", "b", 12, 0.92, 0.81), ("a", "c", 9, 0.56, 0.1), ("b", "c", 0, np.nan, np.nan)],
        columns=["first", "second", "n", "agree", "kappa"],
    )
    with house_style():
        figure, axes = new_figure(2.6)
        plot_agreement(axes, pairs, sizes, ["SITC 2020", "Trial A, acquired", "Trial B"])
    return figure


def _first_screen(stacked):
    curves = {
        p: kaplan_meier(np.array(x), np.array([p == "INITIAL" or s not in CENSORED for s in IDS]))
        for p, x in LENGTHS.items()
    }
    shown = FirstScreen(
        curves,
        np.arange(0, 17, 2),
        {"INITIAL": "5.97 (2.56–10.11)", "RECHALLENGE": "2.90 (1.68–8.19)"},
        {p: band(c) for p, c in curves.items()},
        ("PFSR ≥ 1.33 × PFS1 in 3 of 13",),
        {"INITIAL": FIRST, "RECHALLENGE": AGAIN},
        lanes(),
        RESPONSES,
    )
    return first_screen(shown, stacked)[0]


def first_screen_wide():
    return _first_screen(False)


def first_screen_phone():
    return _first_screen(True)


DRAWINGS = {
    f.__name__: f
    for f in (
        km_one_group, km_two_groups, km_four_groups, km_at_risk, forest_of_factors, forest_with_firth, waterfall, swimmer,
        flow, ribbons, love_plot, agreement, spider, paired_bars, strip, occupancy, series_forest, first_screen_wide, first_screen_phone,
    )
}  # fmt: skip
