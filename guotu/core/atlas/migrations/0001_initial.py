"""The tables of the atlas: county, layers, releases and what is held back."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("files", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Layer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=64, unique=True, verbose_name="名称")),
                ("title", models.CharField(max_length=64, verbose_name="标题")),
                ("group", models.CharField(max_length=32, verbose_name="分组")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("base", "基础"),
                            ("control", "管控"),
                            ("protected", "保护"),
                            ("right", "权利"),
                            ("hazard", "隐患"),
                            ("finding", "监测"),
                        ],
                        max_length=16,
                        verbose_name="性质",
                    ),
                ),
                (
                    "geometry",
                    models.CharField(
                        choices=[
                            ("polygon", "面"),
                            ("line", "线"),
                            ("point", "点"),
                            ("any", "不限"),
                        ],
                        default="polygon",
                        max_length=8,
                        verbose_name="几何",
                    ),
                ),
                ("style", models.JSONField(default=dict, verbose_name="图式")),
                (
                    "label_field",
                    models.CharField(
                        blank=True, default="", max_length=64, verbose_name="标注字段"
                    ),
                ),
                (
                    "code_field",
                    models.CharField(
                        blank=True, default="", max_length=64, verbose_name="编码字段"
                    ),
                ),
                ("search_fields", models.JSONField(default=list, verbose_name="查询字段")),
                ("tiling", models.JSONField(default=dict, verbose_name="切片")),
                ("order", models.IntegerField(default=500, verbose_name="次序")),
                (
                    "secrecy",
                    models.CharField(
                        choices=[("open", "公开"), ("internal", "内部"), ("secret", "秘密")],
                        default="internal",
                        max_length=16,
                        verbose_name="密级",
                    ),
                ),
                ("field_secrecy", models.JSONField(default=dict, verbose_name="字段密级")),
                ("protection", models.JSONField(default=dict, verbose_name="保护规则")),
            ],
            options={
                "verbose_name": "图层",
                "ordering": ["order", "name"],
            },
        ),
        migrations.CreateModel(
            name="County",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("code", models.CharField(max_length=6, verbose_name="行政区划代码")),
                ("name", models.CharField(max_length=64, verbose_name="名称")),
                ("epsg", models.IntegerField(verbose_name="坐标系")),
                ("fictional", models.BooleanField(default=False, verbose_name="虚构")),
                ("begun_at", models.DateTimeField(auto_now_add=True, verbose_name="启用时间")),
            ],
            options={
                "verbose_name": "县",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="one_county")
                ],
            },
        ),
        migrations.CreateModel(
            name="Release",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=32, verbose_name="版本")),
                ("released", models.DateField(verbose_name="发布日期")),
                ("sha256", models.CharField(max_length=64, verbose_name="散列")),
                ("path", models.CharField(max_length=255, verbose_name="路径")),
                (
                    "tiles_path",
                    models.CharField(
                        blank=True, default="", max_length=255, verbose_name="切片路径"
                    ),
                ),
                ("features", models.BigIntegerField(verbose_name="要素数")),
                ("epsg", models.IntegerField(verbose_name="坐标系")),
                (
                    "code_system",
                    models.CharField(
                        blank=True, default="", max_length=32, verbose_name="分类体系"
                    ),
                ),
                (
                    "secrecy",
                    models.CharField(
                        choices=[("open", "公开"), ("internal", "内部"), ("secret", "秘密")],
                        default="internal",
                        max_length=16,
                        verbose_name="密级",
                    ),
                ),
                ("fields", models.JSONField(default=list, verbose_name="字段")),
                ("bounds", models.JSONField(null=True, verbose_name="范围")),
                ("report", models.JSONField(default=dict, verbose_name="入库报告")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
                (
                    "withdrawn_reason",
                    models.TextField(blank=True, default="", verbose_name="撤回原因"),
                ),
                ("recorded_at", models.DateTimeField(auto_now_add=True, verbose_name="入库时间")),
                (
                    "layer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="releases",
                        to="atlas.layer",
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.file",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.file",
                    ),
                ),
            ],
            options={
                "verbose_name": "图层版本",
                "ordering": ["layer", "released", "id"],
            },
        ),
        migrations.CreateModel(
            name="Quarantined",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("feature", models.CharField(max_length=255, verbose_name="要素")),
                ("rule", models.CharField(max_length=64, verbose_name="规则")),
                ("reason", models.TextField(verbose_name="原因")),
                ("x", models.FloatField(null=True, verbose_name="横坐标")),
                ("y", models.FloatField(null=True, verbose_name="纵坐标")),
                ("geometry", models.BinaryField(verbose_name="原图形")),
                ("proposal", models.BinaryField(null=True, verbose_name="建议图形")),
                ("fields", models.JSONField(default=dict, verbose_name="属性")),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[("", "未定"), ("confirmed", "确认"), ("refused", "不予采用")],
                        default="",
                        max_length=16,
                        verbose_name="处理",
                    ),
                ),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="quarantine",
                        to="atlas.release",
                    ),
                ),
            ],
            options={
                "verbose_name": "待确认图斑",
                "ordering": ["release", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.UniqueConstraint(
                fields=("layer", "name"), name="release_name_once_a_layer"
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.UniqueConstraint(fields=("path",), name="release_path_once"),
        ),
    ]
