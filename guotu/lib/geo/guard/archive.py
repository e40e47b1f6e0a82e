"""Look through a zip before one byte of it is unpacked, then unpack no more than was promised."""

import stat
import zipfile
from pathlib import Path, PurePosixPath

from guotu.lib.geo.guard.limits import Limits
from guotu.lib.refusal import Refusal

_CHUNK_BYTES = 1 << 20
_NESTED = (".zip", ".kmz", ".rar", ".7z", ".gz", ".tar", ".tgz", ".bz2", ".xz")
_ENCRYPTED = 0x1
_SMALL_BYTES = 1_000_000


def unpack(path: Path, folder: Path, limits: Limits, name: str) -> list[Path]:
    """Check every entry of the zip at `path`, unpack all into `folder`, return the files.

    Refuses: too many entries, too large, too dense (a bomb), overlapping or nested archives,
    names that climb out of the folder, links, encrypted entries, damage.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_whole(entries, path.stat().st_size, limits, name)
            return [
                _extract(archive, entry, folder / _safe_name(entry, name), name)
                for entry in entries
                if not entry.is_dir() and not _is_clutter(entry)
            ]
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError) as error:
        raise Refusal(
            "压缩包已损坏或用了不认识的压缩方法", name, remedy="请重新压缩为 zip"
        ) from error
    except (EOFError, OSError, ValueError, RuntimeError) as error:
        raise Refusal("压缩包无法解开", name, remedy="请重新压缩为 zip") from error


def _check_whole(entries: list[zipfile.ZipInfo], size: int, limits: Limits, name: str) -> None:
    if not entries:
        raise Refusal("压缩包是空的", name, remedy="请重新压缩后再试")
    if len(entries) > limits.max_zip_entries:
        raise Refusal(
            f"压缩包内的文件太多（{len(entries):,} 个）",
            name,
            rule=f"最多 {limits.max_zip_entries:,} 个",
            remedy="请只压缩图形文件",
        )
    for entry in entries:
        _check_entry(entry, name)
    total = sum(entry.file_size for entry in entries)
    if total > limits.max_unzipped_bytes:
        raise _bomb(f"解开后有 {total / 1e6:,.0f} MB", name, limits)
    if total > _SMALL_BYTES and total > size * limits.max_unzipped_ratio:
        raise _bomb(f"解开后是原来的 {total / max(size, 1):,.0f} 倍", name, limits)
    if sum(entry.compress_size for entry in entries) > size:
        raise Refusal("压缩包内的文件互相重叠，疑似恶意文件", name, remedy="请重新压缩后再试")


def _check_entry(entry: zipfile.ZipInfo, name: str) -> None:
    where = f"{name} 内的 {entry.filename[:80]}"
    if entry.flag_bits & _ENCRYPTED:
        raise Refusal("压缩包有密码", where, remedy="请去掉密码后重新压缩")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Refusal("压缩包内有链接或特殊文件", where, remedy="请只压缩普通文件")
    if entry.filename.lower().endswith(_NESTED):
        raise Refusal("压缩包内还有压缩包", where, remedy="请解开内层后重新压缩")
    _safe_name(entry, name)


def _safe_name(entry: zipfile.ZipInfo, name: str) -> PurePosixPath:
    inner = PurePosixPath(entry.filename.replace("\\", "/"))
    unsafe = inner.is_absolute() or ".." in inner.parts or ":" in entry.filename
    if unsafe or not inner.parts or len(entry.filename.encode()) > 400:
        where = f"{name} 内的 {entry.filename[:80]}"
        raise Refusal("压缩包内的路径指向包外或过长", where, remedy="请重新压缩后再试")
    return inner


def _is_clutter(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename).parts
    return parts[0] == "__MACOSX" or parts[-1].startswith("._") or parts[-1] == ".DS_Store"


def _bomb(what: str, name: str, limits: Limits) -> Refusal:
    return Refusal(
        f"压缩包{what}，疑似压缩炸弹",
        name,
        rule=f"解开后不超过 {limits.max_unzipped_bytes / 1e6:,.0f} MB，"
        f"也不超过原来的 {limits.max_unzipped_ratio:,.0f} 倍",
        remedy="请只压缩所需的图形文件",
    )


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, to: Path, name: str) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(entry) as source, to.open("xb") as target:
        while chunk := source.read(_CHUNK_BYTES):
            written += len(chunk)
            if written > entry.file_size:
                where = f"{name} 内的 {entry.filename[:80]}"
                raise Refusal("压缩包所称的大小不实，疑似压缩炸弹", where, remedy="请重新压缩")
            target.write(chunk)
    return to
