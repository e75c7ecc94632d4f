"""The site file: what it may say, and errors that name the key, the value and the mend."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    StringConstraints,
    Tag,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from lifecircle.declaring import BuiltFile, GoalFile, Uses
from lifecircle.errors import Fault, InputError
from lifecircle.factors import Evidence, SiteFactors
from lifecircle.hours import WrittenMoment
from lifecircle.messages import Message, msg
from lifecircle.refusals import Refused, refusal, refusals
from lifecircle.yaml_text import plain, read_node, repeated_keys

Coords = Annotated[str, Field(pattern=r"^(wgs84|gcj02|bd09|EPSG:\d{4,6})$")]


Layers = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
    Field(description="layer of a vector file or drawing, or sheet of a workbook; a list: several layers, joined"),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _as_day(value: Any) -> Any:
    """YAML reads 2024-05-31 as a date and 2024 as a number."""
    return str(value) if type(value) in (datetime.date, int) else value


def _is_day(value: str) -> str:
    written = re.fullmatch(r"\d{4}(-\d\d){0,2}", value, re.ASCII)
    try:
        datetime.date.fromisoformat(f"{value}-01-01"[:10] if written else "")
    except ValueError:
        raise Refused(msg("is not a date like 2024-05-31, 2024-05 or 2024")) from None
    return value


Day = Annotated[
    str,
    BeforeValidator(_as_day),
    AfterValidator(_is_day),
    WithJsonSchema({"type": ["string", "integer"]}),
    Field(description="when the data are of: YYYY-MM-DD, YYYY-MM or YYYY, shown as it stands here"),
]


class _Dated(_Strict):
    """A source of data, which may say when it is of."""

    date: Day | None = None


class _Layered(_Dated):
    """A file that may have several layers."""

    file: Path
    layer: Layers = ()


Spread = Annotated[
    Literal["buildings", "cells"],
    Field(description="the heads of an area go to the buildings inside it, or to cells of 50 m"),
]


def _as_source(value: Any) -> Any:
    return {"file": value} if isinstance(value, str) else value


class BoundaryFile(_Layered):
    """The park's outline: one feature, or those picked by ``where``; several are joined."""

    where: str | None = Field(None, description="`field=value`: only the features whose field holds the value")
    coords: Coords | None = Field(None, description="needed only where the file does not say its CRS")


class OsmFile(_Dated):
    """An OpenStreetMap extract: .osm.pbf, .osm, .osm.gz or .osm.bz2."""

    file: Path
    extent: tuple[float, float, float, float] | None = Field(
        None, description="west, south, east, north in degrees: where the data end, if the file does not say"
    )
    coords: Literal["wgs84", "gcj02", "bd09"] | None = Field(None, description="where its nodes are not in WGS 84")

    @model_validator(mode="after")
    def _in_order(self) -> OsmFile:
        if self.extent is not None:
            west, south, east, north = self.extent
            if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
                raise Refused(msg("is not west, south, east, north in degrees"))
        return self


class NetworkFile(_Layered):
    """Walkable streets from elsewhere than the OSM file: GraphML of osmnx or a line layer."""

    coords: Coords | None = None


class TableFile(_Layered):
    """Shapes in a vector file, a CSV or an XLSX sheet."""

    coords: Coords | None = None
    x: str | None = Field(None, description="column of the longitude or easting (found by itself when usual)")
    y: str | None = Field(None, description="column of the latitude or northing")


class PlaceFile(TableFile):
    """Places that are told by their ids and names."""

    id: str | None = Field(None, description="column of the id; without it the row number and place count")
    name: str | None = Field(None, description="column of the name")


class GateFile(TableFile):
    """Gates: points, with their names, who may pass and when where columns say it."""

    access: str | None = Field(None, description="column: public, staff, residents or closed (`access` is found)")
    hours: str | None = Field(None, description="column of opening hours, carried as text (`hours` needs no mention)")
    name: str | None = Field(None, description="column of the name (`name` needs no mention)")


VENDOR_COORDS = {"amap": "gcj02", "baidu": "bd09", "tencent": "gcj02"}
"""The coordinates that each map's exports are in."""


class FacilityFile(PlaceFile):
    """Facilities of one category, of a column of category ids, or classified by type and name."""

    category: str | None = None
    category_column: str | None = None
    typecode_column: str | None = Field(None, description="column of Amap typecodes")
    poi: Literal["amap", "baidu", "tencent"] | None = Field(
        None, description="an export of this map: its coordinates, columns and types are known, each can be overridden"
    )
    type_column: str | None = Field(None, description="with `poi`: column of the names of types")
    complex: str | None = Field(
        None, description="column of further categories (ids or names) that one place counts in, parted by ; or ,"
    )
    capacity: str | None = Field(None, description="column of the capacity, in the category's unit")
    status: str | None = Field(None, description="column: existing, building, planned or closed")
    opens: str | None = Field(None, description="column of the year a planned facility opens")
    hours: str | None = Field(None, description="column of opening hours, as people write them or OpenStreetMap does")
    mode: Literal["add", "replace"] = Field(
        "add", description="replace: what OSM knows of the categories in this file is left out"
    )
    complete: bool = Field(False, description="you declare that the file holds every facility of its categories")

    @model_validator(mode="before")
    @classmethod
    def _in_the_coordinates_of_its_map(cls, data: Any) -> Any:
        if isinstance(data, dict) and str(data.get("poi")) in VENDOR_COORDS and data.get("coords") is None:
            return {**data, "coords": VENDOR_COORDS[data["poi"]]}
        return data

    @model_validator(mode="after")
    def _one_way_to_a_category(self) -> FacilityFile:
        typed = self.poi or self.typecode_column
        if sum(item is not None for item in (self.category, self.category_column, typed)) != 1:
            raise Refused(msg("needs exactly one of category, category_column, typecode_column and poi"))
        if self.type_column is not None and self.poi is None:
            raise Refused(msg("type_column needs `poi`: the map whose names of types it holds"))
        return self


class LandFile(TableFile):
    """Land use: areas with a column of uses, and what its values mean. It stands for that of the map."""

    use: str = Field(description="column of uses")
    uses: Uses


class BuildingFile(TableFile):
    """Footprints of buildings, which areas with people are spread over."""

    floors: str | None = Field(None, description="column of the number of floors")
    use: str | None = Field(None, description="column of what they are used for: a home by its words, else work")
    uses: Uses | None = Field(None, description="what the values of `use` mean, for shares of the floor area")

    @model_validator(mode="after")
    def _uses_of_a_column(self) -> BuildingFile:
        if self.uses is not None and self.use is None:
            raise Refused(msg("uses needs `use`: the column that holds them"))
        return self


class SurveyFile(_Dated):
    """The field sheet that ``lifecircle check --survey`` wrote, filled in."""

    file: Path
    coords: Literal["wgs84", "gcj02", "bd09"] | None = Field(None, description="of what was filled in, if not WGS 84")


class Shifts(_Strict):
    """Columns of the jobs on each shift; they sum to the jobs."""

    day: str | None = Field(None, description="column of the jobs by day: 早班, 白班")
    evening: str | None = Field(None, description="column of the jobs in the evening: 中班")
    night: str | None = Field(None, description="column of the jobs by night: 夜班, 晚班")


class DemandFile(PlaceFile):
    """Places with people: points or polygons with columns of head counts."""

    kind: str = Field(description="id of a demand kind of the standard: dormitory, workplace, housing ...")
    beds: str | None = None
    jobs: str | None = None
    people: str | None = None
    families: str | None = None
    h3: str | None = Field(None, description="column of H3 cells: each row of a table is that hexagon")
    shifts: Shifts | None = None
    shift: Literal["day", "evening", "night"] | None = Field(None, description="the shift of all jobs in the file")
    floors: str | None = Field(None, description="column of the number of floors; no stairs are counted")
    spread: Spread = "buildings"
    mode: Literal["add", "replace"] = Field("replace", description="replace: OSM's places of this kind are left out")

    @model_validator(mode="after")
    def _one_way_to_a_shift(self) -> DemandFile:
        if self.shifts is not None and self.shift is not None:
            raise Refused(msg("needs one of shifts and shift"))
        if self.shift is not None and self.jobs is None:
            raise Refused(msg("needs jobs where it has a shift"))
        return self


class PopulationRaster(_Dated):
    """A GeoTIFF of people per cell."""

    raster: Path
    kind: str = "housing"
    count: Literal["beds", "jobs", "people", "families"] = "people"
    spread: Spread = "buildings"
    nodata: float | None = Field(None, description="value of cells without data, if the file does not say")


def _kind_of_demand(block: Any) -> str:
    """A raster where the block names one, so that its faults are told as those of one kind."""
    raster = "raster" in block if isinstance(block, dict) else isinstance(block, PopulationRaster)
    return "PopulationRaster" if raster else "DemandFile"


Demand = Annotated[
    Annotated[DemandFile, Tag("DemandFile")] | Annotated[PopulationRaster, Tag("PopulationRaster")],
    Discriminator(_kind_of_demand),
]


class Estimate(_Strict):
    """The user's own factor: heads per m2 of building footprint, for places of a kind without a count."""

    kind: str
    count: Literal["beds", "jobs", "people", "families"]
    per_m2: float = Field(gt=0, le=10, strict=True)


class Walking(_Strict):
    """What walking times count beside length; nothing of it by default, and never in distances."""

    dem: Path | None = Field(None, description="heights as a GeoTIFF: slopes count")
    stairs_s_per_m: float = Field(0, ge=0, le=60, strict=True, description="seconds more for each metre of stairs")
    crossing_s: float = Field(0, ge=0, le=600, strict=True, description="seconds at each signal one passes")

    @property
    def counts(self) -> bool:
        """Whether any of it does."""
        return self.dem is not None or self.stairs_s_per_m > 0 or self.crossing_s > 0


class SiteFile(_Strict):
    """One site. Paths are relative to the file; a bare string stands for ``{file: ...}``."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    city: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = Field(
        "", description="the city it is in, in Chinese or English: some policy checks hold in some cities only"
    )
    boundary: Annotated[BoundaryFile, BeforeValidator(_as_source)]
    osm: Annotated[OsmFile, BeforeValidator(_as_source)] | None = None
    network: Annotated[NetworkFile, BeforeValidator(_as_source)] | None = None
    facilities: tuple[FacilityFile, ...] = ()
    demand: tuple[Demand, ...] = ()
    complete: tuple[str, ...] = Field((), description="ids of categories whose data you declare complete")
    standard: str = Field("industrial-community", description="a shipped standard's id or a YAML file")
    standards: tuple[str, ...] = Field(
        (), description="several standards instead of one; what takes only one takes the first"
    )
    factors: Annotated[SiteFactors, BeforeValidator(_as_source)] = Field(
        SiteFactors(), description="what tailors the standard: industry, environment, population, governance"
    )
    profile: str = "planning"
    year: int | None = Field(None, ge=1900, le=2200, strict=True, description="count what opens by then")
    at: WrittenMoment | None = None
    private_ways: Literal["ends", "through", "closed"] = "ends"
    connector_m: float = Field(
        100, ge=1, le=1000, strict=True, description="longest straight walk from a place to a street"
    )
    same_place_m: float = Field(
        50,
        ge=0,
        le=200,
        strict=True,
        description="farthest that two rows of one name and category may stand apart and be one place",
    )
    estimate: tuple[Estimate, ...] = ()
    walking: Walking = Walking()
    walls: Annotated[TableFile, BeforeValidator(_as_source)] | None = Field(
        None, description="lines that nobody walks across: walls, rivers, railways"
    )
    barriers: tuple[Literal["wall", "water", "railway", "gate"], ...] = Field(
        ("wall", "water", "railway", "gate"),
        description="what of OpenStreetMap bars the way, besides your own `walls`; gate: those not open to all",
    )
    gates: Annotated[GateFile, BeforeValidator(_as_source)] | None = Field(
        None, description="points where enclosures open"
    )
    enclosures: Annotated[TableFile, BeforeValidator(_as_source)] | None = Field(
        None, description="polygons that are entered and left at gates only"
    )
    people_are: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = Field(
        "", description="whom the head counts are about (registered, managed, floating workers), in your own words"
    )
    buildings: Annotated[BuildingFile, BeforeValidator(_as_source)] | None = Field(
        None, description="your own footprints; those that OSM has in their place are left out"
    )
    goals: dict[str, GoalFile] = Field({}, description="what you declare of goals of the standard, by their ids")
    built: BuiltFile | None = Field(None, description="how it was built, in one of three modes, with evidence")
    landuse: LandFile | None = Field(None, description="your own land use; it stands for that of the map")
    survey: Annotated[SurveyFile, BeforeValidator(_as_source)] | None = Field(
        None,
        description="the field sheet, filled in: what was found, who is where, and what was looked for",
    )
    synthetic: bool = Field(False, description="made-up data: said wherever the site is shown")
    attribution: tuple[str, ...] = Field((), description="credits beside OpenStreetMap's")

    _path: Path | None = PrivateAttr(None)

    @property
    def path(self) -> Path | None:
        """The file it was read from; None where it was made in another way."""
        return self._path

    @model_validator(mode="after")
    def _has_streets(self) -> SiteFile:
        if self.osm is None and self.network is None:
            raise Refused(msg("needs `osm` or `network`: there are no streets to walk on"))
        return self

    @model_validator(mode="after")
    def _held_to_one_or_several(self) -> SiteFile:
        if self.standards and "standard" in self.model_fields_set:
            raise Refused(msg("gives both `standard` and `standards`"))
        return self

    @property
    def held_to(self) -> tuple[str, ...]:
        """The standards, by id or path."""
        return self.standards or (self.standard,)


MENDS = {
    "missing": msg("add the key"),
    "tuple_type": msg("write a list: each item on a line of its own that begins with `- `"),
    "string_type": msg("put it in quotes"),
    "model_type": msg("write keys with values, like `file: NAME`"),
    "string_too_short": msg("write at least one letter"),
    "string_too_long": msg("write a shorter one"),
    "string_pattern_mismatch": msg("write wgs84, gcj02, bd09 or a code like EPSG:4490"),
}
"""How to mend a fault, by pydantic's name for its kind."""


def read_site_file(path: str | Path, *, absent: Collection[str] = ()) -> SiteFile:
    """Read and check a site file; paths come back absolute. ``absent`` lists keys whose file need not exist yet.

    Raises InputError with every fault of the file at once.
    """
    path = Path(path)
    root = read_node(path)
    twice = [
        Fault(_key_of(path, steps), msg("stands {times} times", times=times), msg("keep one"))
        for steps, times in repeated_keys(root)
    ]
    try:
        site = parse_site(plain(root, path), path, absent=absent)
    except InputError as error:
        raise InputError([*twice, *error.faults]) from None
    if twice:
        raise InputError(twice)
    site._path = path.resolve()
    return site


def parse_site(data: Any, path: Path, *, absent: Collection[str] = ()) -> SiteFile:
    """Check site data already loaded; ``path`` is what errors name and paths are relative to."""
    if not isinstance(data, dict):
        mend = msg("start with `name:`, `boundary:` and `osm:`")
        raise InputError(Fault(str(path), msg("holds no keys"), mend))
    try:
        site = SiteFile.model_validate(data)
    except ValidationError as error:
        raise InputError(_faults(error, path)) from None
    folder = path.resolve().parent
    resolved = _resolve(site, folder)
    several = tuple(_standard_in(folder, name) for name in site.standards)
    resolved = resolved.model_copy(update={"standard": _standard_in(folder, site.standard), "standards": several})
    missing = [
        Fault(_key_of(path, (key,)), msg("no such file: {file}", file=file), msg("paths are relative to the site file"))
        for key, file in _files(resolved)
        if key not in absent and not _is_there(file)
    ]
    if missing:
        raise InputError(missing)
    return resolved


def _standard_in(folder: Path, name: str) -> str:
    """A standard's path from the site file; an id as it is."""
    return str(folder / name) if name.lower().endswith((".yaml", ".yml")) else name


def _is_there(path: Path) -> bool:
    """Whether a path is a file or a folder (of layers): no pipe to wait at, and no name that no file can have."""
    try:
        return path.is_file() or path.is_dir()
    except OSError:
        return False


def _faults(error: ValidationError, path: Path) -> list[Fault]:
    faults = []
    for item in refusals(error):
        steps = [s for s in item["loc"] if s not in ("DemandFile", "PopulationRaster")]
        faults.append(Fault(_key_of(path, steps), refusal(item), _mend(item, steps)))
    return faults


def _key_of(path: Path, steps: Sequence[Any]) -> Message:
    """Where a key of a file is; the file itself where there are no steps to one."""
    key = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")
    return msg("{file}: {key}", file=path, key=key or msg("the file"))


def _mend(item: Any, steps: list[Any]) -> Message:
    if item["type"] == "extra_forbidden":
        return msg("known keys: {keys}", keys=tuple(_known_keys(steps, raster="PopulationRaster" in item["loc"])))
    return MENDS.get(item["type"]) or msg("see `lifecircle schema`")


def _known_keys(steps: list[Any], *, raster: bool) -> list[str]:
    models: dict[str, type[BaseModel]] = {
        "boundary": BoundaryFile,
        "osm": OsmFile,
        "network": NetworkFile,
        "facilities": FacilityFile,
        "demand": PopulationRaster if raster else DemandFile,
        "estimate": Estimate,
        "walking": Walking,
        "buildings": BuildingFile,
        "walls": TableFile,
        "gates": GateFile,
        "enclosures": TableFile,
        "built": BuiltFile,
        "landuse": LandFile,
        "survey": SurveyFile,
        "factors": Evidence if "evidence" in steps[:-1] else SiteFactors,
    }
    if steps[:1] == ["goals"]:
        return sorted(GoalFile.model_fields)
    inner = next((INNER[step] for step in steps[:-1] if step in INNER), None)
    model = inner or models.get(str(steps[0]), SiteFile)
    return sorted(model.model_fields if len(steps) > 1 else SiteFile.model_fields)


INNER: dict[str, type[BaseModel]] = {"shifts": Shifts, "uses": Uses}
"""Blocks inside blocks."""


def _resolve(model: Any, folder: Path) -> Any:
    """The same model with its paths, at any depth, made absolute."""
    if isinstance(model, Path):
        return model if model.is_absolute() else folder / model
    if isinstance(model, tuple):
        return tuple(_resolve(item, folder) for item in model)
    if isinstance(model, BaseModel):
        return model.model_copy(update={key: _resolve(getattr(model, key), folder) for key in type(model).model_fields})
    return model


def dated_files(model: Any) -> Iterator[tuple[Path, str | None]]:
    """The file of every source of data that a site file (or a part of one) names, with the date that it states."""
    if isinstance(model, _Dated):
        yield (model.raster if isinstance(model, PopulationRaster) else model.file), model.date  # type: ignore[attr-defined]
    elif isinstance(model, BaseModel):
        for key in type(model).model_fields:
            yield from dated_files(getattr(model, key))
    elif isinstance(model, tuple):
        for item in model:
            yield from dated_files(item)


def input_files(site: SiteFile) -> set[Path]:
    """A site file itself, where it is one, and every file that it names."""
    return {file for _, file in _files(site)} | ({site.path} if site.path else set())


def _files(model: Any, key: str = "") -> list[tuple[str, Path]]:
    if isinstance(model, Path):
        return [(key, model)]
    if isinstance(model, tuple):
        return [pair for i, item in enumerate(model) for pair in _files(item, f"{key}[{i}]")]
    if isinstance(model, BaseModel):
        return [
            pair
            for name in type(model).model_fields
            for pair in _files(getattr(model, name), f"{key}.{name}" if key else name)
        ]
    return []
