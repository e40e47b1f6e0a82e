"""Hands, interventions and what was said stay as they were written."""

from guotu.core.journal.guarding import protect

protect("cases_process", free=frozenset({"retired_sequence"}))
protect("cases_migration", once=frozenset({"taken_back_sequence"}))
protect("cases_hand")
protect("cases_handover")
protect("cases_intervention")
protect("cases_reply")
protect("cases_clockchange")
protect("cases_calendaryear")
protect("cases_calendarday")
protect(
    "cases_note",
    once=frozenset({"answered_sequence", "answered_at", "answered_person_id", "answer", "agreed"}),
)
protect("cases_source")
protect("cases_taskchange")
protect("cases_assisting")
protect("cases_milestone", once=frozenset({"reached_on", "reached_sequence"}))
protect(
    "cases_feedback",
    once=frozenset(
        {"verdict", "checked_text", "checked_person_id", "checked_at", "checked_sequence"}
    ),
)
