"""The export and its outside verifier: sound as it is, refused once a byte is another."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from guotu.core.journal import chaining, signing
from guotu.core.journal.exporting import export
from guotu.core.journal.rules import canonical

ROOT = Path(__file__).resolve().parents[3]
VERIFIER = ROOT / "tools" / "verify_journal.py"


def verified(*paths):
    command = [sys.executable, "-I", VERIFIER, *paths]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout.strip()


@pytest.fixture
def exported(noted, tmp_path):
    """Give an export of six acts, and a head kept after three of them."""
    noted(3, reason="欧阳申请")
    (tmp_path / "kept.json").write_bytes(canonical(signing.facts_of(signing.checkpoint())))
    noted(3, start=3)
    export(tmp_path / "journal.jsonl")
    return tmp_path / "journal.jsonl"


def test_a_sound_export_verifies_and_holds_no_reason(exported, tmp_path):
    root = chaining.head().root.hex()
    assert verified(exported) == (0, root)
    assert verified(exported, tmp_path / "kept.json") == (0, root)
    assert verified(exported, exported) == (0, root)
    assert "欧阳" not in exported.read_text()


def test_the_verifier_is_short_and_alone():
    source = VERIFIER.read_text()
    assert len(source.splitlines()) < 300
    imported = {
        line.split()[1] for line in source.splitlines() if line.startswith(("import ", "from "))
    }
    assert imported <= set(sys.stdlib_module_names)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"subject":"note:第2件"', '"subject":"note:第9件"', "第 2 条不对：内容与根不符"),
        ('"sequence":4', '"sequence":5', "第 4 条不对：编号是 5"),
        ('"actor":null,', '"actor":null, ', "第 0 条不对：这一行不是规范写法"),
        ('{"end"', '{"END"', "第 6 条不对"),
    ],
)
def test_a_changed_byte_is_refused(exported, old, new, said):
    text = exported.read_text()
    assert old in text
    exported.write_text(text.replace(old, new, 1))
    status, told = verified(exported)
    assert status == 1
    assert said in told


def test_what_was_cut_off_or_begun_anew_is_refused(exported, tmp_path, noted):
    lines = exported.read_bytes().splitlines(keepends=True)
    exported.write_bytes(b"".join(lines[:-2]))
    assert verified(exported)[0] == 1
    exported.write_bytes(b"".join(lines))
    later = json.loads((tmp_path / "kept.json").read_bytes()) | {"size": 7}
    (tmp_path / "kept.json").write_bytes(canonical(later))
    assert verified(exported, tmp_path / "kept.json") == (
        1,
        "第 6 条不对：先前已有 7 条，后面被截去",
    )
    (tmp_path / "kept.json").write_bytes(canonical(later | {"key": "0" * 64}))
    assert "不是同一把签名钥匙" in verified(exported, tmp_path / "kept.json")[1]


def test_wrong_use_is_neither(tmp_path):
    assert verified()[0] == 2
    assert verified(tmp_path / "none")[0] == 2
