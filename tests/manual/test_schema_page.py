"""Keys of a schema as tables: every key has a row, and what may stand there is said in words."""

from equipment_optimizer.manual.schema_page import schema_page, schema_text

SCHEMA = {
    "properties": {
        "limit": {"type": "integer", "description": "How many."},
        "mode": {"enum": ["cap", "penalty"], "description": "What | counts."},
        "slots": {
            "type": "object",
            "description": "Free slots.",
            "properties": {"one": {"type": "number", "description": "Of level 1."}},
        },
        "skills": {"type": "object", "additionalProperties": {"$ref": "#/$defs/skill"}, "description": "Listed."},
        "exclude": {"$ref": "#/$defs/names", "description": "Never."},
        "levels": {"type": "array", "items": {"type": ["integer", "null"]}},
    },
    "$defs": {
        "names": {"type": "string"},
        "skill": {
            "anyOf": [
                {"type": "number"},
                {"type": "object", "properties": {"max": {"anyOf": [{"type": "null"}, {"type": "integer"}]}}},
            ]
        },
    },
}


def test_every_key_has_a_row_with_its_kind_in_words():
    lines = schema_page(SCHEMA, {"skill": "A skill"}).splitlines()
    assert "| `limit` | whole number | How many. |" in lines
    assert '| `mode` | `"cap"` or `"penalty"` | What \\| counts. |' in lines
    assert "| `slots.one` | number | Of level 1. |" in lines
    assert "| `skills` | for each name: [a skill](#a-skill) | Listed. |" in lines
    assert "| `exclude` | text, or a list of texts | Never. |" in lines
    assert "| `levels` | list of: whole number or null |  |" in lines
    assert lines[lines.index("## A skill") + 4] == "| `max` | null, or whole number |  |"


def test_the_text_for_a_terminal_says_the_same_without_marks():
    lines = schema_text(SCHEMA, {"skill": "A skill"}, width=30).splitlines()
    assert "skills: for each name: a skill" in lines
    assert lines[lines.index('mode: "cap" or "penalty"') + 1] == "    What | counts."
    assert lines[lines.index("A skill:") + 2] == "max: null, or whole number"
    assert max(map(len, lines)) <= 30
