"""The literature as living tables: randomised trials and single-arm series, one row a study."""
