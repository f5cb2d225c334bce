"""Numbers that stand together (`5.2 vs 2.8 months`, `25.8%
and 17.2%, respectively`) and the groups that they are of.
"""

import re

from .forms import SUBJECTS, Form, is_limit

JOIN = re.compile(
    r"\s*(?:months?|mos?\b\.?|weeks?|years?|days?)?\s*[)\]]?\s*%?\s*(?:months?|weeks?|years?|个月|岁|patients?"
    r"|cases?|例)?\s*(?:,\s*)?"
    r"(?:vs?\.?|versus|and|or|compared (?:with|to)|against|to|,|比|对|和|与|及|、)\s*(?:the |only |a |an )?[(\[]?\s*",
    re.I,
)
COUNTS = re.compile(
    rf"(?:\s*(?:and|vs\.?|versus) \d+)?\s*(?:{SUBJECTS}|deaths|(?:(?:PFS|OS|progression) )?events)", re.I
)
OF_ALL = re.compile(r"\b(?:Of|Among|From) (?:the |these |all )?$")
COMPARABLE = ("value", "percent", "share", "mean", "open", "worded", "span")


def series_of(text: str, forms: list[Form]) -> list[list[int]]:
    """Runs of forms of one shape that only a joining word divides, as lists of indices."""
    runs: list[list[int]] = []
    for i, form in enumerate(forms):
        if not countable(text, form) or runs and form.end <= closing(text, forms[runs[-1][-1]]):
            continue
        if runs and _next(text, forms, runs[-1][-1], i) and _joined(text, forms[runs[-1][-1]], form):
            runs[-1].append(i)
        else:
            runs.append([i])
    return runs


def closing(text: str, form: Form) -> int:
    """Where the bracket closes that a form opened, `5.8 months (95% CI 4-7; P = 0.01)`; its own end without one."""
    depth = 0
    for k in range(form.start, len(text)):
        depth += (text[k] in "([") - (text[k] in ")]")
        if k >= form.end - 1 and depth <= 0:
            return max(k + (text[k] in ")]"), form.end)
    return form.end


def countable(text: str, form: Form) -> bool:
    """Whether a form can stand in a list of results: no size of a group, and no limit."""
    return form.kind in COMPARABLE and not _size(text, form) and not (form.kind == "value" and is_limit(text, form))


def percents_of_chain(text: str, forms: list[Form]) -> list[Form]:
    """The first of `19.3 vs. 5.0 vs. 2.4%` are percentages as the last is."""
    made = list(forms)
    for i in range(len(made) - 2, -1, -1):
        one, two = made[i], made[i + 1]
        bare = one.kind == "value" and not one.parts
        between = text[one.end : two.start]
        joined = re.fullmatch(r"\s*(?:vs?\.?|versus)\s*", between, re.I)
        listed = re.search(r"respectively", text[max(0, one.start - 17) : one.start] + text[two.end : two.end + 17])
        listed = listed or re.search(r"\brates? (?:\([^()]*\) )?were\s*$", text[: one.start])
        joined = joined or (listed or text[one.start - 1 : one.start] == "(") and re.fullmatch(r" and ", between)
        if bare and two.kind == "percent" and joined:
            made[i] = Form("percent", one.start, one.end, one.value, {"percent": one.value})
    return made


def _next(text, forms, last, i):
    return all(_size(text, f) or f.end <= closing(text, forms[last]) for f in forms[last + 1 : i])


def _size(text, form):
    """The n of a group in brackets behind its name, which is no result beside the others."""
    return (
        form.kind == "value"
        and bool(re.search(r"[(\[]\s*[nN]\s*=\s*$", text[: form.start]))
        and text[form.end : form.end + 1] in tuple(")],;")
    )


def _joined(text, one, two):
    alike = (
        one.kind == two.kind
        or {one.kind, two.kind} <= {"value", "open"}
        or {one.kind, two.kind} <= {"share", "percent"}
    )
    if OF_ALL.search(text[: one.start]) and COUNTS.match(text[one.end :]):
        return False  # of 311 patients, 142 had ...
    timed = {"unit", "low", "rlow", "qlow"} & set(one.parts)
    if alike and one.kind == two.kind == "value" and timed and not timed & set(two.parts):
        alike = not COUNTS.match(text[two.end :])  # (median 18.3 months), 48 patients
    return alike and joined(text, one, two)


def joined(text: str, one: Form, two: Form) -> bool:
    """Whether only a joining word stands between two forms, and what the bracket of the first holds besides."""
    if JOIN.fullmatch(text[one.end : two.start]):
        return True
    stop = closing(text, one)
    aside = text[one.end : stop]
    tests = re.fullmatch(r"\s*[;,][^()]*\)", aside) and not re.search(r"\bvs?\b|versus", aside)
    return bool(tests) and one.end < stop <= two.start and bool(JOIN.fullmatch(text[stop : two.start]))
