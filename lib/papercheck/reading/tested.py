"""Tests of a sentence: P values, chi-squares and the like, and tests that are said in words."""

import re

from .adverse import event_tested
from .compared import compared
from .forms import NUM, Form
from .in_turn import factors_before
from .mentions import endpoint_mentions, factor_mentions
from .phrases import outside_brackets
from .scene import endpoint_at, make
from .words import pattern


def p_readings(scene, i, form):
    source = scene.sentence.text
    operator = form.text(scene.text, "operator").removeprefix("均").replace("≤", "<").replace("≥", ">")
    operator = operator if operator in ("<", ">") else ""
    if _covered_by_words(scene, form):
        return []
    several = _several_p(scene, i, form)
    if several:
        return several
    about = form.text(scene.text, "about")
    interacts = bool(re.search("interaction", scene.text[max(0, form.start - 40) : form.end]))
    factors = [m.name for m in factor_mentions(scene.text[: form.start])] if interacts else []
    one_sided = re.search(r"one-sided|单侧", scene.text[max(0, form.start - 30) : form.end + 14], re.I)
    before = [r for r in scene.made if r.endpoint and r.statistic not in ("p", "count", "mean", "sd")]
    between = [m for m in scene.ends if scene.forms[i - 1].end <= m.start < form.start] if i else scene.ends
    of_event = "" if before and _same_bracket(scene, i) else event_tested(scene, i, form)
    endpoint = before[-1].endpoint.split(" at ")[0] if before and not between else _tested_endpoint(scene, form)
    endpoint = scene.ends_at.get(form.start) or _behind_list(scene, form) or of_event or endpoint
    group = (factors or [compared(scene, i, form)])[-1]
    if not group:  # a test compares: of what, is for a person
        return [make(scene, "printed", form, form.text(source), endpoint="", confidence=0.3)]
    more = {"endpoint": endpoint, "group": group, "operator": operator}
    if about or one_sided:
        more["model"] = "one-sided" if one_sided else about
    return [make(scene, "p_interaction" if interacts else "p", form, form.text(source), **more)]


def _same_bracket(scene, i):
    """Whether only a sign stands between a P and the number before it."""
    return bool(i) and bool(re.fullmatch(r"\W*", scene.text[scene.forms[i - 1].end : scene.forms[i].start]))


TESTED = rf"[A-Za-z][^;.,()]{{1,60}} \(P\s*[<=>]\s*{NUM}\)"


LIST_FOR = re.compile(rf"\)(?:,? (?:and )?{TESTED})* for (?:the )?", re.I)


def _behind_list(scene, form):
    """The endpoint of each test of `histology (P = .02), age (P = .04), and sex (P = .01) for OS`."""
    said = LIST_FOR.match(scene.text, form.end)
    return next((m.name for m in scene.ends if said and m.start == said.end()), "")


ALSO_P = re.compile(rf"\s*and\s*(?P<also>{NUM})(?=\s*[,;)\]]|\s+respectively)")


def _several_p(scene, i, form):
    """The tests of `ORR and DCR were higher (p = 0.012 and 0.028)`, one for each endpoint; [] for a single P."""
    also = ALSO_P.match(scene.text, form.end)
    factors = factors_before(re.sub(r"[(\[][^()\[\]]*$", "", scene.text[: form.start])) if also else []
    if len(factors) == 2:
        value = scene.sentence.text[slice(*also.span("also"))]
        end = endpoint_at(scene, form)
        return [
            make(scene, "p", form, v, endpoint=end, group=g)
            for g, v in zip(factors, (form.text(scene.sentence.text), value), strict=True)
        ]
    named = list(dict.fromkeys(m.name for m in scene.ends if m.start < form.start))[-2:]
    if not also or len(named) < 2:
        return []
    value = scene.sentence.text[slice(*also.span("also"))]
    group, source = compared(scene, i, form), scene.sentence.text
    return [
        make(scene, "p", form, v, endpoint=e, group=group)
        for e, v in zip(named, (form.text(source), value), strict=True)
    ]


def _covered_by_words(scene, form):
    return any(m.start() <= form.start and form.end <= m.end() for m in pattern("p_in_words").finditer(scene.text))


def words_of_p(scene, made):
    """A test said in words, where no P stands beside it."""
    found = []
    for match in pattern("p_in_words").finditer(scene.text):
        if "P" not in match[0] and (_tested_behind(scene, match.end()) or _tested_before(scene, match)):
            continue
        form = Form("p", *match.span(), match.span())
        i = sum(f.start < match.start() for f in scene.forms)
        factors = [m.name for m in factor_mentions(scene.text)]
        said_by = bool(re.search(r"stratified by|according to|by |with respect to|in terms of", scene.text))
        group = (
            "between groups"
            if re.search(r"similar|\ball P\b", match[0], re.I)
            or re.search(r"\bgroups (?:did not differ|were (?:similar|comparable|balanced|alike))", scene.text)
            or re.search("基线|一般资料|可比|baseline|demographic|characteristics", scene.text)
            else factors[0]
            if factors and (said_by or not _arms_named(scene))
            else compared(scene, i, form)
        )
        ends = [m.name for m in scene.ends]
        alike = group == "between groups"  # of the characteristics that the sentence names
        endpoint = (ends or factors or ["" if alike else scene.study.last_endpoint])[0]
        found.append(
            make(
                scene,
                "p",
                form,
                scene.sentence.text[slice(*match.span())],
                endpoint=endpoint,
                group=group,
                kind="words",
            )
        )
    return found


def _tested_behind(scene, end):
    """Whether a P stands behind words of a test, before another endpoint or clause begins."""
    stop = min((m.start for m in scene.ends if m.start > end), default=len(scene.text))
    near = [f.start for f in scene.forms if f.kind == "p" and f.start >= end - 2]
    parted = near and re.search(r";|\bwhile\b|\bwhereas\b|\bbut\b", outside_brackets(scene.text[end : near[0]]))
    return bool(near) and (near[0] < end + 60 or near[0] < stop or not parted)


def _tested_before(scene, match):
    """Whether Chinese words of a test only close a list of endpoints each with its P."""
    before = [f.end for f in scene.forms if f.kind == "p" and f.end <= match.start()]
    chinese = before and re.search("[\u4e00-\u9fff]", match[0])
    between = scene.text[before[-1] : match.start()] if chinese else ""
    return bool(chinese) and not re.search("[;。]", between) and not endpoint_mentions(between)


def _arms_named(scene):
    return bool(re.search(r"between (?:the )?(?:two |both )?(?:groups|arms)|两组", scene.text))


def test_readings(scene, i, form):
    label = form.text(scene.text, "label").lower()
    statistic = "chi2" if label.startswith(("χ", "chi", "卡", "x")) else f"{label}_value"
    return [
        make(
            scene,
            statistic,
            form,
            form.text(scene.sentence.text),
            endpoint=_tested_endpoint(scene, form),
            group=compared(scene, i, form),
        )
    ]


def _tested_endpoint(scene, form):
    """What a test in brackets behind shares is of: what they are of, where the sentence names no endpoint."""
    last = next((r for r in reversed(scene.made) if r.endpoint and r.statistic.endswith(("count", "percent"))), None)
    named = any(m.start < form.start for m in scene.ends)
    return last.endpoint if last is not None and not named else endpoint_at(scene, form)
