"""Official documents (公文) by GB/T 9704-2012: the fifteen kinds, the words, the page."""

from guotu.lib.gongwen.kinds import FORM_OF, FORMS, KINDS, PUBLIC, UPWARD, head_of
from guotu.lib.gongwen.paper import Enclosure, Paper, check_paper, date_in_words

__all__ = [
    "FORMS",
    "FORM_OF",
    "KINDS",
    "PUBLIC",
    "UPWARD",
    "Enclosure",
    "Paper",
    "check_paper",
    "date_in_words",
    "head_of",
]
