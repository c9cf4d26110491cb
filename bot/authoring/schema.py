"""JSON Schemas for editors, from the declarations that the reader itself uses.

`python -m bot.authoring.schema` writes them again into `flows/` and `data/`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Union

from pydantic import TypeAdapter

from bot.authoring.declaration import ManyFlowsFile, OneFlowFile
from bot.authoring.folder import DATA_MODELS

Schema = dict[str, Any]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def flow_schema() -> Schema:
    """Of a file in `flows/`: one flow, or several."""
    adapter: TypeAdapter[Any] = TypeAdapter(Union[OneFlowFile, ManyFlowsFile])  # noqa: UP007 - a type form as a value
    return {"$schema": _DIALECT, "title": "A flow file", **adapter.json_schema(by_alias=True)}


def data_schemas() -> Mapping[str, Schema]:
    """Of each file in `data/`, by its name without the ending."""
    return {
        name: {"$schema": _DIALECT, **model.model_json_schema(by_alias=True)}
        for name, model in DATA_MODELS.items()
    }


def schema_files() -> Mapping[str, str]:
    """Path below the project's folder → what must stand there."""
    files = {"flows/flow.schema.json": _as_text(flow_schema())}
    for name, schema in data_schemas().items():
        files[f"data/{name}.schema.json"] = _as_text(schema)
    return files


def _as_text(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write_schemas(root: Path) -> None:
    """Write every schema below `root`, the project's folder."""
    for name, content in schema_files().items():
        (root / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path.cwd())
