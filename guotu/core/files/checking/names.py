"""Judges the name that a stranger gave a file: it is shown and written on disks of others."""

import re
import unicodedata
from collections.abc import Callable

from guotu.core.files.checking.limits import Kind, kinds, table
from guotu.lib.refusal import Refusal

_RULE = "文件名只用文字、数字和常用符号，不含路径、控制符和改变书写方向的符号"
_REMEDY = "请改名后再交，如“项目申请书.pdf”"
_TURNING = frozenset("\u200b\u200c\u200d\u200e\u200f\u061c\ufeff") | frozenset(
    chr(code) for code in (*range(0x202A, 0x202F), *range(0x2060, 0x206A))
)
_CONTROLS = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)

_FAULTS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("文件没有名字", lambda name: not name.strip(". ")),
    ("文件名中有空字符", lambda name: "\x00" in name),
    (
        "文件名中有看不见的或改变书写方向的符号，会让人看错扩展名",
        lambda name: any(sign in _TURNING for sign in name),
    ),
    (
        "文件名中有控制符",
        lambda name: any(unicodedata.category(sign) in _CONTROLS for sign in name),
    ),
    ("文件名中有路径", lambda name: bool(re.search(r"[/\\]", name)) or name.startswith(".")),
    (
        "文件名中有不能用的符号",
        lambda name: bool(re.search(r'[:<>"|?*]|^\s|[\s.]$', name)),
    ),
    ("文件名是系统保留的设备名", lambda name: bool(_DEVICES.fullmatch(name))),
)


def check_name(name: str) -> None:
    """Refuse a name that lies about the file or could reach past its folder. Raises Refusal."""
    shown = "".join(sign if sign.isprintable() else "�" for sign in name)[:80]
    for what, is_so in _FAULTS:
        if is_so(name):
            raise Refusal(what, where=shown, rule=_RULE, remedy=_REMEDY)
    most = table()["name_characters"]
    if len(name) > most or len(name.encode()) > 255:
        raise Refusal("文件名太长", where=shown, rule=f"最多 {most} 个字", remedy=_REMEDY)


def check_extension(name: str, kind: Kind) -> None:
    """Refuse a name whose extension is not one of the kind's, or hides another. Raises Refusal."""
    parts = [part.strip().lower() for part in name.split(".")[1:]]
    running = [part for part in parts if part in table()["running_extensions"]]
    if running:
        raise Refusal(
            f"文件名带有程序或网页的扩展名“.{running[0]}”",
            where=name,
            rule="程序、脚本、网页和带宏的文件不收",
            remedy=_REMEDY,
        )
    if not parts or parts[-1] not in kind.extensions:
        named = f"是“.{parts[-1]}”" if parts else "没有扩展名"
        raise Refusal(
            f"文件名与内容不符：内容是{kind.title}，文件名{named}",
            where=name,
            rule=f"{kind.title}的扩展名是{'、'.join('.' + one for one in kind.extensions)}",
            remedy="请核对是否选错了文件；若只是名字不对，改正扩展名后再交",
        )


def check_inner_name(inner: str, where: str) -> None:
    """Refuse a file inside an archive whose extension is a program's. Raises Refusal."""
    last = inner.rsplit("/", 1)[-1].lower().rsplit(".", 1)
    if len(last) == 2 and last[1] in table()["running_extensions"]:
        raise Refusal(
            f"压缩包内有程序、脚本或网页（.{last[1]}）",
            where=where,
            rule="程序、脚本、网页和带宏的文件不收",
            remedy="请去掉后重新压缩",
        )


def named_kinds() -> str:
    """Return the kinds that are taken in, for a reader."""
    return "、".join(dict.fromkeys(kind.title for kind in kinds().values()))
