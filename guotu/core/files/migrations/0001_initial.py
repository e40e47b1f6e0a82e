"""The table of kept files."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

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
                ("kept_at", models.DateTimeField(auto_now_add=True, verbose_name="收存时间")),
            ],
            options={
                "verbose_name": "文件",
            },
        ),
    ]
