"""Makers for the acts of the OGC door: tokens, and the count of their use by day."""

from guotu.core.journal import clock
from guotu.core.journal.actions import Actor, perform
from guotu.core.people.models import Holding
from trials._acts_people import holding
from trials._kernel_acts import Given, World, makes

_POWERS = frozenset({"atlas.read"})


def _token(world: World) -> tuple[Actor, dict[str, str]]:
    held: Holding = holding(world)
    told = {"secret": world.name("secret"), "name": "QGIS", "acting": f"held-{held.pk}"}
    return Actor(held.person_id, held.post_id, _POWERS), told


@makes("ogc.make_token")
def _make_token(world: World) -> Given:
    actor, told = _token(world)
    return Given(lambda: dict(told), actor=actor)


@makes("ogc.revoke_token")
def _revoke_token(world: World) -> Given:
    actor, told = _token(world)
    made = perform("ogc.make_token", actor, **told).answer
    return Given(lambda: {"token_id": made.pk}, actor=actor)


@makes("ogc.begin_day")
def _begin_day(world: World) -> Given:
    actor, told = _token(world)
    made = perform("ogc.make_token", actor, **told).answer
    return Given(lambda: {"day": clock.today(), "token_id": made.pk}, actor=actor)
