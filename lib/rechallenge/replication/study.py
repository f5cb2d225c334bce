"""A cohort made ready for the numbers of a registry: its factors, groups of subjects, endpoints, adverse events."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from papercheck.audit.finding import Message
from papercheck.files.findings import NotAvailable
from papercheck.registry.registry import Registry, group_levels
from papercheck.vocabulary.dictionary import phase_labels

from ..cohort.cohort import Cohort
from ..derive.adverse_events import course_sizes, derive_events, derive_worst_grade
from ..derive.endpoints import derive_endpoints
from ..derive.exposure import course_subjects
from ..derive.population import derive_population
from .counting import AS_IS, Counting
from .weighted_values import Weighting

UNITS = ("days", "weeks", "months")


def prepare(cohort: Cohort, registry: Registry) -> "Study":
    """The subjects of a cohort who are analysed, with the groups
    that the cohort or the registry makes of its columns.
    """
    made = {n: g for n, g in registry.groupings.items() if n not in cohort.meta.factors and n not in cohort.factors}
    factors = {**cohort.meta.factors, **{name: registry.factors[name] for name in made}}
    meta = replace(cohort.meta, factors=factors, groupings={**cohort.meta.groupings, **made})
    return Study(derive_population(replace(cohort, meta=meta)), registry)


def why_not(reason: NotAvailable) -> str:
    """Why a number cannot be given, without a full stop: a message stays one, so that it is said in any language."""
    why = reason.args[0] if reason.args else ""
    return why if isinstance(why, Message) else str(why).rstrip(".")


@dataclass(frozen=True)
class Study:
    """A derived cohort beside the registry of its paper. Every method raises NotAvailable for what the cohort lacks."""

    cohort: Cohort
    registry: Registry
    counting: Counting = AS_IS

    def under(self, counting: Counting) -> "Study":
        """The same study with its times counted in another way."""
        return replace(self, counting=counting)

    @cached_property
    def subjects(self) -> pd.DataFrame:
        """adsl with the derived factors."""
        return self.cohort.table("adsl")

    def column(self, name) -> pd.Series:
        """One column of the subjects. Raises NotAvailable where nobody has a value."""
        if name not in self.subjects or self.subjects[name].isna().all():
            raise NotAvailable(Message("no patient-level column {name}", name=name))
        return self.subjects[name]

    def grouped(self, name) -> pd.Series:
        """A column with levels, as an ordered categorical, indexed by subject."""
        values = self.column(name).set_axis(self.subjects["USUBJID"])
        levels = group_levels(self.registry.factors).get(name, ())
        if not isinstance(values.dtype, pd.CategoricalDtype) and levels:
            values = values.astype(pd.CategoricalDtype(list(levels), ordered=True))
        return values

    def group(self, where: Mapping | None) -> pd.Series:
        """Which subjects are in every named level (or in one of
        a list of levels): True or False, a row of adsl each.
        """
        inside = np.ones(len(self.subjects), bool)
        for name, wanted in (where or {}).items():
            levels = [str(level) for level in (wanted if isinstance(wanted, list) else [wanted])]
            inside &= np.logical_or.reduce([self._has_level(name, level) for level in levels], initial=False)
        return pd.Series(inside, index=self.subjects.index)

    def _has_level(self, name, level) -> np.ndarray:
        """Which subjects have a level of a column; found once, since a table asks for it again in every line."""
        if (name, level) not in self._levels:
            values = self.column(name)
            if isinstance(values.dtype, pd.CategoricalDtype) and level not in values.cat.categories:
                raise NotAvailable(
                    Message("the column {name} of the cohort has no level {level}", name=name, level=level)
                )
            self._levels[name, level] = values.astype(object).isin([level]).to_numpy()
        return self._levels[name, level]

    @cached_property
    def _levels(self) -> dict:
        return {}

    def known(self, where: Mapping | None) -> pd.Series:
        """Which subjects have a value in every column that `where` names."""
        known = pd.Series(True, index=self.subjects.index)
        for name in where or {}:
            known &= self.column(name).notna()
        return known

    @cached_property
    def weighting(self) -> Weighting:
        """The weights that the registry declares."""
        return Weighting(self)

    def contrast(self, entry) -> tuple[str, str]:
        """The level that an entry compares with, and the level that
        it compares; of two levels the reference and the other.
        """
        by = str(entry.get("by"))
        present = [level for level in self.grouped(by).cat.categories if (self.grouped(by) == level).any()]
        factor = self.registry.factors.get(by)
        against, group = (entry.get(key) and str(entry.get(key)) for key in ("against", "group"))
        if against is None:
            against = factor.reference if factor and factor.reference in present else present[0]
            if against == group:
                against = next((level for level in present if level != group), against)
        others = [level for level in present if level != against]
        if group is None and len(others) != 1:
            raise NotAvailable(Message("the registry does not say which level of {by} is compared", by=by))
        return against, group or others[0]

    def having(self, name) -> str:
        """The level of a column of two levels that says that a subject
        has the characteristic: the one beside the reference.
        """
        factor = self.registry.factors.get(name)
        levels = [level for level in self.grouped(name).cat.categories if not factor or level != factor.reference]
        if len(levels) != 1:
            raise NotAvailable(Message("the column {name} does not say with two levels who has it", name=name))
        return levels[0]

    @property
    def unit(self) -> str:
        """The unit of the paper's durations."""
        return str(self.registry.cohort.get("time_unit", self.cohort.meta.time_unit))

    def outcome(self, endpoint, where=None, unit="") -> pd.DataFrame:
        """Rows of one endpoint (AVAL in `unit`, or in the unit of the paper) of the subjects in `where`."""
        rows = derive_endpoints(self.cohort, [endpoint], unit if unit in UNITS else self.unit).rows
        rows = rows[rows["USUBJID"].isin(self.subjects.loc[self.group(where), "USUBJID"])]
        rows = self.counting.recounted(rows, self.cohort)
        if rows.empty:
            raise NotAvailable(Message("nobody of this group has {endpoint}", endpoint=endpoint))
        return rows

    @cached_property
    def worst_grades(self) -> pd.DataFrame:
        """derive_worst_grade of the study, its terms without regard to capitals."""
        return _folded(derive_worst_grade(self.cohort))

    @cached_property
    def events(self) -> pd.DataFrame:
        """derive_events of the study, its terms without regard to capitals."""
        return _folded(derive_events(self.cohort))

    @cached_property
    def _sizes(self):
        return course_sizes(self.cohort)

    def course(self, phase) -> list[str]:
        """The subjects at risk of an adverse event of the course."""
        if phase not in self._sizes:
            raise NotAvailable(
                Message("no adverse event of the course {course} is recorded", course=phase_labels()[phase])
            )
        return course_subjects(self.cohort, phase)


def _folded(rows) -> pd.DataFrame:
    return rows.assign(AEDECOD=rows["AEDECOD"].str.casefold())
