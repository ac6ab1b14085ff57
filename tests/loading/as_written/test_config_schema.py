"""The JSON Schema that ships with the package says what the reader takes: every key, every type."""

from __future__ import annotations

import json
import random
import re
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
from differential_cases import Number
from differential_maker import random_case
from jsonschema import Draft202012Validator

import equipment_optimizer as eo
from equipment_optimizer.errors import InputError
from equipment_optimizer.loading import _config_file

SCHEMA: dict[str, Any] = json.loads((files("equipment_optimizer") / "loading/config.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)

#: Places in a configuration: an object with what it must hold, so that a further key is its only fault.
PLACES: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "root": ([], {}),
    "decorations": (["decorations"], {}),
    "skill": (["skills", "A"], {}),
    "total": (["totals", "Weight"], {}),
    "count": (["counts", "c"], {"where": {}}),
    "condition": (["filter", "Tier"], {}),
    "resistance": (["resistances", "fire"], {}),
    "part": (["body_parts", "Head"], {}),
    "pin": (["pin", "Head"], {"all of": []}),
    "formula": (["formula"], {"factors": [{"name": "f", "base": 1}]}),
    "files": (["files"], {}),
    "weapon": (["weapon"], {}),
}


def faults_of(config: dict[str, Any]) -> list[str]:
    """Messages about the file itself; what its side files lack is not told by a schema."""
    try:
        eo.read_config(config)
    except InputError as error:
        return [fault.message for fault in error.faults]
    return []


def is_valid(config: Any) -> bool:
    return VALIDATOR.is_valid(config)


def at(path: list[Any], value: Any) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    return value


def keys_of_schema(path: list[Any]) -> set[str]:
    """The keys that the schema knows at a place."""
    node = SCHEMA
    for key in path:
        node = resolved(node)
        node = node["properties"].get(key) or node["additionalProperties"] if "properties" in node else node[
            "additionalProperties"
        ]  # fmt: skip
    return set(resolved(node)["properties"])


def resolved(node: Any) -> Any:
    """What a reference names; of several forms, the object."""
    while "$ref" in node:
        node = SCHEMA["$defs"][node["$ref"].rpartition("/")[2]]
    return next((resolved(form) for form in node["anyOf"] if "properties" in resolved(form)), node) if (
        "anyOf" in node and "properties" not in node
    ) else node  # fmt: skip


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", PLACES)
def test_reader_and_schema_know_the_same_keys(name: str) -> None:
    path, needed = PLACES[name]
    (message,) = [text for text in mends_of(at(path, {**needed, "zzzz": 1})) if text]
    assert not is_valid(at(path, {**needed, "zzzz": 1}))
    assert is_valid(at(path, {**needed, "_note": 1, "$ref_": []}))
    known = set(_config_file._KEYS) if name == "root" else set(re.split(", | and ", message))
    assert keys_of_schema(path) == known


def mends_of(config: dict[str, Any]) -> list[str]:
    """The known keys that faults of unknown ones list."""
    with pytest.raises(InputError) as caught:
        eo.read_config(config)
    found = [re.match(r"known keys: (.*?); a comment's", fault.mend) for fault in caught.value.faults]
    return [match[1] for match in found if match]


def plain(value: Any) -> Any:
    """Numbers as JSON has them."""
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or (isinstance(value, str | bool | int) and not isinstance(value, Number)):
        return value
    number = Decimal(str(value))
    return int(number) if number == number.to_integral() else float(number)


# --- random configurations, made of what the schema says -----------------------------


def made(rng: random.Random, node: Any, depth: int = 0) -> Any:
    """A random value that the schema allows."""
    node = node if "anyOf" not in node or "properties" in node else rng.choice(node["anyOf"])
    if "$ref" in node:
        return made(rng, SCHEMA["$defs"][node["$ref"].rpartition("/")[2]], depth)
    if "anyOf" in node and "properties" not in node:
        return made(rng, node, depth)
    if "const" in node:
        return node["const"]
    if "enum" in node:
        return rng.choice(node["enum"])
    kind = node["type"] if isinstance(node["type"], str) else rng.choice(node["type"])
    if kind == "null":
        return None
    if kind == "boolean":
        return rng.random() < 0.5
    if kind == "string":
        return rng.choice(["A", "b c", "Head", ";"])
    if kind == "integer":
        return min(max(rng.choice([0, 1, 3, -2, 7.0]), node.get("minimum", -9)), node.get("maximum", 9))
    if kind == "number":
        return rng.choice([0, 1, -2, 0.25, 7])
    if kind == "array":
        return [made(rng, node["items"], depth + 1) for _ in range(rng.randint(node.get("minItems", 0), 2))]
    properties = node.get("properties", {})
    names = rng.sample(sorted(properties), rng.randint(0, min(len(properties), 6)))
    found = {name: made(rng, properties[name], depth + 1) for name in [*names, *node.get("required", ())]}
    if isinstance(node.get("additionalProperties"), dict):
        found = {
            name: made(rng, node["additionalProperties"], depth + 1) for name in rng.sample(["Head", "A", "b c"], 2)
        }
    return found


#: What no schema can say, and the reader rightly refuses.
BEYOND = re.compile(
    "unknown body part|draws from itself|here twice|pieces must be there|no such file|unknown encoding"
    "|not available yet|name of another column|is the column that|is nearly|cannot be read|is a folder|in another form"
    "|beside a formula|is above max|beside front|is no objective|is the objective that|of several things"
)


def test_what_the_schema_allows_the_reader_takes() -> None:
    rng = random.Random(7)
    n_taken = 0
    for _ in range(1_500):
        config = made(rng, {key: SCHEMA[key] for key in ("type", "properties", "patternProperties")})
        if not is_valid(config):
            continue
        faults = [fault for fault in faults_of(config) if not BEYOND.search(fault)]
        assert faults == [], config
        n_taken += 1
    assert n_taken > 500


@pytest.mark.parametrize("wrong", [None, True, "x", 1.5, -7, 10**12, [], {}, [None], {"zz": 1}, " "], ids=repr)
def test_what_the_reader_takes_the_schema_allows(wrong: Any) -> None:
    """Anything at any place: where the reader has no fault, the schema has none; mostly both have one."""
    rng = random.Random(3)
    n_wrong = n_told = 0
    for _ in range(400):
        config = made(rng, {key: SCHEMA[key] for key in ("type", "properties", "patternProperties")})
        if not is_valid(config) or not config:
            continue
        put_somewhere(rng, config, wrong)
        valid = is_valid(config)
        if not faults_of(config):
            assert valid, config
        else:
            n_wrong += 1
            n_told += not valid
    assert n_told >= n_wrong // 3


def put_somewhere(rng: random.Random, config: dict[str, Any], value: Any) -> None:
    """Replace a member somewhere inside."""
    holder: Any = config
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = rng.choice(keys)
        if isinstance(holder[key], dict | list) and holder[key] and rng.random() < 0.8:
            holder = holder[key]
            continue
        holder[key] = value
        return


@pytest.mark.parametrize("seed", range(60))
def test_configurations_of_random_jobs_validate(seed: int) -> None:
    assert list(VALIDATOR.iter_errors(plain(random_case(seed).config))) == []


@pytest.mark.parametrize(
    "config",
    [
        {"limit": 0},
        {"limit": "5"},
        {"skills": {"A": {"values": []}}},
        {"skills": {"A": {"values": [1], "max": 2}}},
        {"counts": {"a": {"max": 1}}},
        {"counts": {"a": {"each": "Team"}}},
        {"counts": {"a": {"each": "Team", "max": 1, "min": 1}}},
        {"counts": {"a": {"same": "Team", "separator": ";"}}},
        {"weapon": {}, "files": {"weapons": "w.csv"}},
        {"body_parts": {}},
        {"body_parts": {"Head": {"decorations": "armor"}}},
        {"pin": {"Head": {}}},
        {"resistances": {"wind": {}}},
        {"over_max": "none"},
    ],
)
def test_what_is_plainly_wrong_is_wrong_for_both(config: dict[str, Any]) -> None:
    assert not is_valid(config)
    assert faults_of(config)


def test_a_config_may_name_its_schema(tmp_path: Any) -> None:
    assert faults_of({"$schema": "config.schema.json", "limit": 1}) == []
    assert is_valid({"$schema": "config.schema.json", "limit": 1})
