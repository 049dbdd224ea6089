"""Compilation: fan out over the approved artifacts of a project, and make the draft of its summary."""

from collections.abc import Generator
from typing import Any

import azure.durable_functions as df

from orchestrators.attempts import RETRY, attempted, failed, run
from shared.domains.compilation import pipeline
from shared.domains.compilation.model import COMPILATION

bp = df.Blueprint()


@bp.orchestration_trigger(context_name="context")
def compilation_v1(context: df.DurableOrchestrationContext) -> Generator[Any, Any, dict[str, Any]]:
    """One attempt at one project's summary; ends the job whatever happens."""
    return (yield from attempted(context, _stages))


def _stages(context: df.DurableOrchestrationContext, work: dict[str, Any]) -> Generator[Any, Any, dict[str, Any]]:
    begun = yield context.call_activity_with_retry("compilation_begin", RETRY, work)
    if failed([begun]):
        return begun
    gathered = yield context.task_all(
        [
            context.call_activity_with_retry("compilation_gather", RETRY, {**work, "artifactId": artifact_id})
            for artifact_id in begun["artifactIds"]
        ]
    )
    broken = failed(gathered)
    return broken or (yield context.call_activity_with_retry("compilation_draft", RETRY, {**work, **begun}))


@bp.activity_trigger(input_name="given")
async def compilation_begin(given: dict) -> dict:
    """Start the job, and name the approved artifacts."""
    return await run(given, pipeline.begin, COMPILATION)


@bp.activity_trigger(input_name="given")
async def compilation_gather(given: dict) -> dict:
    """Take down what one artifact supports."""
    return await run(given, lambda work: pipeline.gather(work, given["artifactId"]), COMPILATION)


@bp.activity_trigger(input_name="given")
async def compilation_draft(given: dict) -> dict:
    """Compile the draft, and end the job."""
    return await run(given, lambda work: pipeline.compile_draft(work, given["artifactIds"]), COMPILATION)
