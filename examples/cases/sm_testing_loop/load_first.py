"""The dock finishes what it has begun: the holder that was just emptied is loaded before the next one is taken."""


def load_first(now_s, work_s, setup_s, due_in_s, remaining_s, priority, waiting_s):
    """Loading takes time here and unloading none (it is the same cycle): the longer work goes first."""
    return -work_s
