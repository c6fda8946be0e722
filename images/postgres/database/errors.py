"""Errors that are told to the person at the keyboard as one line."""


class OperationError(Exception):
    """What is wrong, where, why, and what to do, in one line. Ends the tool with exit code 1."""


class Locked(OperationError):
    """Somebody else does what only one may do at a time."""


class Unreachable(OperationError):
    """A server did not answer: no name, no connection, no TLS, or no answer in time."""
