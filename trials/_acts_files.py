"""Makers for the acts of files: keeping, attaching, numbering, issuing, reclassifying, sweeping."""

from guotu.core.files.models import Document, File
from guotu.core.journal import clock
from trials._kernel_acts import Given, World, makes, simply

_PAPER = {
    "series": "land_approval",
    "kind": "批复",
    "title": "关于双桥村安置区用地的批复",
    "body": "一、同意用地。\n请依法办理。",
    "organ": "云溪县自然资源局",
    "addressees": ["双桥镇人民政府"],
}


def kept(world: World) -> File:
    """Keep a file and return it."""
    done: File = world.do("files.keep", name=f"{world.name()}.txt", data=world.data())
    return done


def issued(world: World) -> Document:
    """Issue a document and return it."""
    done: Document = world.do("files.issue_document", **_PAPER)
    return done


@makes("files.keep")
def _keep(world: World) -> Given:
    return simply(name=f"{world.name()}.txt", data=world.data())


@makes("files.attach")
def _attach(world: World) -> Given:
    from guotu.core.files.queries import kinds_of_paper

    paper = sorted(kinds_of_paper())[0]
    told = {"title": "材料", "paper": paper, "secrecy": "secret"}
    return simply(subject="review:7", file_id=kept(world).pk, **told)


@makes("files.issue_document")
def _issue_document(world: World) -> Given:
    return simply(**_PAPER, subject="review:7")


@makes("files.void_number")
def _void_number(world: World) -> Given:
    number = issued(world).number
    return simply(series=number.series, year=clock.today().year, number=number.number)


@makes("files.reclassify")
def _reclassify(world: World) -> Given:
    return simply(file_id=kept(world).pk, secrecy="secret")


@makes("files.sweep")
def _sweep(world: World) -> Given:
    kept(world)
    return simply(older_than_days=0)
