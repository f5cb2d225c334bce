"""Statistics of small cohorts: frames and arrays in, unrounded records out. Imports nothing of ours."""
