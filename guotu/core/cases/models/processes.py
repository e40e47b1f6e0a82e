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


class Migration(models.Model):
    """A case taken over to another version of its process (流程迁移), and what it stood on before.

    `tokens_before` are kept to the byte, so that it can be taken back as long as the case has not
    gone on: `tokens_after` is the hash of what it then stood on, `revision` the number of the move.
    `stopped` are the timers that the other version does not have.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="migrations")
    from_process = models.ForeignKey(Process, on_delete=models.PROTECT, related_name="+")
    to_process = models.ForeignKey(Process, on_delete=models.PROTECT, related_name="+")
    tokens_before = models.BinaryField()
    data_before = models.JSONField(default=dict)
    tokens_after = models.CharField(max_length=64)
    revision = models.BigIntegerField()
    stopped = models.JSONField(default=list)
    at = models.DateTimeField("时间")
    sequence = models.BigIntegerField("记录号")
    taken_back_sequence = models.BigIntegerField("取回记录号", null=True)

    class Meta:
        verbose_name = "流程迁移"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.from_process_id} → {self.to_process_id}"
