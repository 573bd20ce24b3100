"""Reports of results: tables in the terminal, JSON, Parquet, and one self-contained HTML page.

All of them are made from a `Result` alone, so that a saved result, a finished experiment and a live line give
the very same report.
"""
