"""`python -m rechallenge.run.remote`: the process that a Dask worker starts for one call (pool.in_new_process)."""

import os
import pickle
import signal
import sys


def main():
    """Read a pickled Call from standard input, do it, write its pickled result to standard output."""
    from .pool import die_with

    if sys.platform == "linux":
        die_with(int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a notebook prints must not be taken for the result
    call = pickle.load(sys.stdin.buffer)
    answer.write(pickle.dumps(call.function(*call.arguments)))
    answer.close()


if __name__ == "__main__":
    main()
