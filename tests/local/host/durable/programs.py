"""Random orchestrations: programs as JSON, a strategy that draws them, and the user code that runs them.

`walk` is written against an interface that both the SDK's context (through `SdkApi`) and the reference offer.
Left out, because the SDK itself errs there: a `task_all` with a failing child inside another compound task, an empty
`task_all`, and the same external event raised more than once.
"""

import itertools
import re
from collections.abc import Generator, Iterator
from datetime import timedelta
from typing import Any

import azure.durable_functions as df
from azure.durable_functions.models.DurableOrchestrationContext import DurableOrchestrationContext
from hypothesis import strategies as st

Json = Any


class SdkApi:
    """What `walk` needs, from the SDK."""

    def __init__(self, context: DurableOrchestrationContext) -> None:
        self._context = context

    def activity(self, label: str) -> Any:
        return self._context.call_activity("act", {"label": label})

    def activity_with_retry(self, label: str, attempts: int, interval: int) -> Any:
        return self._context.call_activity_with_retry("act", df.RetryOptions(interval, attempts), {"label": label})

    def sub(self, spec: Json) -> Any:
        return self._context.call_sub_orchestrator("interpret", spec)

    def sub_with_retry(self, spec: Json, attempts: int, interval: int) -> Any:
        return self._context.call_sub_orchestrator_with_retry("interpret", df.RetryOptions(interval, attempts), spec)

    def timer(self, milliseconds: int) -> Any:
        return self._context.create_timer(self._context.current_utc_datetime + timedelta(milliseconds=milliseconds))

    def event(self, name: str) -> Any:
        return self._context.wait_for_external_event(name)

    def all(self, nodes: list[Any]) -> Any:
        return self._context.task_all(nodes)

    def any(self, nodes: list[Any]) -> Any:
        return self._context.task_any(nodes)

    def status(self, value: Json) -> None:
        self._context.set_custom_status(value)

    def renew(self, spec: Json) -> None:
        self._context.continue_as_new(spec)


def interpret(context: DurableOrchestrationContext) -> Generator[Any, Any, Json]:
    return walk(SdkApi(context), context.get_input())


def walk(api: Any, spec: Json) -> Generator[Any, Any, Json]:
    """Run a program; its output is what every statement saw."""
    seen: list[Json] = []
    for statement in spec["body"]:
        yield from STATEMENTS[statement[0]](api, spec["round"], seen, *statement[1:])
    if spec["round"] < spec["rounds"]:
        api.renew({**spec, "round": spec["round"] + 1, "before": seen})
    return [spec.get("before"), seen]


def do(api: Any, round_: int, seen: list[Json], task: Json, guarded: bool) -> Iterator[Any]:
    try:
        value = yield build(api, round_, task)
        seen.append(normal(value))
    except Exception as error:
        if not guarded:
            raise
        seen.append(["caught", blame(error)])


def status(api: Any, _round: int, _seen: list[Json], value: Json) -> Iterator[Any]:
    api.status(value)
    yield from ()


def race(api: Any, round_: int, seen: list[Json], tasks: list[Json], cancel: bool, later: bool) -> Iterator[Any]:
    """Wait for the first; then perhaps cancel timers, and perhaps wait for the others too."""
    nodes = [build(api, round_, task) for task in tasks]
    winner = yield api.any(nodes)
    seen.append(["won", next(i for i, node in enumerate(nodes) if node is winner), normal(winner)])
    open_nodes = [(task, node) for task, node in zip(tasks, nodes, strict=True) if not node.is_completed]
    for task, node in open_nodes:
        if cancel and task[0] == "timer":
            node.cancel()
    for task, node in open_nodes:
        if later and not (cancel and task[0] == "timer"):
            yield from await_later(seen, node)


def await_later(seen: list[Json], node: Any) -> Iterator[Any]:
    try:
        value = yield node
        seen.append(["later", normal(value)])
    except Exception as error:  # noqa: BLE001 -- the SDK raises no other
        seen.append(["later caught", blame(error)])


STATEMENTS: dict[str, Any] = {"do": do, "status": status, "race": race}


def build(api: Any, round_: int, task: Json) -> Any:  # noqa: PLR0911 -- one for each kind of task
    kind, *rest = task
    match kind:
        case "act":
            return api.activity(f"{rest[0]}.{round_}")
        case "retry":
            return api.activity_with_retry(f"{rest[0]}.{round_}", rest[1], 5)
        case "sub":
            return api.sub(rest[0])
        case "subretry":
            return api.sub_with_retry(rest[0], rest[1], 5)
        case "timer":
            return api.timer(rest[0])
        case "event":
            return api.event(f"{rest[0]}.{round_}")
        case "all":
            return api.all([build(api, round_, each) for each in rest[0]])
        case _:
            return api.any([build(api, round_, each) for each in rest[0]])


def normal(value: Any) -> Json:
    """Turn results into JSON: tasks that won into what they brought, errors into whom they blame."""
    if hasattr(value, "is_completed"):
        return ["task", normal(value.result)]
    if isinstance(value, Exception):
        return ["error", blame(value)]
    if isinstance(value, list):
        return [normal(each) for each in value]
    return value


def blame(error: Exception | str) -> str:
    found = re.search(r"(boom|stop):[\w.]+", str(error))
    return found.group() if found else f"unexpected: {error}"


def may_fail(label: str) -> bool:
    """Activities whose labels begin with `u` are unreliable."""
    return label.startswith("u")


@st.composite
def programs(draw: st.DrawFn) -> Json:
    """Draw a whole program."""
    return draw_spec(draw, itertools.count(), depth=2, safe=False)


def draw_spec(draw: st.DrawFn, labels: Iterator[int], depth: int, safe: bool) -> Json:
    size = draw(st.integers(1, 4 if depth == 2 else 2))
    body = [draw_statement(draw, labels, depth, safe) for _ in range(size)]
    return {"body": body, "round": 0, "rounds": draw(st.sampled_from([0, 0, 0, 1, 2])), "safe": safe}


def draw_statement(draw: st.DrawFn, labels: Iterator[int], depth: int, safe: bool) -> Json:
    kind = draw(st.sampled_from(["do", "do", "do", "race", "status"]))
    if kind == "status":
        return ["status", f"s{next(labels)}"]
    if kind == "do":
        return ["do", draw_task(draw, labels, depth, safe, 2), draw(st.booleans())]
    tasks = [draw_task(draw, labels, depth, safe, 1) for _ in range(draw(st.integers(1, 4)))]
    return ["race", tasks, draw(st.booleans()), draw(st.booleans())]


def draw_task(draw: st.DrawFn, labels: Iterator[int], depth: int, safe: bool, nesting: int) -> Json:
    kinds = ["act", "act", "act", "retry", "timer", "event"]
    kinds += ["sub", "subretry"] * (depth > 0) + ["all", "all", "any"] * (nesting > 0)
    kind = draw(st.sampled_from(kinds))
    label = f"{'s' if safe else 'u'}{next(labels)}"
    match kind:
        case "act" | "event":
            return [kind, label]
        case "retry":
            return [kind, label, draw(st.integers(1, 3))]
        case "timer":
            return [kind, draw(st.integers(1, 50))]
        case "sub":
            return [kind, draw_spec(draw, labels, depth - 1, safe)]
        case "subretry":
            return [kind, draw_spec(draw, labels, depth - 1, safe), draw(st.integers(1, 2))]
    # A compound inside another one (or in a race) may only have children that succeed.
    inner_safe = safe or nesting < 2
    count = draw(st.integers(1, 4))
    tasks = [draw_child(draw, labels, depth, safe, inner_safe, nesting) for _ in range(count)]
    return [kind, tasks]


def draw_child(
    draw: st.DrawFn,
    labels: Iterator[int],
    depth: int,
    safe: bool,
    inner_safe: bool,
    nesting: int,
) -> Json:
    if nesting >= 2 and draw(st.integers(0, 3)) == 0:
        return draw_task(draw, labels, depth, True, nesting - 1)
    return draw_task(draw, labels, depth, inner_safe, 0)
