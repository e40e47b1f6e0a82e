"""What was kept, attached, numbered and issued stays; only who may read a file may change."""

from guotu.core.journal.guarding import protect

protect(
    "files_file", free=frozenset({"secrecy", "power", "division_code", "facts", "swept_sequence"})
)
protect("files_attachment")
protect("files_number", once=frozenset({"voided_sequence", "void_reason"}))
protect("files_document")
