"""A printed number beside a recomputed one: conventions, values, the record of a reconstruction."""
