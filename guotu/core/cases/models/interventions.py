"""Who asked for a favour on a case (干预过问登记): kept for good, answered, fed to no decision."""

from django.db import models

from guotu.core.cases.models.cases import Case


class Intervention(models.Model):
    """One asking (过问): who and what are sealed; whom it concerns may reply.

    《领导干部干预司法活动、插手具体案件处理的记录、通报和责任追究规定》, by analogy; nothing that
    decides a case may read this table, and a test holds that.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="interventions")
    subject = models.CharField(max_length=64)
    sealed_asker = models.BinaryField("过问人")
    sealed_said = models.BinaryField("过问内容")
    manner = models.CharField("方式", max_length=32)
    on = models.DateField("日期")
    recorded_by_id = models.BigIntegerField("记录人")
    recorded_post_id = models.BigIntegerField("记录岗位", null=True)
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "干预过问"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.on}"


class Reply(models.Model):
    """What the one who is said to have asked answers (申辩): added, never in place of it."""

    intervention = models.ForeignKey(Intervention, on_delete=models.PROTECT, related_name="replies")
    sealed_text = models.BinaryField("申辩")
    person_id = models.BigIntegerField("记录人", null=True)
    at = models.DateTimeField("时间")
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "申辩"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.intervention_id} {self.at:%Y-%m-%d}"
