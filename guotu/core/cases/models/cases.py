"""A case, where it stands, the steps it has taken, and every hand that was in it."""

from django.db import models

from guotu.core.cases.models.processes import Process
from guotu.core.people.models import Person, Post


class Case(models.Model):
    """One matter under way (办件): what lists, maps and searches show of it.

    `matter` is the case that it all began with: hands stay separate over the whole matter. `place`
    is a point for the map, lon/lat; the piece of land itself stands in the register or in a
    proposal that `about` names. `due_at` is the next legal date of the case as a whole.
    """

    STATES = [
        ("open", "办理中"),
        ("suspended", "中止"),
        ("done", "办结"),
        ("withdrawn", "撤回"),
        ("terminated", "终止"),
    ]

    number = models.CharField("编号", max_length=64, unique=True)
    process = models.ForeignKey(Process, on_delete=models.PROTECT, related_name="cases")
    kind = models.CharField("种类", max_length=64)
    title = models.CharField("事由", max_length=255)
    matter = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")
    about = models.CharField("所涉对象", max_length=128, blank=True, default="")
    division = models.CharField("行政区", max_length=12, blank=True, default="")
    longitude = models.FloatField("经度", null=True)
    latitude = models.FloatField("纬度", null=True)
    state = models.CharField("状态", max_length=16, choices=STATES, default="open")
    priority = models.PositiveSmallIntegerField("优先", default=0)
    secrecy = models.CharField("密级", max_length=16, blank=True, default="")
    opened_at = models.DateTimeField("受理时间")
    opened_by_id = models.BigIntegerField("受理人", null=True)
    opened_post = models.ForeignKey(
        Post, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="受理岗位"
    )
    due_at = models.DateTimeField("到期", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    result = models.CharField("结果", max_length=64, blank=True, default="")
    keep_until = models.DateField("保管至", null=True)
    archive_number = models.CharField("档号", max_length=64, blank=True, default="")
    archived_sequence = models.BigIntegerField("归档记录号", null=True)
    sequence = models.BigIntegerField("行为记录号")

    class Meta:
        verbose_name = "办件"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["state", "due_at"], name="case_due"),
            models.Index(fields=["kind", "state", "due_at"], name="case_kind"),
            models.Index(fields=["division", "state", "due_at"], name="case_division"),
            models.Index(fields=["longitude", "latitude"], name="case_place"),
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(closed_at__isnull=True),
                name="case_live_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Standing(models.Model):
    """Where a case stands in its process (流程状态): the engine's tokens, packed; and its data.

    `revision` goes up with each step; `data` holds the declared variables, ids and plain values.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="standing")
    process = models.ForeignKey(Process, on_delete=models.PROTECT, related_name="+")
    tokens = models.BinaryField()
    data = models.JSONField(default=dict)
    revision = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = "流程状态"

    def __str__(self) -> str:
        return f"{self.case_id} {self.revision}"


class Step(models.Model):
    """One piece of work within a case (步骤): whose it is, since when, until when, and why theirs.

    `token` is the engine's id of it, `element` the drawn element, `path` that of the called
    process it stands in. It belongs to a post, and to a named person once claimed or given.
    """

    STATES = [
        ("waiting", "待办"),
        ("done", "已办"),
        ("returned", "已退回"),
        ("recalled", "已收回"),
        ("cancelled", "已取消"),
    ]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    token = models.CharField(max_length=64)
    element = models.CharField("节点", max_length=128)
    path = models.CharField("所在流程", max_length=255, blank=True, default="")
    name = models.CharField("步骤", max_length=128)
    kind = models.CharField("类别", max_length=16, default="user")
    item = models.JSONField("本项", default=dict)
    state = models.CharField("状态", max_length=16, choices=STATES, default="waiting")
    post = models.ForeignKey(
        Post, null=True, on_delete=models.PROTECT, related_name="steps", verbose_name="岗位"
    )
    person = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="steps", verbose_name="经办人"
    )
    why = models.CharField("何以归此", max_length=255, blank=True, default="")
    came_at = models.DateTimeField("到达时间")
    seen_at = models.DateTimeField("首次打开", null=True)
    due_at = models.DateTimeField("到期", null=True)
    draft = models.JSONField("草稿", default=dict)
    ended_at = models.DateTimeField("办毕时间", null=True)
    sequence = models.BigIntegerField("到达记录号")
    ended_sequence = models.BigIntegerField("办毕记录号", null=True)

    class Meta:
        verbose_name = "步骤"
        ordering = ["case", "id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "token", "sequence"], name="step_token_once"),
        ]
        indexes = [
            models.Index(
                fields=["post", "due_at"],
                condition=models.Q(state="waiting"),
                name="step_waiting_post",
            ),
            models.Index(
                fields=["person", "due_at"],
                condition=models.Q(state="waiting"),
                name="step_waiting_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.name}"


class Hand(models.Model):
    """A person's hand in a step of a matter (经手): written once, never taken back.

    Whoever completes, drafts, countersigns or decides has a hand in it; what must be separate is
    judged by these rows alone, on the person, whatever post or substitution they acted in.
    """

    MANNERS = [
        ("completed", "办理"),
        ("drafted", "起草"),
        ("countersigned", "会签"),
        ("opened", "受理"),
    ]

    matter = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="hands")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    step = models.ForeignKey(Step, null=True, on_delete=models.PROTECT, related_name="hands")
    element = models.CharField("节点", max_length=128)
    path = models.CharField(max_length=255, blank=True, default="")
    tag = models.CharField("性质", max_length=16, blank=True, default="")
    manner = models.CharField("方式", max_length=16, choices=MANNERS)
    person_id = models.BigIntegerField("人员")
    post_id = models.BigIntegerField("岗位", null=True)
    substitution_id = models.BigIntegerField("代理", null=True)
    sequence = models.BigIntegerField("行为记录号")

    class Meta:
        verbose_name = "经手"
        ordering = ["id"]
        indexes = [
            models.Index(fields=["matter", "person_id"], name="hand_in_matter"),
            models.Index(fields=["person_id", "case"], name="hand_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.matter_id} {self.element} {self.person_id}"


class Assignment(models.Model):
    """To which post a role of a process falls (分派规则), by kind of case and by place, dated."""

    role = models.CharField("角色", max_length=64)
    kind = models.CharField("种类", max_length=64, blank=True, default="")
    division = models.CharField("行政区", max_length=12, blank=True, default="")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+", verbose_name="岗位")
    since = models.DateField("自")
    until = models.DateField("至（不含）", null=True)
    sequence = models.BigIntegerField("记录号")
    ended_sequence = models.BigIntegerField("终止记录号", null=True)

    class Meta:
        verbose_name = "分派规则"
        ordering = ["role", "kind", "division"]
        indexes = [models.Index(fields=["role", "since"], name="assignment_role")]

    def __str__(self) -> str:
        return f"{self.role} {self.kind}{self.division} → {self.post}"


class Note(models.Model):
    """What was said on a case beside its steps (意见与催办): consults, countersigns, urgings.

    What is asked for waits for its answer: `asked_post` owes it until `answered_sequence`.
    """

    KINDS = [
        ("consult", "征求意见"),
        ("countersign", "会签"),
        ("urge", "催办"),
        ("evidence", "风险点佐证"),
    ]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    step = models.ForeignKey(Step, null=True, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField("类别", max_length=16, choices=KINDS)
    point = models.CharField("风险点", max_length=128, blank=True, default="")
    asked_post = models.ForeignKey(
        Post, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="征求岗位"
    )
    text = models.TextField("内容")
    answer = models.TextField("答复", blank=True, default="")
    agreed = models.BooleanField("同意", null=True)
    file_hash = models.CharField("附件", max_length=64, blank=True, default="")
    person_id = models.BigIntegerField("人员", null=True)
    answered_person_id = models.BigIntegerField("答复人", null=True)
    at = models.DateTimeField("时间")
    due_at = models.DateTimeField("到期", null=True)
    answered_at = models.DateTimeField("答复时间", null=True)
    sequence = models.BigIntegerField("记录号")
    answered_sequence = models.BigIntegerField("答复记录号", null=True)

    class Meta:
        verbose_name = "意见"
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["asked_post"],
                condition=models.Q(answered_sequence__isnull=True),
                name="note_owed",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"
