"""Forty-two further looks of Kaplan-Meier figures, simulated patients too: lines, marks, grounds, bands, tables, axes."""

from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import matplotlib
import numpy as np

from smallsurv.curve import kaplan_meier, numbers_at_risk

from .styles import MONTHS

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib import font_manager  # noqa: E402

FONT = Path(__file__).parents[3] / "lib" / "rechallenge" / "show" / "fonts" / "LiberationSans-Regular.ttf"
font_manager.fontManager.addfont(str(FONT))
BLACK = ("#000000",)
OKABE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
NAMES = ("Rechallenge", "Chemotherapy", "Docetaxel", "Supportive care")


@dataclass(frozen=True)
class Look:
    """What a figure looks like. ticks: first, last and step of the time axis in its unit; percent, foot, band, risk,
    legend: as drawn below; settings: of matplotlib; quality, dpi: of its JPEG; refused: it must not be read."""

    name: str
    arms: int = 2
    n: int = 60
    unit: str = "months"
    ticks: tuple = (0, 36, 6)
    levels: tuple = (0, 1, 0.2)
    colours: tuple = OKABE
    lines: tuple = ("-",)
    width: float = 1.5
    marks: str = ""
    mark: dict = field(default_factory=dict)
    percent: bool = False
    rising: bool = False
    band: str = ""
    risk: str = ""
    legend: str = "upper right"
    words: tuple = ()
    ground: str = "white"
    grid: dict = field(default_factory=dict)
    spines: str = "lb"
    extra: str = ""
    label: str = ""
    size: tuple = (6.4, 4.8)
    settings: dict = field(default_factory=dict)
    quality: int = 80
    dpi: int = 150
    refused: bool = False
    months: bool = False

    @property
    def foot(self) -> float:
        """Where the axis of S begins."""
        return max(0.0, self.levels[0])


TICK = dict(markersize=7, markeredgewidth=1)
DARK = {
    "axes.facecolor": "#1e1e1e", "figure.facecolor": "#1e1e1e", "savefig.facecolor": "#1e1e1e", "text.color": "w",
    "axes.edgecolor": "w", "axes.labelcolor": "w", "xtick.color": "w", "ytick.color": "w",
}  # fmt: skip
SERIF, SANS = {"font.family": ["STIXGeneral"], "font.size": 13}, {"font.family": ["Liberation Sans"]}
LINES = ("-", "--", ":", "-.")

LOOKS = [
    Look("black three lines", 3, colours=BLACK, lines=LINES, spines="lbrt"),
    Look("black four lines with circles", 4, 30, colours=BLACK, lines=LINES, marks="o", mark=dict(markersize=4)),
    Look("ticks on grey ground", marks="|", mark=TICK, ground="#EBEBEB", grid=dict(color="white"), spines="",
         colours=("#F8766D", "#00BFC4")),
    Look("open circles", n=40, marks="o", mark=dict(markersize=5, markerfacecolor="white"), legend="lower left"),
    Look("crosses", n=80, marks="x", mark=dict(markersize=5), colours=("#B2182B", "#2166AC"), settings=SANS),
    Look("plus signs, three arms", 3, 90, marks="+", mark=dict(markersize=8), spines="lbrt", settings=SERIF),
    Look("percent from 50", n=200, percent=True, levels=(0.5, 1, 0.1), risk="below", legend="lower left"),
    Look("broken axis", n=150, levels=(0.3, 1, 0.1), extra="broken", legend="lower left", settings=SANS),
    Look("boxed legend with lines", 3, colours=("#000000", "#E41A1C", "#377EB8"), lines=("-", "--", "-"), width=1.2),
    Look("labels at curves", legend="direct", colours=("#00468B", "#ED0000"), width=2, settings=SANS),
    Look("filled bands, four arms", 4, 45, band="fill", marks="|", mark=TICK, grid=dict(color="#DDDDDD")),
    Look("hatched bands", band="///", colours=("#000000", "#888888"), lines=("-", "--")),
    Look("table above", n=100, risk="above", legend="lower left", marks="|", mark=TICK),
    Look("table in colours", 3, 70, risk="coloured", colours=("#BC3C29", "#0072B5", "#E18727"), percent=True),
    Look("table with censored in brackets", n=120, risk="bracket", marks="|", mark=TICK, settings=SANS),
    Look("steps of three", n=90, ticks=(0, 36, 3), risk="below", marks="|", mark=TICK, width=1),
    Look("steps of four", 3, 50, ticks=(0, 36, 4), risk="below", colours=("#E64B35", "#4DBBD5", "#00A087")),
    Look("steps of seven", n=35, ticks=(0, 35, 7), marks="+", mark=dict(markersize=7), colours=BLACK, lines=LINES),
    Look("logarithmic axis", levels=(0.1, 1, 0.1), extra="log", refused=True),
    Look("incidence going up", n=80, rising=True, levels=(0, 1, 0.25), legend="lower right"),
    Look("ratio printed inside", n=150, words=("HR 0.71 (95% CI, 0.52-0.97)", "P = 0.03"), marks="|", mark=TICK),
    Look("panels A and B", n=70, extra="panels", size=(10, 4.2), marks="|", mark=TICK),
    Look("turned tick labels", unit="days", ticks=(0, 1100, 100), extra="turned", n=90),
    Look("thick lines", width=3, colours=("#1F3A93", "#C0392B"), marks="|", mark=dict(markersize=12), percent=True),
    Look("thin lines", 3, 100, width=0.5, colours=("#C00000", "#00679E", "#3A7D00"), spines="lbrt"),
    Look("dark ground", settings=DARK, colours=("#4FC3F7", "#FFB74D"), marks="|", mark=TICK, legend="lower left"),
    Look("JPEG of quality 40", 3, quality=40, colours=("#D62728", "#1F77B4", "#2CA02C"), width=1.2, n=80),
    Look("scaled screen", extra="scaled", dpi=110, marks="|", mark=TICK, colours=("#333333", "#CC3311"), risk="below"),
    Look("Prism", ticks=(0, 40, 10), levels=(0, 1, 0.5), percent=True, width=2.5, size=(5, 4.5), n=24, marks="|",
         mark=dict(markersize=9, markeredgewidth=2), colours=("#000000", "#FF2600"), settings=SANS | {"font.size": 15,
         "axes.linewidth": 2}, words=("p = 0.0123",), months=True),
    Look("Stata", 3, ground="#EAF2F3", grid=dict(color="#D5E5E8", axis="y"), legend="below", unit="years",
         colours=("#1A476F", "#90353B", "#55752F"), ticks=(0, 4, 1), n=130),
    Look("SAS", colours=("#445694", "#A23A2E"), marks="+", mark=dict(markersize=8), spines="lbrt", width=1,
         legend="lower left", settings=SANS, words=("+ Censored", "Logrank p=0.0204"), risk="below"),
    Look("SPSS", 3, 40, colours=("#3E58AC", "#2EB848", "#D3A83A"), ground="#F0F0F0", spines="lbrt", marks="+",
         mark=dict(markersize=9), legend="outside", width=2, size=(7, 5)),
    Look("KMunicate", n=160, band="fill", risk="three", legend="lower left", colours=("#E69F00", "#0072B2"),
         size=(7, 6)),
    Look("seaborn", 3, ground="#EAEAF2", grid=dict(color="white"), spines="", colours=("#4C72B0", "#DD8452",
         "#55A868"), marks="|", mark=TICK),
    Look("pale colours", 3, 70, colours=("#8DD3C7", "#BEBADA", "#FB8072"), width=1.8),
    Look("two blues", colours=("#08306B", "#6BAED6"), marks="|", mark=TICK, legend="lower left", n=110),
    Look("many in whole months", 4, 22, months=True, colours=("#E41A1C", "#4DAF4A", "#377EB8", "#984EA3"), marks="|",
         mark=TICK),
    Look("years, ticks inside", unit="years", ticks=(0, 3, 0.5), extra="inside", spines="lbrt", n=75, settings=SERIF),
    Look("lines of the medians", n=60, extra="medians", colours=("#E7B800", "#2E9FDF"), marks="+",
         mark=dict(markersize=8), risk="coloured"),
    Look("rates at landmarks", n=180, extra="landmarks", colours=("#8B0000", "#00008B"), risk="below", percent=True),
    Look("axis to 120 percent", n=30, levels=(0, 1.2, 0.2), percent=True, colours=BLACK, lines=("-", ":"), width=2),
    Look("greys with bands", band="fill", colours=("#000000", "#777777"), marks="|", mark=TICK, risk="below", n=85),
]  # fmt: skip


def cohort(look: Look, number: int) -> list:
    """[(time in months, event)] of each arm, seeded by the number of the figure; times in days as months, or whole."""
    rng, out = np.random.default_rng(7000 + number), []
    for k in range(look.arms):
        shape, scale = rng.uniform(0.8, 1.3), rng.uniform(8, 16) * (1 + 0.6 * k) * (2.5 if look.foot else 1)
        death, last = scale * rng.weibull(shape, look.n), rng.uniform(5, 36, look.n)
        time = np.minimum(death, last)
        time = np.ceil(time) if look.months else (np.ceil(time * 30.4375) / 30.4375).round(6)
        out.append((np.minimum(time, 35.9 if not look.months else 36), death <= last))
    return out


def draw(look: Look, arms: list, paths: dict) -> None:
    """Writes the figure to paths {(form, dpi): path}."""
    settings = {"font.family": ["DejaVu Sans"], "svg.fonttype": "none", "hatch.linewidth": 0.5} | look.settings
    with plt.rc_context(settings):
        figure, every = plt.subplots(1, 2 if look.extra == "panels" else 1, figsize=look.size, squeeze=False)
        axes = every[0][0]
        _plot(axes, look, arms)
        for other in every[0][1:]:
            _plot(other, look, arms[::-1])
            other.set_ylabel("Progression-free survival")
            axes.set_title("A", loc="left"), other.set_title("B", loc="left")
        rows = {"three": 3 * look.arms + 1, "": 0, "above": 0}.get(look.risk, look.arms)
        figure.subplots_adjust(
            bottom=0.16 + 0.05 * rows, left=0.2 if look.risk else 0.13, top=0.78 if look.risk == "above" else 0.9,
            right=0.7 if look.legend == "outside" else 0.96,
        )  # fmt: skip
        for (form, dpi), path in paths.items():
            _save(figure, look, form, dpi, path)
        plt.close(figure)


def _save(figure, look, form, dpi, path) -> None:
    if form != "jpg":
        figure.savefig(path, format=form, dpi=dpi)
        return
    figure.savefig(path, format=form, dpi=look.dpi, pil_kwargs={"quality": look.quality})
    if look.extra == "scaled":
        from PIL import Image

        with Image.open(path) as image:
            image.resize((round(1.37 * image.width), round(1.37 * image.height)), Image.Resampling.BILINEAR).save(
                path, quality=look.quality
            )


def _plot(axes, look, arms) -> None:
    _curves(axes, look, arms)
    _axes(axes, look)
    _words(axes, look, arms)
    if look.risk:
        _table(axes, look, arms)


def styles_of(look) -> list:
    """(colour, line type) of each arm."""
    return list(islice(zip(cycle(look.colours), cycle(look.lines)), look.arms))  # noqa: B905


def _curves(axes, look, arms) -> None:
    one, scale = 100 if look.percent else 1, MONTHS[look.unit]
    for k, ((time, event), (colour, dash)) in enumerate(zip(arms, styles_of(look), strict=True)):
        curve = kaplan_meier(time, event)
        at, s = np.append(0, curve.time) / scale, np.append(1, curve.survival)
        half = 1.96 * np.append(0, curve.survival * np.sqrt(np.where(np.isfinite(g := curve.greenwood), g, 0)))
        shown = (lambda v: one * (1 - v)) if look.rising else (lambda v: one * v)
        axes.step(at, shown(s), where="post", color=colour, linestyle=dash, linewidth=look.width, label=NAMES[k])
        if look.marks:
            gone = curve.n_censor > 0
            axes.plot(at[1:][gone], shown(s[1:][gone]), look.marks, color=colour, **look.mark)
        if look.band:
            low, high = (np.clip(shown(s + z * half), 0, one) for z in (-1, 1))
            hatched = dict(hatch=look.band, facecolor="none", edgecolor=colour, alpha=0.5)
            filled = dict(color=colour, alpha=0.2, linewidth=0)
            axes.fill_between(at, low, high, step="post", **(hatched if look.band != "fill" else filled))
        if look.extra == "medians" and (s <= 0.5).any():
            median = at[np.flatnonzero(s <= 0.5)[0]]
            axes.plot([0, median, median], [0.5, 0.5, 0], color="k", linestyle="--", linewidth=0.8)


def _axes(axes, look) -> None:
    one, (first, last, step), (low, high, rise) = 100 if look.percent else 1, look.ticks, look.levels
    axes.set_facecolor(look.settings.get("axes.facecolor", look.ground))
    axes.set_xticks(np.arange(first, last + step / 2, step)), axes.set_xlim(-0.02 * last, 1.03 * last)
    axes.set_yticks(np.arange(low, high + rise / 2, rise) * one)
    axes.set_ylim((low - (0.02 if not look.foot else 0)) * one, (high + 0.03) * one)
    if look.extra == "log":
        axes.set_yscale("log"), axes.set_ylim(0.08, 1.05)
        axes.set_yticks([0.1, 0.2, 0.5, 1.0], ["0.1", "0.2", "0.5", "1.0"]), axes.minorticks_off()
    axes.set_xlabel(look.label or {"months": "Months since randomisation", "years": "Years", "days": "Days"}[look.unit])
    what = "Cumulative incidence" if look.rising else "Overall survival"
    axes.set_ylabel(what + (" (%)" if look.percent else ""))
    if look.grid:
        axes.grid(True, **look.grid), axes.set_axisbelow(True)
    for side in ("left", "bottom", "right", "top"):
        axes.spines[side].set_visible(side[0] in look.spines)
    if look.extra == "turned":
        axes.tick_params(axis="x", labelrotation=90)
    if look.extra == "inside":
        axes.tick_params(direction="in", top=True, right=True), axes.minorticks_on()
    if look.extra == "broken":
        place = dict(transform=axes.transAxes, color="k", clip_on=False, linewidth=1)
        for y in (0.02, 0.04):
            axes.plot([-0.015, 0.015], [y - 0.01, y + 0.01], **place)
    for at, rate in ((12, "62.1%"), (24, "38.4%")) if look.extra == "landmarks" else ():
        axes.axvline(at, color="#555555", linestyle=":", linewidth=0.9)
        axes.text(at + 0.4, 96, rate, fontsize=8)


def _words(axes, look, arms) -> None:
    if look.legend == "direct":
        for k, ((time, event), (colour, _)) in enumerate(zip(arms, styles_of(look), strict=True)):
            curve, at = kaplan_meier(time, event), 8 + 10 * k
            s = np.append(1, curve.survival)[np.searchsorted(curve.time, at, side="right")]
            axes.text(at + 1, s + 0.06, NAMES[k], color=colour)
    elif look.legend == "outside":
        axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
    elif look.legend == "below":
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=look.arms, fontsize=8)
    else:
        axes.legend(loc=look.legend, frameon="boxed" in look.name)
    for k, words in enumerate(look.words):
        axes.text(0.05, 0.2 - 0.07 * k, words, transform=axes.transAxes, fontsize=9)


def _table(axes, look, arms) -> None:
    first, last, step = look.ticks
    ticks, scale, size = np.arange(first, last + step / 2, step), MONTHS[look.unit], 8
    rows = []
    for k, (time, event) in enumerate(arms):
        curve = kaplan_meier(time, event)
        at_risk = [int(n) for n in numbers_at_risk(curve, ticks * scale)]
        gone = [int((~event & (time < t * scale)).sum()) for t in ticks]
        dead = [int((event & (time < t * scale)).sum()) for t in ticks]
        colour = styles_of(look)[k][0] if look.risk == "coloured" else "black"
        shown = [f"{n} ({g})" for n, g in zip(at_risk, gone, strict=True)] if look.risk == "bracket" else at_risk
        rows.append((NAMES[k], shown, colour))
        if look.risk == "three":
            rows += [("Censored", gone, colour), ("Events", dead, colour)]
    start = 1.24 if look.risk == "above" else -0.24
    axes.text(-0.23, start + 0.06, "No. at risk", transform=axes.transAxes, fontsize=size, weight="bold")
    for k, (name, counts, colour) in enumerate(rows):
        y = start - (0.06 if look.risk == "above" else 0.065) * k
        axes.text(-0.23, y, name, transform=axes.transAxes, color=colour, fontsize=size, va="center")
        for tick, count in zip(ticks, counts, strict=True):
            place = dict(transform=axes.get_xaxis_transform(), ha="center", va="center", fontsize=size, color=colour)
            axes.text(tick, y, str(count), **place)
