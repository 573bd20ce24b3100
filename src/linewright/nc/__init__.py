"""Machine-tool programs: words -> blocks -> canonical moves -> faults, limits, time.

The interpreter reads RS274/NGC and ISO 6983 programs in a named dialect and yields arrays of canonical moves
(`moves.MOVE`); the checker judges them against a machine before anything turns.
"""
