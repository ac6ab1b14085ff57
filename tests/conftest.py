"""Settings for all tests."""

import os

from hypothesis import settings

# What other runs measured on this machine is not for tests, nor the other way round.
os.environ["EQUIPMENT_OPTIMIZER_CACHE"] = "off"

# How long an example takes is the machine's business: no test asserts a duration.
settings.register_profile("project", deadline=None)
settings.load_profile("project")
