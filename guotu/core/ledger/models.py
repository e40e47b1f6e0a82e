"""Books, accounts, transfers and the pieces of land they stand for: written once, never changed."""

from django.db import models

NORMAL = [("debit", "借方"), ("credit", "贷方")]
KINDS = [
    ("immediate", "即时"),
    ("pending", "预留"),
    ("post", "入账"),
    ("void", "撤销"),
    ("reverse", "冲销"),
]


class Book(models.Model):
    """A book (账册): one thing counted in one unit, by the article that has it kept."""

    code = models.SlugField("代码", max_length=32, unique=True)
    title = models.CharField("名称", max_length=64)
    unit = models.CharField("单位", max_length=16)
    effective_from = models.DateField("启用日期")
    article = models.CharField("依据", max_length=200)
    source = models.CharField("出处", max_length=200)
    dimensions = models.JSONField("维度", default=list)
    required = models.JSONField("必填维度", default=list)
    sequence = models.BigIntegerField("行为记录号")

    class Meta:
        ordering = ["code"]
        verbose_name = "账册"

    def __str__(self) -> str:
        return self.title


class Account(models.Model):
    """An account (账户) of a book: `code` says what of, its dimensions where, when, of which kind.

    `least` and `most` bound the balance on its normal side, what is reserved included. With
    `holds_land` every transfer names its pieces, and those of a `line` are held once.
    """

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="accounts")
    code = models.CharField("账目", max_length=64)
    title = models.CharField("名称", max_length=128)
    dimensions = models.JSONField("维度", default=dict)
    key = models.CharField("账户键", max_length=400)
    division = models.CharField("行政区", max_length=12, blank=True, default="")
    normal = models.CharField("余额方向", max_length=6, choices=NORMAL)
    least = models.BigIntegerField("下限", null=True)
    most = models.BigIntegerField("上限", null=True)
    holds_land = models.BooleanField("按地块管理", default=False)
    line = models.CharField("地块账目", max_length=32, blank=True, default="")
    opened_on = models.DateField("开立日期")
    sequence = models.BigIntegerField("行为记录号")

    class Meta:
        ordering = ["book", "code", "key"]
        verbose_name = "账户"
        constraints = [
            models.UniqueConstraint(fields=["book", "key"], name="account_key_once_a_book")
        ]
        indexes = [models.Index(fields=["division"], name="account_division")]

    def __str__(self) -> str:
        return self.title


class Balance(models.Model):
    """What an account has come to (余额): four sums kept with each transfer, derived from them all.

    Not a record but a reckoning: `guotu verify` makes it again from the transfers.
    """

    account = models.OneToOneField(
        Account, on_delete=models.PROTECT, primary_key=True, related_name="balance"
    )
    debit_posted = models.BigIntegerField("借方发生", default=0)
    credit_posted = models.BigIntegerField("贷方发生", default=0)
    debit_pending = models.BigIntegerField("借方预留", default=0)
    credit_pending = models.BigIntegerField("贷方预留", default=0)

    class Meta:
        verbose_name = "余额"

    def __str__(self) -> str:
        return f"{self.account_id}"


class Transfer(models.Model):
    """A transfer (转账): a whole amount out of one account into another, by one act.

    `id` counts without a gap. `pending` is the transfer that this one posts, voids or reverses;
    `settled` how much reserved amount it ends; `link` the first of those entered with it all or
    none; `on` the business date, `sequence` the journal number of the act.
    """

    id = models.BigIntegerField(primary_key=True)
    sequence = models.BigIntegerField("行为记录号")
    debit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="debits")
    credit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="credits")
    amount = models.BigIntegerField("数额")
    settled = models.BigIntegerField("了结预留", default=0)
    kind = models.CharField("种类", max_length=9, choices=KINDS)
    pending = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="end")
    expires_on = models.DateField("期限", null=True)
    on = models.DateField("日期")
    link = models.BigIntegerField("同组", null=True)
    reason = models.CharField("事由代码", max_length=64, blank=True, default="")

    class Meta:
        ordering = ["id"]
        verbose_name = "转账"
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="transfer_is_positive"),
            models.CheckConstraint(
                condition=~models.Q(debit=models.F("credit")), name="transfer_has_two_sides"
            ),
        ]
        indexes = [
            models.Index(fields=["sequence"], name="transfer_sequence"),
            models.Index(
                fields=["expires_on"],
                name="transfer_expiring",
                condition=models.Q(expires_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.kind} {self.amount}"


class Piece(models.Model):
    """A piece of land (入账地块) as a transfer left it: with an account, reserved, or let go.

    `moved` says that the transfer stands for it; else it is what was left of its `parent`, or what
    came back. `ended_by` is the transfer that took it on. Box and cell serve to find what is near.
    """

    id = models.BigIntegerField(primary_key=True)
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="pieces")
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="+")
    line = models.CharField("地块账目", max_length=32, blank=True, default="")
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="pieces")
    reserved_by = models.ForeignKey(
        Transfer, null=True, on_delete=models.PROTECT, related_name="reserved_pieces"
    )
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")
    moved = models.BooleanField("随转账", default=True)
    area_dm2 = models.BigIntegerField("面积")
    label = models.CharField("图斑号", max_length=128, blank=True, default="")
    geometry = models.BinaryField("图形")
    step = models.BigIntegerField("格距")
    column = models.BigIntegerField("格列")
    row = models.BigIntegerField("格行")
    ended_by = models.ForeignKey(
        Transfer, null=True, on_delete=models.PROTECT, related_name="ended_pieces"
    )

    class Meta:
        ordering = ["id"]
        verbose_name = "入账地块"
        indexes = [
            models.Index(
                fields=["book", "line", "step", "column", "row"],
                name="piece_live_cell",
                condition=models.Q(ended_by__isnull=True, account__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.label}"
