"""What the engine refuses to do."""


class DurableError(Exception):
    """A request that the engine cannot honour."""


class UnknownFunction(DurableError):
    """No registered function has this name and kind."""

    def __init__(self, name: str, kind: str) -> None:
        super().__init__(f"The function '{name}' doesn't exist, is disabled, or is not an {kind} function.")


class UnsupportedFunction(DurableError):
    """A durable function of a kind that this engine does not run."""


class AlreadyExists(DurableError):
    """The instance id is taken by an instance that has not finished."""

    def __init__(self, status: str) -> None:
        super().__init__(f"An Orchestration instance with the status {status} already exists.")


class InstanceNotFound(DurableError):
    """No instance has this id."""

    def __init__(self, instance_id: str) -> None:
        super().__init__(f"No instance with ID '{instance_id}' found.")


class InstanceFinished(DurableError):
    """The instance has already completed, failed or been terminated."""

    def __init__(self, instance_id: str) -> None:
        super().__init__(f"The instance with ID '{instance_id}' has finished.")


class EngineBusy(DurableError):
    """Another process has this engine's database open."""
