"""Extraction: read a source, fan out over its portions, merge, verify, score, widen, save, render."""

from collections.abc import Generator
from functools import partial
from typing import Any

import azure.durable_functions as df

from orchestrators.attempts import RETRY, attempted, failed, run
from shared.domains.extraction import pipeline
from shared.domains.sources.model import EXTRACTION

bp = df.Blueprint()


@bp.orchestration_trigger(context_name="context")
def extraction_v1(context: df.DurableOrchestrationContext) -> Generator[Any, Any, dict[str, Any]]:
    """One attempt at one source; ends the job whatever happens."""
    return (yield from attempted(context, _stages))


def _stages(context: df.DurableOrchestrationContext, work: dict[str, Any]) -> Generator[Any, Any, dict[str, Any]]:
    call = partial(_call, context)
    read = yield call("extraction_read", work)
    if failed([read]):
        return read
    turn = {**work, "round": 1, "focus": [], "portions": read["portions"]}
    while True:
        parts = yield context.task_all(
            [call("extraction_extract", {**turn, "portion": portion}) for portion in range(read["portions"])]
        )
        merged = failed(parts) or (yield call("extraction_merge", turn))
        if failed([merged]):
            return merged
        if not merged["focus"]:
            break
        turn = {**turn, "round": turn["round"] + 1, "focus": merged["focus"]}
    saved = yield call("extraction_save", {**work, "round": merged["best"]})
    return saved if failed([saved]) else (yield call("extraction_render", {**work, **saved}))


def _call(context: df.DurableOrchestrationContext, activity: str, given: dict[str, Any]) -> Any:
    return context.call_activity_with_retry(activity, RETRY, given)


@bp.activity_trigger(input_name="given")
async def extraction_read(given: dict) -> dict:
    """Read the source in a limited process, keep the document, count its portions."""
    return await run(given, pipeline.read, EXTRACTION)


@bp.activity_trigger(input_name="given")
async def extraction_extract(given: dict) -> dict:
    """Extract from one portion of the document."""
    turn = pipeline.Turn.model_validate(given)
    return await run(given, lambda work: pipeline.extract(work, turn, given["portion"]), EXTRACTION)


@bp.activity_trigger(input_name="given")
async def extraction_merge(given: dict) -> dict:
    """Merge the portions, verify the evidence, score the round; `focus` names what another round shall widen."""
    turn = pipeline.Turn.model_validate(given)
    return await run(given, lambda work: pipeline.merge(work, turn), EXTRACTION)


@bp.activity_trigger(input_name="given")
async def extraction_save(given: dict) -> dict:
    """Save the best round as a draft artifact."""
    return await run(given, lambda work: pipeline.save_artifact(work, given["round"]), EXTRACTION)


@bp.activity_trigger(input_name="given")
async def extraction_render(given: dict) -> dict:
    """Render the pages that bear evidence, and end the job."""
    return await run(given, lambda work: pipeline.render(work, given["artifactId"]), EXTRACTION)
