"""Check what a stranger hands in before anything opens it: name, size, kind, and then inside."""

from guotu.core.files.checking.upload import Upload, check_file, taken_in

__all__ = ["Upload", "check_file", "taken_in"]
