"""Checks of adverse events: the sentence that sums them up against the rows of the table."""

from .finding import Message, found, prints_of
from .paper import Paper, as_group, whole

ALL_GRADES = frozenset(range(1, 6))


def counted_events(paper, group=()) -> dict:
    """{(course, term or '', grades): (count, prints)} of the counts in a group that are printed alike everywhere."""
    rows = {}
    for entry in paper.registry.of("count"):
        event = entry.get("event")
        if event and as_group(entry.get("where")) == group and isinstance(event.get("AEDECOD", ""), str):
            grades = frozenset(map(int, event.get("ATOXGR") or ALL_GRADES))
            key = str(event["APHASE"]), str(event.get("AEDECOD", "")), grades
            rows.setdefault(key, []).extend(prints_of(entry, "count"))
    counts = {key: ({whole(p) for p in prints} - {None}, prints) for key, prints in rows.items()}
    return {key: (sizes.pop(), prints) for key, (sizes, prints) in counts.items() if len(sizes) == 1}


def any_event(paper: Paper):
    """Patients with any event: not fewer than the largest row, not more than all rows together."""
    rows = counted_events(paper)
    told = set()
    for (course, term, grades), (count, prints) in sorted(rows.items(), key=lambda row: -len(row[0][2])):
        if term:
            continue
        parts = {k: v for k, v in rows.items() if k[0] == course and k[2] <= grades and k != (course, term, grades)}
        most = max(parts.values(), key=lambda row: row[0], default=(0, []))
        if count < most[0]:
            wording = Message(
                "{count} patients with any such event, but {most} with one kind of it", count=count, most=most[0]
            )
            yield found("contradiction", [*prints, *most[1]], wording, f"{count} < {most[0]}")
        terms = {k: v for k, v in parts.items() if k[1]}
        total = most_patients(terms)
        covered = frozenset().union(*(k[2] for k in terms)) == grades if terms else False
        wider = any(course == other and grades < more for other, more in told)  # the note is made of all grades
        if terms and covered and count > total and not wider:
            told.add((course, grades))
            wording = Message(
                "{count} patients with any such event, but the rows hold {total} in all: some events are not listed",
                count=count,
                total=total,
            )
            yield found("note", prints, wording, f"{count} > {total}")


def most_patients(terms) -> int:
    """How many patients the rows can hold at most: for each
    term its count of all grades, or the sum over its grades.
    """
    by_term = {}
    for (_, term, grades), (count, _) in terms.items():
        by_term.setdefault(term, {})[grades] = count
    total = 0
    for counts in by_term.values():
        widest = max(counts, key=len)
        disjoint = sum(count for grades, count in counts.items() if not any(grades < other for other in counts))
        total += min(counts[widest], disjoint) if all(grades <= widest for grades in counts) else disjoint
    return total


def grades_of_a_term(paper: Paper):
    """A count of all grades against its columns by grade."""
    groups = dict.fromkeys(as_group(e.get("where")) for e in paper.registry.of("count") if e.get("event"))
    for rows in (counted_events(paper, group) for group in groups):
        yield from _by_grade(rows)


def _by_grade(rows):
    """The findings of grades_of_a_term in one group; rows : of counted_events."""
    for (course, term, grades), (count, prints) in rows.items():
        columns = {k[2]: v for k, v in rows.items() if k[:2] == (course, term) and k[2] < grades}
        if not columns or not term or any(a & b for a in columns for b in columns if a != b):
            continue
        sizes = [size for size, _ in columns.values()]
        all_prints = [*prints, *(p for _, own in columns.values() for p in own)]
        if count < max(*sizes, sum(sizes)):
            yield _fewer_than_by_grade(term, count, sizes, all_prints)
        elif count > sum(sizes):
            yield from _more_than_by_grade(term, count, sizes, all_prints, grades - frozenset().union(*columns))


def _fewer_than_by_grade(term, count, sizes, prints):
    """Fewer patients than the grade columns hold, together or one of them: impossible if fewer than one holds."""
    if count < max(sizes):
        return found(
            "contradiction",
            prints,
            Message("{term}: {count} patients, but {max} in one grade column", term=term, count=count, max=max(sizes)),
            f"{count} < {max(sizes)}",
        )
    wording = Message(
        "{term}: {count} patients, by grade {listed}: holds only if a patient stands in two grade columns",
        term=term,
        count=count,
        listed=list(sizes),
    )
    return found("convention", prints, wording, f"{_sum_of(sizes)} > {count}")


def _more_than_by_grade(term, count, sizes, prints, untold):
    """More patients than the grade columns hold together, by the grades that have no column (untold)."""
    over = count - sum(sizes)
    if not untold:
        wording = Message("{term}: {count} patients, more than its grade columns hold together", term=term, count=count)
        yield found("contradiction", prints, wording, f"{_sum_of(sizes)} < {count}")
    elif over > max(1, count // 10) and untold == {5}:
        wording = Message(
            "{term}: {count} patients, by grade {listed}: holds only if {n} had grade 5 "
            "or one that is not known, or a count is a misprint",
            term=term,
            count=count,
            listed=list(sizes),
            n=over,
        )
        yield found("convention", prints, wording, f"{_sum_of(sizes)} < {count}")


def _sum_of(sizes) -> str:
    """The sizes with their sum, as in '2 + 3 = 5'."""
    return f"{' + '.join(map(str, sizes))} = {sum(sizes)}"


def without_grade(paper: Paper):
    """A number of some grades that a sentence prints as that of the event, while other grades are counted beside it."""
    rows = counted_events(paper)
    for entry in paper.registry.of("count"):
        event, places = entry.get("event"), entry.get("ungraded")
        if not places or not event or not event.get("ATOXGR"):
            continue
        term, grades = str(event.get("AEDECOD", "")), frozenset(map(int, event["ATOXGR"]))
        others = {
            k[2]: v for k, v in rows.items() if k[:2] == (str(event["APHASE"]), term) and not k[2] & grades and v[0]
        }
        sizes = {whole(p) for p in prints_of(entry, "count")} - {None}
        if len(sizes) == 1 and others:
            size, more = sizes.pop(), sum(v[0] for v in others.values())
            places = places if isinstance(places, list) else [places]
            wording = _ungraded(term, places, (size, more), grades)
            evidence = Message("grades {grades}: {size}; others: {more}", grades=_range(grades), size=size, more=more)
            yield found(
                "convention", [*prints_of(entry), *(p for v in others.values() for p in v[1])], wording, evidence
            )


def _range(grades) -> str:
    return f"{min(grades)}-{max(grades)}"


def _ungraded(term, places, counts, grades) -> Message:
    """That a sentence gives the number of some grades (the first of `counts`) as that of the event."""
    size, more = counts
    says, stands = "say" if len(places) > 1 else "says", "stands" if more == 1 else "stand"
    template = (
        f"{{term}}: {{places}} {says} {{size}} patients without a grade, which is the column of grades {{grades}};"
        f" {{more}} more {stands} in other columns, so that {{size}} to {{most}} had it"
    )
    shown = {"term": term or "Any event", "places": places, "grades": _range(grades)}
    return Message(template, size=size, more=more, most=size + more, **shown)


def named_events(paper: Paper):
    """A sentence that names events (`includes`) for which the table has no row."""
    rows = counted_events(paper)
    for entry in paper.registry.of("count"):
        named = entry.get("includes")
        if not isinstance(named, dict):
            continue
        course, terms = str(named.get("APHASE", "RECHALLENGE")), list(map(str, named.get("AEDECOD", [])))
        table = {term: row for (c, term, _), row in rows.items() if c == course and term}
        missing = [term for term in terms if term not in table]
        prints = prints_of(entry, "count", "percent")
        if table and missing:
            said = "The sentence names {terms}; no table of this course has a row for {missing}"
            wording = Message(said, terms=terms, missing=missing)
            yield found("note", prints, wording, Message("rows: {rows}", rows=list(table)))
        for size in {whole(p) for p in prints_of(entry, "count")} - {None}:
            largest = max((table[t] for t in terms if t in table), key=lambda row: row[0], default=(0, []))
            if size < largest[0]:
                wording = Message(
                    "{size} patients with events that include one of which {largest} patients are printed",
                    size=size,
                    largest=largest[0],
                )
                yield found("contradiction", [*prints, *largest[1]], wording, f"{size} < {largest[0]}")
