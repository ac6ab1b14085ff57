"""Pages for everybody: the rules of axe-core without findings, names for all controls, no request to anywhere."""

import pytest
from axe import findings
from page_jobs import full_example

STATES = {
    "as it opens": "0",
    "with a build": "document.querySelector('#rows button.open').click()",
    "with weights": "document.getElementById('weigh').click()",
    "with conditions": "(f => { f.value = 'Fury >= 4, not x'; f.dispatchEvent(new Event('input', {bubbles: true})); })"
    "(document.getElementById('find'))",
}


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, True)])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(page, state, width, dark):
    opened = page(full_example()[1], width=width, dark=dark)
    opened.evaluate(STATES[state])
    assert findings(opened) == []


def test_every_control_has_a_name(page):
    opened = page(full_example()[1])
    opened.click("#weigh")
    opened.click("#rows button.open")
    nodes = opened.call("Accessibility.getFullAXTree")["nodes"]
    controls = {"button", "textbox", "searchbox", "combobox", "slider", "spinbutton", "link"}
    named = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"] and node["role"]["value"] in controls
    ]
    assert len(named) > 20
    assert [role for role, name in named if not name.strip()] == []
