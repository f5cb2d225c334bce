"""How numbers and sentences are written, in each language: the ground floor of the workbook."""
