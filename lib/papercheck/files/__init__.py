"""Files on disk: findings about them, YAML with its lines, what was read last, where the data are."""
