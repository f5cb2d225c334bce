"""The desk as a page of widgets for notebooks/check_paper.ipynb: the paper on the left, its reading on the right."""

import subprocess
import sys
from html import escape
from pathlib import Path

from ..files.findings import CohortError, request_error, sentence
from .desk import FIELDS, OPEN, Desk
from .draft import Drafter
from .words import endpoints

WORDS = {
    "files": ("Paper and supplements (one a line)", "论文及补充材料（每行一个）"), "study": ("Name of the study", "研究名称"),
    "read": ("Read", "读取"), "accept": ("Accept", "接受"), "correct": ("Correct", "更正"), "reject": ("Reject", "拒绝"),
    "all": ("Accept all of this place", "接受此处全部"), "write": ("Write registry, readings and letter", "写入登记表、读数和信件"),
    "arm": ("Arm", "组名"), "place": ("Place", "位置"), "reading": ("Number", "数字"), "written": ("Written: {paths}", "已写入：{paths}"),
    "patients": ("Number of patients", "患者人数"),
    "fields": ("statistic endpoint group value low high level operator", "统计量 终点 分组 数值 下限 上限 水平 符号"),
    "lacks": ("{open} open, {accepted} accepted, {rejected} rejected. No audit yet.", "未决 {open}，接受 {accepted}，拒绝 {rejected}。尚不能审核。"),
    "n": ("The number of patients was not found: write it above.", "未找到患者人数：请在上方填写。"),
    "state": ("{open} open, {accepted} accepted, {rejected} rejected. Audit: {n} findings.", "未决 {open}，接受 {accepted}，拒绝 {rejected}。审核：{n} 条发现。"),
}  # fmt: skip
SIGNS = {"open": "?", "accepted": "\u2713", "rejected": "\u2717"}
NOTEBOOK = "check_paper.ipynb"


class DeskPage:
    """The widgets of a desk; `page` is what the notebook shows."""

    def __init__(self, files=(), study="", folder: Path = Path(), language="en"):
        import ipywidgets

        self.w, self.language, self.folder, self.desk = ipywidgets, language, Path(folder), None
        wide = ipywidgets.Layout(width="95%")
        whole = {"description_width": "initial"}  # a label is never cut
        lines = "\n".join(map(str, files))
        self.files = ipywidgets.Textarea(lines, description=self.word("files"), layout=wide, style=whole)
        self.study = ipywidgets.Text(study, description=self.word("study"), style=whole)
        self.said, self.body = ipywidgets.HTML(), ipywidgets.VBox()
        button = self._button("read", lambda: self.read())
        self.page = ipywidgets.VBox([self.files, self.study, button, self.said, self.body])

    def word(self, key, **values):
        """A text of the page in its language."""
        return WORDS[key][self.language == "zh"].format(**values)

    def _button(self, key, action, style=""):
        button = self.w.Button(description=self.word(key), button_style=style, layout=self.w.Layout(width="auto"))
        button.on_click(lambda _: self._do(action))
        return button

    def _do(self, action):
        try:
            action()
        except CohortError as error:
            self.said.value = "".join(f"<p>{escape(sentence(f))}</p>" for f in error.findings)

    def read(self):
        """Read the files and show the desk."""
        paths = [line.strip() for line in self.files.value.splitlines() if line.strip()]
        self.desk = Desk(paths, self.study.value.strip(), self.folder)
        self.place = self.w.Dropdown(options=list(self.desk.places()), description=self.word("place"))
        self.number = self.w.Select(rows=14, description=self.word("reading"), layout=self.w.Layout(width="95%"))
        self.count = self.w.Text(description=self.word("patients"), continuous_update=False, style=self.files.style)
        self.count.observe(lambda _: self._do(self._count), "value")
        self.paper = self.w.HTML(layout=self.w.Layout(width="52%", max_height="420px", overflow="auto"))
        known = {"statistic": _statistics(self.desk), "endpoint": list(endpoints())}
        self.fields = {
            name: self.w.Combobox(description=word, options=known.get(name, []), ensure_option=False)
            for name, word in zip(FIELDS, self.word("fields").split(), strict=True)
        }
        self.place.observe(lambda _: self._list(), "value")
        self.number.observe(lambda _: self._show(), "value")
        arms = [self._arm(name) for name in self.desk.paper.arms]
        keys = [
            self._button(k, a)
            for k, a in (
                ("accept", self._accept),
                ("correct", self._correct),
                ("reject", self._reject),
                ("all", self._all),
            )
        ]
        right = self.w.VBox([*self.fields.values(), self.w.HBox(keys)], layout=self.w.Layout(width="46%"))
        write = self._button("write", self._write, "success")
        self.body.children = [self.count, *arms, self.place, self.number, self.w.HBox([self.paper, right]), write]
        self._list()
        self._state()

    def _arm(self, name):
        box = self.w.Text(name, description=self.word("arm"), continuous_update=False)
        box.observe(
            lambda change: (self.desk.rename(change["old"], change["new"]), self._list(), self._state()), "value"
        )
        return box

    def _list(self, keep=None):
        numbers = self.desk.places().get(self.place.value, [])
        self.number.options = [(self._line(i), i) for i in numbers]
        left = [i for i in numbers if self.desk.states[i] == OPEN and (keep is None or i > keep)]
        if numbers:
            self.number.value = left[0] if left else numbers[0]
        self._show()

    def _line(self, i):
        r = self.desk.readings[i]
        value = f"{r.operator}{r.value} {f'({r.low}-{r.high})' if r.low else ''}"
        may = f"? {' '.join(filter(None, r.may))}" if r.doubt else f"{r.endpoint} | {r.patients or 'all'}"
        return f"{SIGNS[self.desk.states[i]]} {value} | {r.statistic} | {may}"

    def _show(self):
        if self.number.value is None:
            return
        self.paper.value = self.desk.shown(self.number.value)
        reading = self.desk.readings[self.number.value]
        for name, box in self.fields.items():
            box.value = reading.offered.get(name, getattr(reading, name))

    def _count(self):
        self.desk.count_patients(self.count.value)
        self._state()

    def _accept(self):
        self.desk.accept(self.number.value)
        self._next()

    def _correct(self):
        self.desk.correct(self.number.value, **{name: box.value for name, box in self.fields.items()})
        self._next()

    def _reject(self):
        self.desk.reject(self.number.value)
        self._next()

    def _all(self):
        self.desk.accept(*[i for i in self.desk.places()[self.place.value] if self.desk.states[i] == OPEN])
        self._next()

    def _next(self):
        """Go to the next open number; behind the last one of a place, to the next place with an open one."""
        places = self.desk.places()
        names = list(places)
        here = names.index(self.place.value)
        turned = names[here:] + names[:here]
        left = [name for name in turned if any(self.desk.states[i] == OPEN for i in places[name])]
        if left and left[0] != self.place.value:
            self.place.value = left[0]
        else:
            self._list(self.number.value)
        self._state()

    def _state(self):
        registry, findings = self.desk.audited()
        state = self.word("state" if registry else "lacks", n=len(findings), **self.desk.counts())
        if registry is None:
            told = [self.word("n") if f.column == "n" else sentence(f) for f in findings]
        else:
            told = [f"{f.kind}: {f.wording}" for f in findings if f.kind in ("impossible", "contradiction")]
        self.said.value = f"<p><b>{escape(state)}</b></p>" + "".join(f"<p>{escape(line)}</p>" for line in told)

    def _write(self):
        paths = self.desk.write()
        self.said.value += f"<p>{escape(self.word('written', paths=', '.join(map(str, paths))))}</p>"


def _statistics(desk):
    """What a number may be: what the grammar knows, and what this paper prints."""
    return sorted({*Drafter(desk.paper).makers(), *(r.statistic for r in desk.readings)})


def check_paper(paper="", study="", folder="", language="en"):
    """The page that confirms the readings of a paper. paper : files, one a line; folder : where STUDY/ is written."""
    place = Path(folder) if folder else _data_or_here()
    return DeskPage([line for line in paper.splitlines() if line.strip()], study, place, language).page


def _data_or_here() -> Path:
    from ..files.project import data_folder

    try:
        return data_folder()
    except CohortError:
        return Path()


def open_desk(files, study: str, folder: Path):
    """Write a notebook with the files filled in beside the study, and open it in JupyterLab."""
    import json

    missing = [str(f) for f in files if not Path(f).is_file()]
    if missing:
        raise request_error(f"the file is missing: {missing[0]}", "Name an existing file.", missing[0])
    named = "\\n".join(json.dumps(str(Path(f).resolve()), ensure_ascii=False)[1:-1] for f in files)
    cells = [
        ("markdown", "# Check a paper\n\nRun all cells; then accept, correct or reject each number."),
        (
            "code",
            (
                f'paper: str = "{named}"\nstudy: str = {json.dumps(study)}\nfolder: str ='
                f" {json.dumps(str(Path(folder).resolve()))}"
            ),
        ),
        ("code", "from papercheck.reading.desk_page import check_paper"),
        ("code", "check_paper(paper, study, folder)"),
    ]
    made = {"cells": [_cell(i, *c) for i, c in enumerate(cells)], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    Path(folder).mkdir(parents=True, exist_ok=True)
    path = Path(folder) / f"{study}-{NOTEBOOK}"
    path.write_text(json.dumps(made, ensure_ascii=False, indent=1), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "jupyter", "lab", str(path)], check=False)


def _cell(i, kind, source):
    more = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": f"cell-{i}", "metadata": {}, "source": source, **more}
