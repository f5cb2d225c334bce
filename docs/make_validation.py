"""docs/validation.md: every known answer beside what is computed here. Run: python docs/make_validation.py."""

from pathlib import Path

from smallsurv.known import PUBLIC, R, answers, table_of

PAGE = Path(__file__).with_name("validation.md")
HEAD = """# Validation

Every estimator below is computed anew and set beside an independent number: of R (survival, cmprsk, and a maximum found by force for
Firth's penalty; scripts and numbers in `tests/reference`), of lifelines, or of scipy. `{r}` numbers are R's; {n} public data sets
come with lifelines. A difference is relative, or absolute for numbers below 1; where it is below 1e-12 it is 0. Agreement asks for 1e-9
for sums, 1e-6 for what a search of a maximum ends with, 1e-3 for limits of a profile.

`rechallenge selftest` computes the same on your machine and prints the table; `--out FILE` writes it with room for a signature, as a check
of installation and operation. The other estimators are held against R in the tests: see `tests/reference`.

`rechallenge verify REPORT` gives a second opinion on the numbers of one report: curves, medians with their limits, follow-up, log-rank tests and Cox
models of one factor by lifelines, shares by scipy, counts and descriptions by pandas, from the same patients. It names each number
that differs, and counts those without such a path apart. `tests/unit/test_second_opinion.py` does so for the shipped cohorts.

"""


def page() -> str:
    """The page as text."""
    found = list(answers())
    agree = sum(a.agrees for a in found)
    head = HEAD.format(r=sum(a.source == R for a in found), n=len(PUBLIC))
    kinds = len({a.estimator for a in found})
    return f"{head}{agree} of {len(found)} numbers of {kinds} kinds agree.\n\n{table_of(found)}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
