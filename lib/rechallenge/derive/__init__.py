"""From validated tables to analysis frames: rules as data."""
