"""Files kept once under their hash, what they are attached to, numbers without gaps, documents."""

from typing import Any

from django.db import models

from guotu.core.files.rules import READ, SECRECY
from guotu.core.journal import clock
from guotu.lib.gongwen import KINDS

_SECRECY = list(SECRECY.items())


class File(models.Model):
    """A kept file (文件); `name` is what it was called when it first came in.

    `purpose` is what it was handed in for; `power` what reading it asks for; `division_code` the
    place it belongs to, empty for the whole county. `swept_sequence` is the act that gave up its
    bytes, as nothing referred to it.
    """

    sha256 = models.CharField("散列", max_length=64, unique=True)
    name = models.CharField("文件名", max_length=255)
    size = models.BigIntegerField("字节数")
    kind = models.CharField("种类", max_length=32)
    secrecy = models.CharField("密级", max_length=16, choices=_SECRECY, default="internal")
    power = models.CharField("查看权力", max_length=64, default=READ)
    division_code = models.CharField("行政区", max_length=12, blank=True, default="")
    purpose = models.CharField("用途", max_length=200, blank=True, default="")
    facts = models.JSONField("内容要素", default=dict)
    kept_at = models.DateTimeField("收存时间", default=clock.now)
    swept_sequence = models.BigIntegerField("清理", null=True)

    class Meta:
        verbose_name = "文件"

    def __str__(self) -> str:
        return self.name


class Attachment(models.Model):
    """A paper of some subject (材料): the link from `kind:id` to a file, never taken back."""

    subject = models.CharField("所属", max_length=200, db_index=True)
    file = models.ForeignKey(File, on_delete=models.PROTECT, verbose_name="文件")
    title = models.CharField("名称", max_length=200)
    paper = models.CharField("材料种类", max_length=32)
    secrecy = models.CharField("密级", max_length=16, choices=_SECRECY)
    sequence = models.BigIntegerField("行为序号")

    class Meta:
        verbose_name = "材料"
        ordering = ["subject", "sequence", "id"]

    def __str__(self) -> str:
        return self.title


class Number(models.Model):
    """One number of a series (文号): 1, 2, 3 without a gap; void ones stay and are not used again.

    `year` is 0 where a series does not begin anew each year.
    """

    series = models.CharField("字号", max_length=64)
    year = models.IntegerField("年份")
    number = models.IntegerField("顺序号")
    sequence = models.BigIntegerField("行为序号")
    voided_sequence = models.BigIntegerField("作废", null=True)
    void_reason = models.TextField("作废理由", blank=True, default="")

    class Meta:
        verbose_name = "文号"
        ordering = ["series", "year", "number"]
        constraints = [
            models.UniqueConstraint(fields=["series", "year", "number"], name="files_number_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="files_number_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.year} {self.number}"


class Document(models.Model):
    """An official document (公文), as issued: its words, its number, and the file that says so."""

    number = models.OneToOneField(Number, on_delete=models.PROTECT, verbose_name="文号")
    code = models.CharField("发文字号", max_length=64, unique=True)
    kind = models.CharField("文种", max_length=16, choices=[(one, one) for one in KINDS])
    title = models.CharField("标题", max_length=200)
    organ = models.CharField("发文机关", max_length=200)
    addressees = models.JSONField("主送机关", default=list)
    body = models.TextField("正文")
    subject = models.CharField("所涉事项", max_length=200, blank=True, default="", db_index=True)
    signer_post = models.ForeignKey(
        "people.Post", null=True, on_delete=models.PROTECT, verbose_name="签发岗位"
    )
    dated = models.DateField("成文日期")
    secrecy = models.CharField("密级", max_length=16, choices=_SECRECY, default="internal")
    division_code = models.CharField("行政区", max_length=12, blank=True, default="")
    file = models.ForeignKey(File, on_delete=models.PROTECT, verbose_name="文件")
    sequence = models.BigIntegerField("行为序号")

    class Meta:
        verbose_name = "公文"
        ordering = ["-dated", "-sequence", "-id"]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def is_void(self) -> bool:
        """Say whether the document's number was voided, and the document with it."""
        return self.number.voided_sequence is not None

    def as_dict(self) -> dict[str, Any]:
        """Return what the journal may know of it: no words, no names."""
        return {"document": self.pk, "code": self.code, "kind": self.kind}
