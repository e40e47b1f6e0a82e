"""What a person keeps for their own desk: named views of a list."""

from django.db import models

from guotu.core.people.models import Person


class SavedView(models.Model):
    """A named filter of a list (常用视图), one person's own."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="saved_views")
    page = models.CharField(max_length=32)
    name = models.CharField("名称", max_length=32)
    query = models.CharField(max_length=512)
    sequence = models.BigIntegerField("记录号")

    class Meta:
        verbose_name = "常用视图"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["person", "page", "name"], name="saved_view_once")
        ]

    def __str__(self) -> str:
        return self.name
