"""Makes a folder that installs lifecircle on a machine without a network: wheels, three .bat files, a guide.

    python release/make.py FOLDER [--python 3.12] [--platform win_amd64 | --here]

Run it where there is a network, from a checkout; then carry the folder over. Every dependency must have a wheel
for the platform: nothing is compiled there.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from email.parser import HeaderParser
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "release" / "folder"
WINDOWS = {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"}


def make(target: Path, python: str, platform: str | None) -> None:
    """Fill ``target``; ``platform`` is pip's word for one, None for that of this machine."""
    wheels = target / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    _pip("wheel", "--no-deps", "--wheel-dir", wheels, ROOT)
    (own,) = wheels.glob("lifecircle-*.whl")
    wanted = [str(own)]
    while wanted:
        _download(wheels, wanted, python, platform)
        wanted = missing(wheels, environment(python, platform))
    write_scripts(target, python)


def _pip(*arguments: object) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", *map(str, arguments)], check=True)


def _download(wheels: Path, wanted: Sequence[str], python: str, platform: str | None) -> None:
    there = [] if platform is None else ["--platform", platform, "--python-version", python]
    _pip("download", "--quiet", "--only-binary=:all:", *there, "--dest", wheels, "--find-links", wheels, *wanted)


def environment(python: str, platform: str | None) -> dict[str, str]:
    """What markers are held against on the machine it is made for: pip asks the machine it runs on."""
    here = {key: str(value) for key, value in default_environment().items()}
    if platform is None:
        return here
    return here | WINDOWS | {"python_version": python, "python_full_version": f"{python}.0"}


def missing(wheels: Path, environment: dict[str, str]) -> list[str]:
    """What the wheels of a folder need there, and no wheel of the folder is."""
    files = sorted(wheels.glob("*.whl"))
    held = {canonicalize_name(parse_wheel_filename(file.name)[0]) for file in files}
    needed = {str(need): need for file in files for need in _needs(file, environment)}
    return sorted(text for text, need in needed.items() if canonicalize_name(need.name) not in held)


def _needs(wheel: Path, environment: dict[str, str]) -> list[Requirement]:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.count("/") == 1 and name.endswith(".dist-info/METADATA"))
        metadata = HeaderParser().parsestr(archive.read(name).decode("utf-8"))
    found = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]
    needed = [need for need in found if need.marker is None or need.marker.evaluate({**environment, "extra": ""})]
    return [Requirement(f"{need.name}{need.specifier}") for need in needed]


def write_scripts(target: Path, python: str) -> None:
    """The .bat files, which cmd reads in any code page, and the guide, which Windows' editor does."""
    for file in sorted(FOLDER.iterdir()):
        text = file.read_text(encoding="utf-8").replace("PYTHON_VERSION", python)
        encoding = {".bat": "ascii", ".txt": "utf-8-sig"}.get(file.suffix, "utf-8")
        (target / file.name).write_text(text, encoding=encoding, newline="\r\n")


def main() -> None:
    """Parse and make."""
    parser = argparse.ArgumentParser(description="A folder that installs lifecircle without a network.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", default="3.12", help="version of Python over there")
    parser.add_argument("--platform", default="win_amd64", help="pip's word for the platform")
    parser.add_argument("--here", action="store_true", help="for this machine and this Python instead")
    asked = parser.parse_args()
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    make(asked.folder.resolve(), here if asked.here else asked.python, None if asked.here else asked.platform)


if __name__ == "__main__":
    main()
