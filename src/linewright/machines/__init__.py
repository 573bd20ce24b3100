"""The machines: one protocol of a few verbs for everything that reports events and obeys commands.

`driver` says what the line expects of machines; `virtual` is a shop of machines that do not exist, driven by
the twin's nature, in virtual time. A driver is one file; real and virtual stand side by side.
"""

from linewright.machines.driver import Driver, Happening, Job, Question, Reach, Report, Taken

__all__ = ["Driver", "Happening", "Job", "Question", "Reach", "Report", "Taken"]
