"""Checks of the numbers at risk under curves against each other and against the longest time."""

from .curves_of_parts import divides
from .finding import Message, found, prints_of
from .one_curve import at_risk
from .paper import Paper, finest, widest

UNITS = 31 / 28  # months of one kind in those of another
OF_PARTS = "{endpoint} by {factor}: {parts} at risk at {time}, but {whole} of all ({place})"


def at_risk_of_parts(paper: Paper):
    """Numbers at risk of groups that exclude each other against those of all, at the same time."""
    rows = at_risk(paper)
    for endpoint in dict.fromkeys(name for name, _ in rows):
        own = {group: dict(points) for (name, group), (points, _) in rows.items() if name == endpoint}
        for (column, rest), levels in paper.divisions(own).items():
            if rest not in own or len(levels) < 2:
                continue
            parts = [own[group] for group in levels.values()]
            complete = divides(paper, column, rest, levels) and sum(p.get(0.0, 0) for p in parts) == own[rest].get(0.0)
            for time, whole in own[rest].items():
                left = [points.get(time) for points in parts]
                if None in left or not (sum(left) > whole or (complete and sum(left) < whole)):
                    continue
                place = rows[endpoint, rest][1]
                shown = {"endpoint": paper.endpoint(endpoint), "factor": paper.label(column), "place": place}
                shown |= {"parts": [f"{x:g}" for x in left], "time": f"{time:g}", "whole": f"{whole:g}"}
                steps = f"{' + '.join(f'{x:g}' for x in left)} = {sum(left):g}"
                yield found("contradiction", [], Message(OF_PARTS, **shown), steps)
                break


def progression_free_at_risk(paper: Paper):
    """More subjects at risk of progression or death at a time than of death: who is progression-free is alive."""
    rows = at_risk(paper)
    for (endpoint, group), (points, place) in rows.items():
        alive, other = rows.get(("OS", group), ([], ""))
        if endpoint != "PFSR" or not alive or points[0][1] > alive[0][1]:
            continue
        for time, free in points:
            living = dict(alive).get(time)
            if living is not None and free > living:
                said = "{free} at risk for PFS at {time} ({place}), but {living} for OS ({other}, {group})"
                shown = {"free": f"{free:g}", "time": f"{time:g}", "living": f"{living:g}", "group": paper.words(group)}
                wording = Message(said, **shown, place=place, other=other)
                yield found("contradiction", [], wording, f"{free:g} > {living:g}")
                break


def at_risk_after_the_end(paper: Paper):
    """Subjects at risk at a time after the longest one."""
    rows = at_risk(paper)
    for entry in paper.registry.of("longest"):
        p = finest(prints_of(entry, "estimate"))
        end = widest(p.cell.text) if p is not None and paper.in_study_unit(entry) else None
        for (endpoint, group), (points, place) in rows.items() if end and not entry.get("where") else ():
            late = [(t, n) for t, n in points if n > 0 and t > UNITS * end[1]]
            if endpoint == str(entry.get("endpoint")) and late:
                said = "{endpoint}: {n} at risk at {time} ({place}, {group}), but the longest time is {last}"
                shown = {"endpoint": paper.endpoint(endpoint), "n": f"{late[0][1]:g}", "time": f"{late[0][0]:g}"}
                wording = Message(said, **shown, place=place, group=paper.words(group), last=p.shown)
                yield found("contradiction", [p], wording, f"{late[0][0]:g} > {p.shown}")
