"""What things of a cohort are called: levels, groups, endpoints, landmarks; in the language of the run."""

from papercheck.vocabulary.dictionary import phase_labels

from ..derive.endpoints import endpoint_rule
from ..derive.outcome import Outcome
from ..text.language import say
from ..text.words import plural, plural_of


def free_mark(cohort, factor) -> str:
    """' †' behind a factor whose distribution over the pseudo-patients is a free choice."""
    return " †" if cohort.meta.is_free(factor) else ""


def compared_labels(cohort, name, level, reference) -> tuple[str, str]:
    """Labels of two levels that a sentence compares, with the factor before the first where they alone say nothing:
    'Brain metastases: Yes' against 'No'."""
    factor = cohort.factor(name)
    shown, against = (say(factor.levels[each]) for each in (level, reference))
    plain = all(str(each) in ("Y", "N") or str(each).isdigit() for each in (level, reference))
    return (say("{what}: {found}", what=say(factor.label), found=shown) if plain else shown), against


def group_label(cohort, by, level) -> str:
    """The label of a level of a factor, endpoint or course."""
    if by == "PARAMCD":
        return endpoint_rule(cohort, level)["short"]
    if by == "APHASE":
        return say(phase_labels()[level])
    return say(cohort.factor(by).levels[level]) if by else say("All patients")


def landmark_note(outcome: Outcome) -> str:
    """Whom a landmark analysis leaves out of each endpoint, or ''."""
    said = []
    for code, (events, censored) in outcome.left_out.items():
        rule = endpoint_rule(outcome.cohort, code)
        said.append(
            say(
                "{endpoint} counts from the landmark, {months} after {zero}; {patients} with an event and {censored} "
                "censored by then are left out.",
                endpoint=rule["short"],
                months=plural_of(outcome.landmark, "month"),
                zero=rule["zero"],
                patients=plural(events, "patient"),
                censored=censored,
            )
        )
    return " ".join(said)


def landmark_suffix(outcome: Outcome) -> str:
    """' from 3 months on' behind the name of an endpoint that counts from a landmark, or ''."""
    return say(" from {months} on", months=plural_of(outcome.landmark, "month")) if outcome.landmark else ""


def factor_contrast(cohort, name: str, level: str = "", reference: str = "") -> str:
    """'ECOG performance status: 2 against 0-1' of a level, 'Age, per 10 years' of a number."""
    factor = cohort.factor(name)
    if not level:
        if not factor.unit:
            return say("{factor}, per {n}", factor=factor.label, n=f"{factor.per:g}")
        if factor.per == 1:
            return say("{factor}, per {unit}", factor=factor.label, unit=factor.unit)
        return say("{factor}, per {n} {unit}", factor=factor.label, n=f"{factor.per:g}", unit=factor.unit)
    against = say("{a} against {b}", a=say(factor.levels[level]), b=say(factor.levels[reference]))
    return say("{factor}: {contrast}", factor=say(factor.label), contrast=against)
