"""What the tables of a cohort contradict."""
