"""Printed numbers of papers: registry, replication, audit, reconstruction."""
