"""A real engine recalculates a file, and every formula is compared with NumPy."""
