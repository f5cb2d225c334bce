"""Kaplan-Meier figures read: vector drawings and images to steps, censor marks and numbers at risk."""
