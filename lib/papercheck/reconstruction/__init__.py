"""Pseudo-subjects from printed numbers."""
