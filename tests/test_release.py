"""The folder that installs without a network: its scripts, and which wheels it needs."""

from __future__ import annotations

import importlib.util
import zipfile
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def release(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("make", root / "release" / "make.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_scripts_are_what_windows_reads(release: ModuleType, tmp_path: Path) -> None:
    release.write_scripts(tmp_path, "3.12")
    scripts = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(scripts) == {"install.bat", "demo.bat", "start.bat", "install.py", "README.txt"}
    for name, data in scripts.items():
        assert data.count(b"\r\n") == data.count(b"\n") > 3 and b"PYTHON_VERSION" not in data, name
        assert data.isascii() or not name.endswith(".bat"), name
    assert b"py -3.12 " in scripts["install.bat"]
    assert scripts["README.txt"].startswith(b"\xef\xbb\xbf")
    compile(scripts["install.py"], "install.py", "exec")


def test_folders_with_blanks_are_quoted(release: ModuleType, tmp_path: Path) -> None:
    release.write_scripts(tmp_path, "3.12")
    for script in tmp_path.glob("*.bat"):
        text = script.read_text(encoding="ascii")
        assert text.count("%~dp0") == text.count('"%~dp0"') + text.count('"PATH=%~dp0'), script.name


def test_wheels_that_only_windows_needs_are_missed(release: ModuleType, tmp_path: Path) -> None:
    wheel(tmp_path, "own", "console>=8 ; python_version >= '3.11'", "tests ; extra == 'test'")
    wheel(tmp_path, "console", "colours ; platform_system == 'Windows'", "curses ; sys_platform != 'win32'")
    assert release.missing(tmp_path, release.environment("3.12", "win_amd64")) == ["colours"]
    assert release.missing(tmp_path, release.environment("3.12", None)) == ["curses"]
    wheel(tmp_path, "colours")
    assert release.missing(tmp_path, release.environment("3.12", "win_amd64")) == []


def wheel(folder: Path, name: str, *needs: str) -> None:
    lines = ["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.0", *(f"Requires-Dist: {need}" for need in needs)]
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}-1.0.dist-info/METADATA", "\n".join(lines) + "\n")
