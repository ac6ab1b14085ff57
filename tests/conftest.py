"""Settings for all tests."""

from hypothesis import settings

# How long an example takes is the machine's business: no test asserts a duration.
settings.register_profile("project", deadline=None)
settings.load_profile("project")
