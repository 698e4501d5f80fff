"""Latency in buckets."""

import math

from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.statistics.latency import LAST_BUCKET, bucket_name, bucket_named, bucket_of, percentile_ms


@given(st.lists(st.floats(min_value=1.001, max_value=60_000), min_size=1), st.sampled_from((0.5, 0.95, 1.0)))
def test_percentiles_are_near_the_true_ones(latencies: list[float], share: float) -> None:
    histogram: dict[int, int] = {}
    for latency in latencies:
        histogram[bucket_of(latency)] = histogram.get(bucket_of(latency), 0) + 1
    true = sorted(latencies)[math.ceil(share * len(latencies)) - 1]
    found = percentile_ms(histogram, share)
    assert found is not None
    # The tenth that it is rounded to, beside the width of a bucket.
    assert abs(found - true) <= 0.0905 * true + 0.05


@given(st.floats(min_value=0, max_value=1e12))
def test_every_latency_has_a_bucket_that_its_name_leads_back_to(latency: float) -> None:
    bucket = bucket_of(latency)
    assert 0 <= bucket <= LAST_BUCKET
    assert bucket_named(bucket_name(bucket)) == bucket


def test_other_measures_are_no_buckets() -> None:
    assert [bucket_named(name) for name in ("shown", "latency_", "latency_x")] == [None, None, None]
