"""A supervised task (督办事项): a sentence that somebody owes by a day, and how it is going."""

from django.db import models

from guotu.core.files.models import File
from guotu.core.people.models import Post, Unit


class Source(models.Model):
    """What tasks came from (来源): a meeting, a leader's instruction, a plan; its paper and day.

    `giver` is the post that gave it: it alone confirms the tasks as they were restated. `serves`
    is the decision above that this one serves.
    """

    KINDS = [
        ("meeting", "会议"),
        ("instruction", "领导批示"),
        ("speech", "讲话部署"),
        ("plan", "规划计划"),
        ("superior", "上级文件"),
        ("opinion", "意见建议"),
        ("visit", "来信来访"),
        ("other", "其他"),
    ]

    kind = models.CharField("来源", max_length=16, choices=KINDS)
    title = models.CharField("名称", max_length=255)
    on = models.DateField("日期")
    paper = models.CharField("文号", max_length=128, blank=True, default="")
    text = models.TextField("原文", blank=True, default="")
    giver = models.ForeignKey(
        Post, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="交办岗位"
    )
    serves = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="served")
    entered_person_id = models.BigIntegerField("登记人", null=True)
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "督办来源"
        ordering = ["-on", "-id"]

    def __str__(self) -> str:
        return self.title


class Task(models.Model):
    """One supervised task (督办事项): the sentence as said, what is to be done, by whom, by when.

    `serves` is the task above that it serves. Closing needs what `wanted` names. What lights are
    told from is kept beside it: `next_on` is the earliest day still owed, `heard_at` when the unit
    last said something, `doubted` that its last word was found to differ from the record.
    """

    STATES = [
        ("proposed", "待确认"),
        ("open", "办理中"),
        ("reported", "待销号"),
        ("closed", "已销号"),
        ("dropped", "不再办理"),
    ]
    PRIORITIES = [(0, "一般"), (1, "重要"), (2, "特急")]

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
    priority = models.PositiveSmallIntegerField("优先", choices=PRIORITIES, default=0)
    division = models.CharField("行政区", max_length=12, blank=True, default="")
    longitude = models.FloatField("经度", null=True)
    latitude = models.FloatField("纬度", null=True)
    due_on = models.DateField("期限")
    next_on = models.DateField("最近节点")
    state = models.CharField("状态", max_length=16, choices=STATES, default="open")
    opened_at = models.DateTimeField("交办时间")
    received_at = models.DateTimeField("签收时间", null=True)
    heard_at = models.DateTimeField("最近反馈")
    reported_on = models.DateField("报告完成日期", null=True)
    doubted = models.BooleanField("反馈不符", default=False)
    board_sequence = models.BigIntegerField("挂牌记录号", null=True)
    closed_at = models.DateTimeField("销号时间", null=True)
    entered_person_id = models.BigIntegerField("登记人", null=True)
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "督办事项"
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(fields=["state", "due_on"], name="task_due"),
            models.Index(fields=["state", "next_on"], name="task_next"),
            models.Index(fields=["unit", "state", "due_on"], name="task_unit"),
            models.Index(fields=["division", "state", "due_on"], name="task_division"),
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
    reached_on = models.DateField("完成日期", null=True)
    reached_sequence = models.BigIntegerField("完成记录号", null=True)
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "节点"
        ordering = ["due_on", "id"]

    def __str__(self) -> str:
        return self.title


class Feedback(models.Model):
    """What a unit reports (反馈), with its evidence, and what the supervisor made of it.

    `about` names the record it rests on (`case:12`), `record` says what that record said then, and
    `agrees` whether it bears the report out; NULL where no record can say.
    """

    VERDICTS = [("", "未核"), ("confirmed", "属实"), ("differs", "不符"), ("returned", "退回")]

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="feedback")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    text = models.TextField("情况")
    done = models.BooleanField("报告完成", default=False)
    file = models.ForeignKey(
        File, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="佐证"
    )
    about = models.CharField("所指记录", max_length=128, blank=True, default="")
    record = models.CharField("记录所载", max_length=255, blank=True, default="")
    agrees = models.BooleanField("与记录相符", null=True)
    person_id = models.BigIntegerField("报告人")
    at = models.DateTimeField("时间")
    verdict = models.CharField("核查", max_length=16, choices=VERDICTS, blank=True, default="")
    checked_text = models.TextField("核查情况", blank=True, default="")
    checked_person_id = models.BigIntegerField("核查人", null=True)
    checked_at = models.DateTimeField("核查时间", null=True)
    checked_sequence = models.BigIntegerField("核查记录号", null=True)
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "反馈"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.task_id} {self.at:%Y-%m-%d}"


class TaskChange(models.Model):
    """What was done to a task (经过), with its reason: nothing of it is ever taken back.

    What it was before stays beside what it became: unit, date, wording.
    """

    KINDS = [
        ("assigned", "交办"),
        ("confirmed", "交办人确认"),
        ("returned", "交办人退回"),
        ("restated", "重新表述"),
        ("received", "签收"),
        ("refused", "拒收"),
        ("milestone", "节点完成"),
        ("due", "变更期限"),
        ("handed", "移交"),
        ("urged", "催办"),
        ("board", "挂牌督办"),
        ("closed", "销号"),
        ("dropped", "不再办理"),
    ]

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField("经过", max_length=16, choices=KINDS)
    at = models.DateTimeField("时间")
    reason = models.TextField("理由", blank=True, default="")
    words = models.CharField("原表述", max_length=255, blank=True, default="")
    due_before = models.DateField("原期限", null=True)
    due_after = models.DateField("现期限", null=True)
    unit_before = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    unit_after = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(
        Post, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="岗位"
    )
    person_id = models.BigIntegerField("人员", null=True)
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "督办经过"
        ordering = ["id"]
        indexes = [models.Index(fields=["task", "kind"], name="taskchange_kind")]

    def __str__(self) -> str:
        return f"{self.task_id} {self.kind}"
