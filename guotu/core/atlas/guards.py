"""Triggers by which the database itself refuses to change or delete a release.

A rebuild of the table by a later migration drops them without a word on SQLite, so start-up puts
them back after migrating (`ensure`), and publishing refuses to run without them.
"""

from django.db import connection

from guotu.lib.refusal import Refusal

_FROZEN = (
    "id", "layer_id", "name", "released", "sha256", "source_id", "record_id", "path", "features",
    "epsg", "code_system", "secrecy", "fields", "bounds", "report", "recorded_at",
)  # fmt: skip
_MESSAGE = "a release is never changed or deleted"
NAMES = ("atlas_release_frozen", "atlas_release_kept")


def install() -> None:
    """Put the triggers in place, on SQLite or PostgreSQL; safe to call twice."""
    make = _postgresql if connection.vendor == "postgresql" else _sqlite
    with connection.cursor() as cursor:
        for statement in make():
            cursor.execute(statement)


def ensure() -> None:
    """Put back what is missing; called at start-up, after migrations."""
    if missing():
        install()


def missing() -> list[str]:
    """Return the names of the triggers that are not there."""
    table = {
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(table)
        there = {row[0] for row in cursor.fetchall()}
    return [name for name in NAMES if name not in there]


def check_guards() -> None:
    """Raise a Refusal when the database would let a release be changed."""
    if absent := missing():
        raise Refusal(
            "数据库缺少防改触发器，不能写入",
            where="、".join(absent),
            rule="已发布的图层版本不得修改或删除",
            remedy="运行任一 guotu 命令完成数据库升级后再试",
        )


def _changed(compare: str) -> str:
    frozen = " OR ".join(f"NEW.{name} {compare} OLD.{name}" for name in _FROZEN)
    return (
        f"{frozen} OR (OLD.withdrawn_at IS NOT NULL AND (NEW.withdrawn_at {compare} "
        f"OLD.withdrawn_at OR NEW.withdrawn_reason {compare} OLD.withdrawn_reason)) "
        f"OR (OLD.tiles_path <> '' AND NEW.tiles_path {compare} OLD.tiles_path)"
    )


def _sqlite() -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
    return [
        "DROP TRIGGER IF EXISTS atlas_release_frozen",
        "DROP TRIGGER IF EXISTS atlas_release_kept",
        f"CREATE TRIGGER atlas_release_frozen BEFORE UPDATE ON atlas_release "
        f"WHEN {_changed('IS NOT')} {refuse}",
        f"CREATE TRIGGER atlas_release_kept BEFORE DELETE ON atlas_release {refuse}",
    ]


def _postgresql() -> list[str]:
    return [
        f"""CREATE OR REPLACE FUNCTION atlas_refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$""",
        """CREATE OR REPLACE FUNCTION atlas_refuse_when_any() RETURNS trigger
            LANGUAGE plpgsql AS $$ BEGIN
            IF EXISTS (SELECT 1 FROM atlas_release) THEN
            RAISE EXCEPTION 'releases are never changed or deleted'; END IF;
            RETURN NULL; END $$""",
        f"""CREATE OR REPLACE TRIGGER atlas_release_frozen BEFORE UPDATE ON atlas_release
            FOR EACH ROW WHEN ({_changed("IS DISTINCT FROM")}) EXECUTE FUNCTION atlas_refuse()""",
        """CREATE OR REPLACE TRIGGER atlas_release_kept BEFORE DELETE ON atlas_release
            FOR EACH ROW EXECUTE FUNCTION atlas_refuse()""",
        """CREATE OR REPLACE TRIGGER atlas_release_kept_whole BEFORE TRUNCATE ON atlas_release
            FOR EACH STATEMENT EXECUTE FUNCTION atlas_refuse_when_any()""",
    ]
