"""The fuzzer's targets without the fuzzer: what it begins with is read, and little changes of it
are read or refused. `make soak` does the same for longer, guided by coverage.
"""

from random import Random

import pytest
from fuzz_intake import NAMES
from fuzz_seeds import SEEDS, WORDS
from fuzz_targets import TARGETS

CHANGED = 200


def changed(draw: Random, seeds: list[bytes], words: list[bytes]) -> bytes:
    """A seed with a few of its places changed, cut out, doubled or written over."""
    data = bytearray(draw.choice(seeds))
    for _ in range(draw.randint(1, 4)):
        start = draw.randrange(len(data) + 1)
        end = min(len(data), start + draw.choice([0, 1, 1, 8, 80]))
        put = [
            bytes([draw.randrange(256)]),
            draw.choice(words),
            b"",
            bytes(data[start:end]) * 2,
            draw.choice(seeds)[start:end],
        ]
        data[start:end] = draw.choice(put)
    return bytes(data)


@pytest.mark.parametrize("name", TARGETS)
def test_what_the_fuzzer_begins_with_is_read(name: str) -> None:
    read = [TARGETS[name](seed) for seed in SEEDS[name]]
    assert any(read), name


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_is_changed_is_read_or_refused(name: str) -> None:
    draw = Random(name)  # noqa: S311 - the same changes each time
    for _ in range(CHANGED):
        TARGETS[name](changed(draw, SEEDS[name], WORDS[name]))


def test_the_fuzzer_knows_every_target() -> None:
    assert tuple(TARGETS) == NAMES
    assert SEEDS.keys() == WORDS.keys() == TARGETS.keys()
