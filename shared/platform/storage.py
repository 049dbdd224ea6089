"""What a storage account's failures mean, for blobs and queues alike."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared import errors
from shared.errors import Problem

PAUSE_SECONDS = 5
"""When to try again, where the account does not say."""
_THROTTLED = (408, 429)
_DENIED = (401, 403)


class Busy(errors.Busy):
    """The storage account has no room for this now, or does not answer; what was to be written may be."""

    code = "storage.busy"
    title = "The file storage is busy"


class Denied(Problem):
    """The storage account does not let the app in."""

    status = 503
    code = "storage.denied"
    title = "The file storage is not available"


@asynccontextmanager
async def asking(seconds: float) -> AsyncIterator[None]:
    """Whatever is asked of the account within this, in so many seconds; raises Busy, Denied, or what else the SDK says.

    What is left to the adapter is an answer about the blob or queue: that it is missing, there, or another version.
    """
    from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError, ResourceExistsError

    try:
        async with asyncio.timeout(seconds):
            yield
    except ResourceExistsError:  # a queue that is there comes with a good status
        raise
    except ClientAuthenticationError as error:
        raise Denied("Give the app's identity or connection string its rights on the storage account.") from error
    except HttpResponseError as error:
        raise _told(error.status_code, error.response) or error from error
    except (AzureError, TimeoutError) as error:
        raise _busy("The file storage does not answer; try again.") from error


def _told(status: int | None, response: object) -> Problem | None:
    """What an answer means; None for one about the blob or queue. One that broke off has no status, or a good one."""
    if status in _DENIED:
        return Denied("Give the app's identity or connection string its rights on the storage account.")
    if status is None or status < 400 or status >= 500 or status in _THROTTLED:
        given = str(getattr(response, "headers", {}).get("Retry-After", ""))
        return _busy("The file storage is busy; try again.", given)
    return None


def _busy(detail: str, given: str = "") -> Busy:
    return Busy(detail, headers={"Retry-After": given if given.isdecimal() else str(PAUSE_SECONDS)})
