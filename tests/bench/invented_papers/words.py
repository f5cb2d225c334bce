"""Sentences of results in the wordings of the field, with their truth."""

from dataclasses import dataclass, field
from random import Random

from .paper import fact, said
from .style import Style, in_words

ARMS = (("combination", "chemotherapy"), ("rechallenge", "docetaxel"), ("ICI plus anlotinib", "docetaxel"), ("monotherapy", "combination"),
        ("continued", "switched"), ("Arm A", "Arm B"))  # fmt: skip
FACTORS = (
    ("ECOG PS 0–1", "ECOG PS 2"), ("PD-L1 TPS ≥50%", "PD-L1 TPS <50%"), ("liver metastases", "no liver metastases"),
    ("an NLR below 5", "an NLR of 5 or above"), ("a first PFS of at least 6 months", "a first PFS of less than 6 months"),
    ("brain metastases", "no brain metastases"), ("adenocarcinoma", "squamous cell carcinoma"),
)  # fmt: skip
EVENTS = (
    "Rash",
    "Fatigue",
    "Pneumonitis",
    "Hypothyroidism",
    "Diarrhoea",
    "Anaemia",
    "Nausea",
    "Hepatitis",
    "Pruritus",
    "Colitis",
)


@dataclass
class Study:
    """Simulated numbers of a study, each drawn once, and its style."""

    rng: Random
    style: Style
    arms: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    known: dict = field(default_factory=dict)

    @property
    def n(self) -> int:
        return sum(self.sizes)

    def count(self, what: str, group: str, n: int, low=0.05, high=0.7) -> int:
        """How many of a group; the same each time."""
        key = (what, group)
        if key not in self.known:
            self.known[key] = min(n, max(1, round(n * self.rng.uniform(low, high))))
        return self.known[key]

    def median(self, endpoint: str, group: str) -> tuple[str, str, str]:
        """Median and limits as printed."""
        key = (endpoint, group)
        if key not in self.known:
            v = self.rng.uniform(2, 9) * (2.3 if endpoint == "OS" else 1)
            open_end = endpoint == "OS" and self.rng.random() < 0.3
            high = "NE" if open_end else self.style.n(v * self.rng.uniform(1.3, 2))
            self.known[key] = (self.style.n(v), self.style.n(v * self.rng.uniform(0.5, 0.8)), high)
        return self.known[key]

    def time(self, endpoint: str, group: str, bare: bool = False) -> str:
        """A median with its interval (or without), in the paper's form, with its note."""
        v, lo, hi = self.median(endpoint, group)
        if bare:
            return said(
                f"{v}{'个月' if self.style.chinese else ' months'}", fact("median_survival", endpoint, group, v)
            )
        shown = self.style.interval.format(v=v, lo=lo, hi=hi, l=self.style.level)
        return said(shown, fact("median_survival", endpoint, group, v, lo, hi))

    def share(self, what: str, group: str, n: int, form: str = "", prefix: str = "", high: float = 0.7) -> str:
        """A count with its percentage in the paper's form."""
        k = self.count(what, group, n, high=high)
        x = self.style.percent(k, n)
        shown = (form or self.style.share).format(k=k, n=n, x=x)
        facts = [fact(f"{prefix}count", what, group, str(k)), fact(f"{prefix}percent", what, group, x)]
        return said(
            shown, *[f for f in facts if "{k}" in (form or self.style.share) or f.startswith(f"{prefix}percent")]
        )

    def p(self, endpoint: str, group: str) -> str:
        """A P value with its note."""
        value = self.style.of(
            self.known.setdefault(("p", endpoint, group), self.rng.choice((0.0004, 0.012, 0.034, 0.21, 0.48)))
        )
        shown = self.style.p.format(p=value).replace("= <", "< ").replace("=<", "<").replace(": <", " < ")
        return said(shown, fact("p", endpoint, group, value))

    def ratio(self, endpoint: str, group: str) -> str:
        """A hazard ratio with its interval."""
        key = ("hr", endpoint, group)
        if key not in self.known:
            v = self.rng.uniform(0.4, 2.4)
            self.known[key] = tuple(self.style.n(x, 2) for x in (v, v * 0.55, v * 1.8))
        v, lo, hi = self.known[key]
        shown = self.style.ratio.format(v=v, lo=lo, hi=hi, l=self.style.level)
        return said(shown, fact("hazard_ratio", endpoint, group, v, lo, hi))

    def pick(self, *choices: str) -> str:
        """One of several wordings."""
        return self.rng.choice(choices)


def included(s: Study) -> str:
    n = said(str(s.n), fact("count", "patients included", "all", str(s.n)))
    if s.n < 100 and s.rng.random() < 0.3:
        n = said(in_words(s.n), fact("count", "patients included", "all", in_words(s.n)))
        return f"{n} patients {s.pick('were included', 'were analysed', 'resumed treatment')}."
    return s.pick(
        f"A total of {n} patients were enrolled.", f"We identified {n} eligible patients.",
        f"Between January 2016 and June 2022, {n} patients were included.", f"The study comprised {n} patients.",
        f"Data of {n} patients were analysed.", f"Overall, {n} patients were eligible.", f"Of {said('412', fact('count', 'screened', 'all', '412'))} patients screened, {n} were included.",
    )  # fmt: skip


def sizes(s: Study) -> str:
    a, b = (said(str(n), fact("count", "patients included", g, str(n))) for g, n in zip(s.arms, s.sizes, strict=True))
    (x, y), (n, m) = (
        s.arms,
        (said(f"n = {n}", fact("count", "patients included", g, str(n))) for g, n in zip(s.arms, s.sizes, strict=True)),
    )
    return s.pick(
        f"There were {a} patients in the {x} group and {b} in the {y} group.", f"Patients received {x} ({n}) or {y} ({m}).",
        f"{a} patients were treated in the {x} group and {b} patients in the {y} group.",
        f"They were divided into the {x} group ({n}) and the {y} group ({m}).",
    )  # fmt: skip


def characteristics(s: Study) -> str:
    n = s.n
    age = s.rng.randint(58, 70)
    low, high = age - s.rng.randint(15, 25), age + s.rng.randint(10, 18)
    median = fact("median", "Age", "all", str(age))
    spread = s.pick("range", "iqr")
    shown = f"{age} years ({'range' if spread == 'range' else 'IQR'} {s.pick('', ', ') if 0 else ''}{low}–{high})"
    first = s.pick("The median age was {}.", "Median age was {}.", "Patients had a median age of {}.")
    parts = [first.format(said(shown, median, fact(spread, "Age", "all", "", str(low), str(high))))]
    male = s.share("male", "all", n, s.pick("{k} ({x}%)", "{k}/{n} ({x}%)"), high=0.9)
    parts.append(s.pick(f"{male} were men.", f"There were {male} male patients.", f"Of these, {male} were male."))
    smoker = s.share("ever smoker", "all", n, "{k} ({x}%)", high=0.9)
    parts.append(
        s.pick(f"{smoker} patients were current or former smokers (ever smoker).", f"Ever smokers were {smoker}.")
    )
    return " ".join(parts)


def responses(s: Study) -> str:
    n = s.n
    orr, dcr = s.share("ORR", "all", n, high=0.4), s.share("DCR", "all", n)
    listed = said(
        "{}% and {}%".format(*(s.style.percent(s.count(w, "all", n), n) for w in ("ORR", "DCR"))),
        *(fact("percent", w, "all", s.style.percent(s.count(w, "all", n), n)) for w in ("ORR", "DCR")),
    )
    return s.pick(
        f"An objective response was recorded in {orr} and disease control in {dcr}.", f"The ORR was {orr} and the DCR was {dcr}.",
        f"The ORR and DCR were {listed}, respectively.", f"The objective response rate was {orr}; the disease control rate was {dcr}.",
    )  # fmt: skip


def best(s: Study) -> str:
    n = s.n
    counts = {c: s.count(f"BOR: {c}", "all", n, 0.05, 0.2 if c == "CR" else 0.35) for c in ("CR", "PR", "SD", "PD")}

    def one(c, form="{k} ({x}%)"):
        return s.share(f"BOR: {c}", "all", n, form)

    listed = said(", ".join(str(counts[c]) for c in ("CR", "PR", "SD")) + f" and {counts['PD']}",
                  *(fact("count", f"BOR: {c}", "all", str(k)) for c, k in counts.items()))  # fmt: skip
    return s.pick(
        f"Best response was complete response in {one('CR')}, partial response in {one('PR')}, stable disease in {one('SD')} and progressive disease in {one('PD')}.",
        f"{one('PR', '{k} patients ({x}%)')} had a partial response, {one('SD')} had stable disease and {one('PD')} progressive disease.",
        f"CR, PR, SD and PD were observed in {listed} patients, respectively.",
        f"Partial response: {one('PR')}; stable disease: {one('SD')}; progressive disease: {one('PD')}.",
    )  # fmt: skip


def survival(s: Study) -> str:
    pfs, os = s.time("PFS", "all"), s.time("OS", "all")
    return s.pick(
        f"Median PFS was {pfs} and median OS was {os}.", f"The median progression-free survival (PFS) was {pfs}. Median overall survival (OS) was {os}.",
        f"Median PFS and OS were {pfs} and {os}, respectively.", f"Patients had a median PFS of {pfs} and a median OS of {os}.",
        f"mPFS was {pfs}; mOS was {os}.", f"The median PFS from the start of rechallenge reached {pfs}, and the median OS was {os}.",
    )  # fmt: skip


def follow_up(s: Study) -> str:
    v = s.rng.uniform(8, 30)
    value, low, high = (s.style.n(x, 1) for x in (v, v * 0.2, v * 2))
    facts = (fact("follow_up", "OS", "all", value), fact("range", "follow_up", "all", "", low, high))
    deaths = s.count("deaths", "all", s.n, 0.3, 0.8)
    died = said(str(deaths), fact("events", "OS", "all", str(deaths)))
    return s.pick(
        f"Median follow-up was {said(f'{value} months (range {low}–{high})', *facts)}.",
        f"After a median follow-up of {said(f'{value} months (range, {low} to {high})', *facts)}, {died} patients had"
        " died.",
        f"The median follow-up time was {said(f'{value} months', facts[0])}. At data cutoff, there had been {died}"
        " deaths.",
    )


def rates(s: Study) -> str:
    a, b, c = (s.style.n(x, 1) for x in sorted((s.rng.uniform(10, 90) for _ in range(3)), reverse=True))
    six, twelve, os = (
        fact("survival_rate", w, "all", v)
        for w, v in (("PFS at 6 months", b), ("PFS at 12 months", c), ("OS at 12 months", a))
    )
    return s.pick(
        f"The 6- and 12-month PFS rates were {said(f'{b}% and {c}%', six, twelve)}, and the 12-month OS rate was"
        f" {said(f'{a}%', os)}.",
        f"PFS at 6 months was {said(f'{b}%', six)} and OS at 12 months was {said(f'{a}%', os)}.",
        f"The 1-year OS rate was {said(f'{a}%', os)}; the 6-month PFS rate was {said(f'{b}%', six)}.",
        f"The estimated rates of PFS at 6 and 12 months were {said(f'{b}% and {c}%', six, twelve)}.",
    )


def subgroup(s: Study) -> str:
    one, two = s.rng.choice(FACTORS)
    a, b, both = s.time("PFS", one), s.time("PFS", two), f"{one} vs {two}"
    va, vb = s.median("PFS", one)[0], s.median("PFS", two)[0]
    short = said(
        f"{va} vs {vb} months", fact("median_survival", "PFS", one, va), fact("median_survival", "PFS", two, vb)
    )
    hr, p = s.ratio("PFS", both), s.p("PFS", both)
    return s.pick(
        f"Median PFS was {a} in patients with {one} and {b} in those with {two} ({p}).",
        f"Patients with {one} had a median PFS of {a}, compared with {b} in patients with {two} ({hr}; {p}).",
        f"Patients with {one} had a different median PFS than those with {two} ({short}; {hr}; {p}).",
        f"Median PFS was {short} in patients with {one} and with {two}, respectively ({p}).",
        f"In the subgroup with {one}, median PFS was {a}, whereas it was {b} in the subgroup with {two} ({p}).",
    )


def model(s: Study) -> str:
    (a, _), (b, _) = s.rng.sample(FACTORS, 2)
    one, two = (f"{s.ratio('PFS', f'{x}, multivariable')}, {s.p('PFS', f'{x}, multivariable')}" for x in (a, b))
    return s.pick(
        f"In multivariable analysis, {a} ({one}) and {b} ({two}) were independently associated with PFS.",
        f"Multivariable Cox regression identified {a} ({one}) and {b} ({two}) as prognostic factors for PFS.",
    )


def toxicity(s: Study) -> str:
    n = s.n
    any_, bad = (
        s.share("Any event, grade any", "all", n, prefix="ae_", high=0.9),
        s.share("Any event, grade ≥3", "all", n, "{k} ({x}%)", "ae_", 0.3),
    )
    one, two, three = s.rng.sample(EVENTS[:8], 3)
    each = [s.share(f"{e}, grade any", "all", n, "{k}, {x}%", "ae_", 0.4) for e in (one, two, three)]
    low = [e.lower() for e in (one, two, three)]
    return s.pick(
        f"Adverse events of any grade occurred in {any_}, and events of grade 3 or higher in {bad}.",
        f"Any-grade adverse events were reported in {any_}; grade ≥3 events were seen in {bad}.",
    ) + s.pick(
        "", f" The most common adverse events were {low[0]} ({each[0]}), {low[1]} ({each[1]}) and {low[2]} ({each[2]}).",
    )  # fmt: skip


def two_arms(s: Study) -> str:
    (x, y), both = s.arms, f"{s.arms[0]} vs {s.arms[1]}"
    out = []
    ks = [s.count("ORR", g, k, 0.1, 0.5) for g, k in zip(s.arms, s.sizes, strict=True)]
    xs = [s.style.percent(k, size) for k, size in zip(ks, s.sizes, strict=True)]
    listed = said(f"{xs[0]}% and {xs[1]}%", *(fact("percent", "ORR", g, v) for g, v in zip(s.arms, xs, strict=True)))
    each = [
        s.share("ORR", g, k, s.pick("{k}/{n} ({x}%)", "{x}% ({k}/{n})")) for g, k in zip(s.arms, s.sizes, strict=True)
    ]
    out.append(s.pick(
        f"The ORR was {listed}, respectively ({s.p('ORR', both)}).", f"The ORR was {each[0]} in the {x} group and {each[1]} in the {y} group ({s.p('ORR', both)}).",
        f"Objective responses were seen in {each[0]} with {x} and {each[1]} with {y} ({s.p('ORR', both)}).",
    ))  # fmt: skip
    for name, word in (("PFS", "PFS"), ("OS", "OS")):
        a, b, hr, p = s.time(name, x), s.time(name, y), s.ratio(name, both), s.p(name, both)
        va, vb = s.median(name, x)[0], s.median(name, y)[0]
        short = said(
            f"{va} vs. {vb} months", fact("median_survival", name, x, va), fact("median_survival", name, y, vb)
        )
        out.append(s.pick(
            f"Median {word} was {a} with {x} and {b} with {y} ({hr}; {p}).", f"The median {word} in the {x} group was {a}, versus {b} in the {y} group ({hr}, {p}).",
            f"Median {word} was {a} and {b} in the {x} and {y} groups, respectively ({hr}; {p}).", f"The {x} group had a longer median {word} than the {y} group ({short}; {hr}; {p}).",
            f"Median {word} was {short} ({p}).", f"Median {word}: {a} for {x} vs {b} for {y}; {hr}; {p}.",
        ))  # fmt: skip
    return " ".join(out)


def aside(s: Study) -> str:
    value = s.style.n(s.rng.uniform(2, 9), 1)
    quoted = said(f"{value} months", fact("other", "", "", f"{value} months"))
    share = s.style.n(s.rng.uniform(5, 30), 1)
    other = said(f"{share}%", fact("other", "", "", f"{share}%"))
    return s.pick(
        f"In the randomised KEYNOTE-010 trial, median PFS was {quoted}.", f"An earlier study reported a response rate of {other}.",
        f"Fujita et al. found a median PFS of {quoted}.", f"Previous series reported a median PFS of {quoted} and a response rate of {other}.",
    )  # fmt: skip
