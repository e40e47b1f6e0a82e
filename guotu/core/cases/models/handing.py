"""How a step went from one to another, and where a case stood before its last step."""

from django.db import models

from guotu.core.cases.models.cases import Case, Step


class HandOver(models.Model):
    """A step went from one to another (移交): by whom, to whom, why; written once.

    A step that goes to and fro more than it should is seen here (推诿扯皮).
    """

    MANNERS = [
        ("assigned", "分派"),
        ("claimed", "认领"),
        ("given_back", "退回岗位"),
        ("handed_over", "移交"),
        ("left", "离岗移交"),
    ]

    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="hand_overs")
    manner = models.CharField("方式", max_length=16, choices=MANNERS)
    from_post_id = models.BigIntegerField("原岗位", null=True)
    from_person_id = models.BigIntegerField("原经办人", null=True)
    to_post_id = models.BigIntegerField("现岗位", null=True)
    to_person_id = models.BigIntegerField("现经办人", null=True)
    by_person_id = models.BigIntegerField("移交人", null=True)
    why = models.CharField("理由", max_length=255, blank=True, default="")
    at = models.DateTimeField("时间")
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "移交"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.step_id} {self.manner}"


class Before(models.Model):
    """Where a case stood before its last step (上一步), so that a step nobody saw can be recalled.

    One row a case, replaced by each step. `final` says that the step did what cannot be taken
    back: it called an action of another ledger or register, or ended the case.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="before")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="+")
    tokens = models.BinaryField()
    data = models.JSONField(default=dict)
    revision = models.BigIntegerField()
    final = models.BooleanField("不可收回", default=False)
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "上一步"

    def __str__(self) -> str:
        return f"{self.case_id} {self.revision}"
