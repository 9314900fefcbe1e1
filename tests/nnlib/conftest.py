"""Settings of the unit tests: hypothesis draws the same examples on every machine, with no deadline."""

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "nnlib",
    derandomize=True,
    deadline=None,
    max_examples=20,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("nnlib")


@pytest.fixture
def report(request):
    """What helpers' `row` names."""
    return getattr(request, "param", None)
