"""A function's retry policy, which the real host applies to timers and change feeds."""

from typing import Any

from local.host.function import Function
from local.host.invocation import Outcome, RetryContext
from local.host.triggers.trigger import Runtime


async def attempt_with_retries(runtime: Runtime, function: Function, value: Any) -> Outcome:
    """Invoke until it succeeds or the retries are used up; the last outcome. A stop of the host ends the retries."""
    policy = function.retry
    most = policy.count if policy else 0
    retry, error = 0, None
    while True:
        outcome = await runtime.invoker.attempt(function, value, {}, RetryContext(retry, most, error))
        if outcome.ok or policy is None or (most >= 0 and retry >= most):
            return outcome
        retry, error = retry + 1, outcome.error
        await runtime.pause(policy.delay(retry))
        if runtime.stopping.is_set():
            return outcome
