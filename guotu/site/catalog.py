"""Translations: compiles the committed .po files, and hands scripts the words that they use.

The source language is simplified Chinese: a msgid is the Chinese sentence itself. Newcomers need
no gettext programs: polib writes the .mo files.
"""

import contextlib
import os
from functools import lru_cache
from pathlib import Path

import polib

LOCALE = Path(__file__).parent / "locale"
FOLDERS = {"en": "en", "zh-hant": "zh_Hant"}


def path_of(language: str) -> Path:
    """Return the .po file of a language (`en` or `zh-hant`)."""
    return LOCALE / FOLDERS[language] / "LC_MESSAGES" / "django.po"


def compile_catalogs() -> list[Path]:
    """Write each .mo that is missing or older than its .po; return those written."""
    written = []
    for language in FOLDERS:
        source = path_of(language)
        target = source.with_suffix(".mo")
        if not source.exists():
            continue
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        passing = target.with_name(f".{target.name}.{os.getpid()}")
        # A folder that may not be written leaves the pages in Chinese, and nothing else amiss.
        with contextlib.suppress(PermissionError):
            polib.pofile(str(source)).save_as_mofile(str(passing))
            passing.replace(target)
            written.append(target)
    return written


@lru_cache(maxsize=8)
def _script_words(path: str, stamp: float) -> dict[str, str]:
    return {
        entry.msgid: entry.msgstr
        for entry in polib.pofile(path)
        if entry.msgstr and any(where.endswith(".js") for where, _ in entry.occurrences)
    }


def script_words(language: str) -> dict[str, str]:
    """Return msgid -> translation for what the scripts say; empty for the source language."""
    if language not in FOLDERS or not path_of(language).exists():
        return {}
    source = path_of(language)
    return _script_words(str(source), source.stat().st_mtime)
