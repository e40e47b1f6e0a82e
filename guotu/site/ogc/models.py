"""What the data service remembers: tokens by their hash, and how much each was used on a day."""

from django.db import models

from guotu.core.people.models import Person


class AccessToken(models.Model):
    """A token (访问令牌) by which a program reads as one person in one post, until a day.

    Only the SHA-256 is kept. `acting` is the key of the capacity; `mark` the person's session mark,
    so that what ends every session ends the token.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    acting = models.CharField("岗位", max_length=64)
    name = models.CharField("名称", max_length=64)
    sha256 = models.CharField("散列", max_length=64, unique=True)
    mark = models.CharField(max_length=64)
    until = models.DateField("至（不含）")
    sequence = models.BigIntegerField("记录号")
    revoked_sequence = models.BigIntegerField("作废记录号", null=True)

    class Meta:
        verbose_name = "访问令牌"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class Use(models.Model):
    """How much a person took through the data service on one day (服务用量), by token."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    token = models.ForeignKey(AccessToken, null=True, on_delete=models.PROTECT, related_name="uses")
    day = models.DateField("日期")
    requests = models.BigIntegerField("请求数", default=0)
    features = models.BigIntegerField("要素数", default=0)
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "服务用量"
        ordering = ["-day", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "token", "day"], nulls_distinct=False, name="use_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.day}"
