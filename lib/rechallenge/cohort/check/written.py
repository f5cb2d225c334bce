"""The cells of a cohort as the person wrote them, for what the checks quote."""

from dataclasses import replace

import pandas as pd

from papercheck.files.findings import shown
from papercheck.vocabulary.dictionary import load_dictionary

from ..declare.source import written_cells


def written_names(table, frame, meta) -> dict[str, str]:
    """{column of the dictionary: column of the file}; meta : the facts as they hold for the table."""
    columns = {**load_dictionary()[table].columns, **(meta.factors if table == "adsl" else {})}
    by_word = {c.label.lower(): n for n, c in columns.items()} | {n.lower(): n for n in (*columns, "EVENT")}
    found = {}
    for name in frame.columns:
        target = "" if name in meta.ignored else meta.columns.get(name) or by_word.get(str(name).lower(), "")
        if target:
            found.setdefault(target, name)
    return found


class Written:
    """The raw tables, {table: (file, frame)}, asked cell by cell."""

    def __init__(self, raw, meta):
        self.raw, self._texts = raw, {}
        self.tables = [
            (file, frame, written_names(table, frame, meta.of(table))) for table, (file, frame) in raw.items()
        ]

    def cell(self, finding):
        """A finding with the value as the file has it, under the name that the file has for a flag of events."""
        if finding.row is None or not finding.column:
            return finding
        for file, frame, names in self.tables:
            if file != finding.file or finding.row not in frame.index:
                continue
            for column in (finding.column, *(("EVENT",) if finding.column == "CNSR" else ())):
                if column in names:
                    cell = frame.loc[[finding.row], names[column]]
                    value = shown(written_cells(cell).iloc[0]) if len(cell) == 1 else finding.value
                    return replace(finding, value=value, column=column)
        return finding

    def beside(self, column, values) -> list:
        """Pairs of the cell of a column as the file has it, '' for none, and its value. values : by (file, line)."""
        cells = {}
        for file, frame, names in self.tables:
            if column in names:
                cells |= {(file, line): word for line, word in written_cells(frame[names[column]]).items()}
        return [(cells.get(place, ""), x) for place, x in values.items()]

    def text(self, table) -> pd.DataFrame | None:
        """A table as words, '' where empty; None if the cohort has none."""
        if table in self._texts or table not in self.raw:
            return self._texts.get(table)
        file, frame = self.raw[table]
        words = pd.DataFrame({name: written_cells(frame[name]).str.strip() for name in frame.columns})
        words.index = pd.MultiIndex.from_product([[file], frame.index], names=["file", "line"])
        self._texts[table] = words
        return words
