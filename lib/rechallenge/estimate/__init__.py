"""Numbers only: frames and arrays in, unrounded frames out. Imports nothing else of the workbook."""
