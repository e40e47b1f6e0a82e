"""Files that the county keeps: each once, under the hash of its bytes."""

from django.db import models


class File(models.Model):
    """A kept file (文件); `name` is what it was called when it first came in."""

    sha256 = models.CharField("散列", max_length=64, unique=True)
    name = models.CharField("文件名", max_length=255)
    size = models.BigIntegerField("字节数")
    kind = models.CharField("种类", max_length=32)
    kept_at = models.DateTimeField("收存时间", auto_now_add=True)

    class Meta:
        verbose_name = "文件"

    def __str__(self) -> str:
        return self.name
