"""Research workbook: ICI rechallenge in advanced NSCLC. Data flow: intake, derive, estimate, present, report."""

__version__ = "0.1.0"
