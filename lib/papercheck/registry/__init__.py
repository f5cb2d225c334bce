"""What a paper prints: the registry of its numbers, how they are written, and what they are called."""
