"""The family of tests whose P values are adjusted together."""

from smallsurv.multiplicity import holm

from ..cohort import Cohort

FAMILY_NOTE = "Holm P: adjusted for the number of the factors without †; one with † has none."


def family(cohort: Cohort, p: dict[str, float]) -> dict[str, float]:
    """{factor: its P adjusted by Holm}, of the factors that no reconstruction chose freely.

    An adjusted P rests on every P of its family: with a free one among them, all would be free.
    p : P of each factor, NaN where there is none. Source: Holm 1979.
    """
    kept = {name: value for name, value in p.items() if not cohort.meta.is_free(name)}
    return dict(zip(kept, holm(list(kept.values())), strict=True))
