"""Numbers to tables, figures and words: the only place that rounds, formats or draws."""
