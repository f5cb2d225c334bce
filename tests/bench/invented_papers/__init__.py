"""Invented papers with a known truth, in many layouts: how
well papers of a style that nobody here has seen are read.
"""
