"""How many patients each group of a study has: what a number of patients tells of whom it counts."""

from dataclasses import replace

from ..registry.number_words import in_digits


def of_few(study, size):
    """Whether a number of patients is less than half of the study's: it is then not all of them."""
    size, total = (in_digits(n).replace(",", "") for n in (size, study.total or "0"))
    return size.isdigit() and total.isdigit() and 2 * int(size) < int(total)


def group_of_size(study, size, group):
    """The group that a number of patients is the size of, where none is named or another arm than that one."""
    known = study.sizes.get(size, "")
    arms = known in study.arms and group in study.arms and group in study.sizes.values()  # else both may be as large
    return known if known and (not group or arms) else group


def of_its_arm(study, reading):
    """A number of patients of one arm that is the size of the other is that other's."""
    if reading.statistic != "count" or reading.endpoint != "patients included" or not reading.group:
        return reading
    return replace(reading, group=group_of_size(study, reading.value, reading.group))


def of_all_together(made):
    """A number of patients that is the sum of two groups of its sentence is of both: 130 had A (n=52) or B (n=78)."""
    sized = [r for r in made if r.statistic == "count" and r.endpoint == "patients included" and r.group]
    whole = {r.value: int(n) for r in sized if (n := in_digits(r.value).replace(",", "")).isdigit()}
    sums = {a + b for a in whole.values() for b in whole.values()}
    sizes = [r.group for r in sized]
    return [
        replace(r, group="") if r in sized and whole.get(r.value) in sums and sizes.count(r.group) > 1 else r
        for r in made
    ]


def note_sizes(study, made):
    """How many patients each group has, where one group alone has so many."""
    for r in made:
        if r.statistic == "count" and r.endpoint == "patients included":
            size = in_digits(r.value)
            study.total = study.total or ("" if r.group else size)
            if study.sizes.get(size) in study.arms and r.group in ("", *study.arms):
                continue  # the heads of the tables know it
            study.sizes[size] = r.group if study.sizes.get(size, r.group) == r.group else ""
