"""How this process runs what can be compiled."""

import os

COMPILED = os.environ.get("NUMBA_DISABLE_JIT", "0") in ("", "0")
BOUNDS_CHECKED = os.environ.get("LINEWRIGHT_BOUNDSCHECK", "0") == "1"
COUNTING = os.environ.get("LINEWRIGHT_COUNT_WAYS", "0") == "1"  # which way branches go (`make ways`)
