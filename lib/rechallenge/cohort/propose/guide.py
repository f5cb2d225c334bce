"""The import as a page of widgets: look at the sheet, choose what each column is, answer, see the counts, write."""

import datetime
import json
import subprocess
import sys
from html import escape
from pathlib import Path

import pandas as pd

from papercheck.files.findings import CohortError, Message, request_error, sentence, shown
from papercheck.files.project import data_folder
from papercheck.vocabulary.dictionary import dictionary_words, load_dictionary

from ...text.language import in_language, translated
from ..cohort import read_cohort
from ..read.readers import read_grids
from .again import changes, earlier
from .look import Asked
from .proposal import Proposal
from .propose import propose
from .questions import LANGUAGES, Reason, said_why
from .write import check_name, write_cohort

ALONE = ("course", "event", "sign", "died")  # never answered together with others
MOST_SHOWN = 30  # columns of a sheet that the page shows
CELL = "min-width:5.5rem;max-width:5.5rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;"
OPENED = ".import.json"  # in data/: the files and the name that the notebook opens with
WORDS = {
    "file": ("Files or folder (one a line)", "文件或文件夹（每行一个）"), "name": ("Name of the cohort", "队列名称"), "look": ("Look", "查看"),
    "again": ("Read again", "重新读取"), "write": ("Write the cohort", "写入队列"), "header": ("Line of names", "列名所在行"),
    "first": ("First patient", "首位患者行"), "last": ("Last patient", "末位患者行"), "columns": ("Your columns", "您的列"),
    "questions": ("Only you can know", "只有您知道"), "none": ("not used", "不使用"), "choose": ("choose", "请选择"),
    "click": ("Click a line's number to make it", "点击行号，设为"),
    "event": (": who had the event", "：是否发生事件"),
    "split": ("death, or last contact (as answered below)", "死亡或末次随访（见下方回答）"),
    "tables": ({}, {"adsl": "患者", "adae": "不良反应", "adrs": "疗效", "adtr": "靶病灶", "adex": "治疗", "adtte": "生存"}),
    "take": ("Take the {n} answers marked as proposed", "采用标为“建议”的 {n} 个回答"),
    "day": ("Another day", "其他日期"), "proposed": ("proposed", "建议"), "ok": ("OK", "确定"), "may": ("may be left", "可不答"), "failed": ("Not written.", "未写入。"),
    "counts": ("{patients} patients, {deaths} deaths, {progressions} progressions, dates from {low} to {high}: is that right?",
               "{patients} 名患者，{deaths} 例死亡，{progressions} 例进展，日期 {low} 至 {high}：对吗？"),
    "left": ("{n} questions are open.", "还有 {n} 个问题未回答。"), "done": ("Written: {folder}. Next: rechallenge report {name}", "已写入：{folder}。下一步：rechallenge report {name}"),
}  # fmt: skip


def _said(text, language) -> str:
    """What is wrong or to do, in a language; what has no translation stays as it is."""
    if not isinstance(text, Message):
        return translated(text, language)
    values = {k: "、".join(map(str, v)) if isinstance(v, list | tuple) else v for k, v in text.values.items()}
    return in_language(text.template, language, **values)


def said_sentence(finding, language) -> str:
    """A finding in one line, in a language; what has no translation stays as it is."""
    if language == LANGUAGES[0]:
        return sentence(finding)
    rule, action = (_said(text, language) for text in (finding.rule, finding.action))
    row = translated("row {row}", language).format(row=finding.row) if finding.row else ""
    place = translated(", ", language).join(filter(None, (finding.file, row, finding.column, finding.subject)))
    value = translated(" ({value})", language).format(value=finding.value) if finding.value else ""
    whole = translated("{place}: {rule}{value}. {action}", language)
    return whole.format(place=place, rule=rule.rstrip("。"), value=value, action=action)


def counts_of_proposal(proposal: Proposal) -> dict:
    """What a person looks at before a cohort is written: patients, deaths, progressions, first and last date."""
    plan = next(p for p in proposal.plans if p.table == "adsl")
    found = {"patients": len(plan.sheet.frame), "deaths": _events(plan, "OS_EVENT", "DTHDT"), "progressions": None}
    found["progressions"] = _events(plan, "PFSR_EVENT", "PDDT_RECHALLENGE")
    dates = [d for target in plan.fits if plan.column(target).type == "date" for d in _days(plan, target)]
    return found | {"low": min(dates).isoformat() if dates else "–", "high": max(dates).isoformat() if dates else "–"}


def _days(plan, target) -> list:
    from ..read.dates import read_dates
    from .asked import date_columns

    name = date_columns(plan).get(target)
    if not name:
        return []
    cells = plan.cells_of(target)
    dates = read_dates(pd.Series([c for c in cells if c]), plan.dates.get(target, ())).dropna()
    return [d.date() for d in dates]


def _events(plan, flag, date) -> int:
    """Events by the confirmed flag, else by the flag that splits a date, else by the dates on record."""
    if flag in plan.confirmed:
        entry = plan.confirmed[flag]
        return sum(entry["counts"].get(word, 0) for word in entry["event"])
    for rule in plan.split.values():
        if rule["date"] == date:
            return int(plan.sheet.cells(rule["by"]).isin(rule["event"]).sum())
    return int((plan.cells_of(date) != "").sum()) if plan.written(date) else 0


def lines_of(sheet, top=9, bottom=7) -> list:
    """The first and last lines of the sheet that a table stands on, titles and totals among them: [(number, cells)]."""
    grid = next((g for g in read_grids(sheet.path)[0] if g.sheet == sheet.sheet), None)
    if grid is None:
        return []
    pairs = list(zip(grid.lines, grid.rows, strict=True))
    near = [i for i, (line, _) in enumerate(pairs) if line <= sheet.first + top - 4 or line >= sheet.last - 3]
    return [(pairs[i][0], pairs[i][1][:MOST_SHOWN]) for i in near[: 2 * (top + bottom)]]


def rows_html(sheet, most=6) -> str:
    """The first rows of a table as HTML."""
    names = list(sheet.frame.columns[:MOST_SHOWN])
    head = "".join(f"<th>{escape(shown(c))}</th>" for c in names)
    rows = "".join(
        f"<tr><td>{i}</td>{''.join(f'<td>{escape(shown(x))}</td>' for x in sheet.frame.loc[i, names].fillna(''))}</tr>"
        for i in sheet.frame.index[:most]
    )
    return f"<div style='overflow:auto'><table><tr><th></th>{head}</tr>{rows}</table></div>"


class Guide:
    """The page. `answers` holds what was chosen so far; `proposal` what follows from it."""

    def __init__(self, files=(), name="", language="en"):
        import ipywidgets as w

        self.w, self.answers, self.proposal, self.clicks = w, {}, None, "last"
        self.language = w.ToggleButtons(options=[("English", "en"), ("中文", "zh")], value=language)
        self.files = w.Textarea(value="\n".join(map(str, files)), layout=w.Layout(width="40rem", height="4rem"))
        self.name = w.Text(value=name, layout=w.Layout(width="20rem"))
        self.look, self.body, self.said, self.end = w.Button(button_style="primary"), w.VBox(), w.HTML(), w.HTML()
        self.labels = w.HTML(), w.HTML()
        self.page = w.VBox(
            [
                self.language,
                self.labels[0],
                self.files,
                self.labels[1],
                self.name,
                self.look,
                self.said,
                self.body,
                self.end,
            ]
        )
        self.look.on_click(lambda _: self.start())
        self.language.observe(lambda _: self.draw(), "value")
        self.draw()

    def word(self, key, **words):
        """A word of the page in its language."""
        found = WORDS[key][self.language.value == "zh"]
        return found.format(**words) if words else found

    def start(self):
        """Look at the files anew; what was answered for a cohort of this name is kept."""
        before = None
        try:
            before = earlier(self.name.value.strip()) if self.name.value.strip() else None
        except CohortError as error:
            self.tell(error)
            return
        self.answers = dict(before[0]) if before else {}
        self.refresh()

    def refresh(self):
        """The proposal that follows from the answers so far."""
        paths = [Path(line.strip()) for line in self.files.value.splitlines() if line.strip()]
        asked = Asked(
            "",
            tuple(self.answers.get("--header", ())),
            tuple(self.answers.get("--rows", ())),
            str(self.answers.get("--of", "")),
        )
        try:
            self.proposal = propose(paths, {k: v for k, v in self.answers.items() if not k.startswith("--")}, asked)
            self.said.value = self.end.value = ""
        except CohortError as error:
            self.proposal = None
            self.tell(error)
        self.draw()

    def tell(self, error):
        """The sentences of an error, where a person looks."""
        self.said.value = "".join(
            f"<p style='color:#a00'>{escape(said_sentence(f, self.language.value))}</p>" for f in error.findings[:12]
        )

    def answer(self, key, value):
        """Take one answer and draw what follows from it."""
        self.answers[key] = value
        self.refresh()

    def draw(self):
        """Draw the page in its language."""
        self.labels[0].value, self.labels[1].value = self.word("file"), self.word("name")
        self.look.description = self.word("look")
        if self.proposal is None:
            self.body.children = ()
            return
        parts = [part for plan in self.proposal.plans for part in self._table(plan)]
        self.body.children = (*parts, *self._questions(), *self._end())

    def _table(self, plan):
        sheet, w = plan.sheet, self.w
        title = self.word("tables").get(plan.table, load_dictionary()[plan.table].label)
        yield w.HTML(f"<h3>{escape(title)}: {escape(sheet.place)} ({len(sheet.frame)})</h3>")
        yield from self._lines(plan) if sheet.first and plan.table == "adsl" else [w.HTML(rows_html(sheet))]
        yield w.HTML(f"<b>{self.word('columns')}</b>")
        filled = [
            c for c in sheet.frame.columns if c in plan.columns or plan.table == "adsl" or sheet.frame[c].notna().any()
        ]
        yield w.VBox([self._column(plan, name) for name in filled])

    def _lines(self, plan):
        """The lines of the sheet as they lie there, each with its number to click: names, first and last patient."""
        sheet, w = plan.sheet, self.w
        reasons = {e.line: said_why(e.why, self.language.value) for e in sheet.left_out}
        clicked = w.ToggleButtons(
            options=[(self.word(k), k) for k in ("header", "first", "last")],
            value=self.clicks,
            layout=w.Layout(width="max-content"),
        )
        clicked.observe(lambda change: setattr(self, "clicks", change["new"]), "value")
        yield w.HBox([w.Label(self.word("click")), clicked])
        yield w.VBox([self._line(number, cells, sheet, reasons, clicked) for number, cells in lines_of(sheet)])

    def _line(self, number, cells, sheet, reasons, clicked):
        head, first, last = places = (sheet.header[-1] if sheet.header else sheet.first - 1, sheet.first, sheet.last)
        used = number == head or (first <= number <= last and number not in reasons)
        marks = [self.word(k) for k, place in zip(("header", "first", "last"), places, strict=True) if place == number]
        button = self.w.Button(
            description=str(number),
            layout=self.w.Layout(width="4rem", flex="0 0 auto"),
            button_style="info" if marks else "",
        )

        def take(_):
            chosen = dict(zip(("header", "first", "last"), places, strict=True)) | {clicked.value: number}
            if clicked.value == "header" and chosen["first"] <= number:
                chosen["first"] = number + 1
            if chosen["header"] < chosen["first"] <= chosen["last"]:
                self._read_again(list(chosen.values()), sheet.header if chosen["header"] == head else (), sheet.sheet)

        button.on_click(take)
        colour = "" if used else "color:#888;text-decoration:line-through;"
        shown_cells = "".join(f"<td style='padding:0 .4rem;{CELL}{colour}'>{escape(shown(c))}</td>" for c in cells)
        note = escape("; ".join([*marks, *filter(None, [reasons.get(number, "")])]))
        row = f"<table><tr><td style='min-width:11rem;color:#06c'>{note}</td>{shown_cells}</tr></table>"
        return self.w.HBox([button, self.w.HTML(row, layout=self.w.Layout(overflow="auto"))])

    def _read_again(self, lines, names=(), sheet=""):
        """Read the sheet by these lines of the names and of the first and last patient; names : the lines of the names
        where groups stand above them."""
        header, first, last = lines
        self.answers |= {"--header": list(names) or [header], "--rows": [first, last]}
        self.answers |= {"--of": sheet} if sheet else {}
        self.refresh()

    def _column(self, plan, name):
        """A column beside its values and what it is taken for."""
        words = dictionary_words("zh") if self.language.value == "zh" else {}
        known = load_dictionary()[plan.table].columns
        event = {c: self.word("event") if c.endswith("_EVENT") else "" for c in known}
        options = [(words.get(c.label, c.label) + event[c.name], c.name) for c in known.values()]
        options.insert(0, (self.word("none"), ""))
        target = "split" if name in plan.split else plan.columns.get(name, "")
        if target and target not in known:
            options.append((self.word("split") if target == "split" else target, target))
        drop = self.w.Dropdown(options=options, value=target, layout=self.w.Layout(width="20rem"))
        drop.observe(lambda change, key=f"column.{plan.sheet.key}.{name}": self.answer(key, change["new"]), "value")
        cells = ", ".join(shown(c) for c in list(dict.fromkeys(x for x in plan.sheet.cells(name) if x))[:4])
        return self.w.HBox(
            [
                self.w.HTML(f"<code>{escape(shown(name))}</code>", layout=self.w.Layout(width="16rem")),
                drop,
                self.w.HTML(escape(cells)),
            ]
        )

    def _questions(self):
        yield self.w.HTML(f"<h3>{self.word('questions')}</h3>")
        offered = [q for q in self.proposal.open() if q.proposed and not q.values and q.topic not in ALONE]
        if len(offered) > 1:
            button = self.w.Button(
                description=self.word("take", n=len(offered)), layout=self.w.Layout(width="max-content")
            )
            button.on_click(lambda _: self._take(offered))
            yield button
        for question in self.proposal.questions:
            yield self._question(question)

    def _take(self, questions):
        """Answer these questions as proposed: each stays on the page with its answer, to be changed."""
        self.answers |= {q.id: q.proposed for q in questions}
        self.refresh()

    def _question(self, question):
        w, language = self.w, self.language.value
        given = self.proposal.answers.get(question.id)
        text = w.HTML(
            f"<p><b>{escape(question.text(language))}</b><br><small>{escape(question.who(language))}{'' if question.blocking else ' · ' + self.word('may')}</small></p>"
        )
        mark = lambda c: f" ({self.word('proposed')})" if c == question.proposed else ""  # noqa: E731
        choices = [(question.choice_text(c, language) + mark(c), c) for c in question.choices]
        if not question.values:
            listed = given if given in question.choices else None
            pick = w.RadioButtons(options=choices, value=listed, layout=w.Layout(width="max-content"))
            pick.observe(lambda change: self.answer(question.id, change["new"]), "value")
            return w.VBox([text, pick, *self._other_day(question, None if listed else given)])
        drops = [
            w.Dropdown(
                options=[(self.word("choose"), ""), *choices],
                layout=w.Layout(width="22rem", flex="0 0 auto"),
                value=(given or question.proposed or {}).get(v.word) or "",
            )
            for v in question.values
        ]
        named = [w.HTML(escape(v.text(language)), layout=w.Layout(min_width="6rem")) for v in question.values]
        lines = [w.HBox(pair) for pair in zip(named, drops, strict=True)]
        button = w.Button(
            description=self.word("ok") if given is None else "✓", button_style="" if given is None else "success"
        )

        def take(_):
            chosen = {v.word: d.value for v, d in zip(question.values, drops, strict=True)}
            if all(chosen.values()):
                self.answer(question.id, chosen)

        button.on_click(take)
        return w.VBox([text, *lines, button])

    def _other_day(self, question, given):
        """A day that is none of the choices, where any is an answer."""
        if question.free_date:
            day = self.w.DatePicker(description=self.word("day"), value=given and datetime.date.fromisoformat(given))
            day.observe(lambda change: change["new"] and self.answer(question.id, change["new"].isoformat()), "value")
            yield day

    def _end(self):
        open_ = self.proposal.open(blocking=True)
        if open_:
            yield self.w.HTML(f"<p>{self.word('left', n=len(open_))}</p>")
            return
        yield self.w.HTML(f"<h3>{escape(self.word('counts', **counts_of_proposal(self.proposal)))}</h3>")
        button = self.w.Button(description=self.word("write"), button_style="success")
        button.on_click(lambda _: self.write())
        yield button

    def write(self):
        """Write the cohort whole or not at all, and say what comes next."""
        name = self.name.value.strip()
        try:
            before = earlier(name)
            if before is None:
                check_name(name)
            self.proposal.answers |= {k: v for k, v in self.answers.items() if k.startswith("--")}
            if self.language.value != LANGUAGES[0]:
                self.proposal.facts["language"] = self.language.value, Reason("language")
            folder = write_cohort(name, self.proposal, replace=before is not None)
        except CohortError as error:
            self.tell(error)
            self.end.value = f"<b>{self.word('failed')}</b>{self.said.value}"
            return
        told = [c.text(self.language.value) for c in changes(before[1], self.proposal)] if before and before[1] else []
        told += [said_sentence(f, self.language.value) for f in read_cohort(name)[1] if f.severity == "error"][:12]
        self.end.value = "".join(
            f"<p><b>{escape(t)}</b></p>" for t in [self.word("done", folder=folder, name=name), *told]
        )


def guide(name=""):
    """The page, with the files and the name that `rechallenge
    import FILE --guide` named; name : of the cohort, else.
    """
    place = data_folder() / OPENED
    opened = json.loads(place.read_text(encoding="utf-8")) if place.is_file() else {}
    return Guide(opened.get("files", ()), name or opened.get("name", ""), opened.get("language", "en")).page


def open_guide(files, name, language):
    """Open notebooks/import.ipynb in JupyterLab, with the files and the name filled in."""
    notebook = data_folder().parent / "notebooks" / "import.ipynb"
    if not notebook.is_file():
        raise request_error(
            "the project has no notebooks/import.ipynb", "Answer here by --ask, or by a file with --answers."
        )
    named = {"files": [str(Path(f).resolve()) for f in files], "name": name, "language": language}
    data_folder().mkdir(exist_ok=True)
    (data_folder() / OPENED).write_text(json.dumps(named, ensure_ascii=False), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "jupyter", "lab", str(notebook)], check=False)
