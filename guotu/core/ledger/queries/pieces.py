"""Land on the books: what an account holds, what a transfer moved, where a piece came from."""

from django.db.models import QuerySet

from guotu.core.ledger.models import Account, Piece, Transfer


def pieces_held(account: Account) -> QuerySet[Piece]:
    """Return the pieces an account holds now, those reserved for it included."""
    return Piece.objects.filter(account=account, ended_by__isnull=True)


def pieces_moved(transfer: Transfer) -> QuerySet[Piece]:
    """Return the pieces that a transfer stands for; of a void, those that it gave back."""
    return Piece.objects.filter(transfer=transfer, moved=transfer.kind != "void")


def lineage_of(piece: Piece) -> list[Piece]:
    """Return the pieces from which `piece` came, the first that entered the book first."""
    line = [piece]
    while line[-1].parent_id is not None:
        line.append(Piece.objects.select_related("transfer").get(pk=line[-1].parent_id))
    return line[::-1]
