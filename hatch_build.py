"""Build hook: bring Leaflet in from its pinned package, compile translations, take the sample site into the wheel."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE, VERSION = "django-js-lib-leaflet", "1.9.4.1"
INSIDE = "js_lib_leaflet/static/js_lib_leaflet"

LEAFLET = {
    "leaflet.js": (f"{INSIDE}/leaflet.js", "db49d009c841f5ca34a888c96511ae936fd9f5533e90d8b2c4d57596f4e5641a"),
    "leaflet.css": (f"{INSIDE}/leaflet.css", "a7837102824184820dfa198d1ebcd109ff6d0ff9a2672a074b9a1b4d147d04c6"),
    "LICENSE": (
        f"django_js_lib_leaflet-{VERSION}.dist-info/LICENSE",
        "596e1b738779bffa372268e9330a0fdd8528da1e3c833b15eee9cb37c6d55a95",
    ),
}
"""Name in the vendor folder: path inside the package's wheel and SHA-256 of the file."""


def vendor(target: Path, files: dict[str, tuple[str, str]] = LEAFLET) -> None:
    """Copy Leaflet with its licence to ``target``; nothing is written unless every file is the pinned one.

    Raises RuntimeError where the package is missing, of another version, or holds other bytes.
    """
    contents = {name: _checked(path, sha256) for name, (path, sha256) in files.items()}
    target.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (target / name).write_bytes(content)


def _checked(path: str, sha256: str) -> bytes:
    try:
        package = distribution(PACKAGE)
    except PackageNotFoundError:
        raise RuntimeError(f"building needs {PACKAGE}=={VERSION}: install it, or build with isolation") from None
    if package.version != VERSION:
        raise RuntimeError(f"building needs {PACKAGE}=={VERSION}, found {package.version}")
    file = Path(str(package.locate_file(path)))
    if not file.is_file():
        raise RuntimeError(f"{PACKAGE}=={VERSION} holds no {path}")
    content = file.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise RuntimeError(f"{path} of {PACKAGE}=={VERSION} is not the pinned file: SHA-256 {found}, pinned {sha256}")
    return content


def compile_catalogues(locale: Path) -> None:
    """A .mo beside every .po below ``locale``, whole at any time, since others may read it; a translation is used only
    where nobody marked it as doubtful."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for path in sorted(locale.rglob("*.po")):
        with path.open("rb") as text, NamedTemporaryFile(dir=path.parent, delete=False) as compiled:
            write_mo(compiled, read_po(text))
        Path(compiled.name).chmod(0o644)
        Path(compiled.name).replace(path.with_suffix(".mo"))


class LeafletAndSample(BuildHookInterface[Any]):
    """Runs for wheels and for editable installs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fill ``lifecircle/outputs/vendor`` and the catalogues; a standard wheel also takes the sample site in."""
        root = Path(self.root)
        compile_catalogues(root / "lifecircle" / "locale")
        vendor(root / "lifecircle" / "outputs" / "vendor")
        if version == "standard":
            build_data["force_include"][str(root / "data" / "sitang")] = "lifecircle/_sample/sitang"
