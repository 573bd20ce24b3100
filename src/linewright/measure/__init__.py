"""Numbers read off records: control charts, capability, gauge studies, sampling, decisions, indicators.

The room stands alone: numpy, scipy and numba, no plant. Every result says how it was made (`Provenance`: the
estimator, where its constants come from, the rule convention, the revision of the limits, a hash of the
data), and input that cannot give an honest number is an `InputError`. Where books and programs differ, the
convention followed is written down in `docs/quality-conventions.md`.
"""
