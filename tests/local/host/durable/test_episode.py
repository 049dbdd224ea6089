from datetime import UTC, datetime

from local.host.durable.episode import next_batch
from local.host.durable.events import EventType, dump, event
from local.host.durable.queries import Entry
from local.host.durable.status import Status
from local.host.durable.tasks import Retry, Task, TaskKind

NOW = datetime(2030, 1, 1, tzinfo=UTC)
AGAIN = Task(TaskKind.TIMER, again=Task(TaskKind.ACTIVITY, "work", retry=Retry(1, 2)))


def entry(number: int, kind: EventType, follow: Task | None = None) -> Entry:
    return Entry(number, kind, dump(event(kind, NOW)), follow)


def chosen(*entries: Entry, status: Status = Status.RUNNING) -> list[int]:
    return [each.number for each in next_batch(status, list(entries))]


def test_completions_are_replayed_together() -> None:
    done = [entry(number, EventType.TASK_COMPLETED) for number in range(3)]
    assert chosen(*done, entry(3, EventType.TIMER_FIRED), entry(4, EventType.TASK_FAILED)) == [0, 1, 2, 3, 4]


def test_a_retry_takes_its_number_before_any_new_action_and_so_comes_first_in_its_batch() -> None:
    done, retried = entry(0, EventType.TASK_COMPLETED), entry(1, EventType.TASK_FAILED, AGAIN)
    assert chosen(done, retried) == [0]
    assert chosen(retried, done) == [1, 0]


def test_an_external_event_comes_first_so_that_no_continue_as_new_swallows_it() -> None:
    done, raised = entry(0, EventType.TASK_COMPLETED), entry(1, EventType.EVENT_RAISED)
    assert chosen(done, raised) == [0]
    assert chosen(raised, done) == [1, 0]


def test_steering_stands_alone() -> None:
    stop, done = entry(0, EventType.EXECUTION_TERMINATED), entry(1, EventType.TASK_COMPLETED)
    assert chosen(stop, done) == [0]
    assert chosen(done, stop) == [1]


def test_a_suspended_instance_only_listens_to_steering_in_the_order_in_which_it_came() -> None:
    done, again = entry(0, EventType.TASK_COMPLETED), entry(1, EventType.EXECUTION_SUSPENDED)
    resumed = entry(2, EventType.EXECUTION_RESUMED)
    assert chosen(done, again, resumed, status=Status.SUSPENDED) == [1]
    assert chosen(done, resumed, status=Status.SUSPENDED) == [2]
    assert chosen(done, status=Status.SUSPENDED) == []


def test_nothing_is_chosen_from_an_empty_inbox() -> None:
    assert chosen() == []
