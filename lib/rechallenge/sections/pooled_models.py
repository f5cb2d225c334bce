"""What many centres say together of tests and models: log-rank, Cox
in one stage and in two, centres left out, what is held back.
"""

import numpy as np
import pandas as pd
from scipy.stats import norm

from smallsurv.logrank import METHOD as LOG_RANK
from smallsurv.logrank import LogRankSums
from smallsurv.meta.pool import heterogeneity, pool
from smallsurv.meta.sensitivity import leave_one_out
from smallsurv.pooled import difference_of_centres, first_step, runs_away, without

from ..federation.contents import whole_matrix
from ..federation.gather import TOGETHER, Pooled
from ..results import Result
from ..show.display import Table
from ..text.language import say
from ..text.words import listed, p_value, plural, ratio, ratio_interval, ratio_with_interval, rounded
from .pooled import (
    characteristics_table,
    flow_table,
    incidence_table,
    name_of,
    not_shown,
    response_table,
    safety_table,
    survival_figure,
    survival_table,
)

COX = "Cox stratified by centre, Efron"
Z = float(norm.ppf(0.975))
RATIO = {"n": "", "events": "", "hr": "ratio", "ci_low": "ratio", "ci_high": "ratio", "p": ""}


def log_rank_table(found: Pooled) -> Table | None:
    """The log-rank tests over the levels of each group, stratified by centre."""
    rows, results = [], []
    for endpoint in found.study.endpoints:
        for name, levels in found.study.groups.items():
            key, k = f"log_rank/{endpoint}/{name}", len(levels)
            records = [c[key] for c in found.contents.values() if c[key]["excess"] is not None]
            whole = LogRankSums(np.zeros(k), np.zeros((k, k)), np.zeros(k, bool))
            for record in records:
                covariance = whole_matrix(record["covariance"], k)
                whole = whole + LogRankSums(np.asarray(record["excess"], float), covariance, np.diag(covariance) > 0)
            test = whole.test()
            values = {
                "statistic": test.statistic,
                "df": float(test.df),
                "p": test.p,
                "centres": float(_centres(found, records)),
            }
            method = f"{LOG_RANK}, stratified by centre"
            results.append(Result("pooled.log_rank", values, item=name, endpoint=endpoint, by=name, method=method))
            cells = [f"{values['centres']:.0f}", rounded(test.statistic, 2), f"{test.df}", p_value(test.p)]
            rows.append([f"{endpoint}, {name}", *cells])
    if not rows:
        return None
    columns = [say("Endpoint and group"), say("Centres"), say("Chi-square"), say("df"), "P"]
    note = say("Observed less expected events and their variances, summed over centres: exact, whatever the bins.")
    title = say("Log-rank tests, stratified by centre")
    return Table(id="pooled.log_rank", title=title, columns=columns, rows=rows, results=results, notes=[note])


def _centres(found, records) -> int:
    return len(found.centres) if TOGETHER in found.contents else len(records)


def cox_table(found: Pooled, name: str) -> Table | None:
    """A model over all centres: the end of the climb, the first round alone, and both ways of two stages beside."""
    rounds = found.climbs.get(name)
    if not rounds:
        return None
    model, last = found.study.model_of(name), rounds[-1]
    one, se = first_step(rounds[0])
    stages = two_stage(found, name)
    rows, results = [], []
    for j, column in enumerate(model.columns):
        events, beside = last.sums.events, [r for r in stages if r.variable == column]
        ends = _ratio(last.beta[j], last.se[j], events), _ratio(one[j], se[j], events)
        place = {"endpoint": model.endpoint, "variable": column, "item": column, "model": name, "method": COX}
        results.append(Result("pooled.hazard_ratio", ends[0], RATIO, **place))
        error = {"error": float(last.beta[j] - one[j])}
        results.append(Result("pooled.first_round", ends[1] | error, RATIO, **place))
        results += beside
        others = [_shown(r.values) for r in beside if r.quantity == "pooled.two_stage"] or ["–", "–"]
        rows.append([_term_label(model, column), _shown(ends[0]), p_value(ends[0]["p"]), _shown(ends[1]), *others])
    heads = ("Term", "HR (95% CI)", "P", "First round alone", "Two stages, common effect", "Two stages, random effects")
    title = say("{endpoint}: Cox model {model}, stratified by centre", endpoint=name_of(model.endpoint), model=name)
    return Table(
        id="pooled.cox",
        of=name,
        title=title,
        columns=[say(h) for h in heads],
        rows=rows,
        results=[*results, *(r for r in stages if not r.variable)],
        notes=_cox_notes(found, name, stages),
    )


def _term_label(model, column) -> str:
    """A column of the model as it is read: its reference, or the step of a number."""
    term = next(t for t in model.terms if column in t.columns)
    if not term.levels:
        return say("{factor}, per {n}", factor=term.column, n=f"{term.per:g}") if term.per != 1 else term.column
    against = say("{a} against {b}", a=term.levels[1 + term.columns.index(column)], b=term.levels[0])
    return say("{factor}: {contrast}", factor=term.column, contrast=against)


def _shown(values) -> str:
    return ratio_with_interval(values["hr"], values["ci_low"], values["ci_high"], 2)


def _ratio(coef, se, events) -> dict:
    p = float(2 * norm.sf(abs(coef / se))) if se > 0 else np.nan
    low, high = (float(np.exp(coef + s * Z * se)) for s in (-1, 1))
    hr = float(np.exp(coef)) if se > 0 else np.nan
    return {"n": np.nan, "events": float(events), "hr": hr, "ci_low": low, "ci_high": high, "p": p}


def _cox_notes(found, name, stages) -> list[str]:
    rounds, parts = found.climbs[name], found.parts.get(name, {})
    last, notes = rounds[-1], []
    if runs_away(rounds):
        notes.append(
            say("A coefficient runs to infinity: the data order its events without exception. It has no estimate.")
        )
    elif last.singular:
        notes.append(say("Some terms cannot be told apart in any centre: leave one out."))
    elif last.settled:
        notes.append(
            say(
                "Newton's method settled in {n} rounds: exact, as if the patients of the centres that tell the model,"
                " {events}, stood in one table. First round alone: one step from no effect; what it lacks stands in"
                " results.csv.",
                n=len(rounds),
                events=plural(int(last.sums.events), "event"),
            )
        )
    else:
        notes.append(
            say("Not settled after {n} rounds: the next question is written. These numbers will move.", n=len(rounds))
        )
    silent = [c for c in found.contents if c != TOGETHER and c not in parts]
    notes += [say("The model is not told by: {names}.", names=listed(silent))] if silent else []
    if not stages:
        notes.append(say("Two stages need what each centre estimates alone, which no masked or small file tells."))
    differ = [r for r in stages if r.quantity == "pooled.heterogeneity" and r.variable == ""]
    notes += [
        say(
            "Do the centres differ? Q = {q}, {df} degrees of freedom, P = {p}, over {k} centres with an estimate of"
            " their own.",
            q=rounded(r["statistic"], 2),
            df=f"{r['df']:.0f}",
            p=p_value(r["p"]),
            k=f"{r['centres']:.0f}",
        )
        for r in differ
    ]
    return notes


def _own(found, name) -> dict:
    """{centre: (coefficients, covariance)} of the centres whose own estimate is finite and whole."""
    own = found.own.get(name, {})
    return {c: (b, v) for c, (b, v) in own.items() if np.isfinite(v).all() and (np.diag(v) > 0).all()}


def _effects(own, j) -> pd.DataFrame:
    rows = [(c, b[j], np.sqrt(v[j, j])) for c, (b, v) in own.items()]
    return pd.DataFrame(rows, columns=["study", "effect", "se"])


def two_stage(found: Pooled, name: str) -> list[Result]:
    """Each term pooled from the estimates of the centres, their
    heterogeneity, and the test that the centres differ at all.
    """
    model, own = found.study.model_of(name), _own(found, name)
    if len(own) < 2:
        return []
    made = []
    for j, column in enumerate(model.columns):
        place = {"endpoint": model.endpoint, "variable": column, "item": column, "model": name}
        effects = _effects(own, j)
        for row in pool(effects, ("common", "REML HK")).to_dict("records"):
            values = {
                "k": float(row["k"]),
                "hr": row["estimate"],
                "ci_low": row["ci_low"],
                "ci_high": row["ci_high"],
                "p": row["p"],
            }
            made.append(Result("pooled.two_stage", values, RATIO, method=row["method"], **place))
        spread = heterogeneity(effects).iloc[0]
        values = {
            "statistic": spread["q"],
            "df": spread["df"],
            "p": spread["p"],
            "i2": spread["i2"],
            "tau2": spread["tau2"],
        }
        values["centres"] = float(len(own))
        made.append(
            Result("pooled.heterogeneity", {k: float(v) for k, v in values.items()}, method=spread["method"], **place)
        )
    statistic, df, p = difference_of_centres([b for b, _ in own.values()], [v for _, v in own.values()])
    values = {"statistic": statistic, "df": float(df), "p": p, "centres": float(len(own))}
    whole = {"endpoint": model.endpoint, "model": name, "item": "all terms"}
    return [*made, Result("pooled.heterogeneity", values, method="Cochran Q of all terms", **whole)]


def left_out_table(found: Pooled, name: str) -> Table | None:
    """Each term without each centre: of the whole model by one step, and of two stages."""
    parts, model = found.parts.get(name, {}), found.study.model_of(name)
    if len(parts) < 3:
        return None
    own, last, rows, results = _own(found, name), found.climbs[name][-1], [], []
    for j, column in enumerate(model.columns):
        rest = leave_one_out(_effects(own, j)) if len(own) > 2 else None
        beside = {} if rest is None else {r["omitted"]: r for r in rest.to_dict("records")}
        for centre, sums in parts.items():
            coef, se = without(last, sums)
            values = _ratio(coef[j], se[j], last.sums.events - sums.events)
            place = {"endpoint": model.endpoint, "variable": column, "by": "centre", "level": centre, "model": name}
            results.append(
                Result("pooled.left_out", values, RATIO, item=f"{column}, without {centre}", method=COX, **place)
            )
            other = beside.get(centre)
            cell = (
                f"{ratio(other['estimate'], 2)} ({ratio_interval(other['ci_low'], other['ci_high'], 2)})"
                if other
                else "–"
            )
            label = say("{term} without {centre}", term=_term_label(model, column), centre=centre)
            rows.append([label, _shown(values), cell])
    note = say("One stage: one Newton step from the end of the climb. Two stages: common effect of the other centres.")
    columns = [say("Left out"), say("One stage: HR (95% CI)"), say("Two stages: HR (95% CI)")]
    title = say("One centre left out at a time, model {model}", model=name)
    return Table(id="pooled.left_out", of=name, title=title, columns=columns, rows=rows, results=results, notes=[note])


def held_table(found: Pooled) -> Table | None:
    """What each centre holds back, in its own words."""
    rows = [[centre, line] for centre, lines in found.held.items() for line in lines]
    if not rows:
        return None
    note = say(
        "Files say nothing of fewer than {n} patients, nor what would give such a number back: small counts go with a"
        " partner, bins are widened, tests and models of too few are left out.",
        n=found.study.smallest,
    )
    curves = not_shown(found)
    why = say(
        "A curve is shown only where every centre tells its table: those that tell one are chosen by what happened to"
        " their patients. Not shown: {names}. A masked study shows them.",
        names=listed(curves),
    )
    columns, notes = [say("Centre"), say("Held back")], [note, why if curves else ""]
    return Table(id="pooled.held", title=say("What is held back"), columns=columns, rows=rows, notes=notes)


def everything(found: Pooled) -> list:
    """Every table and figure of a pooled study, in the order of a paper."""
    study = found.study
    shown = [flow_table(found)]
    shown += [characteristics_table(found)] if study.groups or study.numbers else []
    shown += [response_table(found), safety_table(found)]
    for endpoint in study.endpoints:
        for by in ("", *study.groups):
            shown += [survival_figure(found, endpoint, by), survival_table(found, endpoint, by)]
        shown.append(incidence_table(found, endpoint))
    shown.append(log_rank_table(found))
    for model in study.models:
        shown += [cox_table(found, model.id), left_out_table(found, model.id)]
    return [s for s in (*shown, held_table(found)) if s is not None]
