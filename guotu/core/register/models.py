"""Things of the register, their versions on two clocks, and which land came from which."""

from typing import Any

from django.db import models

from guotu.core.register.geometry import Located


class CodeField(models.CharField):
    """A code, ordered by its characters' numbers on either store."""

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        """Have PostgreSQL compare as SQLite does."""
        found: dict[str, Any] = super().db_parameters(connection)
        return found | {"collation": "C" if connection.vendor == "postgresql" else None}


class Thing(models.Model):
    """A thing registered (登记对象): its kind and the code it keeps for life.

    When it began and ended its versions say, for that too can be corrected.
    """

    kind = models.CharField("种类", max_length=32)
    code = CodeField("编码", max_length=64)
    sequence = models.BigIntegerField("行为记录号")

    class Meta:
        ordering = ["kind", "code"]
        verbose_name = "登记对象"
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="thing_code_once")]

    def __str__(self) -> str:
        return self.code


class Version(Located):
    """What held of a thing over a time (登记版本), as known from one act until another.

    True in [valid_from, valid_to); recorded by the act `sequence`, taken back by the act
    `superseded_sequence`. `stated_sequence` is the act that first said so, `source` its paper: a
    part that a later act cut off keeps them. Personal facts stand sealed in `facts`. Kind and code
    are those of its thing, repeated for the indexes.
    """

    thing = models.ForeignKey(
        Thing, on_delete=models.PROTECT, related_name="versions", db_index=False
    )
    kind = models.CharField("种类", max_length=32)
    code = CodeField("编码", max_length=64)
    valid_from = models.DateField("生效日期")
    valid_to = models.DateField("失效日期", null=True)
    sequence = models.BigIntegerField("行为记录号")
    superseded_sequence = models.BigIntegerField("被取代的行为记录号", null=True)
    stated_sequence = models.BigIntegerField("首次记载的行为记录号")
    division = models.CharField("行政区", max_length=12, blank=True, default="")
    facts = models.JSONField("事项", default=dict)
    area_dm2 = models.BigIntegerField("面积", null=True)
    source = models.CharField("来源文件", max_length=255, blank=True, default="")

    class Meta:
        ordering = ["thing", "valid_from", "sequence"]
        verbose_name = "登记版本"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_to__gt=models.F("valid_from")),
                name="version_lasts",
            ),
            models.CheckConstraint(
                condition=models.Q(superseded_sequence__isnull=True)
                | models.Q(superseded_sequence__gte=models.F("sequence")),
                name="version_superseded_later",
            ),
            models.UniqueConstraint(
                fields=["thing", "valid_from"],
                condition=models.Q(superseded_sequence__isnull=True),
                name="version_live_once",
            ),
        ]
        indexes = [
            models.Index(fields=["thing", "valid_from", "sequence"], name="version_of_thing"),
            models.Index(fields=["kind", "sequence"], name="version_recorded"),
            # What is known now comes by code; what was taken back between two acts, by act.
            models.Index(
                fields=["kind", "superseded_sequence", "code", "valid_from", "valid_to"],
                name="version_live",
            ),
            models.Index(fields=["kind", "code", "valid_from"], name="version_by_code"),
            models.Index(fields=["kind", "division", "valid_from"], name="version_division"),
        ]

    def __str__(self) -> str:
        return f"{self.thing_id} {self.valid_from}–{self.valid_to or ''}"


class Descent(models.Model):
    """Land that went from one thing to another on a day (沿革): an edge of the lineage."""

    VERBS = [("split", "分割"), ("merge", "合并"), ("reshape", "界线调整"), ("exchange", "互换")]

    parent = models.ForeignKey(Thing, on_delete=models.PROTECT, related_name="became")
    child = models.ForeignKey(Thing, on_delete=models.PROTECT, related_name="came_from")
    on = models.DateField("变更日期")
    verb = models.CharField("变更方式", max_length=8, choices=VERBS)
    area_dm2 = models.BigIntegerField("面积")
    source = models.CharField("来源文件", max_length=255, blank=True, default="")
    sequence = models.BigIntegerField("行为记录号")

    class Meta:
        ordering = ["on", "sequence", "id"]
        verbose_name = "沿革"
        constraints = [
            models.UniqueConstraint(fields=["parent", "child"], name="descent_once"),
            models.CheckConstraint(condition=models.Q(area_dm2__gt=0), name="descent_has_area"),
        ]

    def __str__(self) -> str:
        return f"{self.parent_id} → {self.child_id}"
