"""A paper is read: its text and tables become typed readings, each with its evidence, and a draft registry."""
