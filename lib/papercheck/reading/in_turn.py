"""Ratios and tests that one bracket prints for several factors in turn: `A and B were predictors (HR 2.1, 1.8)`."""

import re

from .mentions import endpoint_mentions

BRACKET = re.compile(r"[(\[][^()\[\]]*(?:[(\[][^()\[\]]*[)\]][^()\[\]]*)*[)\]]")
LED = r"(?:^|[;:.] |\b(?:that|showed|revealed|identified|confirmed|demonstrated|indicated|found|while|whereas)[ ,]+|(?:analys[ie]s|model|regression), )"
NAMES = re.compile(
    rf"{LED}(?:both )?(?P<names>[^;:]{{5,240}}?),? (?:(?:were|are|remained|emerged|proved) (?:both |each |all )?"
    r"(?:\w+ly )?(?:the |an? )?(?:\w+ )?(?:\w+ )?(?:(?:risk )?factors?|predict\w*|prognos\w*|associated"
    r"|correlated|related|linked|markers?)"
    r"|(?:independently |significantly |both )*(?:predict(?:ed|s)?|correlated|increased|decreased|reduced"
    r"|affected|influenced))\b[^;()]{0,120}$",
    re.I,
)
RESPECTIVELY = re.compile(r"\W*respectively")


def factors_in_turn(text: str, forms: list) -> dict[int, str]:
    """Number of a form -> the factor that it is of, for ratios and tests that stand in one bracket in turn."""
    made: dict[int, str] = {}
    for span in (m.span() for m in BRACKET.finditer(text)):
        inside = [i for i, f in enumerate(forms) if span[0] <= f.start and f.end <= span[1]]
        ratios = [i for i in inside if forms[i].kind == "ratio"]
        numbers = [i for i in inside if i in ratios or ratios and i > ratios[0] and _bare(text, forms[i])]
        tests = [i for i in inside if forms[i].kind == "p"]
        told = "respectively" in text[slice(*span)] or RESPECTIVELY.match(text, span[1])
        if not ratios and told and len(tests) == len(inside) > 1:
            numbers = tests
        if len(numbers) < 2 or not (told or len(ratios) == len(numbers)):
            continue
        names = factors_before(text[: span[0]])
        if len(names) == len(numbers):
            made |= dict(zip(numbers, names, strict=True))
            made |= dict(zip(tests, names, strict=True)) if len(tests) == len(names) else {}
    return made


def factors_before(text: str) -> list[str]:
    """The factors that a clause lists as its subject, `A (> 1 year), B and C were independent predictors of OS`."""
    said = NAMES.search(re.sub(r" +", " ", BRACKET.sub("", text)).rstrip())
    listed = re.sub(r"^(?:In|On|By|After|Using|At|With|From)\b[^,]{3,60}, ", "", said["names"].strip()) if said else ""
    listed = re.sub(r"^.*\b(?:that|showed|revealed|identified|confirmed|demonstrated|indicated|found)[ ,]+", "", listed)
    names = re.split(r",? and |, ", listed) if listed else []
    names = [re.sub(r"^(?:an? |the |also )+", "", re.sub(r"\s+", " ", n)).strip() for n in names]
    return names if all(2 < len(n) <= 70 for n in names) and not any(_is_end(n) for n in names) else []


JOINED = re.compile(r"\s*(?:,|;|and|, and)\s*")


def tests_in_turn(text: str, forms: list, ends: list) -> dict[int, str]:
    """Start of a P -> its endpoint, for `ORR and DCR were higher (P = 0.14 and P < 0.01, respectively)`."""
    made: dict[int, str] = {}
    run: list = []
    for form in [f for f in forms if f.kind == "p"]:
        run = [*run, form] if run and JOINED.fullmatch(text[run[-1].end : form.start]) else [form]
        names = list(dict.fromkeys(m.name for m in ends if m.end <= run[0].start))
        if len(run) == len(names) > 1 and re.match(r"\W*respectively", text[form.end :]):
            made |= {f.start: name for f, name in zip(run, names, strict=True)}
    return made


def _bare(text, form):
    return form.kind == "value" and not form.parts.get("unit") and "." in text[form.start : form.end]


def _is_end(name):
    return any(m.end - m.start >= len(name) - 8 for m in endpoint_mentions(name))
