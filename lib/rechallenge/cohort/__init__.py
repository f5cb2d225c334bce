"""Files in, validated Cohort out."""

from papercheck.files.findings import CohortError, NotAvailable
from papercheck.files.project import data_folder

from .cohort import Cohort, list_cohorts, load_cohort

__all__ = ["Cohort", "CohortError", "NotAvailable", "data_folder", "list_cohorts", "load_cohort"]
