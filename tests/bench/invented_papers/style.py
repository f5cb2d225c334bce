"""The looks of numbers: signs of decimals, intervals, P, shares; each paper draws its own."""

from dataclasses import dataclass
from random import Random

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
         "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")  # fmt: skip
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
INTERVALS = (
    "{v} months ({l}% CI, {lo}–{hi})", "{v} months ({l}% CI {lo}–{hi} months)", "{v} months [{l}% CI: {lo}-{hi}]",
    "{v} ({l}% CI {lo} to {hi}) months", "{v} months, {l}% CI {lo}–{hi}", "{v} mo ({l}% CI: {lo}, {hi})",
    "{v} months ({l}% confidence interval [CI] {lo}–{hi})", "{v} months ({l}%CI={lo}~{hi})",
    "{v} months ({l}% CI: {lo} months to {hi} months)",
)  # fmt: skip
RATIOS = (
    "HR {v}, {l}% CI {lo}–{hi}", "HR = {v}, {l}% CI: {lo}-{hi}", "hazard ratio, {v}; {l}% CI, {lo} to {hi}",
    "HR: {v} [{lo}–{hi}]", "HR {v} ({l}% CI {lo}–{hi})", "hazard ratio [HR] {v}, {l}% CI {lo}–{hi}",
)  # fmt: skip
PS = ("P = {p}", "p={p}", "P={p}", "p = {p}", "P: {p}", "p-value = {p}", "log-rank P = {p}")
SHARES = (
    "{k} ({x}%)", "{k}/{n} ({x}%)", "{k} of {n} ({x}%)", "{k} patients ({x}%)", "{x}% ({k}/{n})", "{x}% (n = {k})",
    "{k} of the {n} patients ({x}%)",
)  # fmt: skip


@dataclass(frozen=True)
class Style:
    """How a paper prints."""

    point: str
    interval: str
    ratio: str
    p: str
    share: str
    level: str
    bare_p: bool
    digits: int
    chinese: bool

    def n(self, value: float, digits: int | None = None) -> str:
        """A number with the paper's decimal sign."""
        return f"{value:.{self.digits if digits is None else digits}f}".replace(".", self.point)

    def of(self, value: float) -> str:
        """A P value: .37 or 0.37, <0.001."""
        shown = "<0.001" if value < 0.001 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
        return (shown.replace("0.", ".", 1) if self.bare_p else shown).replace(".", self.point)

    def percent(self, k: int, n: int) -> str:
        """k of n in percent, rounded half up."""
        return self.n(int(1000 * k / n + 0.5) / 10, 1)


def style_of(rng: Random, chinese: bool = False) -> Style:
    """A style drawn at random; one paper keeps it."""
    interval = "{v}个月（{l}%CI：{lo}～{hi}）" if chinese else rng.choice(INTERVALS)
    if chinese and rng.random() < 0.5:
        interval = "{v}（{l}%CI {lo}~{hi}）个月"
    return Style(
        "·" if not chinese and rng.random() < 0.2 else ".", interval,
        "HR={v}，{l}%CI：{lo}～{hi}" if chinese else rng.choice(RATIOS), "P={p}" if chinese else rng.choice(PS),
        "{k}例（{x}%）" if chinese else rng.choice(SHARES), rng.choice(("95", "95", "95", "90")),
        not chinese and rng.random() < 0.3, rng.choice((1, 1, 2)), chinese,
    )  # fmt: skip


def in_words(n: int) -> str:
    """A number below a hundred in words, with a capital."""
    word = WORDS[n] if n < 20 else TENS[n // 10] + (f"-{WORDS[n % 10]}" if n % 10 else "")
    return word.capitalize()
