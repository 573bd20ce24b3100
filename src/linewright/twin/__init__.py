"""The twin: the line's own control with sampled machines, people and customers in place of real ones.

`nature` is what they do, `run` the loop around `control.step`, `world` makes both from a plant file.
"""
