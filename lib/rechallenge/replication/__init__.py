"""Printed numbers beside what a cohort gives."""
