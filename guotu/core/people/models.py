"""People, the posts they hold, and the powers that belong to posts (not to people)."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class Post(models.Model):
    """A post (岗位) and its powers; `tag` says what it does in a process."""

    TAGS = [
        ("decide", "决策"),
        ("execute", "执行"),
        ("supervise", "监督"),
        ("support", "保障"),
    ]

    code = models.SlugField(max_length=64, unique=True)
    name = models.CharField("岗位", max_length=64)
    tag = models.CharField("性质", max_length=16, choices=TAGS, default="execute")
    powers = models.JSONField("权力", default=list)

    class Meta:
        verbose_name = "岗位"

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    """Makes persons with a sign-in name and a hashed password."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "Person":
        """Return a saved person who can sign in as `username`."""
        person = self.model(username=username, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """Somebody who can sign in (人员); what they may do comes from the post they hold."""

    username = models.CharField("账号", max_length=64, unique=True)
    name = models.CharField("姓名", max_length=64)
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, verbose_name="岗位")
    is_active = models.BooleanField("在用", default=True)

    objects = PersonManager()
    USERNAME_FIELD = "username"

    class Meta:
        verbose_name = "人员"

    def __str__(self) -> str:
        return self.username

    def has_power(self, power: str) -> bool:
        """Say whether the post this person holds carries `power`."""
        return bool(self.is_active and self.post and power in self.post.powers)
