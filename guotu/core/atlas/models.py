"""What the county publishes on its map: layers, and their immutable dated releases."""

from typing import Any, NoReturn

from django.db import models
from django.utils.translation import gettext_noop as _

from guotu.core.files.models import File
from guotu.lib.refusal import Refusal

# What all that leaves a fictional county says of itself.
FICTION = _("虚构县，不得用于办事")
SECRECY = [("open", "公开"), ("internal", "内部"), ("secret", "秘密")]


class County(models.Model):
    """The one county of this store (县): its code, name and CGCS2000 3-degree zone."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    code = models.CharField("行政区划代码", max_length=6)
    name = models.CharField("名称", max_length=64)
    epsg = models.IntegerField("坐标系")
    fictional = models.BooleanField("虚构", default=False)
    begun_at = models.DateTimeField("启用时间", auto_now_add=True)

    class Meta:
        verbose_name = "县"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_county")]

    def __str__(self) -> str:
        return self.name

    @property
    def mark(self) -> str:
        """Return what all that leaves a fictional county says, in Chinese; empty in a real one."""
        return FICTION if self.fictional else ""


class Layer(models.Model):
    """A layer of the map (图层): what it shows, how it is drawn, and whether it protects land.

    `field_secrecy` maps a field to its secrecy class where that is above the layer's.
    """

    KINDS = [
        ("base", "基础"),
        ("control", "管控"),
        ("protected", "保护"),
        ("right", "权利"),
        ("hazard", "隐患"),
        ("finding", "监测"),
    ]
    GEOMETRIES = [("polygon", "面"), ("line", "线"), ("point", "点"), ("any", "不限")]

    name = models.CharField("名称", max_length=64, unique=True)
    title = models.CharField("标题", max_length=64)
    group = models.CharField("分组", max_length=32)
    kind = models.CharField("性质", max_length=16, choices=KINDS)
    geometry = models.CharField("几何", max_length=8, choices=GEOMETRIES, default="polygon")
    style = models.JSONField("图式", default=dict)
    label_field = models.CharField("标注字段", max_length=64, blank=True, default="")
    code_field = models.CharField("编码字段", max_length=64, blank=True, default="")
    search_fields = models.JSONField("查询字段", default=list)
    tiling = models.JSONField("切片", default=dict)
    order = models.IntegerField("次序", default=500)
    secrecy = models.CharField("密级", max_length=16, choices=SECRECY, default="internal")
    field_secrecy = models.JSONField("字段密级", default=dict)
    protection = models.JSONField("保护规则", default=dict)

    class Meta:
        ordering = ["order", "name"]
        verbose_name = "图层"

    def __str__(self) -> str:
        return self.title


class ReleaseQuerySet(models.QuerySet["Release"]):
    """Releases in bulk; they are no more deleted in bulk than one by one."""

    def delete(self) -> NoReturn:
        raise _unchangeable()


class Release(models.Model):
    """One published state of a layer (图层版本): immutable; withdrawn with a reason, never changed.

    `path` and `tiles_path` are relative to GUOTU_HOME; `sha256` is that of the GeoParquet file;
    `bounds` is [west, south, east, north] in the frame `epsg`.
    """

    layer = models.ForeignKey(Layer, on_delete=models.PROTECT, related_name="releases")
    name = models.CharField("版本", max_length=32)
    released = models.DateField("发布日期")
    sha256 = models.CharField("散列", max_length=64)
    source = models.ForeignKey(File, null=True, on_delete=models.PROTECT, related_name="+")
    record = models.ForeignKey(File, null=True, on_delete=models.PROTECT, related_name="+")
    path = models.CharField("路径", max_length=255)
    tiles_path = models.CharField("切片路径", max_length=255, blank=True, default="")
    features = models.BigIntegerField("要素数")
    epsg = models.IntegerField("坐标系")
    code_system = models.CharField("分类体系", max_length=32, blank=True, default="")
    secrecy = models.CharField("密级", max_length=16, choices=SECRECY, default="internal")
    fields = models.JSONField("字段", default=list)
    bounds = models.JSONField("范围", null=True)
    report = models.JSONField("入库报告", default=dict)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    withdrawn_reason = models.TextField("撤回原因", blank=True, default="")
    recorded_at = models.DateTimeField("入库时间", auto_now_add=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["layer", "released", "id"]
        verbose_name = "图层版本"
        constraints = [
            models.UniqueConstraint(fields=["layer", "name"], name="release_name_once_a_layer"),
            models.UniqueConstraint(fields=["path"], name="release_path_once"),
        ]

    def __str__(self) -> str:
        return f"{self.layer.name}@{self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save a new release; an existing one takes only a withdrawal, or its first tiles."""
        changed = set(kwargs.get("update_fields") or ())
        allowed = changed and changed <= {"withdrawn_at", "withdrawn_reason", "tiles_path"}
        if not self._state.adding and not allowed:
            raise _unchangeable()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise _unchangeable()


class Quarantined(models.Model):
    """A feature held back from a release (待确认图斑), with a repair that a person must confirm.

    `geometry` is what came in and `proposal` what is proposed, as WKB in the county's frame;
    nothing of it is in the release's file.
    """

    DECISIONS = [("", "未定"), ("confirmed", "确认"), ("refused", "不予采用")]

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="quarantine")
    feature = models.CharField("要素", max_length=255)
    rule = models.CharField("规则", max_length=64)
    reason = models.TextField("原因")
    x = models.FloatField("横坐标", null=True)
    y = models.FloatField("纵坐标", null=True)
    geometry = models.BinaryField("原图形")
    proposal = models.BinaryField("建议图形", null=True)
    fields = models.JSONField("属性", default=dict)
    decision = models.CharField("处理", max_length=16, choices=DECISIONS, blank=True, default="")

    class Meta:
        ordering = ["release", "id"]
        verbose_name = "待确认图斑"

    def __str__(self) -> str:
        return f"{self.release}/{self.feature}"


def _unchangeable() -> Refusal:
    return Refusal(
        "已发布的图层版本不能修改或删除",
        rule="版本一经发布即固定，只可注明原因撤回",
        remedy="发布新的版本，或用 guotu layer withdraw 撤回",
    )
