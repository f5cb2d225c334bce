"""Which test a printed P value is of: said by the print (`method`), else every kind that a paper may have used."""

from dataclasses import dataclass

ONE_SIDED = ("onesided", "1sided", "singlesided", "onetailed", "1tailed")
WORDS = {  # kind of test -> how a print may say it, letters and digits only
    "stratified": ("stratified",),
    "other": ("weighted", "gehan", "breslow", "wilcoxon", "fleming", "tarone", "renyi", "maxcombo", "permutation", "exact",
              "bootstrap", "fisher", "bayes", "firth"),
    "likelihood": ("likelihood", "lrt", "profile"),
    "score": ("score", "logrank", "mantel"),
    "wald": ("wald",),
}  # fmt: skip
ANY = ("wald", "score", "likelihood", "stratified")


@dataclass(frozen=True)
class TestKind:
    """kinds : the tests that the P may be of; sides : 1 or 2; named : whether the print says the kind."""

    kinds: tuple[str, ...] = ANY
    sides: int = 2
    named: bool = False

    __test__ = False


def test_kind(cell, default=ANY) -> TestKind:
    """The kind of test of a P value by the `method` of its print; `default` where it names none."""
    said = "".join(x for x in cell.method.casefold() if x.isalnum())
    kinds = tuple(kind for kind, words in WORDS.items() if any(word in said for word in words))
    sides = 1 if any(word in said for word in ONE_SIDED) else 2
    return TestKind(kinds or tuple(default), sides, bool(kinds))


test_kind.__test__ = False
