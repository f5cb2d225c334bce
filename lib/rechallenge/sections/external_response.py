"""The response of a cohort beside that of a published arm: as they are, weighted to its baseline, by a model."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.adjusted import entropy_weights, percentile_limits
from smallsurv.curve import SEED
from smallsurv.proportions import compare_shares
from smallsurv.standardized import averaged_response

from ..derive.external import External
from ..derive.response import OBJECTIVE, on_last_course
from ..derive.treatment import checked_replicates
from ..show.display import Table
from ..text.language import say
from ..text.words import percent, plural, share_of, share_with_interval
from .endpoint import outcome_results
from .external import WAYS, found_weights, population, to_meet
from .one_sample import NOT_A_TRIAL, arms_together

HOW = (
    "Response: CR or PR; who was not evaluated did not respond. Difference: this cohort less the published arm. As they"
    " are: Newcombe's interval. Weighted: the weights of the comparison of the curves (MAIC). Outcome model: a logistic"
    " model of the printed characteristics, averaged over patients drawn with the printed baseline. Their intervals:"
    " percentiles of {n} seeded resamples of this cohort that find weights and model anew, beside as many draws of the"
    " published responders from their printed share."
)
NO_MODEL = "the printed characteristics tell responders from others without error"
UNITS = dict.fromkeys(("own", "printed", "estimate", "ci_low", "ci_high"), "share") | {"n": "subjects"}
METHODS = {"unadjusted": "Newcombe", "weighted": "MAIC, bootstrap", "simulated": "STC, bootstrap"}


def external_response(external: External, best: pd.DataFrame, replicates: int = 2000) -> Table:
    """The share of responders here and in the published arm, and its difference, a row a way.

    best : derive_best_response. Raises NotAvailable where no response of the arm is declared, for pseudo-patients, and
    where nobody has a response on record; CohortError for too few resamples.
    """
    checked_replicates(replicates)
    printed = external.told.response
    if printed is None:
        raise NotAvailable(say("needs the responses of the published arm: `response` of `external_control`."))
    _, last = on_last_course(external.outcome.cohort, best)
    answers = last.set_index("USUBJID")["AVALC"].astype(str).isin(OBJECTIVE).astype(float)
    answer = external.outcome.rows["USUBJID"].map(answers).to_numpy(float)
    known = np.isfinite(answer)
    if not known.any():
        raise NotAvailable(say("needs the response of a patient: none is recorded."))
    ways = [_plain(answer[known], printed), *_adjusted(external, answer, known, replicates)]
    return Table(
        id="external.response",
        title=say("Response: this cohort beside {label}", label=external.told.label),
        columns=[say("Comparison"), say("This cohort"), say("Published"), say("Difference, points (95% CI)")],
        rows=[_row(way, answer[known], printed) for way in ways],
        results=_results(external, ways),
        notes=[
            say(NOT_A_TRIAL),
            arms_together(external.outcome.cohort),
            say(HOW, n=f"{replicates:,}"),
            *(
                say("{way}: no estimate, {reason}.", way=say(WAYS[w["model"]]), reason=w["why"])
                for w in ways
                if w["why"]
            ),
            _lost(known),
        ],
    )


def _plain(answer, printed) -> dict:
    published = np.arange(printed.patients) < printed.responders
    d = compare_shares(np.r_[answer == 1, published], np.r_[np.ones(len(answer), bool), np.zeros(len(published), bool)])
    limits = {"estimate": d["difference"], "ci_low": d["difference_low"], "ci_high": d["difference_high"]}
    own, there = d["count"] / d["n"], d["count_reference"] / d["n_reference"]
    return {"model": "unadjusted", "own": own, "printed": there, "n": len(answer), "why": ""} | limits


def _adjusted(external, answer, known, replicates):
    """The weighted share and that of the outcome model, with the percentiles of their resamples; or why not."""
    kept = known & external.complete
    x, drawn, no_model = population(external, kept)
    design, target = to_meet(external, kept)
    why = [found_weights(external, design, target)[1], no_model]
    y, printed = answer[kept] == 1, external.told.response
    share, n = printed.responders / printed.patients, int(kept.sum())
    rng = np.random.default_rng(SEED)
    there = rng.binomial(printed.patients, share, replicates) / printed.patients
    counts = rng.multinomial(n, np.full(n, 1 / n), replicates) if n else np.empty((replicates, 0))
    makers = (lambda c: _weighted(y, design, target, c), lambda c: averaged_response(y, x, drawn, c))
    for name, make, reason in zip(("weighted", "simulated"), makers, why, strict=True):
        own = np.nan if reason else make(np.ones(n, np.int64))
        reason = reason or (say(NO_MODEL) if np.isnan(own) else "")
        way = {"model": name, "own": own, "printed": share, "n": n, "why": reason, "estimate": own - share}
        draws = np.full((1, 1), np.nan) if reason else (np.array([make(c) for c in counts]) - there)[:, None]
        (low,), (high,) = percentile_limits(draws)
        yield way | {"ci_low": low, "ci_high": high}


def _weighted(y, design, target, count) -> float:
    weight = entropy_weights(design, target, count)
    return np.nan if weight is None else float(np.average(y, weights=weight * count))


def _row(way, answer, printed) -> list[str]:
    there = share_of(printed.responders, printed.patients)
    if way["why"]:
        return [say(WAYS[way["model"]]), say("NE"), there, say("NE")]
    plain = way["model"] == "unadjusted"
    own = share_of(int(answer.sum()), len(answer)) if plain else f"{percent(way['own'])}%"
    points = share_with_interval(way["estimate"], way["ci_low"], way["ci_high"])
    return [say(WAYS[way["model"]]), own, there, points]


def _results(external, ways) -> list:
    frame = pd.DataFrame([w | {"method": METHODS[w["model"]], "variable": "ORR"} for w in ways if not w["why"]])
    return outcome_results(external.outcome, frame.drop(columns="why"), "external.response", UNITS)


def _lost(known) -> str:
    lost = int((~known).sum())
    return say("{patients} without a response on record left out.", patients=plural(lost, "patient")) if lost else ""
