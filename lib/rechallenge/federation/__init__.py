"""One analysis of many hospitals by mailed files: what a study
asks, what a centre tells, what the files together say.
"""
