"""What an official document says, before it has a page; and what it must say."""

import re
from dataclasses import dataclass
from datetime import date

from guotu.lib.gongwen.kinds import FORM_OF, FORMS, KINDS, PUBLIC, UPWARD
from guotu.lib.refusal import Refusal

_ARTICLE = "《党政机关公文处理工作条例》第九条"
_CODE = re.compile(r".+〔[0-9]{4}〕[1-9][0-9]*号")
_ORDER_CODE = re.compile(r"第[1-9][0-9]*号")
_CLASSIFIED = re.compile(r"(绝密|机密|秘密)(★.+)?")
_URGENT = ("", "特急", "加急")

# The levels of structure (GB/T 9704-2012, 7.3.3) and the font of their headings.
LEVELS = (
    (re.compile(r"[一二三四五六七八九十百]+、"), "black"),
    (re.compile(r"（[一二三四五六七八九十百]+）"), "regular"),
    (re.compile(r"[0-9]+[.．]"), "body"),
    (re.compile(r"（[0-9]+）"), "body"),
)


@dataclass(frozen=True)
class Enclosure:
    """A paper that goes with the document (附件): its title, and its words where it has any."""

    title: str
    body: str = ""


@dataclass(frozen=True)
class Paper:
    """An official document's parts, as 条例 art. 9 names them.

    `head` is the red head (发文机关标志), `organ` who signs (署名), `code` the number in full,
    `signer` who signed it off (upward kinds and orders; `signer_title` the office), `copies_to`
    抄送, `printer` and `printed` the office and day of printing, `classification` for example
    秘密★1年, `mark` a line on every page (a fictional county's). `body` has one paragraph a line;
    `title` breaks where it has newlines.
    `form` is one of `FORMS`, empty for the one of its kind; `present`, `excused` and `observing`
    are minutes' people, each as unit and name.
    """

    head: str
    organ: str
    code: str
    kind: str
    title: str
    body: str
    dated: date
    addressees: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    note: str = ""
    signer: str = ""
    copies_to: tuple[str, ...] = ()
    printer: str = ""
    printed: date | None = None
    copy_number: int | None = None
    classification: str = ""
    urgency: str = ""
    sealed: bool = True
    mark: str = ""
    form: str = ""
    signer_title: str = ""
    present: tuple[str, ...] = ()
    excused: tuple[str, ...] = ()
    observing: tuple[str, ...] = ()

    @property
    def form_used(self) -> str:
        """Return the form it goes out in (GB/T 9704-2012, 10)."""
        return self.form or FORM_OF.get(self.kind, "general")


def date_in_words(day: date) -> str:
    """Return a day in full, in Arabic digits without leading zeros (GB/T 9704-2012, 7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日"


def check_paper(paper: Paper) -> None:
    """Refuse a document that lacks what the regulation asks of it. Raises Refusal."""
    if paper.kind not in KINDS:
        raise _lacking(f"没有“{paper.kind}”这个文种", "第八条", f"文种用：{'、'.join(KINDS)}")
    for word, name in (
        (paper.head, "发文机关标志"),
        (paper.organ, "发文机关署名"),
        (paper.title, "标题"),
        (paper.body, "正文"),
    ):
        if not word.strip():
            raise _lacking(f"公文缺少{name}", "第九条", f"写明{name}后再发")
    ordered = paper.form_used == "order" and _ORDER_CODE.fullmatch(paper.code)
    if not ordered and not _CODE.fullmatch(paper.code):
        remedy = "写成 自然资发〔2026〕1号 的样子：年份用全称和六角括号，号前不加“第”，不编虚位"
        raise Refusal("发文字号写得不对", paper.code, f"{_ARTICLE}；GB/T 9704-2012", remedy)
    _check_by_kind(paper)
    _check_form(paper)
    _check_class(paper)


def _check_by_kind(paper: Paper) -> None:
    if paper.kind not in PUBLIC and not any(one.strip() for one in paper.addressees):
        raise _lacking(f"“{paper.kind}”缺少主送机关", "第九条", "写明主送机关后再发")
    if paper.kind in UPWARD and not paper.signer.strip():
        raise _lacking(f"上行文“{paper.kind}”缺少签发人", "第九条", "写明签发人姓名后再发")


def _check_form(paper: Paper) -> None:
    """Refuse a special form where it does not belong, or that lacks what it must say."""
    form, own = paper.form_used, FORM_OF.get(paper.kind)
    if form not in FORMS or (form in ("order", "minutes") and form != own):
        raise _malformed(f"“{paper.kind}”没有这种格式", "10", f"格式用：{'、'.join(FORMS)}")
    if form == "letter" and paper.kind in UPWARD:
        raise _malformed(f"上行文“{paper.kind}”不用信函格式", "10.1", "用一般格式")
    for at, wrong, what, clause, remedy in (
        (
            "order",
            not paper.head.endswith("令"),
            "命令的发文机关标志不以“命令”或“令”结尾",
            "10.2",
            "如“云溪县人民政府令”",
        ),
        (
            "order",
            not (paper.signer.strip() and paper.signer_title.strip()),
            "命令缺少签发人的职务或姓名",
            "10.2",
            "写明签发人职务和姓名后再发",
        ),
        (
            "minutes",
            not paper.head.endswith("纪要"),
            "纪要的标志不以“纪要”结尾",
            "10.3",
            "如“云溪县自然资源局会议纪要”",
        ),
        (
            "minutes",
            not paper.present,
            "纪要缺少出席人员",
            "10.3",
            "写明出席人员的单位和姓名后再发",
        ),
    ):
        if form == at and wrong:
            raise _malformed(what, clause, remedy)


def _malformed(what: str, clause: str, remedy: str) -> Refusal:
    return Refusal(what, rule=f"GB/T 9704-2012《党政机关公文格式》{clause}", remedy=remedy)


def _check_class(paper: Paper) -> None:
    if paper.urgency not in _URGENT:
        raise _lacking("紧急程度写得不对", "第九条", "写“特急”或“加急”，不急的不写")
    if paper.classification and not _CLASSIFIED.fullmatch(paper.classification):
        raise _lacking("密级写得不对", "第九条", "写成 秘密★1年 的样子")
    if paper.classification and not paper.copy_number:
        raise _lacking("涉密公文缺少份号", "第九条", "写明份号后再发")


def _lacking(what: str, article: str, remedy: str) -> Refusal:
    return Refusal(what, rule=f"《党政机关公文处理工作条例》{article}", remedy=remedy)


def split_heading(text: str) -> tuple[str, str, str]:
    """Return (heading, rest, font) of a paragraph; a heading ends at its first full stop."""
    for pattern, font in LEVELS:
        if pattern.match(text):
            end = text.find("。")
            if font == "body":
                return text, "", font
            return (text, "", font) if end < 0 else (text[: end + 1], text[end + 1 :], font)
    return "", text, "body"


def width_of(text: str) -> float:
    """Return how wide a text is in characters of the body: Latin letters and digits count half."""
    return sum(0.5 if ord(sign) < 0x2000 else 1.0 for sign in text)


def signature_indents(organ: str, day: str, characters: int, sealed: bool) -> tuple[float, float]:
    """Return how far organ and date stand from the right edge, in characters (7.3.5).

    Under a seal the date stands four in and the organ is centred over it; without one the organ
    stands two in and the date begins two after it, or, being longer, stands two in itself.
    """
    wide, long = width_of(organ), width_of(day)
    if sealed:
        centre = 4 + long / 2
        # A name wider than there is room for is held at the edge, and the date follows it.
        centre = min(max(centre, wide / 2), characters - long / 2)
        return centre - wide / 2, centre - long / 2
    after = 2 + wide - 2 - long
    return (2.0, after) if after >= 2 else (2 + long + 2 - wide, 2.0)
