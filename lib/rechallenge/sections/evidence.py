"""A factor in all studies at once: one model of patients and pseudo-patients, and the studies' models pooled."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from papercheck.files.findings import NotAvailable
from papercheck.vocabulary.kinds import NO_PERSONS
from smallsurv.cox import NotEstimable
from smallsurv.curve import observed
from smallsurv.evidence import OneStage, one_stage, study_effects
from smallsurv.meta.pool import MODELS, pool
from smallsurv.pooled import SETTLED

from ..derive.evidence import MAILED, OWN, PATIENTS, PSEUDO, Study, Together, derive_evidence
from ..federation.evidence import mailed_study
from ..results import RATIO_UNITS, Result
from ..show.display import Figure, Table
from ..show.figures.forest import HEADS, Estimate, ForestRow, forest_table
from ..show.labels import factor_contrast, group_label
from ..show.standing import standing_note
from ..show.style import house_style
from ..text.language import say
from ..text.words import listed, p_value, percent, plural, ratio_with_interval, rounded, with_interval
from .endpoint import endpoint_label, outcome_results

KINDS = {
    OWN: "patients of this cohort",
    PATIENTS: "patients",
    MAILED: "patients of hospitals, as mailed sums",
    **NO_PERSONS,
}
WAYS = {
    "all": "One model, all studies",
    "patients": "One model, patients alone",
    "common": "Studies pooled, common effect",
    "REML HK": "Studies pooled, random effects",
}
POOLS = ("common", "REML HK")
NOT_PATIENTS = (
    "Pseudo-patients are made from what a paper prints. They are not patients: what is printed is in them, and what is"
    " not printed is a choice of how they were made."
)
HOW = (
    "One model: Cox, Efron ties, stratified by study, each study with its own baseline hazard. Pooled: each study's own"
    " Cox model; inverse variances, and random effects by REML with the interval of Hartung and Knapp, never narrower"
    " than without."
)
DRAWN = (
    "{m} drawn versions of pseudo-patients, put together by Rubin's rules: how far they differ is in the interval, as"
    " far as they show what the paper leaves open; events are their mean: {studies}."
)
SUMS = (
    "{study}: what {centres} mailed ({patients}{events}), no record of a patient; each hospital keeps its own baseline"
    " hazard. {state}"
)
EXACT = "It was asked at the estimate of the model of all studies, which is as exact as with the patients in one table."
STRETCHED = (
    "The nearest answer is {far} standard errors of it away from the estimate of the model of {which}; a quadratic"
    " stands"
    " for it there. `rechallenge pool data/{cohort}/{folder} --evidence {cohort}` asks the hospitals at the estimate"
    " itself."
)
SPREAD = (
    "At the drawn versions' own estimates, up to {far} standard errors of it away, a quadratic stands for it; to ask at"
    " each would be a round of mail each."
)
ONE = "One reconstruction each, so that what the paper leaves open is not in the interval: {studies}."
LIMITS = {"hr": "ratio", "ci_low": "ratio", "ci_high": "ratio"}
STUDY_UNITS = {"n": "subjects", "events": "events"} | LIMITS | {"carried": "share", "versions": ""}
FIT_UNITS = RATIO_UNITS | {"k": "studies", "fmi": "share"}
POOL_UNITS = RATIO_UNITS | {"k": "studies", "tau2": "", "prediction_low": "ratio", "prediction_high": "ratio"}
FEWEST = 3  # studies of a pool with random effects: of two the interval says nothing


@dataclass(frozen=True, eq=False)
class Compared:
    """together : the studies; whole, real : the model of all of them, and of those whose rows are patients (None, and
    why); effects : of each level but the reference the studies' own (study, effect, se), and the pools."""

    together: Together
    whole: OneStage
    real: OneStage | None
    why_not: str
    effects: tuple[pd.DataFrame, ...]
    pools: tuple[pd.DataFrame, ...]


def all_evidence(cohort, unit: str = "cohort", censor_at: str = "last follow-up") -> Together:
    """derive_evidence, with what hospitals mailed among the other studies."""
    return derive_evidence(cohort, unit, censor_at, mailed_study)


def compare_evidence(together: Together) -> Compared:
    """The factor in all studies at once. Raises NotAvailable where the model of all of them has no estimate."""
    versions = [together.versions(study) for study in together.studies]
    try:
        whole = one_stage(versions)
    except NotEstimable as reason:
        text = "needs a model of all studies with an estimate of each level: {why}."
        raise NotAvailable(say(text, why=say(reason.reason))) from None
    real, why_not = _of_patients(together, versions)
    effects = tuple(study_effects(versions, j) for j in range(len(together.levels) - 1))
    pools = tuple(pool(e, POOLS if e["effect"].notna().sum() >= FEWEST else POOLS[:1]) for e in effects)
    return Compared(together, whole, real, why_not, effects, pools)


def _of_patients(together, versions) -> tuple[OneStage | None, str]:
    kept = [v for study, v in zip(together.studies, versions, strict=True) if study.real]
    if len(kept) == len(versions):
        return None, ""
    if not kept:
        return None, say("no study has patients")
    try:
        return one_stage(kept), ""
    except NotEstimable as reason:
        return None, say(reason.reason)


def evidence_studies(compared: Compared) -> Table:
    """A row a study: what its rows are, patients and events of each level, its own hazard ratios, and the share of the
    information that it carries."""
    together, outcome = compared.together, compared.together.outcome
    factor, cohort = together.told.factor, compared.together.outcome.cohort
    against = group_label(cohort, factor, together.levels[0])
    heads = [say("{level}: n (events)", level=group_label(cohort, factor, level)) for level in together.levels]
    ratios = [
        say("{level} against {reference}: HR (95% CI)", level=group_label(cohort, factor, level), reference=against)
        for level in together.levels[1:]
    ]
    rows = [_study_row(compared, i, study) for i, study in enumerate(together.studies)]
    return Table(
        id="evidence.studies",
        of=together.told.endpoint.lower(),
        title=say("{endpoint}: what each study says", endpoint=endpoint_label(outcome)),
        columns=[say("Study"), say("Its rows are"), *heads, *ratios, say("Share of the information, %")],
        rows=rows,
        results=[r for i, study in enumerate(together.studies) for r in _study_results(compared, i, study)],
        notes=[
            say(NOT_PATIENTS),
            *_study_notes(together),
            *_mailed_notes(compared),
            standing_note(cohort, f"adtte.{together.told.endpoint}"),
        ],
    )


def _counts(study: Study, level) -> tuple[float, float]:
    """Patients and events of a level; the mean over versions, where events differ between them; NaN of mailed sums."""
    if study.sums:
        return np.nan, np.nan
    of = [rows[rows["LEVEL"] == level] for rows in study.versions]
    return float(np.mean([len(rows) for rows in of])), float(np.mean([observed(rows["CNSR"]).sum() for rows in of]))


def _count(number) -> str:
    """A count, or the mean of several to one decimal; a dash where nobody tells it."""
    if np.isnan(number):
        return "–"
    return f"{number:g}" if float(number).is_integer() else rounded(number, 1)


def _own(compared, i, j) -> tuple[float, float, float]:
    row = compared.effects[j].iloc[i]
    return tuple(np.exp(row["effect"] + k * norm.ppf(0.975) * row["se"]) for k in (0, -1, 1))


def _ratio(values) -> str:
    return ratio_with_interval(*values, 2) if np.isfinite(values).all() else say("NE")


def _study_row(compared, i, study) -> list[str]:
    counts = [_counts(study, level) for level in compared.together.levels]
    own = [_ratio(_own(compared, i, j)) for j in range(len(compared.effects))]
    shares = " / ".join(percent(share, 0) for share in compared.whole.carried[i])
    return [
        study.label,
        say(KINDS[study.kind]),
        *["–" if study.sums else f"{_count(n)} ({_count(events)})" for n, events in counts],
        *own,
        shares,
    ]


def _study_results(compared, i, study) -> list[Result]:
    together, rows = compared.together, []
    for j, level in enumerate(together.levels[1:]):
        n, events = _counts(study, level)
        values = dict(zip(("hr", "ci_low", "ci_high"), _own(compared, i, j), strict=True))
        values |= {"n": n, "events": events, "carried": compared.whole.carried[i, j], "versions": len(study.versions)}
        rows.append(values | {"by": together.told.factor, "level": level, "reference": together.levels[0]})
    found, method = pd.DataFrame(rows), "Cox, Wald"
    return outcome_results(
        together.outcome,
        found,
        "evidence.study",
        STUDY_UNITS,
        together.told.factor,
        variable=study.label,
        method=method,
    )


def _study_notes(together) -> list[str]:
    several = [study for study in together.studies if len(study.versions) > 1]
    one = [study.label for study in together.studies if study.kind == PSEUDO and len(study.versions) == 1]
    lost = [(study.label, study.unknown) for study in together.studies if study.unknown]
    m = min((len(study.versions) for study in several), default=0)
    said = [
        say(DRAWN, m=m, studies=listed(study.label for study in several)) if several else "",
        say(ONE, studies=listed(one)) if one else "",
        *(
            say("{study}: {patients} without a level left out.", study=s, patients=plural(n, "patient"))
            for s, n in lost
        ),
        *(say("Left out: {study}, {why}.", study=label, why=why) for label, why in together.left),
        *(say("{study}: {source}.", study=s.label, source=s.source) for s in together.told.studies if s.source),
    ]
    return [sentence for sentence in said if sentence]


def _mailed_notes(compared) -> Iterator[str]:
    """What stands behind mailed sums, and whether they were asked where they are used."""
    for i, study in enumerate(compared.together.studies):
        if study.sums:
            patients = plural(study.sums.patients, "patient") + say(", ") if study.sums.patients else ""
            told = {"study": study.label, "centres": plural(study.sums.centres, "hospital"), "patients": patients}
            state = " ".join(_states(compared, i, study))
            yield say(SUMS, **told, events=plural(study.sums.events, "event"), state=state)


def _states(compared, i, study) -> Iterator[str]:
    """Of each model whether a mailed study was asked at its estimate."""
    for which, stage, place in asked_of(compared):
        if i in place and stage.away[place[i]] > SETTLED:
            folder = study.sums.folder
            far = rounded(stage.away[place[i]], 3)
            yield say(STRETCHED, far=far, which=say(which), folder=folder.name, cohort=folder.parent.name)
            return
    whole = compared.whole
    yield say(SPREAD, far=rounded(whole.stretched[i], 3)) if whole.stretched[i] > SETTLED else say(EXACT)


def asked_of(compared: Compared) -> Iterator[tuple[str, OneStage, dict[int, int]]]:
    """The models that mailed studies are asked for: of which studies, the model, the place in it of each study."""
    studies = compared.together.studies
    yield "all studies", compared.whole, {i: i for i in range(len(studies))}
    if compared.real is not None:
        real = [i for i, study in enumerate(studies) if study.real]
        yield "patients alone", compared.real, {i: place for place, i in enumerate(real)}


def evidence_table(compared: Compared) -> Table:
    """A row a level and way: the hazard ratio of all studies in one model, of patients alone, and pooled."""
    together = compared.together
    rows = list(_lines(compared))
    return Table(
        id="evidence.hazard_ratios",
        of=together.told.endpoint.lower(),
        title=say("{endpoint}: all studies at once", endpoint=endpoint_label(together.outcome)),
        columns=[
            say("Comparison"),
            say("Analysis"),
            say("Studies"),
            say("HR (95% CI)"),
            say("P"),
            say("Prediction interval"),
        ],
        rows=[_line_row(together, row) for row in rows],
        results=[*_ways(together, rows, FIT_UNITS, "fmi"), *_ways(together, rows, POOL_UNITS, "tau2")],
        notes=[
            say(HOW),
            say("Patients alone: no estimate, {reason}.", reason=compared.why_not) if compared.why_not else "",
            say(
                "Random effects need three studies; the prediction interval, of the effect in a further study, needs"
                " five."
            ),
            say("Association, not effect: nobody was assigned a level, and nothing else is adjusted for."),
            say(NOT_PATIENTS),
        ],
    )


def _ways(together, rows, units, own) -> list[Result]:
    """Results of the rows that have a statistic `own`, and an estimate."""
    found = pd.DataFrame([row for row in rows if own in row and np.isfinite(row["hr"])])
    return outcome_results(together.outcome, found, "evidence.hazard_ratio", units, together.told.factor)


def _lines(compared) -> Iterator[dict]:
    together = compared.together
    for j, level in enumerate(together.levels[1:]):
        place = {"level": level, "reference": together.levels[0]}
        yield place | {"model": "all", "k": len(together.studies)} | _of_fit(compared.whole, j)
        if compared.real is not None:
            yield place | {"model": "patients", "k": sum(s.real for s in together.studies)} | _of_fit(compared.real, j)
        for row in compared.pools[j].to_dict("records"):
            found = {c: row[c] for c in POOL_UNITS if c in row} | {
                "hr": row["estimate"],
                "method": MODELS[row["model"]],
            }
            yield place | {"model": row["model"]} | found


def _of_fit(stage, j) -> dict:
    fit = stage.fit
    hr, low, high = np.exp([fit.coef[j], fit.low[j], fit.high[j]])
    method = "Cox stratified by study" + (", Rubin's rules" if fit.m > 1 else "")
    return {"hr": hr, "ci_low": low, "ci_high": high, "p": fit.p[j], "fmi": fit.fmi[j], "method": method}


def _line_row(together, row) -> list[str]:
    label = factor_contrast(together.outcome.cohort, together.told.factor, row["level"], row["reference"])
    wide = (row.get("prediction_low", np.nan), row.get("prediction_high", np.nan))
    spread = "–" if not np.isfinite(wide).all() else say("{low} to {high}", low=f"{wide[0]:.2f}", high=f"{wide[1]:.2f}")
    values = (row["hr"], row["ci_low"], row["ci_high"])
    p = p_value(row["p"]) if np.isfinite(row["p"]) else say("NE")
    return [label, say(WAYS[row["model"]]), f"{row['k']:g}", _ratio(values), p, spread]


def evidence_forest(compared: Compared) -> Figure:
    """Each study's own hazard ratio, and those of all studies at once; a block a level."""
    together, outcome = compared.together, compared.together.outcome
    rows = [row for j in range(len(compared.effects)) for row in _forest_block(compared, j)]
    endpoint = endpoint_label(outcome, short=True)
    axis = say("Hazard ratio for {endpoint} (log scale)", endpoint=endpoint) + "\n" + say("above 1: shorter survival")
    with house_style():
        figure = forest_table(rows, axis, {k: say(v) for k, v in HEADS.items()})[0]
    each = say("; ").join(f"{row.label} {row.estimate.text}" for row in rows if row.estimate)
    return Figure(
        id="evidence.forest",
        of=together.told.endpoint.lower(),
        figure=figure,
        name=f"{together.told.endpoint.lower()}_evidence",
        title=say("{endpoint}: all studies at once", endpoint=endpoint_label(outcome)),
        alt=say("Forest plot of hazard ratios. {each}.", each=each),
        notes=[
            say("Squares: hazard ratios (filled: P below 0.05); lines: 95% intervals; arrows: the interval goes on.")
        ],
    )


def _forest_block(compared, j) -> Iterator[ForestRow]:
    together = compared.together
    level, reference = together.levels[j + 1], together.levels[0]
    yield ForestRow(factor_contrast(together.outcome.cohort, together.told.factor, level, reference), "head")
    for i, study in enumerate(together.studies):
        both = [_counts(study, at) for at in (reference, level)]
        counts = [sum(x) for x in zip(*both, strict=True)] if not study.sums else [np.nan, study.sums.events]
        label = say("{study} ({rows})", study=study.label, rows=say(KINDS[study.kind]))
        yield _forest_row(label, _own(compared, i, j), None, *map(_count, counts))
    for row in _lines(compared):
        if row["level"] == level:
            yield _forest_row(say(WAYS[row["model"]]), (row["hr"], row["ci_low"], row["ci_high"]), row["p"])


def _forest_row(label, values, p, n="", events="") -> ForestRow:
    if not np.isfinite(values).all():
        return ForestRow(label, "level", n, events, reason=say("NE"))
    shown = "" if p is None else p_value(p)
    return ForestRow(
        label, "level", n, events, Estimate(*values, with_interval(*values), shown, p is not None and p < 0.05)
    )
