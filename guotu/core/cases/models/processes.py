"""A process as drawn (BPMN 2.0), one row a version, and which version new cases follow."""

from django.db import models


class Process(models.Model):
    """One version of a written process (办理流程), named by the hash of its files.

    `files` are the drawings it is made of, by name, as text: the process itself and what it calls.
    `program` is what the engine made of them. Cases stay on the version they began on.
    """

    key = models.CharField("流程", max_length=64)
    digest = models.CharField("版本", max_length=64)
    title = models.CharField("名称", max_length=128)
    files = models.JSONField("图")
    declared = models.JSONField("声明")
    program = models.BinaryField()
    sequence = models.BigIntegerField("部署记录号")
    retired_sequence = models.BigIntegerField("停用记录号", null=True)

    class Meta:
        verbose_name = "办理流程"
        ordering = ["key", "-sequence"]
        constraints = [
            models.UniqueConstraint(fields=["key", "digest"], name="process_version_once"),
            models.UniqueConstraint(
                fields=["key"],
                condition=models.Q(retired_sequence__isnull=True),
                name="process_one_current",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.digest[:8]}）"
