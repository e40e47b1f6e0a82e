"""Every sentence is in three languages, and none is said past the catalog."""

import re

import polib
import pytest

from guotu.site import messages
from guotu.site.catalog import FOLDERS, compile_catalogs, path_of, script_words


@pytest.mark.parametrize("language", list(FOLDERS))
def test_every_message_is_translated(language):
    assert messages.missing(language) == []


@pytest.mark.parametrize("language", list(FOLDERS))
def test_no_message_is_kept_that_nobody_says(language):
    said = messages.messages()
    kept = [entry.msgid for entry in polib.pofile(str(path_of(language)))]
    assert [msgid for msgid in kept if msgid not in said] == []


def test_no_page_and_no_script_says_chinese_past_the_catalog():
    assert messages.bare_words() == []


@pytest.mark.parametrize("language", list(FOLDERS))
def test_translations_keep_their_blanks(language):
    for entry in polib.pofile(str(path_of(language))):
        wanted = sorted(re.findall(r"\{\w+\}|%\(\w+\)s", entry.msgid))
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            if text:
                assert sorted(re.findall(r"\{\w+\}|%\(\w+\)s", text)) == wanted, entry.msgid


def test_english_has_no_chinese_in_it_and_the_other_way_round():
    for entry in polib.pofile(str(path_of("en"))):
        assert not messages.CHINESE.search(entry.msgstr), entry.msgid


def test_scripts_get_their_words_and_only_those():
    words = script_words("en")
    assert words["量面积"] == "Measure area"
    assert "登录" not in words
    assert script_words("zh-hans") == {}


def test_catalogs_are_compiled_once():
    compile_catalogs()
    assert compile_catalogs() == []


@pytest.mark.parametrize(
    ("language", "heading"), [("zh-hans", "登录"), ("zh-hant", "登入"), ("en", "Sign in")]
)
def test_the_reader_chooses_the_language(stranger, language, heading):
    answer = stranger.post("/language/", {"language": language, "next": "/sign-in/"})
    assert answer.status_code == 302
    page = stranger.get("/sign-in/").content.decode()
    assert f"<h1>{heading}</h1>" in page
    assert f'<html lang="{language}">' in page


def test_chinese_is_what_a_reader_gets_who_did_not_choose(stranger):
    assert "<h1>登录</h1>" in stranger.get("/sign-in/", HTTP_ACCEPT_LANGUAGE="fr").content.decode()
