"""The tables of files, papers, numbers and documents."""

import django.db.models.deletion
from django.db import migrations, models

import guotu.core.journal.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="File",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64, unique=True, verbose_name="散列")),
                ("name", models.CharField(max_length=255, verbose_name="文件名")),
                ("size", models.BigIntegerField(verbose_name="字节数")),
                ("kind", models.CharField(max_length=32, verbose_name="种类")),
                (
                    "secrecy",
                    models.CharField(
                        choices=[("open", "公开"), ("internal", "内部"), ("secret", "涉密")],
                        default="internal",
                        max_length=16,
                        verbose_name="密级",
                    ),
                ),
                (
                    "power",
                    models.CharField(default="files.read", max_length=64, verbose_name="查看权力"),
                ),
                (
                    "division_code",
                    models.CharField(blank=True, default="", max_length=12, verbose_name="行政区"),
                ),
                ("facts", models.JSONField(default=dict, verbose_name="内容要素")),
                (
                    "kept_at",
                    models.DateTimeField(
                        default=guotu.core.journal.clock.now, verbose_name="收存时间"
                    ),
                ),
                ("swept_sequence", models.BigIntegerField(null=True, verbose_name="清理")),
            ],
            options={
                "verbose_name": "文件",
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject", models.CharField(db_index=True, max_length=200, verbose_name="所属")),
                ("title", models.CharField(max_length=200, verbose_name="名称")),
                ("paper", models.CharField(max_length=32, verbose_name="材料种类")),
                (
                    "secrecy",
                    models.CharField(
                        choices=[("open", "公开"), ("internal", "内部"), ("secret", "涉密")],
                        max_length=16,
                        verbose_name="密级",
                    ),
                ),
                ("sequence", models.BigIntegerField(verbose_name="行为序号")),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="files.file",
                        verbose_name="文件",
                    ),
                ),
            ],
            options={
                "verbose_name": "材料",
                "ordering": ["subject", "sequence", "id"],
            },
        ),
        migrations.CreateModel(
            name="Number",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("series", models.CharField(max_length=64, verbose_name="字号")),
                ("year", models.IntegerField(verbose_name="年份")),
                ("number", models.IntegerField(verbose_name="顺序号")),
                ("sequence", models.BigIntegerField(verbose_name="行为序号")),
                ("voided_sequence", models.BigIntegerField(null=True, verbose_name="作废")),
                ("void_reason", models.TextField(blank=True, default="", verbose_name="作废理由")),
            ],
            options={
                "verbose_name": "文号",
                "ordering": ["series", "year", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("series", "year", "number"), name="files_number_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)), name="files_number_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=64, unique=True, verbose_name="发文字号")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("决议", "决议"),
                            ("决定", "决定"),
                            ("命令", "命令"),
                            ("公报", "公报"),
                            ("公告", "公告"),
                            ("通告", "通告"),
                            ("意见", "意见"),
                            ("通知", "通知"),
                            ("通报", "通报"),
                            ("报告", "报告"),
                            ("请示", "请示"),
                            ("批复", "批复"),
                            ("议案", "议案"),
                            ("函", "函"),
                            ("纪要", "纪要"),
                        ],
                        max_length=16,
                        verbose_name="文种",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("organ", models.CharField(max_length=200, verbose_name="发文机关")),
                ("addressees", models.JSONField(default=list, verbose_name="主送机关")),
                ("body", models.TextField(verbose_name="正文")),
                (
                    "subject",
                    models.CharField(
                        blank=True,
                        db_index=True,
                        default="",
                        max_length=200,
                        verbose_name="所涉事项",
                    ),
                ),
                ("dated", models.DateField(verbose_name="成文日期")),
                (
                    "secrecy",
                    models.CharField(
                        choices=[("open", "公开"), ("internal", "内部"), ("secret", "涉密")],
                        default="internal",
                        max_length=16,
                        verbose_name="密级",
                    ),
                ),
                (
                    "division_code",
                    models.CharField(blank=True, default="", max_length=12, verbose_name="行政区"),
                ),
                ("sequence", models.BigIntegerField(verbose_name="行为序号")),
                (
                    "signer_post",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="people.post",
                        verbose_name="签发岗位",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="files.file",
                        verbose_name="文件",
                    ),
                ),
                (
                    "number",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="files.number",
                        verbose_name="文号",
                    ),
                ),
            ],
            options={
                "verbose_name": "公文",
                "ordering": ["-dated", "-sequence", "-id"],
            },
        ),
    ]
