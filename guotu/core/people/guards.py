"""Who held which post, stood in for whom, and tried to sign in stays as it was written."""

from guotu.core.journal.guarding import protect

_ENDS = frozenset({"until", "ended_sequence"})
protect("people_division", free=_ENDS)
protect("people_succession")
protect("people_holding", free=_ENDS)
protect("people_substitution", free=_ENDS)
protect("people_attempt", free=frozenset({"outcome"}))
protect("people_onetimecode", once=frozenset({"spent_sequence"}))
