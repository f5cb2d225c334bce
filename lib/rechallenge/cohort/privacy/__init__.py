"""What of a cohort may leave: profiles, pseudonyms, and what would tell who somebody is."""
