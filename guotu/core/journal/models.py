"""The append-only record of every act in the county."""

from django.db import models


class Entry(models.Model):
    """One act: who, in which post, when, what, on what, why, with what outcome (行政行为记录).

    Actor, post and substitution are ids only; personal data never enters an entry. `effects` is
    what the act posted, numbered, started, sent and changed; `simulated` that its moment was.
    """

    sequence = models.BigIntegerField(primary_key=True)
    recorded_at = models.DateTimeField()
    verb = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    actor_id = models.BigIntegerField(null=True)
    post_id = models.BigIntegerField(null=True)
    substitution_id = models.BigIntegerField(null=True)
    reason = models.TextField(blank=True, default="")
    outcome = models.JSONField(default=dict)
    effects = models.JSONField(default=list)
    simulated = models.BooleanField(default=False)
    idempotency_key = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["sequence"]
        verbose_name = "行为记录"

    def __str__(self) -> str:
        return f"{self.sequence} {self.verb} {self.subject}"
