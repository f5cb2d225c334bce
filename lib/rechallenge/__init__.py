"""Research workbook: ICI rechallenge in advanced NSCLC. Data flow: cohort, derive, show, sections, run."""

__version__ = "0.2.0"
