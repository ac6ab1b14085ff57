"""The rules of axe-core, run in the browser that shows a page."""

from importlib import resources

AXE = (resources.files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")


def findings(page):
    page.evaluate(AXE + "; 0")
    code = (
        "axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 120)).join(' | ')))"
    )
    return page.evaluate(code)
