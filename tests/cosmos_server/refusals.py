"""Refusals as the service words them: a status, a sub-status where the SDK acts on it, a message."""


class Refused(Exception):
    def __init__(self, status: int, message: str, *, sub_status: int = 0, retry_after_ms: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.sub_status = sub_status
        self.retry_after_ms = retry_after_ms

    @property
    def code(self) -> str:
        return {400: "BadRequest", 401: "Unauthorized", 404: "NotFound", 409: "Conflict"}.get(self.status, "Error")


def bad(message: str) -> Refused:
    """What the adapter never sends, or what the service refuses."""
    return Refused(400, message)
