"""Divisions, units, posts and people; a person holds a post for a time, or stands in."""

import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from guotu.core.journal import clock


class DatedQuerySet(models.QuerySet["models.Model"]):
    """Rows that hold from a day until, and not on, another."""

    def on(self, day: datetime.date) -> Any:
        """Return the rows that hold on `day`."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=day), since__lte=day)


class Dated(models.Model):
    """Something that holds from `since` until the day before `until`."""

    since = models.DateField("自")
    until = models.DateField("至（不含）", null=True)
    sequence = models.BigIntegerField("记录号")
    ended_sequence = models.BigIntegerField("终止记录号", null=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True


class Division(Dated):
    """An administrative division (行政区划) under one code and one name, as long as both held."""

    code = models.CharField("代码", max_length=12, db_index=True)
    name = models.CharField("名称", max_length=64)
    level = models.CharField("级别", max_length=16)
    parent_code = models.CharField("上级代码", max_length=12, blank=True)

    class Meta:
        verbose_name = "行政区划"
        ordering = ["code", "since"]
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=Q(until__isnull=True), name="division_one_now"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.code}）"


class Succession(models.Model):
    """What an ended division became: one row for each division that took some of it over."""

    predecessor = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="became")
    successor = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="came_from")
    on = models.DateField("变更之日")
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "区划沿革"
        constraints = [
            models.UniqueConstraint(fields=["predecessor", "successor"], name="succession_once"),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"


class Unit(models.Model):
    """A unit (单位), in a tree; `division_code` is where it sits, empty for the county itself."""

    name = models.CharField("单位", max_length=64, unique=True)
    above = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="below", verbose_name="上级单位"
    )
    division_code = models.CharField("行政区划", max_length=12, blank=True)
    sequence = models.BigIntegerField("记录号", null=True)

    class Meta:
        verbose_name = "单位"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A post (岗位) and its powers; `tag` says what it does in a process.

    `areas` are the codes of the divisions it reads and acts in; NULL is the whole county. `seats`
    is how many may hold it at once; NULL sets no limit.
    """

    TAGS = [
        ("decide", "决策"),
        ("execute", "执行"),
        ("supervise", "监督"),
        ("support", "保障"),
    ]

    code = models.SlugField(max_length=64, unique=True)
    name = models.CharField("岗位", max_length=64)
    unit = models.ForeignKey(
        Unit, null=True, on_delete=models.PROTECT, related_name="posts", verbose_name="单位"
    )
    tag = models.CharField("性质", max_length=16, choices=TAGS, default="execute")
    powers = models.JSONField("权力", default=list)
    areas = models.JSONField("地域", null=True, default=None)
    seats = models.PositiveSmallIntegerField("职数", null=True)

    class Meta:
        verbose_name = "岗位"
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    """Makes persons with a sign-in name and a hashed password."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "Person":
        """Return a saved person who can sign in as `username`; without a password, not yet."""
        person = self.model(username=username, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """Somebody who can sign in (人员); what they may do comes from the posts they hold.

    What tells who it is (name, telephone, number of the identity card) is sealed under the key of
    `subject` and can be erased; see `personal`. `sessions` goes up to end every session at once.
    """

    username = models.CharField("账号", max_length=64, unique=True)
    subject = models.CharField(max_length=64, blank=True)
    sealed_name = models.BinaryField(null=True)
    sealed_telephone = models.BinaryField(null=True)
    sealed_identity = models.BinaryField(null=True)
    is_active = models.BooleanField("在用", default=True)
    must_change = models.BooleanField("须改密码", default=False)
    password_until = models.DateField("密码用至", null=True)
    sessions = models.PositiveIntegerField(default=0)
    failures_from = models.DateTimeField("失败自此计", null=True)
    sealed_secret = models.BinaryField("第二因素密钥", null=True)
    enrolled_sequence = models.BigIntegerField("第二因素登记号", null=True)
    last_step = models.BigIntegerField("上一次所用时间步", default=0)

    objects = PersonManager()
    USERNAME_FIELD = "username"

    class Meta:
        verbose_name = "人员"
        ordering = ["username"]

    def __str__(self) -> str:
        return self.username

    def get_session_auth_hash(self) -> str:
        """Return what a session must carry: it ends with the password, and with `sessions`."""
        said = f"{self.password}:{self.sessions}"
        return salted_hmac("people.session", said, algorithm="sha256").hexdigest()

    def has_power(self, power: str) -> bool:
        """Say whether a post this person holds today carries `power`."""
        held = Holding.objects.on(clock.today()).filter(person_id=self.pk)
        return self.is_active and any(
            power in powers for powers in held.values_list("post__powers", flat=True)
        )


class Holding(Dated):
    """A person holds a post for a time (任职)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="holdings")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="holdings")
    paper = models.CharField("任免文件", max_length=128, blank=True)

    class Meta:
        verbose_name = "任职"
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "post"], condition=Q(until__isnull=True), name="holding_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.post} {self.since}"


class Substitution(Dated):
    """Somebody stands in for the holder of a post for a time, by a recorded decision (代理)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="substitutions")
    holding = models.ForeignKey(Holding, on_delete=models.PROTECT, related_name="substitutions")
    decision = models.CharField("决定", max_length=128)
    decided_by = models.ForeignKey(
        Post, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="决定岗位"
    )

    class Meta:
        verbose_name = "代理"
        ordering = ["since", "pk"]

    def __str__(self) -> str:
        return f"{self.person} {self.holding} {self.since}"


class Attempt(models.Model):
    """One attempt to prove who one is (登录尝试): kept, and counted against account and address.

    The account is kept as a digest, for people type passwords into the wrong field.
    """

    kind = models.CharField(max_length=16)
    account = models.CharField("账号摘要", max_length=64)
    address = models.CharField("来源地址", max_length=64)
    at = models.DateTimeField("时间")
    outcome = models.CharField("结果", max_length=16, default="failed")
    person_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = "登录尝试"
        indexes = [
            models.Index(fields=["account", "at"]),
            models.Index(fields=["address", "at"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at} {self.outcome}"


class OneTimeCode(models.Model):
    """A code that opens once (一次性口令): to set a password, or to recover the second factor."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="codes")
    kind = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)
    until = models.DateTimeField("有效至", null=True)
    sequence = models.BigIntegerField("记录号")
    spent_sequence = models.BigIntegerField("用去记录号", null=True)

    class Meta:
        verbose_name = "一次性口令"
        indexes = [models.Index(fields=["person", "kind"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.person_id} {self.sequence}"
