"""Proposes, from the words of minutes or a speech, the sentences that look like duties.

Each proposal has the unit it seems to name, the day it seems to set, and a priority: a person
confirms, changes or strikes out every one of them; nothing is decided here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from guotu.core.cases.rules.due_words import Due, Walk, due_in

_TITLE_LENGTH = 60
_SENTENCE_END = re.compile(r"(?<=[。！？!?；;])|\n+")
_NUMBERING = re.compile(
    r"^\s*(?:[（(]?[一二三四五六七八九十百0-9]{1,3}[）)、.．]|第[一二三四五六七八九十]{1,3}[，、]"
    r"|[一二三四五六七八九十][是要]|[●•·\-—*])\s*"
)
# What a duty is said with; the stronger first. Words, not law: they only propose.
_DUTY = re.compile(
    "负责|牵头|务必|必须|要求|确保|限期|完成|落实|组织|开展|推进|整改|报送|上报|制定|建立|督促|抓紧"
    "|抓好|加快|配合|核实|查处|办理|解决|报告|研究提出|梳理|排查|公布|启动|编制|修订|提交|汇总|验收"
    "|拆除|整治|清理|处置|力争|做好|启用|移交|答复|反馈|不得|严禁"
)
# A sentence that tells of what was or was said: no duty.
_TOLD = re.compile(
    r"^(?:会议(?:听取|认为|指出|传达|学习|由|在)|出席|列席|参加|主持|同志(?:汇报|指出)|过去|去年)"
)
_URGENT = re.compile(r"特急|立即|马上|当[日天]|即刻|火速|第一时间")
_WEIGHTY = re.compile(r"务必|必须|确保|重点|重大|挂牌|不得|严禁|限期|头等|第一位")
_LEAD = re.compile(r"^(?:由|请|会议(?:要求|决定|明确|强调|议定)[，,：:]?|要求)+")


@dataclass(frozen=True)
class Proposal:
    """A sentence that looks like a duty, and what it seems to say.

    `unit` and `assisting` are names out of those handed in, "" and none where nobody is named;
    `due` is None where no day is named; `sure` says that it reads like a duty at all.
    """

    sentence: str
    title: str
    unit: str
    assisting: tuple[str, ...]
    due: Due | None
    priority: int
    sure: bool


def working_walk(day: date, count: int) -> date:
    """Return the day `count` weekdays after one; holidays are not known here, only weekends."""
    while count > 0:
        day += timedelta(1)
        count -= day.weekday() < 5
    return day


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text, without their numbering; a semicolon ends one too."""
    found = []
    for piece in _SENTENCE_END.split(text.replace("\r", "")):
        bare = piece.strip(" \t\u3000。；;")
        while (shorter := _NUMBERING.sub("", bare, count=1)) != bare:
            bare = shorter
        if len(bare) > 3:
            found.append(bare)
    return found


def proposals(
    text: str,
    said_on: date,
    units: Iterable[str],
    other_names: Mapping[str, str] | None = None,
    walk: Walk = working_walk,
) -> list[Proposal]:
    """Return a proposal for every sentence of a text, the unlikely ones marked as not sure.

    `units` are the names to look for, `other_names` short names and the unit each stands for.
    Raises nothing: a text without duties gives proposals that are none of them sure.
    """
    names = {**{name: name for name in units}, **(other_names or {})}
    # The longest name first, so that 国土所 of one town is not read as that of another.
    ordered = sorted(names, key=len, reverse=True)
    return [_proposal(one, said_on, ordered, names, walk) for one in sentences_of(text)]


def _proposal(
    sentence: str, said_on: date, ordered: list[str], names: Mapping[str, str], walk: Walk
) -> Proposal:
    due = due_in(sentence, said_on, walk)
    named = _named(sentence, ordered, names)
    owed = bool(_DUTY.search(sentence)) or (due is not None and bool(named))
    return Proposal(
        sentence=sentence,
        title=_title(sentence),
        unit=named[0] if named else "",
        assisting=tuple(named[1:]),
        due=due,
        priority=_priority(sentence),
        sure=owed and not _TOLD.match(sentence),
    )


def _named(sentence: str, ordered: list[str], names: Mapping[str, str]) -> list[str]:
    """Return the units a sentence names: who leads first, then in the order of the words."""
    left, places = sentence, []
    for name in ordered:
        at = left.find(name)
        while at >= 0:
            places.append((at, name))
            left = left[:at] + "\0" * len(name) + left[at + len(name) :]
            at = left.find(name)
    found: list[str] = []
    for _at, name in sorted(places, key=lambda one: _rank(sentence, one)):
        if names[name] not in found:
            found.append(names[name])
    return found


def _rank(sentence: str, place: tuple[int, str]) -> tuple[int, int]:
    at, name = place
    after = sentence[at + len(name) : at + len(name) + 3]
    before = sentence[max(0, at - 3) : at]
    leads = after.startswith(("牵头", "负责", "主办")) or before.endswith("由")
    helps = after.startswith(("配合", "协助", "协办")) or before.endswith(
        ("会同", "商", "和", "及")
    )
    return (0 if leads else 2 if helps else 1, at)


def _priority(sentence: str) -> int:
    if _URGENT.search(sentence):
        return 2
    return 1 if _WEIGHTY.search(sentence) else 0


def _title(sentence: str) -> str:
    bare = _LEAD.sub("", sentence)
    return bare if len(bare) <= _TITLE_LENGTH else f"{bare[: _TITLE_LENGTH - 1]}…"
