"""What is installed: the build hook, the vendored Leaflet, the command."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import handmade
import pytest

import lifecircle


@pytest.fixture(scope="module")
def hook(root: Path) -> ModuleType:
    """The build hook as a module."""
    spec = importlib.util.spec_from_file_location("hatch_build", root / "hatch_build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_leaflet_is_there_with_its_licence(root: Path) -> None:
    """Hashes as Leaflet 1.9.4 publishes them for its two files (there in base64)."""
    vendor = root / "lifecircle" / "outputs" / "vendor"
    assert _sha256(vendor / "leaflet.js") == "db49d009c841f5ca34a888c96511ae936fd9f5533e90d8b2c4d57596f4e5641a"
    assert _sha256(vendor / "leaflet.css") == "a7837102824184820dfa198d1ebcd109ff6d0ff9a2672a074b9a1b4d147d04c6"
    assert (vendor / "LICENSE").read_text(encoding="utf-8").startswith("BSD 2-Clause License")


def test_hook_refuses_other_bytes_and_writes_nothing(hook: ModuleType, tmp_path: Path) -> None:
    files = dict(hook.LEAFLET)
    files["leaflet.css"] = (files["leaflet.css"][0], "0" * 64)
    with pytest.raises(RuntimeError, match="not the pinned file"):
        hook.vendor(tmp_path / "vendor", files)
    assert not (tmp_path / "vendor").exists()


def test_hook_refuses_another_version(hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook, "VERSION", "1.9.3")
    with pytest.raises(RuntimeError, match=r"needs django-js-lib-leaflet==1\.9\.3, found 1\.9\.4\.1"):
        hook.vendor(tmp_path / "vendor")


def test_wheel_holds_leaflet_and_the_sample(hook: ModuleType, root: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    vendored = {name for name in names if name.startswith("lifecircle/outputs/vendor/")}
    assert vendored == {f"lifecircle/outputs/vendor/{name}" for name in ("leaflet.js", "leaflet.css", "LICENSE")}
    assert {"lifecircle/_sample/sitang/site.yaml", "lifecircle/outputs/atlas/atlas.typ"} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "data/"))]


def test_names_are_found_by_completion() -> None:
    assert {"assess", "compare", "write", "load_site"} <= set(dir(lifecircle))
    assert all(getattr(lifecircle, name) for name in lifecircle.__all__)


def test_results_introduce_themselves_in_a_line() -> None:
    result = handmade.assessment("Hand")
    assert repr(result) == "<Assessment 'Hand': 450 beds, 50 jobs in 4 places; index 10.0 to 40.0>"
    assert repr(result.site) == "<Site 'Hand': 4 places, 1 facilities, 4 edges>"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
