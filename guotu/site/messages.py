"""Finds every sentence that pages and scripts say, and keeps the .po files in step with them.

`python -m guotu.site.messages` adds what is new, drops what is gone, and prints what still wants a
translation. The source language is Chinese: a msgid is the sentence itself.
"""

import ast
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polib

from guotu.site.catalog import FOLDERS, path_of

SOURCE = Path(__file__).resolve().parents[1]
CHINESE = re.compile(r"[\u3400-\u9fff]")
_CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
_SCRIPT_CALL = re.compile(r"""\bt\(\s*"((?:[^"\\]|\\.)*)"\s*[,)]""")
_SCRIPT_COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)
# Names of languages are said in the language itself.
_OWN_NAMES = ("简体", "繁體")


@dataclass
class Said:
    """One message: `plural` where it has one, and the files that say it."""

    msgid: str
    plural: str = ""
    places: list[str] = field(default_factory=list)


def templates() -> list[Path]:
    """Return every template of the project."""
    return sorted(SOURCE.rglob("templates/**/*.html"))


def scripts() -> list[Path]:
    """Return every script of the project."""
    return sorted((SOURCE / "site" / "static" / "js").glob("*.js"))


def sources() -> list[Path]:
    """Return every Python file that may speak to a reader of pages."""
    return sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)


def messages() -> dict[str, Said]:
    """Return every message by msgid."""
    found: dict[str, Said] = {}
    readers = [(templates(), _of_template), (scripts(), _of_script), (sources(), _of_source)]
    for paths, read in readers:
        for path in paths:
            for msgid, plural in read(path):
                said = found.setdefault(msgid, Said(msgid, plural))
                place = path.relative_to(SOURCE).as_posix()
                if place not in said.places:
                    said.places.append(place)
    return found


def _nodes(path: Path) -> list[object]:
    from django.template.base import Node, Template
    from django.template.engine import Engine

    compiled = Template(path.read_text("utf-8"), engine=Engine.get_default())
    return list(compiled.nodelist.get_nodes_by_type(Node))


def _of_template(path: Path) -> Iterator[tuple[str, str]]:
    from django.templatetags.i18n import BlockTranslateNode, TranslateNode

    for node in _nodes(path):
        if isinstance(node, TranslateNode):
            literal = node.filter_expression.var
            yield str(getattr(literal, "literal", literal)), ""
        elif isinstance(node, BlockTranslateNode):
            singular, _ = node.render_token_list(node.singular)
            plural, _ = node.render_token_list(node.plural) if node.plural else ("", [])
            yield singular, plural


def _of_script(path: Path) -> Iterator[tuple[str, str]]:
    for found in _SCRIPT_CALL.finditer(_SCRIPT_COMMENT.sub("", path.read_text("utf-8"))):
        yield found.group(1), ""


def _of_source(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        words = [arg.value for arg in node.args[:2] if isinstance(arg, ast.Constant)]
        if name in _CALLS and words and isinstance(words[0], str) and CHINESE.search(words[0]):
            yield words[0], str(words[1]) if name.startswith("ngettext") else ""


def bare_words() -> list[str]:
    """Return Chinese that a template or a script says without handing it to the catalog."""
    from django.template.base import TextNode

    found = []
    for path in templates():
        texts = [node.s for node in _nodes(path) if isinstance(node, TextNode)]
        found += [f"{path.name}: {line}" for text in texts for line in _chinese_lines(text)]
    for path in scripts():
        text = _SCRIPT_CALL.sub("", _SCRIPT_COMMENT.sub("", path.read_text("utf-8")))
        found += [f"{path.name}: {line}" for line in _chinese_lines(text)]
    return found


def _chinese_lines(text: str) -> list[str]:
    for name in _OWN_NAMES:
        text = text.replace(name, "")
    return [line.strip() for line in text.splitlines() if CHINESE.search(line)]


def missing(language: str) -> list[str]:
    """Return the msgids that have no translation in a language (`en`, `zh-hant`)."""
    kept = {entry.msgid: entry for entry in polib.pofile(str(path_of(language)))}
    return [
        said.msgid
        for said in messages().values()
        if said.msgid not in kept or not kept[said.msgid].translated()
    ]


def update(language: str) -> None:
    """Bring a .po file in step with the messages; what was translated stays so."""
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    earlier = {entry.msgid: entry for entry in polib.pofile(str(path))} if path.exists() else {}
    catalog = polib.POFile(wrapwidth=100)
    catalog.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": FOLDERS[language],
        "Plural-Forms": "nplurals=1; plural=0;"
        if language != "en"
        else "nplurals=2; plural=(n != 1);",
    }
    for said in sorted(messages().values(), key=lambda one: one.msgid):
        entry = earlier.get(said.msgid) or polib.POEntry(msgid=said.msgid)
        if said.plural:
            entry.msgid_plural = said.plural
        entry.occurrences = [(place, "") for place in said.places]
        catalog.append(entry)
    catalog.save(str(path))


def main() -> int:
    """Update both catalogs and print what is missing."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guotu.site.settings")
    django.setup()
    left = 0
    for language in FOLDERS:
        update(language)
        for msgid in missing(language):
            left += 1
            sys.stdout.write(f"{language}: {msgid}\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
