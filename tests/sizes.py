"""How much the tests draw, count and search: a part of it in the ordinary run, all of it with `pytest --thorough`."""

from hypothesis import settings

EXAMPLES, MORE = 25, 10  # of hypothesis, where a test names no number; and how many times as many are thorough
_thorough = False


def begin(thorough):
    """Settle the size of this run, before the modules of the tests are read."""
    global _thorough
    _thorough = thorough
    # The ordinary run gives the same examples each time; the thorough one looks for new ones.
    settings.register_profile("ordinary", max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
    settings.register_profile("thorough", max_examples=EXAMPLES * MORE, deadline=None)
    settings.load_profile("thorough" if thorough else "ordinary")


def size(ordinary, thorough):
    """The one or the other."""
    return thorough if _thorough else ordinary


def examples(ordinary, **options):
    """Settings of hypothesis for a test whose examples cost more, or less, than usual."""
    return settings(max_examples=size(ordinary, ordinary * MORE), deadline=None, **options)
