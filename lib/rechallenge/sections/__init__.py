"""The tables and figures of each section of a report."""
