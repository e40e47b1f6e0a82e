"""The legal clocks of cases: when each began, how it counts, and when it next speaks."""

from django.db import models

from guotu.core.cases.models.cases import Case, Step


class Clock(models.Model):
    """One clock (期限) of a case, a step or a supervised task; the worker reads `next_at` alone.

    `kind` is a limit of law or of the house, or a timer drawn in the process. `stage` counts what
    it has already said: warnings, the date itself, each escalation; `revision` goes up whenever it
    is given another date, and it begins to speak anew. `terms` is how it counts, as the rule was
    when it began (`rules/clocks.py`).
    """

    KINDS = [("limit", "期限"), ("timer", "流程定时")]
    STATES = [
        ("running", "计时中"),
        ("suspended", "中止"),
        ("met", "按期办结"),
        ("missed", "逾期办结"),
        ("cancelled", "取消"),
    ]

    kind = models.CharField("类别", max_length=8, choices=KINDS)
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="clocks")
    step = models.ForeignKey(Step, null=True, on_delete=models.PROTECT, related_name="clocks")
    task_id = models.BigIntegerField("督办事项", null=True)
    token = models.CharField(max_length=64, blank=True, default="")
    limit = models.CharField("期限规则", max_length=64, blank=True, default="")
    title = models.CharField("期限", max_length=128)
    terms = models.JSONField("计法")
    started_at = models.DateTimeField("起算")
    due_at = models.DateTimeField("到期")
    provisional = models.BooleanField("历法未公布，暂计", default=False)
    state = models.CharField("状态", max_length=16, choices=STATES, default="running")
    suspended_at = models.DateTimeField("中止于", null=True)
    extended = models.BooleanField("已延长", default=False)
    revision = models.PositiveIntegerField("改期次数", default=0)
    stage = models.PositiveSmallIntegerField("已报阶段", default=0)
    next_at = models.DateTimeField("下次检查", null=True)
    failures = models.PositiveSmallIntegerField("失败次数", default=0)
    failure = models.CharField("失败原因", max_length=255, blank=True, default="")
    ended_at = models.DateTimeField("停止于", null=True)
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "期限"
        ordering = ["due_at"]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=models.Q(next_at__isnull=False),
                name="clock_next",
            ),
            models.Index(fields=["case", "state"], name="clock_of_case"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.due_at:%Y-%m-%d}"


class ClockChange(models.Model):
    """A suspension, resumption, extension or new calendar of a clock (期限变更): written once.

    The reason stands sealed in the journal, under `sequence`: this table is kept for ever.
    """

    KINDS = [
        ("suspend", "中止"),
        ("resume", "恢复"),
        ("extend", "延长"),
        ("calendar", "历法变更"),
    ]

    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField("变更", max_length=8, choices=KINDS)
    at = models.DateTimeField("时间")
    ground = models.CharField("事由", max_length=64)
    due_before = models.DateTimeField("原到期")
    due_after = models.DateTimeField("现到期", null=True)
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "期限变更"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.kind}"


class Notice(models.Model):
    """What a post must see (提醒): a warning, an escalation, an urging; unseen until opened."""

    KINDS = [
        ("warning", "将到期"),
        ("overdue", "已逾期"),
        ("escalated", "逾期上报"),
        ("urged", "催办"),
        ("handed", "移交"),
        ("changed", "变更"),
        ("full", "期满"),
        ("failed", "未能执行"),
    ]

    post_id = models.BigIntegerField("岗位")
    person_id = models.BigIntegerField("人员", null=True)
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="notices")
    task_id = models.BigIntegerField("督办事项", null=True)
    kind = models.CharField("类别", max_length=16, choices=KINDS)
    text = models.CharField("内容", max_length=255)
    at = models.DateTimeField("时间")
    seen_at = models.DateTimeField("已阅", null=True)
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "提醒"
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["post_id"],
                condition=models.Q(seen_at__isnull=True),
                name="notice_unseen",
            )
        ]

    def __str__(self) -> str:
        return self.text


class CalendarYear(models.Model):
    """A year whose working days the county has entered by a published notice (历法通知)."""

    year = models.PositiveSmallIntegerField("年份")
    number = models.CharField("文号", max_length=64)
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "历法通知"
        ordering = ["year", "id"]

    def __str__(self) -> str:
        return f"{self.year} {self.number}"


class CalendarDay(models.Model):
    """A day put over the published calendar (历法调整): worked or not; the last entry prevails."""

    on = models.DateField("日期")
    working = models.BooleanField("上班")
    number = models.CharField("依据", max_length=64)
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "历法调整"
        ordering = ["on", "id"]

    def __str__(self) -> str:
        return f"{self.on} {self.working}"
