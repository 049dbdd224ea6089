"""A direct interpreter of random orchestrations: promises and a generator, with neither history nor replay."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local.host.durable.events import EventType
from tests.local.host.durable.programs import Json, blame, walk


class Node:
    """A promise that starts when it is first awaited."""

    def __init__(self) -> None:
        self.is_completed = False
        self.result: Any = None
        self.failed = False
        self.cancelled = False
        self.started = False
        self._then: list[Callable[[Node], None]] = []

    def settle(self, value: Any, *, failed: bool = False) -> None:
        if not self.is_completed:
            self.is_completed, self.result, self.failed = True, value, failed
            for each in self._then:
                each(self)

    def then(self, call: Callable[["Node"], None]) -> None:
        if self.is_completed:
            call(self)
        else:
            self._then.append(call)

    def cancel(self) -> None:
        self.cancelled = True


class Compound(Node):
    def __init__(self, nodes: list[Node]) -> None:
        super().__init__()
        self.nodes = nodes
        for node in nodes:
            node.then(self.hear)

    def hear(self, node: Node) -> None:
        raise NotImplementedError


class All(Compound):
    def hear(self, node: Node) -> None:
        if node.failed:
            self.settle(node.result, failed=True)
        elif all(each.is_completed for each in self.nodes):
            self.settle([each.result for each in self.nodes])


class First(Compound):
    def hear(self, node: Node) -> None:
        self.settle(node)


class Leaf(Node):
    """What something outside completes: `what` says which, as (kind, label)."""

    def __init__(self, what: tuple[str, Any], attempts: int = 0) -> None:
        super().__init__()
        self.what = what
        self.attempts = attempts
        self.attempt = 1
        self.error: Any = None


@dataclass(slots=True)
class Open:
    """A number that something outside will complete; `again` marks the timer before a retry."""

    leaf: Leaf
    again: bool = False

    @property
    def what(self) -> tuple[str, Any]:
        return ("timer", None) if self.again else self.leaf.what


@dataclass(slots=True)
class Reference:
    """One execution. `state` is Running, Completed, Failed or Renewed, `output` its output, blame or new input."""

    spec: Json
    state: str = "Running"
    output: Json = None
    custom_status: Json = None
    open: dict[int, Open] = field(default_factory=dict)
    waiting: dict[str, Leaf] = field(default_factory=dict)
    _early: dict[str, Json] = field(default_factory=dict)
    _numbers: int = 0
    _current: Node | None = None
    _renewal: Json = None
    _generator: Any = None

    def start(self) -> None:
        self._generator = walk(self, self.spec)
        self._resume(None)

    def activity(self, label: str) -> Node:
        return Leaf(("activity", label))

    def activity_with_retry(self, label: str, attempts: int, _interval: int) -> Node:
        return Leaf(("activity", label), attempts)

    def sub(self, spec: Json) -> Node:
        return Leaf(("sub", spec))

    def sub_with_retry(self, spec: Json, attempts: int, _interval: int) -> Node:
        return Leaf(("sub", spec), attempts)

    def timer(self, _milliseconds: int) -> Node:
        return Leaf(("timer", None))

    def event(self, name: str) -> Node:
        return Leaf(("event", name))

    def all(self, nodes: list[Node]) -> Node:
        return All(nodes)

    def any(self, nodes: list[Node]) -> Node:
        return First(nodes)

    def status(self, value: Json) -> None:
        self.custom_status = value

    def renew(self, spec: Json) -> None:
        self._renewal = spec

    def hear(self, what: dict[str, Any]) -> None:
        """Take an event of the engine's history."""
        kind = EventType(what["EventType"])
        if self.state != "Running":
            return
        if kind is EventType.EVENT_RAISED:
            self.raise_event(what["Name"], json.loads(what["Input"]))
        elif kind is EventType.TIMER_FIRED:
            self.deliver(what["TimerId"], None)
        elif kind in (EventType.TASK_FAILED, EventType.SUB_ORCHESTRATION_INSTANCE_FAILED):
            self.deliver(what["TaskScheduledId"], Exception(what["Reason"]), failed=True)
        elif kind in (EventType.TASK_COMPLETED, EventType.SUB_ORCHESTRATION_INSTANCE_COMPLETED):
            self.deliver(what["TaskScheduledId"], json.loads(what["Result"]))

    def deliver(self, number: int, value: Any, *, failed: bool = False) -> None:
        """Complete what has this number."""
        opened = self.open.pop(number)
        leaf = opened.leaf
        if opened.again:
            self._retry(leaf)
        elif failed and leaf.attempts:
            leaf.error = value
            self._number(Open(leaf, again=True))
        else:
            leaf.settle(value, failed=failed)
        self._go_on()

    def raise_event(self, name: str, value: Json) -> None:
        if name in self.waiting:
            self.waiting.pop(name).settle(value)
            self._go_on()
        else:
            self._early[name] = value

    def _retry(self, leaf: Leaf) -> None:
        if leaf.attempt < leaf.attempts:
            leaf.attempt += 1
            self._number(Open(leaf))
        else:
            leaf.settle(leaf.error, failed=True)

    def _number(self, opened: Open) -> None:
        self.open[self._numbers] = opened
        self._numbers += 1

    def _go_on(self) -> None:
        if self._current is not None and self._current.is_completed:
            self._resume(self._current)

    def _resume(self, done: Node | None) -> None:
        """Run the generator until it awaits something that is not there yet."""
        while self.state == "Running":
            try:
                if done is not None and done.failed:
                    node = self._generator.throw(done.result)
                else:
                    node = self._generator.send(done.result if done else None)
            except StopIteration as end:
                self._end(end.value)
                return
            except Exception as error:  # noqa: BLE001 -- the SDK raises no other
                self.state, self.output = "Failed", blame(error)
                return
            self._start(node)
            self._current = done = node
            if not node.is_completed:
                return

    def _end(self, value: Json) -> None:
        if self._renewal is None:
            self.state, self.output = "Completed", value
        else:
            self.state, self.output = "Renewed", self._renewal

    def _start(self, node: Node) -> None:
        if isinstance(node, Compound):
            for each in node.nodes:
                self._start(each)
        elif isinstance(node, Leaf) and not node.started:
            node.started = True
            self._start_leaf(node)

    def _start_leaf(self, leaf: Leaf) -> None:
        kind, label = leaf.what
        if kind != "event":
            self._number(Open(leaf))
        elif label in self._early:
            leaf.settle(self._early.pop(label))
        else:
            self.waiting[label] = leaf
