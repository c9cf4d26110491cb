"""The files of a flows folder and a data folder: found, opened safely, read into nodes and declared models."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path as File

from pydantic import BaseModel

from bot.authoring.declaration import FlowDeclared, ManyFlowsFile, OneFlowFile
from bot.authoring.issue import Issues, did_you_mean
from bot.authoring.node import Kind, Node, Path, Place
from bot.authoring.reader import read_yaml
from bot.authoring.shape import Damage, read_shape
from bot.clinic.rows import (
    AnswersFile,
    CampaignsFile,
    Clinic,
    ConcernsFile,
    NumbersFile,
    PrecautionsFile,
    RecoveryFile,
    TimelinesFile,
    TreatmentsFile,
)
from bot.limits import FLOW_FILE_BYTES

DATA_MODELS: Mapping[str, type[BaseModel]] = {
    "answers": AnswersFile,
    "campaigns": CampaignsFile,
    "clinic": Clinic,
    "concerns": ConcernsFile,
    "numbers": NumbersFile,
    "precautions": PrecautionsFile,
    "recovery": RecoveryFile,
    "timelines": TimelinesFile,
    "treatments": TreatmentsFile,
}
"""Data file (without .yaml) → what it must look like."""
COMMON = "common"
OURS = frozenset({"clinic", "numbers"})
"""Data files for which the package's own stand in."""
NO_FLOWS = ("locale", "transcripts")
"""Folders inside the folder of flows that hold something else."""
_DEFAULTS = files("bot.authoring") / "defaults"


@dataclass(frozen=True, slots=True)
class FlowSource:
    """A flow as its author wrote it, with the places of everything.

    `holes` are states that could not be read, `damaged` the ids of those that lost a part, `wayless` of
    those that may have lost a way on or a name that they set; all are reported.
    """

    id: str
    file: str
    node: Node
    place: Place
    declared: FlowDeclared
    holes: Mapping[str, Node] = field(default_factory=dict)
    damaged: frozenset[str] = frozenset()
    wayless: frozenset[str] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Whether every way and every name that the author wrote is known."""
        return not self.holes and not self.wayless


@dataclass(slots=True)
class FlowFolder:
    """All flows; `lost` says that a file could not be read, so that flows may be missing for that reason."""

    sources: list[FlowSource] = field(default_factory=list)
    lost: bool = False
    has_common: bool = False
    common_place: tuple[str, Place] = ("", (1, 1))
    contents: list[tuple[str, bytes]] = field(default_factory=list)


@dataclass(slots=True)
class DataFile:
    """A data file; `model` is None when it could not be read or is not there."""

    file: str
    root: Node | None = None
    model: BaseModel | None = None
    is_whole: bool = True
    is_ours: bool = False


@dataclass(slots=True)
class DataFolder:
    files: dict[str, DataFile] = field(default_factory=dict)
    folder: File = field(default_factory=File)
    contents: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return all(each.is_whole for each in self.files.values())


def read_flow_folder(folder: File, issues: Issues, data: File) -> FlowFolder:
    """Every `*.yaml` of the folder itself, by name; the package's own common.yaml where there is none.

    Args:
        folder: Where the flows are.
        issues: Gets what is wrong.
        data: The data folder, which may lie in it.
    """
    found = FlowFolder()
    if not folder.is_dir():
        issues.add(
            str(folder), (1, 1), "file:missing", "there is no such folder", "name the folder that holds flows"
        )
        found.lost = True
        return found
    if not _can_list(folder, issues):
        found.lost = True
        return found
    _report_unread(folder, issues, but=[*(folder / name for name in NO_FLOWS), data])
    paths = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
    if not paths:
        issues.add(
            str(folder), (1, 1), "file:missing", "the folder holds no flow", "write one, such as consult.yaml"
        )
    for path in paths:
        content = _open(path, folder, issues)
        if content is None:
            found.lost = True
            continue
        found.contents.append((path.name, content))
        _read_flow_file(path.stem, str(path), content, found, issues)
    if not any(path.stem == COMMON for path in paths):
        content = (_DEFAULTS / "common.yaml").read_bytes()
        found.contents.append(("", content))
        _read_flow_file(COMMON, "common.yaml", content, found, issues)
    return found


def read_data_folder(folder: File, issues: Issues) -> DataFolder:
    """Every data file that is there; the package's own clinic.yaml and numbers.yaml where there are none."""
    found = DataFolder(folder=folder)
    is_there = folder.is_dir() and _can_list(folder, issues)
    paths = {path.stem: path for path in sorted(folder.glob("*.yaml"))} if is_there else {}
    if is_there:
        _report_unread(folder, issues)
    for path in sorted(folder.glob("*.yml")) if is_there else ():
        issues.add(str(path), (1, 1), "file:unknown", "data files end in .yaml", "rename it")
    for name, path in paths.items():
        if name not in DATA_MODELS:
            mend = did_you_mean(name, DATA_MODELS, f"known are {', '.join(sorted(DATA_MODELS))}")
            issues.add(str(path), (1, 1), "file:unknown", f"nobody reads {path.name}", mend)
    for name, model in DATA_MODELS.items():
        own = paths.get(name)
        file = DataFile(str(own or folder / f"{name}.yaml"))
        found.files[name] = file
        content: bytes | None = None
        if own is not None:
            content = _open(own, folder, issues)
            file.is_whole = content is not None
        elif name in OURS:
            content = (_DEFAULTS / f"{name}.yaml").read_bytes()
            file.is_ours = True
        if content is not None:
            found.contents.append((f"{name}.yaml" if own else "", content))
            _read_data_file(file, model, content, issues)
    return found


def _report_unread(folder: File, issues: Issues, but: Collection[File] = ()) -> None:
    """What looks like flows or data and is none: in a folder below, or with an ending in capitals."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        looks_read = path.suffix in (".yaml", ".yml") and len(inside) == 1
        if path.suffix.lower() not in (".yaml", ".yml") or looks_read or any(each in path.parents for each in but):
            continue
        mend = f"move it to {folder}" if len(inside) > 1 else "let its name end in .yaml"
        issues.add(str(path), (1, 1), "file:unknown", f"nobody reads {path.relative_to(folder)}", mend)


def _can_list(folder: File, issues: Issues) -> bool:
    """Whether the files of a folder can be seen; reported if not."""
    try:
        next(iter(folder.iterdir()), None)
    except OSError as error:
        reason = error.strerror or "it can't be opened"
        issues.add(
            str(folder), (1, 1), "file:unreadable", f"not readable: {reason}", "look at the folder's permissions"
        )
        return False
    return True


def digest(*contents: list[tuple[str, bytes]]) -> str:
    """One hash over all files' names and bytes: equal means that nothing has changed."""
    total = hashlib.sha256()
    for part in contents:
        for name, content in part:
            total.update(f"{name}\0{len(content)}\0".encode())
            total.update(content)
        total.update(b"\0\0")
    return total.hexdigest()


def _open(path: File, folder: File, issues: Issues) -> bytes | None:
    """The bytes of a file that really lies in `folder`; at most one more than may be read."""
    try:
        if not path.resolve(strict=True).is_relative_to(folder.resolve()):
            issues.add(
                str(path), (1, 1), "file:outside", "this leads out of the folder", "put the file itself here"
            )
            return None
        if not path.is_file():
            issues.add(
                str(path), (1, 1), "file:unreadable", "this is no file", "remove it or put a file in its place"
            )
            return None
        with path.open("rb") as stream:
            return stream.read(FLOW_FILE_BYTES + 1)
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it can't be opened"
        issues.add(
            str(path), (1, 1), "file:unreadable", f"not readable: {reason}", "look at the file's permissions"
        )
        return None


def _read_data_file(file: DataFile, model: type[BaseModel], content: bytes, issues: Issues) -> None:
    file.root = read_yaml(content, file.file, issues)
    if file.root is None:
        file.is_whole = False
        return
    if file.root.kind is not Kind.MAPPING:
        issues.add(
            file.file, file.root.place, "shape:wrong_kind", "the file must be a mapping", "write it as key: value"
        )
        file.is_whole = False
        return
    file.model, damage = read_shape(model, file.root, file.file, issues)
    file.is_whole = file.model is not None and not damage.lost


def _read_flow_file(stem: str, file: str, content: bytes, found: FlowFolder, issues: Issues) -> None:
    root = read_yaml(content, file, issues)
    if stem == COMMON:
        found.has_common = root is not None
    if root is None:
        found.lost = True
        return
    if root.kind is not Kind.MAPPING:
        issues.add(
            file, root.place, "shape:wrong_kind", "a flow file must be a mapping", "begin with flow: and a name"
        )
        found.lost = True
        return
    nulls = list(_refuse_nulls(root, (), file, issues))
    if "flows" in root.entries:
        many, damage = read_shape(ManyFlowsFile, root, file, issues)
        _mark_all(damage, nulls)
        flows = many.flows if many else {}
        found.lost = found.lost or many is None
        if stem == COMMON:
            found.common_place = (file, root.at("flows"))
        for name, declared in flows.items():
            node = root.find("flows", name)
            assert node is not None
            flow_id = name if stem == COMMON else f"{stem}.{name}"
            found.sources.append(
                _source(flow_id, file, node, root.key("flows", name), declared, damage, prefix=("flows", name))
            )
    else:
        one, damage = read_shape(OneFlowFile, root, file, issues)
        _mark_all(damage, nulls)
        if one is None:
            found.lost = True
            return
        if stem == COMMON:
            found.common_place = (file, root.place)
        found.sources.append(_source(one.flow, file, root, root.at("flow"), one, damage, prefix=()))


def _source(
    flow_id: str, file: str, node: Node, place: Place, declared: FlowDeclared, damage: Damage,
    *, prefix: tuple[str, ...],
) -> FlowSource:  # fmt: skip
    mine = len(prefix)
    holes = {
        str(path[-1]): hole
        for path, hole in damage.holes.items()
        if path[:mine] == prefix and len(path) == mine + 2
    }
    damaged, wayless = (
        frozenset(str(path[-1]) for path in paths if path[:mine] == prefix and len(path) == mine + 2)
        for paths in (damage.states, damage.wayless)
    )
    return FlowSource(flow_id, file, node, place, declared, holes, damaged, wayless)


def _refuse_nulls(node: Node, path: Path, file: str, issues: Issues) -> Iterator[Path]:
    """In a flow nothing is said by null: a key without a value is a value forgotten. Gives the places."""
    for key, child in node.entries.items():
        if child.kind is Kind.SCALAR and child.scalar is None and not child.refused:
            message = f"nothing stands behind `{key}`"
            issues.add(file, child.place, "shape:wrong_kind", message, "fill it in, or remove the key")
            child.refused = True
            yield (*path, key)
        yield from _refuse_nulls(child, (*path, key), file, issues)
    for number, child in enumerate(node.items):
        yield from _refuse_nulls(child, (*path, number), file, issues)


def _mark_all(damage: Damage, paths: list[Path]) -> None:
    for path in paths:
        damage.mark(path)
