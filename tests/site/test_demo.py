"""`guotu demo` builds a county once, with accounts and samples, and never over another."""

import json
import stat

import click
import pytest
from click.testing import CliRunner, Result
from django.contrib.auth import authenticate

from guotu.core.atlas import queries
from guotu.core.atlas.models import County
from guotu.core.journal.models import Entry
from guotu.core.people.models import Person
from guotu.core.register.models import Thing
from guotu.lib.geo.guard import read_apart
from guotu.lib.refusal import Refusal
from guotu.site.cli.demo import command
from guotu.site.demo import accounts, making, samples, state

FEW = ("divisions", "landuse", "hazard_points")
SMALL = ["--parcels", "300"]


@pytest.fixture
def home(settings, tmp_path):
    """Give a GUOTU_HOME of the test's own."""
    settings.GUOTU_HOME = tmp_path / "home"
    settings.GUOTU_HOME.mkdir(mode=0o700)
    return settings.GUOTU_HOME


@pytest.fixture
def few_layers(monkeypatch):
    """Publish three layers, without tiles."""
    published = making.import_layer
    monkeypatch.setattr(making.fiction, "LAYERS", FEW)
    monkeypatch.setattr(
        making, "import_layer", lambda *given, **more: published(*given, **{**more, "tiles": False})
    )


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), standalone_mode=False)


@pytest.mark.django_db
@pytest.mark.usefixtures("few_layers")
def test_a_county_with_accounts_and_samples(home):
    result = _run(*SMALL)
    assert result.exception is None, result.exception
    assert queries.county().fictional
    assert "虚构" in queries.county().name
    for layer in FEW:
        report = queries.current_release(layer).report
        assert report["read"] == report["accepted"] > 0
        assert report["changes"] == {}
    taken = Entry.objects.get(verb="register.take_from_release").outcome
    assert taken["refused"] == 0, taken["reasons"]
    assert taken["begun"] == queries.current_release("landuse").features == Thing.objects.count()
    for account in accounts.kept():
        assert account.password in result.output
        assert authenticate(username=account.username, password=account.password)
    keeper = Person.objects.get(username="shuju")
    assert keeper.has_power("atlas.publish")
    assert not Person.objects.get(username="jiandu").has_power("approval.review")
    kept = home / accounts.FILE_NAME
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    for name in sorted((home / samples.FOLDER).iterdir()):
        if name.name != samples.README:
            features = read_apart(name)
            assert len(features.geometry) == features.read > 0, name


@pytest.mark.django_db
@pytest.mark.usefixtures("few_layers")
def test_it_never_builds_over_a_county(home):
    _run(*SMALL)
    with pytest.raises(Refusal, match="不能建在它上面"):
        _run_raising(*SMALL)
    result = _run(*SMALL, "--if-empty")
    assert result.exception is None
    assert accounts.kept()[0].password in result.output
    assert County.objects.count() == 1


def _run_raising(*arguments: str) -> None:
    command.main(args=list(arguments), standalone_mode=False)


@pytest.mark.django_db
@pytest.mark.usefixtures("few_layers")
def test_an_interrupted_demo_is_finished_as_it_was_begun(home, monkeypatch):
    whole = making.import_layer

    def stops_at_the_third(layer, *given, **more):
        if layer == FEW[2]:
            raise KeyboardInterrupt
        return whole(layer, *given, **more)

    monkeypatch.setattr(making, "import_layer", stops_at_the_third)
    with pytest.raises(click.Abort):
        _run_raising(*SMALL, "--seed", "5")
    assert state.read() == state.Asked(300, 5, None, done=False)
    monkeypatch.setattr(making, "import_layer", whole)
    result = _run("--if-empty")
    assert result.exception is None, result.exception
    assert state.read() == state.Asked(300, 5, None, done=True)
    assert [queries.releases(layer).count() for layer in FEW] == [1, 2, 1]
    assert Entry.objects.filter(verb="register.take_from_release").count() == 1


def test_passwords_are_new_each_time(home):
    first = {accounts._password() for _ in range(50)}
    assert len(first) == 50


def test_what_was_asked_is_kept(home):
    state.keep(state.Asked(900, 3, "430626"), done=True)
    assert state.read() == state.Asked(900, 3, "430626", done=True)
    assert json.loads((home / state.FILE_NAME).read_text())["parcels"] == 900
