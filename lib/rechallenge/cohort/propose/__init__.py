"""What a person's files seem to hold: columns and codes proposed for the dictionary, each with its reason."""
