"""Python runs this file first in each process where this folder is on PYTHONPATH."""

import os

import last_bit_noise  # type: ignore[import-not-found] # beside this file

if os.environ.get(last_bit_noise.VARIABLE):
    last_bit_noise.install()
