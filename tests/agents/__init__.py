"""The real command-line agents against a model that plays a script: ``make test-agents``."""
