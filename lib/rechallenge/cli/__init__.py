"""`rechallenge ...`: arguments and messages, no analysis.

Exit codes: 0 good, 1 the data or the command is wrong, 2 a section failed, 3 two reports differ.
"""

import gc
import os
import sys

gc.set_threshold(100_000, 50, 100)  # at the usual one a tenth of the start is spent on looking for garbage

# Small matrices: threads of the linear algebra cost more than they give, and forks must not inherit them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import typer  # noqa: E402

from .compare import compare  # noqa: E402
from .files import import_files  # noqa: E402
from .folders import check, cohorts, new, parameters  # noqa: E402
from .messages import WRONG, console_of  # noqa: E402
from .papers import audit, reconstruct, replicate  # noqa: E402
from .reports import export, report, watch  # noqa: E402

HELP = "Reports on ICI rechallenge from patient data, and checks of what papers print."
app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=HELP)
for command in (new, check, report, export, watch, compare, replicate, audit, reconstruct, cohorts, parameters):
    app.command()(command)
app.command("import")(import_files)


def main():
    """Entry point. A wrong argument exits with 1, like every other wrong request (click's own code is 2)."""
    try:
        code = typer.main.get_command(app).main(standalone_mode=False)
    except OSError as error:
        console_of(stderr=True).print(f"Error: {error.strerror or error}: {error.filename or ''}")
        code = WRONG
    except Exception as error:
        if not hasattr(error, "format_message"):  # not click's: a fault of the workbook, shown whole
            raise
        error.show()
        code = WRONG
    sys.exit(code or 0)
