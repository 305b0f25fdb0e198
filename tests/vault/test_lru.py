"""A bounded memory."""

from __future__ import annotations

from collections import OrderedDict

from hypothesis import given
from hypothesis import strategies as st

from blobhls.lru import LruCache

steps = st.lists(
    st.tuples(st.sampled_from(["put", "get", "drop"]), st.integers(0, 5), st.binary(max_size=12)),
    max_size=60,
)


@given(steps)
def test_it_holds_what_was_used_last_and_never_weighs_more_than_it_may(
    steps: list[tuple[str, int, bytes]],
) -> None:
    recent: LruCache[int, bytes] = LruCache(20, weigh=len)
    model: OrderedDict[int, bytes] = OrderedDict()
    for what, key, value in steps:
        match what:
            case "put":
                recent.put(key, value)
                model.pop(key, None)
                model[key] = value
                while sum(map(len, model.values())) > 20:
                    model.popitem(last=False)
            case "get":
                assert recent.get(key) == model.get(key)
                if key in model:
                    model.move_to_end(key)
            case "drop":
                recent.drop(key)
                model.pop(key, None)
        assert {key: recent.get(key) for key in list(model)} == model


def test_what_is_too_heavy_is_not_kept_and_costs_nothing_else() -> None:
    recent: LruCache[str, bytes] = LruCache(10, weigh=len)
    recent.put("light", b"12345")
    recent.put("heavy", b"x" * 11)
    assert recent.get("heavy") is None
    assert recent.get("light") == b"12345"
    recent.put("light", b"x" * 11)
    assert recent.get("light") is None


def test_without_weights_it_counts() -> None:
    recent: LruCache[int, str] = LruCache(2)
    for number in range(3):
        recent.put(number, "x")
    assert [recent.get(number) for number in range(3)] == [None, "x", "x"]
