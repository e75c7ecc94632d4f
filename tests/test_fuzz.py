"""A file of each kind, whole and broken: a result or a line. ``python -m tests.fuzz`` tries many more."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pytest

from tests.fuzz.__main__ import one
from tests.fuzz.targets import Target, targets

KINDS = targets(real=False)


@pytest.mark.parametrize("target", KINDS, ids=[target.name for target in KINDS])
def test_a_file_is_read_whole_and_broken_it_ends_in_a_result_or_a_line(target: Target) -> None:
    warnings.simplefilter("ignore")
    whole = one(replace(target, mutate=lambda files, chance: files), 0)
    assert whole == ("loaded", "")
    outcome, detail = one(target, 1)
    assert outcome in ("loaded", "refused"), detail
