"""Printed papers: registry, audit, reconstruction, literature. Needs no cohort."""
