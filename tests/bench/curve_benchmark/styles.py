"""Forty Kaplan-Meier figures of simulated patients in the looks of published ones: each a Style, drawn by `draw`."""

from dataclasses import dataclass
from itertools import cycle, islice

import matplotlib
import numpy as np

from smallsurv.curve import kaplan_meier, numbers_at_risk

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

MONTHS = {"months": 1.0, "years": 12.0, "weeks": 12 * 7 / 365.25, "days": 12 / 365.25}
PALETTES = {
    "survminer": ["#F8766D", "#00BFC4", "#7CAE00", "#C77CFF"], "nejm": ["#000000", "#D55E00", "#0072B2", "#009E73"],
    "jama": ["#374E55", "#DF8F44", "#00A1D5", "#B24745"], "prism": ["#0433FF", "#FF2600", "#000000", "#009051"],
    "spss": ["#3E58AC", "#2EB848", "#D3A83A", "#7A4FA0"], "sas": ["#445694", "#A23A2E", "#01665E", "#543005"],
    "stata": ["#1A476F", "#90353B", "#55752F", "#E37E00"], "grey": ["#000000"] * 4,
}  # fmt: skip
LABELS = {"months": "Months", "years": "Years since randomisation", "weeks": "Time (weeks)", "days": "Days"}


@dataclass(frozen=True)
class Style:
    """What a figure looks like. marks: a marker of matplotlib or ''; foot: where the axis of S begins."""

    name: str
    palette: str = "survminer"
    arms: int = 2
    n: int = 60
    unit: str = "months"
    percent: bool = False
    grid: bool = False
    band: bool = False
    limits: bool = False
    risk: bool = True
    legend: str = "upper right"
    marks: str = "|"
    foot: float = 0.0
    dashes: bool = False
    width: float = 1.5
    font: str = "DejaVu Sans"
    size: float = 10.0
    spines: bool = False
    rotated: bool = False
    ground: str = "white"
    label: str = ""
    outlined: bool = False


def styles() -> list[Style]:
    """Eight looks, each in five forms."""
    looks = {
        "survminer": dict(palette="survminer", marks="+"), "ggsurvfit": dict(palette="jama", band=True, grid=True),
        "prism": dict(palette="prism", percent=True, width=2.4, risk=False, legend="lower left", size=12),
        "sas": dict(palette="sas", marks="+", spines=True, legend="lower right"),
        "spss": dict(palette="spss", marks="+", spines=True, ground="#F0F0F0", risk=False, legend="outside", width=2.2),
        "stata": dict(palette="stata", marks="", grid=True, ground="#EAF2F3", legend="below"),
        "nejm": dict(palette="nejm", percent=True, dashes=True, marks="", size=9),
        "grey": dict(palette="grey", dashes=True, spines=True, legend="none"),
    }  # fmt: skip
    forms = [
        dict(), dict(arms=3, unit="years", n=45), dict(arms=1, unit="weeks", limits=True, n=40, rotated=True),
        dict(unit="days", foot=0.4, font="Liberation Sans", outlined=True, n=150),
        dict(arms=4, n=35, font="STIXGeneral", size=13, label="时间（月）"),
    ]  # fmt: skip
    return [Style(f"{name}_{k}", **(look | form)) for name, look in looks.items() for k, form in enumerate(forms, 1)]


def cohort(style: Style, number: int) -> list:
    """[(time in months, event)] of each arm, seeded by the number of the figure."""
    rng = np.random.default_rng(1000 + number)
    high = 1.5 if style.foot else 1.0
    out = []
    for k in range(style.arms):
        death = rng.weibull(1.1, style.n) * (14 + 9 * k) * high * (3 if style.foot else 1)
        last = rng.uniform(6, 42, style.n)
        out.append((np.minimum(death, last).round(2) + 0.01, death <= last))
    return out


def draw(style: Style, arms: list, paths: dict) -> None:
    """Writes the figure to paths {(form, dpi): path}."""
    fonts = [style.font, "DejaVu Sans", "Noto Sans CJK SC", "Noto Sans CJK JP"]
    settings = {"font.family": fonts, "font.size": style.size, "svg.fonttype": "path" if style.outlined else "none"}
    with plt.rc_context(settings):
        rows = style.arms if style.risk else 0
        figure, axes = plt.subplots(figsize=(6.2, 4.6 + 0.25 * rows))
        figure.subplots_adjust(bottom=0.17 + 0.05 * rows, right=0.72 if style.legend == "outside" else 0.95, left=0.16)
        _curves(axes, style, arms)
        _axes(figure, axes, style, arms)
        for (form, dpi), path in paths.items():
            more = {"pil_kwargs": {"quality": 80}} if form == "jpg" else {}
            figure.savefig(path, format=form, dpi=dpi, **more)
        plt.close(figure)


def _curves(axes, style, arms):
    scale, one = MONTHS[style.unit], 100 if style.percent else 1
    dashes = islice(cycle(["-", "--", ":", "-."] if style.dashes else ["-"]), style.arms)
    for k, ((time, event), dash) in enumerate(zip(arms, dashes, strict=True)):
        curve, colour = kaplan_meier(time, event), PALETTES[style.palette][k]
        at, s = np.append(0, curve.time) / scale, np.append(1, curve.survival) * one
        axes.step(at, s, where="post", color=colour, linestyle=dash, linewidth=style.width, label=f"Group {'ABCD'[k]}")
        gone = curve.n_censor > 0
        if style.marks:
            axes.plot(at[1:][gone], s[1:][gone], style.marks, color=colour, markersize=7, markeredgewidth=1)
        half = (
            1.96
            * np.append(0, curve.survival * np.sqrt(np.where(np.isfinite(curve.greenwood), curve.greenwood, 0)))
            * one
        )
        if style.band:
            axes.fill_between(at, s - half, s + half, step="post", color=colour, alpha=0.2, linewidth=0)
        if style.limits:
            for side in (-1, 1):
                limit = np.clip(s + side * half, 0, one)
                limit = np.minimum.accumulate(limit)
                axes.step(at, limit, where="post", color=colour, linestyle="--", linewidth=0.6 * style.width)


def _axes(figure, axes, style, arms):
    scale, one = MONTHS[style.unit], 100 if style.percent else 1
    step = {"months": 6, "years": 1, "weeks": 26, "days": 200}[style.unit]
    ticks = np.arange(0, max(t.max() for t, _ in arms) / scale + step / 2, step)
    axes.set(xticks=ticks, ylim=(style.foot * one, 1.03 * one), facecolor=style.ground)
    axes.set_xlim(0 if style.spines else -0.02 * ticks[-1], ticks[-1] * 1.03)
    axes.set_xlabel(style.label or LABELS[style.unit])
    axes.set_ylabel("Survival (%)" if style.percent else "Survival probability")
    if style.grid:
        axes.grid(True, color="white" if style.ground != "white" else "#cccccc")
    for side in ("top", "right"):
        axes.spines[side].set_visible(style.spines)
    if style.rotated:
        axes.tick_params(axis="y", labelrotation=90)
    if style.legend == "outside":
        axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
    elif style.legend == "below":
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=style.arms)
    elif style.legend != "none":
        axes.legend(loc=style.legend)
    if style.risk:
        _risk(axes, style, arms, ticks, scale)


def _risk(axes, style, arms, ticks, scale):
    for k, (time, event) in enumerate(arms):
        y = -0.24 - 0.07 * k - 0.006 * style.size
        axes.text(-0.19, y, f"Group {'ABCD'[k]}", transform=axes.transAxes, ha="left", va="center")
        counts = numbers_at_risk(kaplan_meier(time, event), ticks * scale)
        for tick, count in zip(ticks, counts, strict=True):
            axes.text(tick, y, str(int(count)), transform=axes.get_xaxis_transform(), ha="center", va="center")
