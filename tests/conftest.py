"""One hypothesis profile for all tests: no deadlines, since a busy machine is no defect of the code."""

from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")
