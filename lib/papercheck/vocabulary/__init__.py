"""The words of papers and cohorts: tables and columns (CDISC ADaM), endpoints, factors, units."""
