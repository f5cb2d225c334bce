"""Whether printed numbers can be true: checks that need no patients."""
