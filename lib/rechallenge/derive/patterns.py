"""Patterns of resistance as factors of the subjects: class, type of progression, treatment-free interval."""

from dataclasses import replace

import numpy as np
import pandas as pd

from papercheck.files.findings import did_you_mean, request_error
from papercheck.vocabulary.dictionary import Column, load_dictionary

from ..cohort.cohort import Cohort
from ..text.language import say
from .first_course import derive_first_course
from .resistance import CLASSES, GIVEN

CLASS, INTERVAL, TYPE = "RESCLASS", "TFI", "PROGTYPE"
COMPARED = ("acquired", "primary")  # the reference is the second
MODIFIERS = (TYPE, "INTERIM", INTERVAL)


def separating(resistance) -> list[str]:
    """The definitions that find both classes among the subjects, in order."""
    counts = resistance.groupby(["DEFINITION", "RESCLASS"], observed=False).size().unstack()
    return [str(code) for code in counts.index[(counts[list(COMPARED)] > 0).all(axis=1)]]


def model_definition(resistance, definition="first") -> str | None:
    """The definition whose class enters the models: as asked, or the first that finds both classes; None without one.

    Raises CohortError for a definition that is not in `resistance`.
    """
    known = [str(code) for code in resistance["DEFINITION"].cat.categories]
    if definition != "first":
        if definition not in known:
            raise request_error(
                f"no definition of resistance {definition}", did_you_mean(definition, known), definition
            )
        return definition
    return next(iter(separating(resistance)), None)


def derive_patterns(cohort: Cohort, resistance, definition="first", oligo_lesions=2) -> Cohort:
    """The cohort with the factors RESCLASS (primary, acquired; others missing), PROGTYPE and TFI (months) where it has
    them.

    resistance : derive_resistance. definition : see model_definition. oligo_lesions : most lesions of
    oligo-progression; it is used where the lesions are counted (NPROG), otherwise the type stands as it is recorded.
    """
    adsl, meta = cohort.table("adsl").copy(), cohort.meta
    factors, provenance = dict(meta.factors), dict(meta.provenance)
    code = model_definition(resistance, definition)
    if code:
        rows = resistance[resistance["DEFINITION"] == code].set_index("USUBJID")
        adsl[CLASS] = pd.Categorical(adsl["USUBJID"].map(rows["RESCLASS"].astype(object)), COMPARED[::-1], ordered=True)
        factors[CLASS] = _class_factor(code, rows["LABEL"].iloc[0])
        if code == GIVEN and "adsl.RESIST" in provenance:
            provenance[f"adsl.{CLASS}"] = provenance["adsl.RESIST"]
    if "NPROG" in adsl and adsl["NPROG"].notna().any():
        count = adsl["NPROG"].astype(float)
        factors[TYPE] = load_dictionary()["adsl"].columns[TYPE]
        types = np.where(count <= oligo_lesions, "OLIGO", "SYSTEMIC")
        adsl[TYPE] = pd.Categorical(
            pd.Series(types, index=adsl.index).where(count.notna()), ["OLIGO", "SYSTEMIC"], ordered=True
        )
    free = derive_first_course(cohort).set_index("USUBJID")["TFI"]
    interval = adsl["USUBJID"].map(meta.calendar.convert(free, "days", "months"))
    if interval.notna().any():
        adsl[INTERVAL] = interval
        factors[INTERVAL] = Column(INTERVAL, "adsl", "Treatment-free interval", "number", unit="month", factor=True)
    present = tuple(f for f in factors if f in adsl and adsl[f].notna().any())
    return replace(
        cohort,
        meta=replace(meta, factors=factors, provenance=provenance),
        tables={**cohort.tables, "adsl": adsl},
        factors=present,
    )


def _class_factor(code, label) -> Column:
    """The class under one definition as a factor."""
    label = label if code != GIVEN else label[0].lower() + label[1:]
    levels = {name: CLASSES[name] for name in COMPARED[::-1]}
    named = say("Resistance ({definition})", definition=label)
    return Column(CLASS, "adsl", named, "coded", levels=levels, reference=COMPARED[1], factor=True)


def model_factors(cohort, names) -> list[str]:
    """Those of `names` that the cohort has with at least two levels, or as a number."""
    adsl = cohort.table("adsl")
    return [n for n in names if n in cohort.factors and adsl[n].nunique() > 1]
