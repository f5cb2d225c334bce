"""What cohort.yml says."""
