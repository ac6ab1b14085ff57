"""The pages of the documentation do what they say: commands run, configs are read, links lead somewhere.

Marks on the line before a block: ``not run``, ``printed`` (the commands above print each of these lines),
``head: FILE`` (a file that they leave holds this), ``file: FILE`` (the file is this), ``talismans: LINE``
(a file that they need), ``not a config``, ``needs files``.
"""

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from markdown_pages import DOCS, PAGES, ROOT, anchors_of, blocks_of, links_of

import equipment_optimizer as eo
from equipment_optimizer.commands import COMMANDS
from equipment_optimizer.errors import MEANING_OF_EXITS
from equipment_optimizer.importers import Importer

_spec = importlib.util.spec_from_file_location("docs_hooks", DOCS / "hooks.py")
hooks = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(hooks)

#: What a snippet of a config is put beside.
BASE = {
    "decorations": {"deco_1": 0, "deco_2": 0, "deco_3": 0, "deco_4": 0, "num_decos": 0},
    "skills": {},
    "defence": 0,
    "limit": 1,
    "unlisted_skill_weight": 0,
}

SOURCE = {name: (DOCS / name).read_text(encoding="utf-8") for name in PAGES}
SITE = {name: hooks.on_page_markdown(text) for name, text in SOURCE.items()}
README = (ROOT / "README.md").read_text(encoding="utf-8")
NAVIGATION = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:\n")[1]


def pages_with(language):
    return [name for name in PAGES if any(block.language == language for block in blocks_of(SOURCE[name]))]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A copy of what a reader has, with programs of this interpreter on the path."""
    shutil.copy(ROOT / "main.py", tmp_path)
    for name in ("example_data", "docs/data"):
        shutil.copytree(ROOT / name, tmp_path / name)
    programs = tmp_path / ".programs"
    programs.mkdir()
    lines = {
        "equipment-optimizer": f'exec {shlex.quote(sys.executable)} -m equipment_optimizer "$@"',
        "python": f'exec {shlex.quote(sys.executable)} "$@"',
    }
    lines["python3"] = lines["python"]
    for name, line in lines.items():
        (programs / name).write_text(f"#!/bin/sh\n{line}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def run_commands(folder, blocks):
    """What the commands of a page print, run as one script."""
    script = "".join(block.text for block in blocks if block.language == "sh" and block.mark != "not run")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script + '\npwd > "$HERE"'],
        cwd=folder,
        env={**os.environ, "HERE": str(folder / ".here")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.parametrize("name", pages_with("sh"))
def test_the_commands_of_a_page_run_and_print_what_it_shows(name, checkout):
    blocks = list(blocks_of(SOURCE[name]))
    for block in blocks:
        if block.mark == "talismans":
            (checkout / "talismans.txt").write_text(block.value + "\n")
    printed = run_commands(checkout, blocks)
    left = (checkout / ".here").read_text().strip()
    for block in blocks:
        if block.mark == "printed":
            assert [line for line in block.text.splitlines() if line not in printed] == []
        elif block.mark == "head":
            with open(os.path.join(left, block.value), encoding="utf-8") as file:
                assert block.text in file.read()
        elif block.mark == "file":
            assert block.text == (ROOT / block.value).read_text(encoding="utf-8")


CONFIGS = [
    (name, block.text)
    for name in PAGES
    for block in blocks_of(SOURCE[name])
    if block.language == "json" and block.mark not in ("not a config", "needs files")
]


@pytest.mark.parametrize(("name", "text"), CONFIGS, ids=[name for name, _ in CONFIGS])
def test_a_config_of_a_page_is_read_without_a_notice(name, text):
    _, notices = eo.read_config({**BASE, **json.loads(text)})
    assert notices == ()


@pytest.mark.parametrize("name", pages_with("python"))
def test_the_code_of_a_page_runs(name, checkout, monkeypatch):
    monkeypatch.chdir(checkout)
    names = {"func": abs, "data": range(-50, 50)}  # what the page of the sampler is about
    for block in blocks_of(SOURCE[name]):
        if block.language == "python" and block.mark != "not run":
            exec(compile(block.text, name, "exec"), names)


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_pages_and_places_of_them(name):
    for link in links_of(SITE[name]):
        if re.match(r"https?:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (DOCS / name).parent / path if path else DOCS / name
        assert target.exists(), link
        page = target.resolve().relative_to(DOCS).as_posix()
        if anchor:
            assert anchor in set(anchors_of(SITE[page])), link


def test_links_of_the_readme_lead_to_files():
    links = [link for link in links_of(README) if not re.match(r"https?:", link)]
    assert len(links) > 10
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_page_is_in_the_navigation_and_no_other():
    assert sorted(re.findall(r": ([\w/-]+\.(?:md|ipynb))$", NAVIGATION, re.M)) == [
        name for name in PAGES if not name.startswith("data/")
    ]


def test_nothing_is_fetched_from_anywhere():
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert re.search(r"^  font: false$", settings, re.M)
    assert re.search(r"^strict: true$", settings, re.M)
    assert not re.search(r"extra_(javascript|css):.*https?:", settings, re.S)


def test_every_windows_line_is_the_other_line():
    for command in re.findall(r"```sh\n(python3 -m venv .*)\n```", README):
        windows = command.replace("python3 -m venv", "py -m venv").replace(".venv/bin/", ".venv\\Scripts\\")
        windows = re.sub(r"example_data/(\S+)", r"example_data\\\1", windows)
        assert f"```bat\n{windows}\n```" in README


def test_the_reference_of_commands_is_made_of_their_parsers():
    page = SITE["reference/commands.md"]
    assert [command for command in COMMANDS if f"\n## {command}\n" not in page] == []
    codes = page.split("## Exit codes")[1].split("\n## ")[0]
    assert re.findall(r"^\| (\d) \|", codes, re.M) == [str(code) for code in sorted(MEANING_OF_EXITS)]


def test_every_public_name_is_in_the_reference_of_python():
    listed = re.findall(r"^::: equipment_optimizer\.(\w+)$", SOURCE["reference/python.md"], re.M)
    assert sorted(listed) == sorted(set(eo.__all__) - {"__version__"})


def test_the_importer_that_is_shown_works(tmp_path):
    spec = importlib.util.spec_from_file_location("mygame", DOCS / "data" / "mygame.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    blocks = list(blocks_of(SOURCE["reference/importers.md"]))
    (gear,) = [block.text for block in blocks if block.language == "json" and "gems" in block.text]
    (tmp_path / "gear.json").write_text(gear)
    files, notices = module.mygame_files(str(tmp_path / "gear.json"))
    assert files["equipment.csv"].splitlines()[1].startswith("Iron Cap,Head,12,1,1,0,0,Rage,2,")
    assert notices == ()
    (entry,) = [block.text for block in blocks if block.text.startswith('"mygame": Importer(')]
    shown = eval(f"{{{entry}}}", {"Importer": Importer})["mygame"]
    assert shown.function == "mygame_files"
    (tmp_path / "gear.json").write_text(gear.replace("skull", "elbow"))
    with pytest.raises(eo.EquipmentOptimizerError, match=r"an unknown place \[\$\[0\]\.where\]"):
        module.mygame_files(str(tmp_path / "gear.json"))


def test_a_section_that_is_included_must_be_there():
    with pytest.raises(ValueError, match=r"ARCHITECTURE\.md has no section 'Nothing'"):
        hooks.on_page_markdown("<!-- include: ARCHITECTURE.md#Nothing -->")
