"""Makers for the acts of the journal upon itself."""

from typing import Any

from django.db import connection

from guotu.core.journal import guarding, sealing
from guotu.core.journal.models import Entry
from trials._kernel_acts import Given, World, makes, simply


@makes("journal.erase_subject")
def _erase_subject(world: World) -> Given:
    return simply(subject=sealing.new_subject())


@makes("journal.erase_reason")
def _erase_reason(world: World) -> Given:
    world.do("people.open_account", **_account(world))
    return simply(sequence=Entry.objects.exclude(reason_subject="").latest("sequence").sequence)


@makes("journal.restore_guards")
def _restore_guards(world: World) -> Given:
    name = world.chance.choice(guarding.names())

    def dropped() -> dict[str, Any]:
        table = name.rsplit("_", 2)[0]
        of_table = f' ON "{table}"' if connection.vendor == "postgresql" else ""
        with connection.cursor() as cursor:
            cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"{of_table}')
        return {}

    return Given(dropped)


def _account(world: World) -> dict[str, Any]:
    name = world.name("person")
    return {"username": name, "name": "林知远", "password": "a-long-password-1"}
