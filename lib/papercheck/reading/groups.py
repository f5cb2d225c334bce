"""Columns and levels of a draft registry, made of the words by which a paper names its groups of patients."""

import re
from dataclasses import dataclass, field

from ..vocabulary.dictionary import load_dictionary
from .signs import plain

COLUMNS = {  # words of a block of a table -> the column of the dictionary
    "SEX": r"sex|gender|性别",
    "ECOG": r"ECOG.*|(?:ECOG )?performance status|PS|体力.*",
    "SMOKE": r"smok.*|吸烟.*",
    "HIST": r"histolog.*|pathological type|病理.*|组织学.*",
    "STAGE": r"(?:TNM |tumou?r |clinical |disease )?stag.*|分期.*",
    "PDL1": r"PD-?L1.*",
    "BMI": r"BMI.*|body mass index.*",
    "DISTMET": r"(?:distant )?metastas[ie]s|远处转移",
    "AGE": r"age.*|年龄.*",
}
LEVELS = {
    "SEX": {"M": r"male|men|man|男.*", "F": r"female|women|woman|女.*"},
    "YN": {"Y": r"yes|present|有|是", "N": r"no|absent|无|否"},
}
TAIL = re.compile(r",?\s*(?:n\s*\(%\)|no\.?\s*\(%\)|\(%\)|n/N.*|例\(%\)|median.*|mean.*|years?(?:, .*)?)\s*$", re.I)


@dataclass
class Groups:
    """The factors of a draft: column -> {label, levels}; made as they are needed."""

    factors: dict[str, dict] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    own: dict[str, dict[str, str]] = field(default_factory=dict)

    def arms(self, names: list[str]):
        """The arms of a comparison as the levels of ARM."""
        for name in names:
            self.level("ARM", "Treatment arm", name)

    def level(self, column: str, label: str, name: str) -> dict[str, str]:
        """One level of a column, as {COLUMN: code}."""
        factor = self.factors.setdefault(column, {"label": label[:120], "levels": {}})
        known = {v.casefold(): k for k, v in factor["levels"].items()}
        text = plain(name).strip() or "?"
        code = known.get(text.casefold()) or self._code(column, text, factor["levels"])
        factor["levels"].setdefault(code, text[:120])
        return {column: code}

    def _code(self, column, text, levels):
        for code, words in LEVELS.get(column, {}).items():
            if re.fullmatch(words, text, re.I):
                return code
        code = text.replace("≥", ">=").replace("≤", "<=")[:40]
        taken = {k.casefold() for k in levels} | {v.casefold() for v in levels.values()}
        if code.casefold() in taken:
            code = f"{code[:36]}_{len(levels)}"
        return code

    def of_row(self, path: list[str]) -> dict[str, str]:
        """The group of a row of a table: its block is the column, its label the level; a lone label is a yes."""
        path = [TAIL.sub("", plain(p)).strip(" :,") for p in path if p]
        if len(path) >= 2:
            column = self.column(path[-2])
            return self.level(column, path[-2], path[-1])
        return self.yes(path[0] if path else "?")

    def yes(self, words: str) -> dict[str, str]:
        """The patients of whom some words hold; `not ...` are the others."""
        words = TAIL.sub("", plain(words)).strip(" :,")
        said = not words.startswith("not ")
        words = words.removeprefix("not ")
        for column, levels in LEVELS.items():
            for code, known in levels.items():
                if column == "SEX" and re.fullmatch(rf"(?:were |was )?(?:{known})", words, re.I):
                    self.level("SEX", "Sex", "Male" if code == "M" else "Female")
                    return {"SEX": code}
        column = self.column(words)
        factor = self.factors.setdefault(column, {"label": words[:120] or "?", "levels": {"N": "No", "Y": "Yes"}})
        if "Y" not in factor["levels"]:
            column = self._name(f"{column}_YN", words)
            self.factors.setdefault(column, {"label": words[:120], "levels": {"N": "No", "Y": "Yes"}})
        return {column: "Y" if said else "N"}

    def column(self, words: str) -> str:
        """The column that words name: of the dictionary where it is known, else a name made of the words."""
        key = plain(words).casefold()
        if key not in self.codes:
            known = next((c for c, w in COLUMNS.items() if re.fullmatch(w, words.strip(), re.I)), "")
            self.codes[key] = (
                self._name(known or words, words) if known not in ("AGE", "BMI") else self._name(f"{known}GR1", words)
            )
        return self.codes[key]

    def _name(self, wanted, words):
        name = re.sub(r"\W+", "_", wanted.upper()).strip("_")[:24] or "GROUP"
        name = name if re.match(r"[A-Z]", name) else f"G_{name}"[:24]
        reserved = {c for table in load_dictionary().values() for c in table.columns} | {"UNIT", "EVENT", "ARM"}
        free = {c.name for c in load_dictionary()["adsl"].columns.values() if c.factor}
        taken, k, base = set(self.codes.values()) | set(self.factors), 2, name
        while name in taken or (name in reserved and name not in free):
            name = f"{base[:20]}_{k}"
            k += 1
        return name

    def yaml(self) -> dict:
        """The factors as a registry writes them; where men alone are printed, women are a level too."""
        made = {}
        for column, factor in self.factors.items():
            levels = dict(factor["levels"]) if column != "SEX" else {"M": "Male", "F": "Female", **factor["levels"]}
            words = [w.casefold() for w in levels.values()]
            if len(set(words)) < len(words):
                levels = {k: f"{v} ({k})" for k, v in levels.items()}
            made[column] = {"label": factor["label"], "levels": levels}
        return made
