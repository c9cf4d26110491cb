"""The committed schemas are today's, and they take what the reader takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from bot.authoring.declaration import STATE_KINDS
from bot.authoring.folder import DATA_MODELS
from bot.authoring.issue import Issues
from bot.authoring.reader import read_yaml
from bot.authoring.schema import data_schemas, flow_schema, schema_files, write_schemas

ROOT = Path(__file__).parent.parent.parent


def plain(path: Path) -> object:
    node = read_yaml(path.read_bytes(), path.name, Issues())
    assert node is not None
    return node.plain()


@pytest.mark.parametrize("name", sorted(schema_files()))
def test_a_committed_schema_is_todays(name: str) -> None:
    assert (ROOT / name).read_text() == schema_files()[name], "run: python -m bot.authoring.schema"


def test_there_is_a_schema_for_each_data_file() -> None:
    assert set(data_schemas()) == set(DATA_MODELS)


@pytest.mark.parametrize("path", sorted((ROOT / "flows").glob("*.yaml")), ids=lambda path: str(path.name))
def test_the_flow_schema_takes_our_flows(path: Path) -> None:
    validator = Draft202012Validator(flow_schema())
    assert [error.message for error in validator.iter_errors(plain(path))] == []


@pytest.mark.parametrize("name", sorted(DATA_MODELS))
def test_the_data_schemas_take_our_data(name: str) -> None:
    validator = Draft202012Validator(data_schemas()[name])
    own = ROOT / "data" / f"{name}.yaml"
    file = own if own.exists() else ROOT / "bot" / "authoring" / "defaults" / f"{name}.yaml"
    assert [error.message for error in validator.iter_errors(plain(file))] == []


def test_the_keys_of_the_schema_are_those_of_the_reader() -> None:
    definitions = flow_schema()["$defs"]
    for model in STATE_KINDS.values():
        expected = {info.alias or name for name, info in model.model_fields.items()}
        assert set(definitions[model.__name__]["properties"]) == expected
        assert definitions[model.__name__]["additionalProperties"] is False


@pytest.mark.parametrize(
    "state", [{"say": "Hi", "nxet": "b"}, {"say": 5, "next": "b"}, {"next": "b"}, {"end": "over"}]
)
def test_the_schema_underlines_what_the_reader_refuses(state: object) -> None:
    flow = {"flow": "a", "title": "A", "start": "a", "states": {"a": state, "b": {"end": "completed"}}}
    assert not Draft202012Validator(flow_schema()).is_valid(flow)


def test_schemas_are_written_where_editors_look(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "data").mkdir()
    write_schemas(tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json")} == set(schema_files())
