"""Reporting checklists (STROBE, REMARK, PRISMA): each item with
its place in the report, 'for the authors' or 'not done'.
"""

import re
from pathlib import Path

from papercheck.files.yamlfile import load_rules

from .methods import fits

FOLDER = Path(__file__).with_name("checklists")
NOT_DONE, AUTHORS = "not done", "for the authors"


def checklists(sections, facts, results) -> list[dict]:
    """The checklists that apply to this report: {name, source, items: [{item, topic, ask, places, state}], unlisted}.

    places : (text, link) of each place that this report has, the link relative to the folder of the report.
    unlisted : titles of the sections that no item leads to, such as one that the project has added.
    """
    found = []
    for path in sorted(FOLDER.glob("*.yml"), key=lambda p: ("strobe", "remark", "prisma").index(p.stem)):
        entry = load_rules(path)
        if _applies(entry["applies"], facts, results):
            items = [i | {"places": _places(i, sections)} for i in entry["items"]]
            items = [i | {"state": _state(i)} for i in items]
            found.append(entry | {"items": items, "unlisted": _unlisted(items, sections)})
    return found


def checklist_ids() -> set[tuple[str, str]]:
    """Every (kind, id) that a checklist refers to: ('section', ...) or ('shown', ...)."""
    entries = [load_rules(path) for path in FOLDER.glob("*.yml")]
    places = [place for entry in entries for item in entry["items"] for place in item.get("at") or []]
    return {(kind, place[kind]) for place in places for kind in ("section", "shown") if kind in place}


def _applies(when, facts, results) -> bool:
    kind = "study" if facts["kind"] == "study" else "cohort"
    return kind == when["kind"] and ("result" not in when or any(fits(when["result"], r, {}) for r in results))


def _state(item) -> str:
    """In words what stands behind an item beside its places; '' where the places answer it."""
    if item.get("authors"):
        return f"partly; the rest {AUTHORS}" if item["places"] else AUTHORS
    return "" if item["places"] else NOT_DONE


def _places(item, sections) -> list[tuple[str, str]]:
    found = []
    for place in item.get("at") or []:
        if "file" in place:
            found.append((place["file"], place["file"]))
        elif "page" in place:
            found.append((place["what"], f"report.html#{place['page']}"))
        else:
            found += _in_report(place, sections)
    return list(dict.fromkeys(found))


def _in_report(place, sections) -> list[tuple[str, str]]:
    """The tables and figures of an id, or a section as a whole, wherever they stand in this report."""
    done = [section for section in sections if section.state == "done"]
    if "section" in place:
        return [(s.title, f"report.html#{s.anchor}") for s in done if s.id == place["section"]]
    shown = [o for section in done for o in section.shown("table", "figure")]
    return [(o["label"], f"report.html#{o['anchor']}") for o in shown if o["id"] == place["shown"]]


def _unlisted(items, sections) -> list[str]:
    named = {link.removeprefix("report.html#") for item in items for _, link in item["places"]}
    done = [section for section in sections if section.state == "done"]
    return [s.title for s in done if not named & {s.anchor, *(o["anchor"] for o in s.shown("table", "figure"))}]


def as_table(checklist) -> dict:
    """A checklist as a table for word.py."""
    rows = [[i["item"], i["topic"], i["ask"], _answer(i)] for i in checklist["items"]]
    done = sum(not i["state"] for i in checklist["items"])
    counts = {s: sum(i["state"] == s for i in checklist["items"]) for s in (NOT_DONE, AUTHORS)}
    said = (
        f"{len(rows)} items: {done} answered by the report, {counts[NOT_DONE]} not done, {counts[AUTHORS]} for the"
        f" authors, {len(rows) - done - sum(counts.values())} partly."
    )
    notes = [said, f"Source: {checklist['source']}. Items in short words; the statement itself binds."]
    if checklist["unlisted"]:
        notes.insert(1, f"Sections that no item leads to: {', '.join(checklist['unlisted'])}.")
    return {
        "title": checklist["name"],
        "columns": ["Item", "Topic", "What is asked", "Where"],
        "rows": rows,
        "notes": notes,
        "links": [i["places"] for i in checklist["items"]],
    }


def _answer(item) -> str:
    return "; ".join([*(text for text, _ in item["places"]), *filter(None, [item["state"]])])


def as_markdown(lists, title, warning="") -> str:
    """All checklists as Markdown with links into report.html."""
    lines = [f"# {plain(title)}", *([f"**{warning}**"] if warning else [])]
    for checklist in lists:
        table = as_table(checklist)
        lines += [f"## {table['title']}", *(plain(n) for n in table["notes"])]
        body = ["| Item | Topic | What is asked | Where |", "|---|---|---|---|"]
        for item in checklist["items"]:
            links = [f"[{plain(text)}]({link})" for text, link in item["places"]]
            where = "; ".join([*links, *filter(None, [item["state"]])])
            body.append(f"| {plain(item['item'])} | {plain(item['topic'])} | {plain(item['ask'])} | {where} |")
        lines.append("\n".join(body))
    return "\n\n".join(lines) + "\n"


def plain(text) -> str:
    """A text that Markdown prints as it is."""
    return re.sub(r"([\\`*_{}\[\]<>#|!])", r"\\\1", " ".join(str(text).split()))
