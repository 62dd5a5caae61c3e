"""The mathematics in NumPy: functions, network, one step, many steps.

Knows nothing of lessons, files, formulas or spreadsheets; imports nothing of ours but errors.
"""
