"""The commands by name, what they share, and how each ends."""

import atexit
import gc
import os
import time

gc.set_threshold(100_000, 50, 100)  # at the usual one a tenth of the start is spent on looking for garbage
atexit.register(gc.freeze)  # and half a second of the end of a report, though all memory goes back at once

# Small matrices: threads of the linear algebra cost more than they give, and forks must not inherit them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["TZ"] = "UTC"  # no clock enters a report, and a zone that is none would end its sections
if hasattr(time, "tzset"):
    time.tzset()
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # none is used, and to look for one is to read every package

import typer  # noqa: E402

from papercheck.files.findings import CohortError  # noqa: E402

from .compare import compare  # noqa: E402
from .federation import contribute, pool  # noqa: E402
from .files import import_files  # noqa: E402
from .folders import check, cohorts, init, new, parameters  # noqa: E402
from .messages import WRONG, console_of, show_error  # noqa: E402
from .papers import audit, letter, read, reconstruct, replicate  # noqa: E402
from .patient import patient  # noqa: E402
from .place import placed  # noqa: E402
from .reports import export, report, watch  # noqa: E402
from .sharing import share  # noqa: E402
from .tools import lab, selftest, test  # noqa: E402
from .verifying import verify  # noqa: E402

HELP = "Reports on ICI rechallenge from patient data, and checks of what papers print."
COMMANDS = (  # in the order of the work: a project, a cohort, its report, a paper, many hospitals, the rest
    init,
    import_files,
    new,
    check,
    patient,
    report,
    export,
    share,
    watch,
    compare,
    verify,
    read,
    audit,
    letter,
    reconstruct,
    replicate,
    contribute,
    pool,
    cohorts,
    parameters,
    lab,
    selftest,
    test,
)


app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None, help=HELP
)
for function in COMMANDS:
    app.command("import" if function is import_files else None)(placed(function))


def command_line() -> typer.core.TyperGroup:
    """The commands with their arguments as click has them; help names an argument by its word, without a type."""
    group = typer.main.get_command(app)
    for command in group.commands.values():
        for parameter in command.params:
            if parameter.param_type_name == "argument":
                parameter.display_type = lambda ctx: ""
    return group


def run() -> int:
    """Do what the command line asks; the exit code. A wrong argument gives 1, like every other wrong request."""
    try:
        return command_line().main(standalone_mode=False) or 0
    except typer.Abort:  # click's word for Ctrl-C
        raise KeyboardInterrupt from None
    except CohortError as error:
        show_error(error, writes=False)
    except OSError as error:
        place = error.filename2 or error.filename  # of a copy the place that it goes to
        named = f": {place}" if place else ""
        console_of(stderr=True).print(f"Error: {error.strerror or error}{named}")
    except Exception as error:
        if not hasattr(error, "format_message"):  # not click's: a fault of the workbook, shown whole
            raise
        error.show()
    return WRONG
