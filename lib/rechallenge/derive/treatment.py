"""The comparison of two treatment arms: who is compared, on which endpoint, with which covariates."""

from dataclasses import dataclass, field

import pandas as pd

from papercheck.files.findings import NotAvailable, did_you_mean, request_error
from smallsurv.comparison import Weighted, weigh
from smallsurv.weights import ESTIMANDS

from ..cohort.cohort import Cohort
from ..context import PRIVACY, current
from ..text.bundle import data_bundle
from ..text.language import say
from ..text.words import plural
from .endpoints import derive_endpoints, endpoint_name
from .outcome import Outcome
from .states import known_late

USUAL = ("AGE", "SEX", "ECOG")  # covariates where neither the parameters nor cohort.yml name any
FEWEST_REPLICATES = 100


@dataclass(frozen=True)
class Comparison:
    """Two arms on one endpoint.

    `outcome`: of the patients whose arm and covariates are known; `everyone`: rows with the arm known. rows[arm] has
    two levels, control first. covariates: those of the model; lacking: asked for, not in this cohort; constant: one
    value in everybody; missing: {covariate: subjects without it}; late: covariates known only after time zero;
    without_arm: subjects left out; decided: 'at zero', 'after zero' or '' where nobody says.
    """

    endpoint: str
    arm: str
    outcome: Outcome
    everyone: pd.DataFrame
    covariates: tuple = ()
    lacking: tuple = ()
    constant: tuple = ()
    late: tuple = ()
    missing: dict = field(default_factory=dict)
    without_arm: int = 0
    decided: str = ""
    note: str = ""

    @property
    def cohort(self) -> Cohort:
        """The cohort of the compared patients."""
        return self.outcome.cohort

    @property
    def rows(self) -> pd.DataFrame:
        """The rows of the compared patients."""
        return self.outcome.rows

    @property
    def free(self) -> bool:
        """Whether which pseudo-patient has which covariate in which arm is a free choice, and so every weight and
        adjusted estimate."""
        return bool(self.covariates) and self.cohort.meta.is_free(self.arm, *self.covariates)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return data_bundle(self.rows, self.outcome.caption())

    @property
    def levels(self) -> tuple[str, str]:
        """The control and the treated."""
        return tuple(self.rows[self.arm].cat.categories)


def derive_comparison(cohort, endpoint="primary", arm="", covariates=(), *timing, **named) -> Comparison:
    """The comparison of the arms of `arm` (a factor; '' for the treatment of cohort.yml) on one endpoint.

    covariates : factors; without any, those of cohort.yml, else USUAL. Complete cases of the covariates are compared.
    timing, named : unit, censor_at and landmark, with the defaults of derive_endpoints.
    Raises NotAvailable if no treatment is known, it has not two arms, or an arm has fewer than 2 patients; CohortError
    for a name that the cohort does not have.
    """
    factor, ours = _treatment(cohort, arm)
    outcome = derive_endpoints(cohort, [endpoint_name(cohort, endpoint)], *timing, **named)
    if cohort.factor(factor.name).after_baseline:
        outcome.timely([factor.name])
    return compare_arms(outcome, factor, covariates, ours)


def compare_arms(outcome: Outcome, factor, covariates=(), declared=None) -> Comparison:
    """The arms of a factor on an outcome of one endpoint. declared : the treatment of cohort.yml, if this is it."""
    cohort, name, code = outcome.cohort, factor.name, outcome.endpoints[0]
    known = outcome.rows[outcome.rows[name].notna()]
    known = known.assign(**{name: _two_arms(known[name], factor)})
    wanted, lacking = _covariates(cohort, name, covariates, declared)
    missing = {c: int(known[c].isna().sum()) for c in wanted if known[c].isna().any()}
    whole = known.dropna(subset=wanted).reset_index(drop=True)
    _check_sizes(whole, known, factor, missing, cohort)
    constant = tuple(c for c in wanted if whole[c].nunique() < 2)
    for c in wanted:
        if isinstance(whole[c].dtype, pd.CategoricalDtype):
            whole[c] = whole[c].cat.remove_unused_categories()
    model = tuple(c for c in wanted if c not in constant)
    decided = "after zero" if known_late(cohort, name, code) else declared.decided if declared else ""
    return Comparison(
        code,
        name,
        outcome.with_rows(whole),
        known,
        model,
        lacking,
        constant,
        tuple(c for c in model if known_late(cohort, c, code)),
        missing,
        len(outcome.rows) - len(known),
        decided,
        declared.note if declared and not covariates else "",
    )


def _treatment(cohort, arm):
    """The factor that holds the arms, and the treatment of cohort.yml if it is that one."""
    declared = cohort.meta.treatment
    name = arm or (declared.arm if declared else "")
    if not name:
        raise NotAvailable(
            "needs a treatment: name the factor that holds the arms in cohort.yml (`treatment:`), or as the parameter "
            "arm."
        )
    return _arm_factor(cohort, name, asked=bool(arm)), declared if declared and declared.arm == name else None


def _arm_factor(cohort, name, asked):
    if not asked and name not in cohort.factors:
        raise NotAvailable(say("needs {name}, the treatment of cohort.yml: no patient has a value of it.", name=name))
    factor = cohort.factor(name)
    if not factor.levels:
        raise request_error(
            f"{name} is a number, not a factor with levels", "Declare a group of it under `factors`.", name
        )
    return factor


def _two_arms(values, factor) -> pd.Categorical:
    """The arm with its two levels, the reference (else the first) as control. Raises NotAvailable for another
    number."""
    present = [level for level in factor.levels if (values == level).any()]
    if len(present) != 2:
        needs = (
            "needs two arms: {factor} has {arms} with patients at risk. Declare a group of two levels under `factors`."
        )
        raise NotAvailable(say(needs, factor=factor.label, arms=plural(len(present), "arm")))
    present.sort(key=lambda level: level != factor.reference)
    return pd.Categorical(values.astype(object), present, ordered=True)


def _covariates(cohort, arm, asked, declared):
    """The covariates that the cohort has, and the labels of those that it lacks."""
    if arm in asked:
        raise request_error(f"the covariate {arm} is the arm itself", "Leave it out.", arm)
    names = list(asked) or list(declared.covariates if declared else ())
    if not names:
        groupings = cohort.meta.groupings
        source = groupings[arm].source if arm in groupings else arm
        return [c for c in USUAL if c in cohort.factors and c != source], ()
    for name in names:
        if name not in cohort.meta.factors:
            cohort.factor(name)
    lacking = tuple(cohort.meta.factors[n].label for n in names if n not in cohort.factors)
    return [n for n in names if n in cohort.factors], lacking


FEW_KNOWN = (
    "needs at least 2 patients in each arm: {level} has {n} with every covariate known, and {all} in all. {factor} is"
    " missing in {k} of {m}: leave it out of the parameter covariates."
)


def _check_sizes(whole, known, factor, missing, cohort):
    sizes, before = whole[factor.name].value_counts(), known[factor.name].value_counts()
    for level in known[factor.name].cat.categories:
        if sizes[level] >= 2:
            continue
        if current().privacy == PRIVACY[2]:  # how few there are is a count too
            raise NotAvailable("needs at least 2 patients in each arm.")
        shown = {"level": factor.levels[level], "n": sizes[level]}
        if before[level] < 2:
            raise NotAvailable(say("needs at least 2 patients in each arm: {level} has {n}.", **shown))
        worst = max(missing, key=missing.get)
        shown |= {"all": before[level], "factor": cohort.factor(worst).label, "k": missing[worst], "m": len(known)}
        raise NotAvailable(say(FEW_KNOWN, **shown))


def derive_weights(trial: Comparison, estimand="ATE", stabilized=False, truncate=(0, 100)) -> Weighted:
    """The propensity weights of a comparison. Raises CohortError for a request that makes no sense."""
    if estimand not in ESTIMANDS:
        raise request_error("unknown estimand", did_you_mean(estimand, ESTIMANDS), estimand)
    if stabilized and estimand != "ATE":
        raise request_error(
            f"stabilized weights are for the ATE, not for {estimand}", "Leave stabilized out, or ask for the ATE."
        )
    if len(truncate) != 2 or not 0 <= truncate[0] < truncate[1] <= 100:
        raise request_error(
            "truncate needs two percentiles, the lower one first", "Write truncate=1,99; 0,100 cuts nothing.", truncate
        )
    return weigh(trial.rows, trial.arm, trial.covariates, estimand, stabilized, tuple(truncate))


def checked_replicates(replicates) -> int:
    """The number of bootstrap replicates. Raises CohortError for too few."""
    if replicates < FEWEST_REPLICATES:
        raise request_error(
            f"{replicates} replicates are too few for an interval", f"Ask for {FEWEST_REPLICATES} or more."
        )
    return replicates
