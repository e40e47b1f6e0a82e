"""Documents keep pace with the code: the glossary, the READMEs, the commands, the registries."""

import re

import pytest
from django.apps import apps

from guotu.site.cli.main import VERBS
from tests.tidy.test_limits import ROOT, tracked

GLOSSARY = (ROOT / "docs" / "reference" / "glossary.md").read_text()
README = (ROOT / "README.md").read_text()
FOLDERS = sorted(
    {
        path.parent
        for path in tracked("models.py", "rules.py")
        if path.relative_to(ROOT).parts[0] == "guotu"
    }
    | {ROOT / "guotu" / "lib" / "geo"}
)


@pytest.mark.parametrize(
    "model", [m.__name__ for m in apps.get_models() if m.__module__.startswith("guotu.")]
)
def test_every_model_is_in_the_glossary(model: str) -> None:
    assert re.search(rf"\b{model}\b", GLOSSARY)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_every_folder_says_what_it_is_for(folder) -> None:  # type: ignore[no-untyped-def]
    assert (folder / "README.md").exists()


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_command_is_in_the_readme(verb: str) -> None:
    assert f"guotu {verb}" in README


def test_no_lock_or_setting_names_a_registry() -> None:
    named = re.compile(r'"resolved": *"https?:|index-url|registry *= *"?https?:|--find-links')
    files = tracked(".json", ".toml", ".lock", ".txt", ".npmrc")
    assert [str(path) for path in files if named.search(path.read_text(errors="replace"))] == []


def test_pictures_of_the_readme_exist() -> None:
    for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README):
        assert (ROOT / picture).exists(), picture
