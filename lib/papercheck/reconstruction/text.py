"""What a reconstruction says of itself, as plain text."""

from ..registry.labels import describe_cell, describe_entry


def record_text(registry, record) -> str:
    """What is determined, what the printed numbers contradict, what was not asked for; a line each."""
    lines = [f"{registry.title}: {registry.n} pseudo-patients, not patients. {record.solutions}".strip()]
    for endpoint, shared in record.skeleton.items():
        lines.append(f"{endpoint}, in every cohort that prints these numbers: {' '.join(shared)}")
    entries = {entry.id: entry for entry in registry.entries}
    for cell in record.impossible:
        entry = entries.get(cell.id)
        what = describe_cell(entry, cell.part, cell.printed, registry) if entry else f"{cell.id} {cell.printed}"
        instead = f" Instead: {cell.admissible}." if cell.admissible else ""
        lines.append(f"Given up: {what}. {cell.proof}{instead}")
    for rule in record.contradictions:
        lines.append(f"Given up: {rule.rule}, kept by {rule.kept} of {rule.of}. {rule.proof}")
    for row in record.spread:
        if row.get("lowest") != row.get("highest"):
            label = describe_entry(entries[row["id"]], registry) if row.get("id") in entries else _quantity(row)
            lines.append(f"Not printed: {label}: {row['lowest']:g} to {row['highest']:g}")
    for number, claim in enumerate(registry.claims, 1):
        said = f"{claim.kind} {', '.join(claim.by or claim.terms)} (“{claim.text}”)"
        if number in record.imposed:
            lines.append(f"Imposed, as the paper says it in words: {said}.")
        elif number in record.not_imposed:
            lines.append(f"Said in words and not imposed: {said}: {record.not_imposed[number]}.")
    if record.not_searched:
        lines.append(f"Not asked for by the search: {'; '.join(record.not_searched)}.")
    return "\n".join(lines)


def _quantity(row) -> str:
    return " ".join(str(row[key]) for key in ("endpoint", "group", "quantity") if row.get(key))
