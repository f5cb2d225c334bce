"""Plotting primitives of the workbook: arrays and frames in,
Axes out; no cohort, no statistics, no sentence of a report.
"""
