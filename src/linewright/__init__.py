"""Linewright: one plant file to run, predict, schedule, assure and expand an automated line."""

__version__ = "0.1.0"
