"""One hypothesis profile for all tests.

No deadlines, since a busy machine is no defect of the code. In continuous integration the examples are the same each
time, so that a change fails by what it does; people's own runs draw new ones.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "default", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("default")
