"""The versions, where both the package and its build can read them without importing more; and where to read on."""

__version__ = "0.1.0"

#: Raised by one whenever the same input may give other bytes: other builds, other
#: columns, another way to write a number. tests/batch/test_state_file.py holds it
#: against the example's results.
RESULT_VERSION = 3

#: Where the documentation is, as every ``--help`` says.
DOCUMENTATION = "'equipment-optimizer help config' and 'help equipment'; the source has more in docs/"
