"""The treatment that cohort.yml declares: which factor holds the arms, what to balance, when the arms were decided."""

from dataclasses import dataclass

from papercheck.files.findings import did_you_mean

TREATMENT_KEYS = ("arm", "covariates", "decided", "note")
DECIDED = ("at zero", "after zero")


@dataclass(frozen=True)
class Treatment:
    """`arm` is a factor with levels; `covariates` are factors; `decided` is one of DECIDED, or '' where nobody says."""

    arm: str
    covariates: tuple[str, ...] = ()
    decided: str = ""
    note: str = ""


def read_treatment(declared, factors, fault) -> Treatment | None:
    """`treatment: ARM`, or its keys; fault(path, rule, action, value) takes every fault found."""
    if declared is None:
        return None
    entry = declared if isinstance(declared, dict) else {"arm": declared}
    for key in entry:
        if key not in TREATMENT_KEYS:
            fault(("treatment", str(key)), "unknown key", did_you_mean(key, TREATMENT_KEYS), key)
    arm, covariates = str(entry.get("arm", "")), entry.get("covariates") or []
    levelled = [name for name, factor in factors.items() if factor.levels]
    if arm not in levelled:
        fault(("treatment", "arm"), "not a factor with levels", did_you_mean(arm, levelled), arm or "missing")
    if not isinstance(covariates, list):
        fault(("treatment", "covariates"), "expected a list of factors", "Write it as [AGE, SEX].", covariates)
        covariates = []
    covariates = [str(c) for c in covariates]
    for i, name in enumerate(covariates):
        if name == arm or name in covariates[:i]:
            rule = "the arm itself" if name == arm else "stands twice"
            fault(("treatment", "covariates"), f"a covariate is {rule}", "Leave it out.", name)
        elif name not in factors:
            fault(("treatment", "covariates"), "not a factor", did_you_mean(name, factors), name)
    decided = str(entry.get("decided") or "")
    if decided and decided not in DECIDED:
        fault(("treatment", "decided"), "unknown value", did_you_mean(decided, DECIDED), decided)
    return Treatment(arm, tuple(covariates), decided, str(entry.get("note") or ""))
