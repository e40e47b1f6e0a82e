"""The append-only record of every act, its signed heads, and the keys of what is sealed."""

from django.db import models


class Entry(models.Model):
    """One act: who, in which post, when, what, on what, why, with what outcome (行政行为记录).

    Actor, post and substitution are ids only; no personal data stands bare in an entry. `effects`
    is what the act posted, numbered, started, sent and changed; `simulated` that its moment was.

    The reason is free text: the entry is bound to it by `reason_mark`, a salted hash, and keeps it
    sealed under a key of its own (`reason_subject`), which can be destroyed. `leaf` is the hash of
    the entry's canonical bytes, `peaks` the tree's after it (see `guotu.lib.chain`).
    """

    sequence = models.BigIntegerField(primary_key=True)
    recorded_at = models.DateTimeField()
    verb = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    actor_id = models.BigIntegerField(null=True)
    post_id = models.BigIntegerField(null=True)
    substitution_id = models.BigIntegerField(null=True)
    reason_mark = models.CharField(max_length=64, blank=True, default="")
    reason_subject = models.CharField(max_length=32, blank=True, default="")
    sealed_reason = models.BinaryField(null=True)
    outcome = models.JSONField(default=dict)
    effects = models.JSONField(default=list)
    simulated = models.BooleanField(default=False)
    idempotency_key = models.CharField(max_length=64, unique=True)
    leaf = models.BinaryField(max_length=32)
    peaks = models.BinaryField()

    class Meta:
        ordering = ["sequence"]
        verbose_name = "行为记录"
        indexes = [
            models.Index(fields=["verb", "sequence"]),
            models.Index(fields=["subject", "sequence"]),
            models.Index(fields=["post_id", "sequence"]),
            models.Index(fields=["recorded_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.verb} {self.subject}"


class Checkpoint(models.Model):
    """The signed head of the journal at one size (签名检查点): what a stranger keeps to compare.

    `root`, `key` (Ed25519, public) and `signature` are hexadecimal.
    """

    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    key = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    class Meta:
        ordering = ["size", "pk"]
        verbose_name = "签名检查点"
        constraints = [
            models.UniqueConstraint(fields=["size", "key"], name="checkpoint_once_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.size} {self.root}"


class SubjectKey(models.Model):
    """The key under which what concerns one subject is sealed (主体密钥); erased, it is NULL.

    Rows of this table are in no backup.
    """

    subject = models.CharField(max_length=32, primary_key=True)
    key = models.BinaryField(null=True, max_length=32)
    erased_sequence = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = "主体密钥"

    def __str__(self) -> str:
        return self.subject
