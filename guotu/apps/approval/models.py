"""What site review remembers: reviews, what was resolved of them, and the county's own rules."""

import json
from functools import cached_property
from typing import Any, NoReturn

from django.db import models

from guotu.core.files.models import File
from guotu.core.people.models import Person, Post
from guotu.lib.refusal import Refusal

VERDICTS = [("block", "不通过"), ("warn", "有提示"), ("note", "有说明"), ("pass", "通过")]


class KeptQuerySet(models.QuerySet["models.Model"]):
    """Rows that are never changed or deleted, one by one or in bulk."""

    def update(self, **_: Any) -> NoReturn:
        raise _unchangeable()

    def delete(self) -> NoReturn:
        raise _unchangeable()


class Kept(models.Model):
    """A row that is written once; the database's own triggers refuse a change as well."""

    objects = KeptQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save a new row; refuse to change one."""
        if not self._state.adding:
            raise _unchangeable()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise _unchangeable()


class SiteReview(Kept):
    """One review of a site (用地审查), as it was said on that day by those releases and rules.

    `site` is a WKB collection of the plots, `epsg` its frame; `result` the canonical JSON and
    `sha256` its hash; `pieces` a GeoJSON collection in lon/lat; `remedies` maps a remedy to the
    WKB (hex) of its boundary; `releases` lists what the site was held against. `division_code` is
    the smallest division that held all of the site on that day, empty for the county's alone;
    `secrecy` the highest class of what it was held against.
    """

    name = models.CharField("项目", max_length=255)
    source = models.ForeignKey(File, null=True, on_delete=models.PROTECT, related_name="+")
    site = models.BinaryField("项目范围")
    epsg = models.IntegerField("坐标系")
    area_dm2 = models.BigIntegerField("面积（平方分米）")
    division_code = models.CharField("行政区划", max_length=12, blank=True, db_index=True)
    secrecy = models.CharField("密级", max_length=16, default="internal")
    verdict = models.CharField("结论", max_length=8, choices=VERDICTS)
    result = models.TextField("结果")
    sha256 = models.CharField("散列", max_length=64)
    pieces = models.TextField("图形")
    remedies = models.JSONField("整改边界", default=dict)
    releases = models.JSONField("图层版本", default=list)
    occasion = models.JSONField("审查条件", default=dict)
    held_on = models.DateField("所依版本日期")
    reviewed_at = models.DateTimeField("审查时间", auto_now_add=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]
        verbose_name = "用地审查"

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"

    @cached_property
    def data(self) -> dict[str, Any]:
        """Return the result as plain data."""
        found: dict[str, Any] = json.loads(self.result)
        return found

    @property
    def area_m2(self) -> float:
        """Return the legal area in square metres."""
        return self.area_dm2 / 100


class BlockResolution(Kept):
    """A block lifted with a reason and a paper (处理意见); the finding itself stays as it was."""

    review = models.ForeignKey(SiteReview, on_delete=models.PROTECT, related_name="resolved")
    rule = models.CharField("规则", max_length=64)
    paper = models.CharField("文件", max_length=255)
    number = models.CharField("文号", max_length=64)
    reason = models.TextField("理由")
    document = models.ForeignKey(File, null=True, on_delete=models.PROTECT, related_name="+")
    resolved_at = models.DateTimeField("处理时间", auto_now_add=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        verbose_name = "处理意见"
        constraints = [
            models.UniqueConstraint(fields=["review", "rule"], name="block_resolved_once")
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.rule}"


class CountyRules(Kept):
    """Rule data of the county's own (县级规则数据), as TOML; the last under a name is in use."""

    name = models.SlugField("名称", max_length=64)
    text = models.TextField("内容")
    sha256 = models.CharField("散列", max_length=64)
    rules = models.IntegerField("条数")
    loaded_at = models.DateTimeField("载入时间", auto_now_add=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        verbose_name = "县级规则数据"

    def __str__(self) -> str:
        return self.name


def _unchangeable() -> Refusal:
    return Refusal(
        "审查结果不能修改或删除",
        rule="审查一经作出即固定，随案卷保存",
        remedy="重新审查，会另存一份",
    )
