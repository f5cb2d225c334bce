"""Meta-analysis of study results: effects, pooled effects, counts, checks."""
