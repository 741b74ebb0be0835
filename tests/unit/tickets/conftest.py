"""What holds for the tests of this folder."""

from hypothesis import settings

# A busy machine is no defect of a pure function.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")
