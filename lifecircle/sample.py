"""The sample site that ships with the package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path


@contextmanager
def sample_site() -> Iterator[Path]:
    """The sample's site file, on disk while the context lasts."""
    packed = files("lifecircle") / "_sample" / "sitang"
    checkout = Path(__file__).parent.parent / "data" / "sitang"
    with as_file(packed) if packed.is_dir() else _there(checkout) as folder:
        yield folder / "site.yaml"


@contextmanager
def _there(folder: Path) -> Iterator[Path]:
    yield folder
