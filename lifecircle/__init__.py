"""Who can reach what on foot in an industrial park, who cannot, and how sure we are.

>>> import lifecircle                                     # doctest: +SKIP
>>> result = lifecircle.assess("site.yaml")               # doctest: +SKIP
>>> lifecircle.write(result, "gaps.geojson")              # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lifecircle.assessment import assess, assess_each, assess_scenarios, assess_standards
    from lifecircle.checking import check
    from lifecircle.comparison import compare
    from lifecircle.drafting import init
    from lifecircle.drawing import read_drawing
    from lifecircle.errors import LifecircleError
    from lifecircle.linking import suggest_links
    from lifecircle.load import load_site
    from lifecircle.outputs import write
    from lifecircle.standard import list_standards, load_standard
    from lifecircle.suggesting import suggest
    from lifecircle.surveying import survey
    from lifecircle.verifying import verify

__version__ = "0.1.0"

_HOMES = {
    "assess": "assessment",
    "assess_each": "assessment",
    "assess_scenarios": "assessment",
    "assess_standards": "assessment",
    "check": "checking",
    "compare": "comparison",
    "init": "drafting",
    "LifecircleError": "errors",
    "load_site": "load",
    "read_drawing": "drawing",
    "suggest": "suggesting",
    "suggest_links": "linking",
    "survey": "surveying",
    "verify": "verifying",
    "write": "outputs",
    "list_standards": "standard",
    "load_standard": "standard",
}
"""Module of each public name: loaded when it is asked for, since geopandas alone takes a second."""

__all__ = [
    "LifecircleError",
    "__version__",
    "assess",
    "assess_each",
    "assess_scenarios",
    "assess_standards",
    "check",
    "compare",
    "init",
    "list_standards",
    "load_site",
    "load_standard",
    "read_drawing",
    "suggest",
    "suggest_links",
    "survey",
    "verify",
    "write",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
