"""What a section refuses, as records: the findings of a CohortError go from its process to that of the report."""

from dataclasses import asdict, fields

from papercheck.files.findings import CohortError, Finding

from ..text.bundle import MIME

KIND = "refused"


def tell_refusals(shell):
    """Let an IPython shell show, beside the words of a CohortError, its errors as records (see `refused_in`)."""
    shell.set_custom_exc((CohortError,), _tell)


def _tell(shell, kind, error, trace, tb_offset=None):
    errors = [asdict(f) | {"value": str(f.value)} for f in error.findings if f.severity == "error"]
    shell.display_pub.publish({MIME: {"kind": KIND, "findings": errors}})
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)


def refused_in(payload) -> list[Finding]:
    """The findings of what `tell_refusals` showed."""
    known = [field.name for field in fields(Finding)]
    return [Finding(**{name: told[name] for name in known}) for told in payload["findings"]]
