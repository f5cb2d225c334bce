"""As the commands do before anything loads numpy: one thread for linear algebra, and garbage looked for seldom."""

import gc
import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
gc.set_threshold(100_000, 50, 100)
