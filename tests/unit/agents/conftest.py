"""Generated examples may take their time: a test has no deadline that a slow day could break."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
