"""The commands of `linewright`, one small file each.

A command reads its options, calls one room, and shows what came back; it decides nothing itself. The rooms
are imported inside the command's function, so that `linewright --help` starts at once.
"""
