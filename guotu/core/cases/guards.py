"""Hands, interventions and what was said stay as they were written."""

from guotu.core.journal.guarding import protect

protect("cases_process", free=frozenset({"retired_sequence"}))
protect("cases_hand")
protect("cases_intervention")
protect("cases_reply")
protect("cases_clockchange")
protect(
    "cases_note",
    once=frozenset({"answered_sequence", "answered_at", "answered_person_id", "answer", "agreed"}),
)
