"""Widgets for JupyterLab: they choose, the library computes and draws."""
