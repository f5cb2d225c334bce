"""Checks of percentages: can a percentage come from its count, and by which rule of rounding?"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from ..registry.printed import ROUNDINGS, STANDARD, print_as, read_printed, roundings_that_print
from .finding import Either, Message, each_placed, found, share_of
from .paper import Group, Paper, Share, as_group

EXACT, CUT, ELSEWHERE, WRONG_PAIR, NEVER = "exact", "cut", "elsewhere", "wrong pair", "never"
EXCHANGED, LARGER, MORE = "exchanged", "larger", "more"
FEWER = (
    "The percentages of {what} are of fewer subjects than their groups have, {sizes}: a denominator that leaves"
    " subjects out, or a number of subjects is wrong"
)


def percentages(paper: Paper):
    """Percentages that no common rounding of count / n gives. One finding for each count, n and printed text."""
    explained = explained_by_known(paper)
    groups, told, rules = {}, (EXACT, CUT) if _all_cut(paper) else (EXACT,), usual_rules(paper)
    alike = set()
    for of in _alike([s for s in paper.shares if not explained.get(s.group)], rules):
        alike |= {id(share) for share in of.shares}
        yield _fewer_finding(paper, of, rules)
    for share in paper.shares:
        verdict, hint = judge(share, rules)
        if verdict == MORE and "denominator" not in share.print.entry.spec:
            continue  # a group larger than the one it is part of: said once, of the counts
        if verdict not in told and id(share) not in alike and not explained.get(share.group):
            key = share.count, share.of, share.print.shown, verdict, hint
            groups.setdefault(key, []).append(share.print)
    for (count, of, text, verdict, hint), prints in groups.items():
        yield _percentage_finding(count, of, text, verdict, hint, prints)


@dataclass(frozen=True)
class _Fewer:
    """Percentages of one column (None: of adverse events) of fewer subjects: (group, its size, how many of it)."""

    column: str | None
    shares: tuple[Share, ...]
    sizes: tuple[tuple[Group, int, list[int]], ...]


def _alike(shares, rules) -> list[_Fewer]:
    """Where all percentages of a column, or of adverse events, in a group are of the same fewer subjects, though their
    counts go with none of all: two and more of them, so that it is a denominator and no misprint."""
    families, found_ = {}, []
    for share in shares:
        entry = share.print.entry
        if share.count is not None and entry.statistic == "count" and "denominator" not in entry.spec:
            event, within = entry.get("event"), as_group(entry.get("where" if entry.get("event") else "of"))
            own = [column for column in entry.get("where") or {} if column not in dict(within)]
            if event or len(own) == 1:
                families.setdefault(None if event else own[0], {}).setdefault((within, share.of), []).append(share)
    for column, groups in families.items():
        sizes, mine, odd = [], [], 0
        for (within, of), some in groups.items():
            wrong = sum(judge(s, rules)[0] == ELSEWHERE for s in some)
            fitting = _common(some, of, rules) if wrong else []
            if fitting:
                sizes, mine, odd = [*sizes, (within, of, fitting)], [*mine, *some], odd + wrong
        if odd > 1:
            found_.append(_Fewer(column, tuple(mine), tuple(sizes)))
    return found_


def _common(shares, of, rules) -> list[int]:
    """The fewer numbers of subjects, down to half, of which all counts print their percentages."""
    least = max(of // 2, 1, *(s.count for s in shares))
    return [
        m
        for m in range(least, of)
        if all(set(rules) & set(roundings_that_print(Fraction(100 * s.count, m), s.print.cell.text)) for s in shares)
    ]


def _fewer_finding(paper, of, rules):
    what = paper.label(of.column) if of.column else Message("adverse events")
    sizes = [
        Message("{some} of {n} ({group})", some=_some(fitting), n=n, group=paper.words(group))
        for group, n, fitting in of.sizes
    ]
    wording = Message(FEWER, what=what, sizes=sizes)
    odd = next(s for s in of.shares if judge(s, rules)[0] == ELSEWHERE)
    group = next(x for x in of.sizes if odd.of == x[1])
    steps = f"{odd.count}/{odd.of} = {print_as(odd.percent, 2)}%"
    evidence = Message(
        "{evidence}; {count}/{hint} prints {text}%",
        evidence=steps,
        count=odd.count,
        hint=group[2][0],
        text=odd.print.shown,
    )
    return found("convention", [s.print for s in of.shares], wording, evidence)


def _exact(paper) -> list[Share]:
    """The percentages beside their counts that are no bound, such as <1%, which no rounding gives."""
    return [s for s in paper.shares if s.count is not None and not read_printed(s.print.cell.text).bound]


def usual_rules(paper) -> tuple:
    """The roundings that the percentages of a paper may be made by: cutting off is none of them where some are rounded
    up and none is cut off."""
    counted = [set(roundings_that_print(s.percent, s.print.cell.text)) for s in _exact(paper)]
    up = any(rules and "truncated" not in rules for rules in counted)
    return STANDARD if up and {"truncated"} not in counted else (*STANDARD, "truncated")


def judge(share, usual=STANDARD) -> tuple[str, tuple]:
    """How a percentage relates to its count: one of EXACT, CUT, EXCHANGED,
    ELSEWHERE, WRONG_PAIR, LARGER, MORE, NEVER; and the counts that explain it.

    usual : the roundings that may give it of another number of subjects.
    """
    text = share.print.cell.text
    if share.count is None:
        return _judge_without_count(text, share.of, usual)
    rules = roundings_that_print(share.percent, text)
    if set(rules) & set(STANDARD):
        return EXACT, ()
    if share.count > share.of:
        return MORE, ()
    if rules:
        return CUT, ()
    turned = _exchanged(text, lambda t: set(roundings_that_print(share.percent, t)) & set(STANDARD))
    fitting = _others(text, share.of, usual, lambda m: [share.count] if share.count <= m else [], share.count)
    smaller = bool(fitting) and min(fitting) < share.of
    if turned:
        return EXCHANGED, (turned, *(fitting if smaller else ()))
    if smaller:
        return ELSEWHERE, tuple(fitting)
    others = [k for k in _near(text, share.of) if roundings_that_print(Fraction(100 * k, share.of), text)]
    if others:
        return WRONG_PAIR, (*others, *(share_of(share.count, m) for m in fitting))
    return (LARGER, tuple(fitting)) if fitting else (NEVER, ())


def _exchanged(text, fits) -> str:
    """The text with two neighbouring digits exchanged that fits, or ''."""
    for i, (a, b) in enumerate(zip(text, text[1:], strict=False)):
        turned = text[:i] + b + a + text[i + 2 :]
        if a.isdigit() and b.isdigit() and a != b and fits(turned):
            return turned
    return ""


def _judge_without_count(text, of, usual):
    rules = {rule for k in _near(text, of) for rule in roundings_that_print(Fraction(100 * k, of), text)}
    if rules:
        return (EXACT if rules & set(STANDARD) else CUT), ()
    fitting = _others(text, of, usual, lambda m: _near(text, m))
    smaller = [m for m in fitting if m < of]
    return (ELSEWHERE, tuple(smaller[::-1])) if smaller else (LARGER, tuple(fitting)) if fitting else (NEVER, ())


def _others(text, of, usual, counts, least=None) -> list[int]:
    """Other numbers of subjects of which some count prints the text: fewer, down to half, or else more, up to twice as
    many, or else from `least` on; rounded, or else with digits cut off."""
    half = max(of // 2, 1)
    for sizes in (range(half, of), range(of + 1, 2 * of), range(max(least or half, 1), half)):
        for rules in ({*STANDARD}, {*usual} - {*STANDARD}):
            shares = ((m, Fraction(100 * k, m)) for m in sizes for k in counts(m))
            fitting = list(dict.fromkeys(m for m, x in shares if rules & set(roundings_that_print(x, text))))
            if fitting:
                return fitting
    return []


def _near(text, of):
    """The counts whose percentage can print as the text under any rule."""
    printed = read_printed(text)
    if printed.bound:
        return range(of + 1)
    low, high = (Fraction(printed.value) + step * Fraction(printed.unit) for step in (-1, 1))
    return range(max(0, floor(low * of / 100)), min(of, ceil(high * of / 100)) + 1)


def _percentage_finding(count, of, text, verdict, hint, prints):
    if count is None:
        return _without_count_finding(of, text, verdict, hint, prints)
    exact, decimals = Fraction(100 * count, of), read_printed(text).decimals
    precise = print_as(exact, max(2, decimals + 1))
    evidence = f"{count}/{of} = {precise}%"
    rounded, cut = (print_as(exact, decimals, rule) for rule in ("half up", "truncated"))
    if verdict == MORE:
        wording = Message(
            "{count} of {of}: more than there are, so one of the two is of other subjects", count=count, of=of
        )
        return found("contradiction", prints, wording, f"{count} > {of}")
    if verdict == CUT:
        said = "{text}% is {count} of {of} with digits cut off; rounded it is {rounded}"
        wording = Message(said, text=text, count=count, of=of, rounded=rounded)
        return found("convention", prints, wording, evidence, [rounded])
    if verdict == EXCHANGED:
        wording = _digits_exchanged(count, of, text, hint)
        return found("convention" if hint[1:] else "contradiction", prints, wording, evidence, [f"{hint[0]}%"])
    if verdict == ELSEWHERE:
        said = "{evidence}; {count}/{hint} prints {text}%"
        evidence = Message(said, evidence=evidence, count=count, hint=hint[0], text=text)
        return found("convention", prints, _of_fewer(count, of, text, hint, rounded), evidence, [rounded])
    if verdict == WRONG_PAIR:
        pairs = [h if isinstance(h, str) else share_of(h, of) for h in hint]
        wording = _wrong_pair(count, of, text, pairs)
        return found("contradiction", prints, wording, evidence, [f"{rounded}%", *pairs])
    near = [cut] if cut == rounded else sorted([cut, rounded], key=float)
    if verdict == LARGER:
        said = "{text}% is not {count} of {of}, but {count} of {some}: the percentage is wrong, or of more subjects"
        wording = Message(said, text=text, count=count, of=of, some=_some(hint))
        return found("contradiction", prints, wording, evidence, [*near, *(share_of(count, m) for m in hint[:3])])
    return found("impossible", prints, _never(text, count, of, precise, near), evidence, near)


def _digits_exchanged(count, of, text, hint) -> Message:
    """That two digits are exchanged; hint : the digits in order, and other numbers of subjects that would do."""
    wording = Message(
        "{count} of {of} is not {text}% but {hint}%: two digits are exchanged",
        count=count,
        of=of,
        text=text,
        hint=hint[0],
    )
    if hint[1:]:
        wording = Message(
            "{what}, or it is of {some}, a denominator that leaves subjects out", what=wording, some=_some(hint[1:])
        )
    return wording


def _of_fewer(count, of, text, hint, rounded) -> Message:
    """That a percentage is of fewer subjects; hint : how many."""
    return Message(
        "{text}% is not {count} of {of} but {count} of {some}{cut_off}: a denominator "
        "that leaves subjects out, or a misprint of {rounded}",
        text=text,
        count=count,
        of=of,
        some=_some(hint),
        cut_off=_cut_off(count, hint[0], text),
        rounded=rounded,
    )


def _wrong_pair(count, of, text, pairs) -> Message:
    """That a count and its percentage are not of one another; pairs : what the percentage would be."""
    return Message(
        "{count} of {of} is not {text}%, which {listed} would be: the count or the percentage is wrong",
        count=count,
        of=of,
        text=text,
        listed=Either(pairs),
    )


def _never(text, count, of, precise, near) -> Message:
    """That no count of a whole is a percentage; near : the nearest that are."""
    one = (
        "{text}% cannot arise from {count} of {of} ({precise}) under half-up or half-even rounding or truncation, nor"
        " from any other count of {of}; the nearest is {near}"
    )
    two = (
        "{text}% cannot arise from {count} of {of} ({precise}) under half-up or half-even rounding or truncation, nor"
        " from any other count of {of}; the nearest are {near}"
    )
    return Message(one if len(near) == 1 else two, text=text, count=count, of=of, precise=precise, near=near)


def _without_count_finding(of, text, verdict, hint, prints):
    decimals, near = read_printed(text).decimals, list(_near(text, of))
    steps = "; ".join(f"{k}/{of} = {print_as(Fraction(100 * k, of), decimals + 1)}" for k in near)
    possible = _printable(near, of, decimals)
    if verdict == CUT:
        wording = Message(
            "{text}% of {of} holds only if digits are cut off, or is a misprint: no count of {of} rounds to it",
            text=text,
            of=of,
        )
        return found("convention", prints, wording, steps)
    if verdict == ELSEWHERE:
        wording = Message(
            "No count of {of} gives {text}%; a count of {some} would: a denominator that "
            "leaves subjects out, or a misprint of {listed}",
            of=of,
            text=text,
            some=_some(hint),
            listed=Either(possible),
        )
        return found("convention", prints, wording, steps, possible)
    more = Message("; a count of {some} would", some=_some(hint)) if verdict == LARGER else ""
    wording = Message(
        "No count of {of} gives {text}% under half-up or half-even rounding or truncation{more}",
        of=of,
        text=text,
        more=more,
    )
    return found("impossible" if verdict == NEVER else "contradiction", prints, wording, steps, possible)


def _cut_off(count, of, text) -> str:
    rules = roundings_that_print(Fraction(100 * count, of), text)
    return "" if set(rules) & set(STANDARD) else Message(" with digits cut off")


def _some(denominators) -> Either:
    """'37, 40 to 43 or 50': all of them, runs of three and more as spans."""
    spans = []
    for m in sorted(denominators):
        spans = [*spans[:-1], (spans[-1][0], m)] if spans and spans[-1][1] == m - 1 else [*spans, (m, m)]
    words = [
        [Message("{low} to {high}", low=a, high=b)] if b - a > 1 else dict.fromkeys((str(a), str(b))) for a, b in spans
    ]
    return Either([word for some in words for word in some])


def _printable(counts, of, decimals):
    return list(dict.fromkeys(print_as(Fraction(100 * k, of), decimals) for k in counts))


def explained_by_known(paper) -> dict[Group, int]:
    """The groups of factors whose percentages are all of the subjects with a known level: {group: known}."""
    explained = {}
    for (column, rest), levels in paper.partitions(paper.counts).items():
        sizes = [paper.printed_size(group) for group in levels.values()]
        if rest or not paper.is_whole(column, levels) or None in sizes or sum(sizes) >= paper.n or not sum(sizes):
            continue
        known, groups = sum(sizes), set(levels.values())
        shares = [s for s in paper.shares if s.group in groups and s.of == paper.n and s.count is not None]
        wrong = [s for s in shares if judge(s)[0] != EXACT]
        if wrong and all(
            set(roundings_that_print(Fraction(100 * s.count, known), s.print.cell.text)) & set(STANDARD) for s in shares
        ):
            explained |= dict.fromkeys(groups, known)
    return explained


def of_the_known(paper: Paper):
    """Factors whose percentages leave out the subjects without a level."""
    explained = explained_by_known(paper)
    for known in dict.fromkeys(explained.values()):
        prints = [s.print for s in paper.shares if explained.get(s.group) == known]
        wording = Message(
            "These percentages are of the {known} subjects with a known level, not of all {n}", known=known, n=paper.n
        )
        yield found("convention", prints, wording, Message("the classes sum to {known} of {n}", known=known, n=paper.n))


def percentage_rule(paper: Paper):
    """Whether all percentages have their digits cut off: then the single ones are no misprints."""
    cut = _all_cut(paper)
    if cut:
        going = [s for s in _exact(paper) if judge(s)[0] in (EXACT, CUT)]
        fits = {r: sum(r in roundings_that_print(s.percent, s.print.cell.text) for s in going) for r in ROUNDINGS}
        wording = Message(
            "All {n} percentages that go with their counts have their digits cut off instead of rounded", n=len(going)
        )
        told = (Message("{rule}: {share}", rule=rule, share=share_of(n, len(going))) for rule, n in fits.items())
        evidence = Message("{each}", each=tuple(told))
        yield found("convention", [s.print for s in cut], wording, evidence)


def _all_cut(paper) -> list:
    """The shares whose digits are cut off, where that is the rule of the paper: two or more, and none is rounded up."""
    shares = _exact(paper)
    cut = [s for s in shares if judge(s)[0] == CUT]
    going = [s for s in shares if judge(s)[0] in (EXACT, CUT)]
    rule = all("truncated" in roundings_that_print(s.percent, s.print.cell.text) for s in going)
    return cut if len(cut) > 1 and rule else []


def forced_sums(paper: Paper):
    """Classes whose percentages sum to exactly 100 only because one of them is not the rounded one."""
    prints, sums = [], []
    for (column, rest), levels in paper.partitions(paper.counts).items():
        shares = {s.group: s for s in paper.shares if s.group in levels.values() and s.count is not None}
        if rest or not paper.is_whole(column, levels) or set(shares) != set(levels.values()):
            continue
        texts = [read_printed(s.print.cell.text) for s in shares.values()]
        rounded = [print_as(s.percent, t.decimals) for s, t in zip(shares.values(), texts, strict=True)]
        total = sum(t.value for t in texts)
        if total == 100 and sum(map(Fraction, rounded)) != 100 and len({t.decimals for t in texts}) == 1:
            odd = [s.print for s in shares.values() if judge(s)[0] != EXACT]
            if odd:
                prints += odd
                label = paper.registry.factors[column].label if column in paper.registry.factors else column
                shown = {"label": label, "sum": " + ".join(t.text for t in texts), "total": total}
                sums.append(
                    Message("{label}: {sum} = {total}, rounded {rounded}", rounded=" + ".join(rounded), **shown)
                )
    if prints:
        wording = Message(
            "Percentages of these factors sum to exactly 100 where the rounded ones do not: they may have been adjusted"
        )
        yield found("note", prints, wording, Message("{sums}", sums=tuple(sums)))


def two_percentages(paper: Paper):
    """One count of one n that is printed as two percentages."""
    pairs, rules = {}, usual_rules(paper)
    for share in paper.shares:
        if share.count is not None and judge(share, rules)[0] in (EXACT, CUT, NEVER):
            decimals = read_printed(share.print.cell.text).decimals
            pairs.setdefault((share.count, share.of, decimals), {}).setdefault(share.print.shown, []).append(share)
    for (count, of, decimals), texts in pairs.items():
        if len({read_printed(text).value for text in texts}) > 1:
            prints = [s.print for shares in texts.values() for s in shares]
            never = [s.print for shares in texts.values() for s in shares if judge(s, rules)[0] == NEVER]
            at = {f"{text}%": [s.print for s in shares] for text, shares in texts.items()}
            shown = [f"{text}%" for text in texts]
            wording = Message("{count} of {of} is printed as {shown}", count=count, of=of, shown=shown)
            exact = f"{count}/{of} = {print_as(Fraction(100 * count, of), decimals + 1)}%"
            kind = "contradiction" if never else "convention"
            yield found(
                kind,
                never if 0 < len(never) < len(prints) else prints,
                wording,
                Message("{arithmetic}. {where}", arithmetic=exact, where=each_placed(at)),
                [print_as(Fraction(100 * count, of), decimals)],
            )
