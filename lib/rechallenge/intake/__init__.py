"""Files in, validated Cohort out."""

from .cohort import Cohort, data_folder, list_cohorts, load_cohort
from .findings import CohortError, NotAvailable

__all__ = ["Cohort", "CohortError", "NotAvailable", "data_folder", "list_cohorts", "load_cohort"]
