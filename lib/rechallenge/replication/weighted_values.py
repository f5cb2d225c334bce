"""Values of the statistics of a registry under inverse probability of treatment weights."""

from functools import cached_property

import pandas as pd

from papercheck.audit.finding import Message
from papercheck.files.findings import NotAvailable
from papercheck.registry.labels import column_label
from papercheck.replicate.values import STABILIZED, Value
from smallsurv.curve import METHODS, weighted_median_survival
from smallsurv.logrank import weighted_log_rank
from smallsurv.weights import propensity_model, propensity_weights, weighted_hazard_ratio

WEIGHT = "WEIGHT"
INTERVALS = tuple(m for m in METHODS if m != "bootstrap")  # a bootstrap would have to refit the weights


class Weighting:
    """The weights that a registry declares: `weights: {treatment: COLUMN, covariates: [COLUMN, ...]}`."""

    def __init__(self, study):
        declared = study.registry.own.get("weights")
        if not declared:
            raise NotAvailable("neither treatment nor covariates of the weights are declared")
        self.study = study
        self.treatment, self.covariates = str(declared["treatment"]), list(map(str, declared["covariates"]))

    @cached_property
    def weights(self) -> pd.DataFrame:
        """USUBJID, and the weight 1/p of the own arm: plain (WEIGHT), and stabilized."""
        subjects = self.study.subjects.set_index("USUBJID")
        columns = {
            name: self.study.column(name).set_axis(subjects.index) for name in [self.treatment, *self.covariates]
        }
        known = pd.DataFrame(columns).dropna()
        arms = self.study.contrast({"by": self.treatment})
        known = known[known[self.treatment].isin(arms)]
        treated = (known[self.treatment] == arms[1]).to_numpy()
        try:
            model = propensity_model(treated, known[self.covariates])
        except ValueError as reason:
            raise NotAvailable(str(reason)) from None
        return pd.DataFrame(
            {
                "USUBJID": known.index,
                WEIGHT: propensity_weights(treated, model.score),
                STABILIZED: propensity_weights(treated, model.score, stabilized=True),
            }
        )

    @property
    def words(self) -> Message:
        """'weights from Smoking status and Response to prior immunotherapy'."""
        labels = [column_label(c, self.study.registry) for c in self.covariates]
        return Message("weights from {factors}", factors=labels)

    def _rows(self, rows):
        return rows.merge(self.weights, on="USUBJID", how="inner")

    def medians(self, rows, level) -> pd.DataFrame:
        """weighted_median_survival of the rows under each interval method, one row a method."""
        rows = self._rows(rows)
        return pd.concat([weighted_median_survival(rows, WEIGHT, method=m, level=level) for m in INTERVALS])

    def log_rank(self, rows, by) -> list[Value]:
        """Weighted log-rank P; it does not change with the scale of an arm's weights."""
        rows = self._rows(rows).dropna(subset=[by])
        test = weighted_log_rank(rows, by, WEIGHT).iloc[0]
        return [Value("p", float(test["p"]), "", Message.of_parts(Message("{n} subjects", n=len(rows)), self.words))]

    def cox(self, rows, entry, level) -> list[Value]:
        """Weighted hazard ratio with the sandwich error, under plain and under stabilized weights."""
        by, found = str(entry.get("by")), []
        rows = self._rows(rows).dropna(subset=[by])
        against, group = self.study.contrast(entry)
        rows = rows.assign(**{by: pd.Categorical(rows[by].astype(object), [against, group], ordered=True)})
        for weight, method in ((WEIGHT, ""), (STABILIZED, STABILIZED)):
            fit = weighted_hazard_ratio(rows, by, weight, level).iloc[0]
            size = Message("{n} subjects, {k} events", n=int(fit["n"]), k=int(fit["events"]))
            basis = Message.of_parts(size, self.words)
            found += [
                Value("hr", float(fit["hr"]), method, basis),
                Value("ci", (float(fit["ci_low"]), float(fit["ci_high"])), method, basis),
                Value("p", float(fit["p"]), method, basis),
            ]
        return found
