"""`papercheck ...`: printed numbers of a paper, from a file
alone. Exit codes: 0 good, 1 the file or the command is wrong.
"""

import argparse
import os
import sys
from pathlib import Path

from .files.interrupts import at_once, in_order, interrupted, is_interrupt
from .files.visible import lost_output, tolerant_output, visible, visible_json

WRONG = 1
SEARCH = "look for cohorts too: which numbers do not go together (minutes)"


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(WRONG, f"Error: {message}\n")


def main(arguments=None):
    """Entry point; ends the process with the exit code."""
    at_once()
    # Small matrices: threads of the linear algebra cost more than they give.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from .files.findings import CohortError, sentence

    in_order()
    tolerant_output()
    asked = _parser().parse_args(arguments)
    try:
        code = asked.run(asked)
    except CohortError as error:
        for finding in error.findings:
            print(visible(f"{finding.severity}: {sentence(finding)}"), file=sys.stderr)
        code = WRONG
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        print(visible(f"error: {error.strerror or error}: {error.filename or ''}"), file=sys.stderr)
        code = WRONG
    except (Exception, KeyboardInterrupt) as error:
        if not is_interrupt(error):
            raise
        code = interrupted()
    if (lost := lost_output()) and not code:
        print(f"error: {lost}", file=sys.stderr)
        code = WRONG
    sys.exit(code)


def _parser():
    parser = _Parser(
        prog="papercheck", description="Can the printed numbers of a paper be true? Which patients print them?"
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=_Parser)
    audit = _command(commands, "audit", _audit, "Find printed numbers that cannot be true.")
    audit.add_argument("--json", action="store_true", help="the findings as a JSON list")
    audit.add_argument("--search", action="store_true", help=SEARCH)
    _add_read(commands)
    letter = _command(
        commands, "letter", _letter, "Write a letter to editor or authors about the findings of the audit."
    )
    letter.add_argument("--out", type=Path, metavar="DIR", help="write DIR/letter.md and .docx, else beside the file")
    made = _command(commands, "reconstruct", _reconstruct, "Build pseudo-patients who print these numbers.")
    made.add_argument(
        "--seed", type=_whole_number(0), default=20251201, metavar="N", help="another choice of what is free"
    )
    made.add_argument(
        "--ensemble", type=_whole_number(1), default=1, metavar="K", help="make K cohorts; note their spread"
    )
    made.add_argument("--out", type=Path, metavar="DIR", help="write DIR/NAME/ instead of the folder of the file")
    made.add_argument("--versions", type=Path, metavar="OUT.csv", help="write the pseudo-patients of all K cohorts too")
    _curve_command(commands)
    return parser


def _add_read(commands):
    words = "Read a paper (JATS XML, HTML, PDF, docx, text) into a draft registry."
    read = commands.add_parser("read", help=words, description=words)
    read.add_argument("files", metavar="PAPER", nargs="+", type=Path, help="the paper, then its supplements")
    read.add_argument("--as", dest="name", metavar="STUDY", required=True, help="the name of the study's folder")
    read.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="write DIR/STUDY/ instead of ./STUDY/")
    read.add_argument("--readings", type=Path, metavar="OUT.csv", help="write the readings to this file too")
    said = "audit, and write the numbers that are wrong or may be misprints"
    read.add_argument("--flags", type=Path, metavar="OUT.csv", help=said)
    read.add_argument("--replace", action="store_true", help="replace the registry that stands there")
    read.add_argument("--guide", action="store_true", help="look and confirm in the browser (JupyterLab)")
    read.set_defaults(run=_read)


def _curve_command(commands):
    words = "Read the Kaplan-Meier curves of a figure: PDF, SVG, PNG, JPEG."
    made = commands.add_parser("curve", help=words, description=words)
    made.add_argument(
        "figure", metavar="FIGURE", help="the file; what a person corrects may stand in FIGURE.curves.yml"
    )
    made.add_argument("--readings", type=Path, metavar="OUT.csv", help="write arm, time, survival")
    made.add_argument("--out", type=Path, metavar="DIR", help="write points, marks and numbers at risk for a registry")
    for name, words in {
        "x0": "time at the first",
        "x1": "time at the last",
        "y0": "survival at the lowest",
        "y1": "survival at the highest",
    }.items():
        made.add_argument(
            f"--{name}", metavar="VALUE[@PLACE]", help=f"{words} tick mark, or at a place in pixels or points"
        )
    made.add_argument("--unit", help="unit of the time axis: months, years, weeks, days")
    made.add_argument("--page", help="page of a PDF, from 1")
    made.add_argument("--panel", help="plot of a figure of several, from 1")
    made.add_argument(
        "--curve", dest="curves", action="append", metavar="#rrggbb[=NAME]", help="a curve to read, by colour"
    )
    made.add_argument(
        "--point", dest="points", action="append", metavar="CURVE=TIME,S", help="S at a time, by a person"
    )
    made.add_argument("--patients", type=Path, metavar="OUT.csv", help="write pseudo-patients of the curves")
    made.add_argument("--n", action="append", metavar="CURVE=N", help="patients of a curve without numbers at risk")
    made.add_argument("--events", action="append", metavar="CURVE=N", help="printed events of a curve")
    made.add_argument("--hr", type=float, help="printed hazard ratio of the second curve against the first")
    made.set_defaults(run=_curve)


def _command(commands, name, run, words):
    command = commands.add_parser(name, help=words, description=words)
    command.add_argument("file", metavar="FILE.yml", help="the registry of printed numbers")
    command.set_defaults(run=run)
    return command


def _whole_number(least):
    def read(text):
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"expected a whole number from {least}, not {text}")
        return int(text)

    return read


def _say(text):
    """Print words that a file may have brought: control characters are shown and not obeyed."""
    print(visible(str(text)))


def _audit(asked):
    from .audit.engine import audit, audit_json
    from .audit.text import WIDTH, audit_text
    from .literature.cited import cited_by
    from .registry.registry import read_registry

    registry = read_registry(asked.file)
    findings = audit(registry, cited_by(registry))
    if asked.search:
        from .reconstruction.smallest import findings as searched

        findings += searched(registry)
    width = os.get_terminal_size().columns if sys.stdout.isatty() else WIDTH
    print(visible_json(audit_json(findings)) if asked.json else visible(audit_text(registry, findings, max(60, width))))
    return 0


def _read(asked):
    from .reading.command import read_study

    if asked.guide:
        from .reading.desk_page import open_desk

        open_desk(asked.files, asked.name, asked.out)
        return 0
    _say(read_study(asked.files, asked.name, asked.out, asked.readings, asked.replace, asked.flags))
    return 0


def _letter(asked):
    from .audit.engine import audit
    from .audit.letter import BEFORE_SIGNING, write_letter
    from .literature.cited import cited_by
    from .registry.registry import read_registry

    registry = read_registry(asked.file)
    for path in write_letter(registry, audit(registry, cited_by(registry)), asked.out or registry.path.parent):
        _say(path)
    _say(BEFORE_SIGNING)
    return 0


def _reconstruct(asked):
    from .reconstruction.folder import reconstruct_study
    from .reconstruction.reconstruct import before_search
    from .reconstruction.text import record_text
    from .registry.registry import read_registry
    from .replicate.record import read_record

    registry = read_registry(asked.file)
    print(visible(before_search(registry)), file=sys.stderr)
    _, folder = reconstruct_study(registry, asked.seed, asked.ensemble, asked.out, versions=asked.versions)
    _say(record_text(registry, read_record(folder)))
    _say(folder)
    return 0


def _curve(asked):
    from .curves.asked import asked_of
    from .curves.files import reading_text, readings_csv, write_folder
    from .curves.read import SECONDS, read_figure
    from .files.bounded import bounded
    from .files.findings import request_error
    from .files.swap import write_whole

    names = ("x0", "x1", "y0", "y1", "unit", "page", "panel", "curves", "points")
    if asked.hr is not None and not asked.hr > 0:
        raise request_error("--hr is not above 0", "Give the printed hazard ratio.", asked.hr)
    said = asked_of(asked.figure, {name: getattr(asked, name) for name in names})
    reading = bounded(Path(asked.figure).name, read_figure, asked.figure, said, seconds=SECONDS)
    _say(reading_text(reading))
    if asked.readings:
        write_whole(asked.readings, readings_csv(reading))
        _say(asked.readings)
    if asked.out:
        for path in write_folder(reading, asked.out):
            _say(path)
    if asked.patients:
        from .curves.patients import patients

        table, words = patients(reading, asked.n, asked.events, asked.hr)
        write_whole(asked.patients, table)
        for line in (*words, asked.patients):
            _say(line)
    return 0


if __name__ == "__main__":
    main()
