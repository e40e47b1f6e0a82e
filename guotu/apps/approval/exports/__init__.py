"""What a review is taken along as: a document, a workbook, a boundary file."""

from guotu.apps.approval.exports.boundary import boundary_file
from guotu.apps.approval.exports.document import document
from guotu.apps.approval.exports.matrix import Matrix, matrix_of
from guotu.apps.approval.exports.workbook import list_workbook, workbook

__all__ = ["Matrix", "boundary_file", "document", "list_workbook", "matrix_of", "workbook"]
