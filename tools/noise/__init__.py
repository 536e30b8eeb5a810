"""A folder for PYTHONPATH, to compute with noise in the last bit; see `last_bit_noise`."""
