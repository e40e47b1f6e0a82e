"""A supervised task (督办事项): a sentence that somebody owes by a day, and how it is going."""

from django.db import models

from guotu.core.people.models import Unit


class Source(models.Model):
    """What tasks came from (来源): a meeting, a leader's instruction, a plan; its paper and day."""

    KINDS = [
        ("meeting", "会议"),
        ("instruction", "领导批示"),
        ("plan", "规划计划"),
        ("superior", "上级文件"),
        ("other", "其他"),
    ]

    kind = models.CharField("来源", max_length=16, choices=KINDS)
    title = models.CharField("名称", max_length=255)
    on = models.DateField("日期")
    paper = models.CharField("文号", max_length=128, blank=True, default="")
    text = models.TextField("原文", blank=True, default="")
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "督办来源"
        ordering = ["-on", "-id"]

    def __str__(self) -> str:
        return self.title


class Task(models.Model):
    """One supervised task (督办事项): the sentence as said, what is to be done, by whom, by when.

    `serves` is the task or decision above it that it serves. Closing needs its evidence.
    """

    STATES = [
        ("proposed", "待确认"),
        ("open", "办理中"),
        ("reported", "待销号"),
        ("closed", "已销号"),
        ("dropped", "不再办理"),
    ]

    number = models.CharField("编号", max_length=64, unique=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="tasks")
    sentence = models.TextField("原话")
    title = models.CharField("事项", max_length=255)
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="tasks", verbose_name="主办单位"
    )
    serves = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="served")
    case_id = models.BigIntegerField("所涉办件", null=True)
    wanted = models.CharField("销号所需佐证", max_length=255)
    priority = models.PositiveSmallIntegerField("优先", default=0)
    division = models.CharField("行政区", max_length=12, blank=True, default="")
    longitude = models.FloatField("经度", null=True)
    latitude = models.FloatField("纬度", null=True)
    due_on = models.DateField("期限")
    state = models.CharField("状态", max_length=16, choices=STATES, default="open")
    opened_at = models.DateTimeField("交办时间")
    closed_at = models.DateTimeField("销号时间", null=True)
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "督办事项"
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(fields=["state", "due_on"], name="task_due"),
            models.Index(fields=["unit", "state", "due_on"], name="task_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Assisting(models.Model):
    """A unit that assists with a task (协办单位)."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="assisting")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "协办单位"
        constraints = [models.UniqueConstraint(fields=["task", "unit"], name="assisting_once")]

    def __str__(self) -> str:
        return f"{self.task_id} {self.unit}"


class Milestone(models.Model):
    """A date on the way (节点): what should be there by then, and when it was."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="milestones")
    title = models.CharField("节点", max_length=255)
    due_on = models.DateField("期限")
    reached_sequence = models.BigIntegerField("完成记录号", null=True)
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "节点"
        ordering = ["due_on", "id"]

    def __str__(self) -> str:
        return self.title


class Feedback(models.Model):
    """What a unit reports (反馈), with its evidence, and what the supervisor made of it."""

    VERDICTS = [("", "未核"), ("confirmed", "属实"), ("differs", "不符"), ("returned", "退回")]

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="feedback")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    text = models.TextField("情况")
    done = models.BooleanField("报告完成", default=False)
    file_hash = models.CharField("佐证", max_length=64, blank=True, default="")
    about = models.CharField("所指记录", max_length=128, blank=True, default="")
    person_id = models.BigIntegerField("报告人", null=True)
    at = models.DateTimeField("时间")
    verdict = models.CharField(
        "核查", max_length=16, choices=VERDICTS, blank=True, default=""
    )
    checked_text = models.TextField("核查情况", blank=True, default="")
    checked_person_id = models.BigIntegerField("核查人", null=True)
    checked_sequence = models.BigIntegerField("核查记录号", null=True)
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "反馈"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.task_id} {self.at:%Y-%m-%d}"
