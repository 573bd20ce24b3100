"""`python -m linewright.compiled MODULE:KERNEL ...`: compile kernels and keep them."""

import importlib
import sys

for name in sys.argv[1:]:
    module, _, function = name.partition(":")
    getattr(importlib.import_module(module), function).compile()
