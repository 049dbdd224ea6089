import asyncio

import pytest

from local.host.errors import AppRefused
from tests.local.host.conftest import V1, until

TRIGGER = """
@app.cosmos_db_trigger(arg_name="docs", container_name="c", database_name="d", connection="Cosmos"{})"""
WORK = """
async def work(docs: func.DocumentList):
    seen.append([doc['n'] for doc in docs])
"""
FROM_BEGINNING = ", start_from_beginning=True"


class Changes:
    """A change feed in memory."""

    def __init__(self, count: int = 0) -> None:
        self.documents = [{"id": str(n), "n": n} for n in range(count)]
        self.news = asyncio.Event()

    def add(self) -> None:
        self.documents.append({"id": str(len(self.documents)), "n": len(self.documents)})
        self.news.set()

    async def read(self, after, limit):
        begin = int(after or 0)
        documents = self.documents[begin : begin + limit]
        return documents, str(begin + len(documents))

    async def wait(self) -> None:
        await self.news.wait()
        self.news.clear()


async def test_changes_arrive_in_order_and_in_batches(start):
    options = FROM_BEGINNING + ", max_items_per_invocation=2"
    app = await start(V1 + TRIGGER.format(options) + WORK, change_source=Changes(5))
    await until(lambda: len(app.seen) == 3)
    assert app.seen == [[0, 1], [2, 3], [4]]


async def test_without_start_from_beginning_only_later_changes_arrive(start):
    changes = Changes(3)
    app = await start(V1 + TRIGGER.format("") + WORK, change_source=changes)
    await asyncio.sleep(0)
    changes.add()
    assert await until(lambda: app.seen, 2) == [[3]]


async def test_news_do_not_wait_for_the_poll_delay(start):
    changes = Changes()
    app = await start(V1 + TRIGGER.format(FROM_BEGINNING + ", feed_poll_delay=60000") + WORK, change_source=changes)
    changes.add()
    assert await until(lambda: app.seen, 2) == [[0]]


async def test_news_without_a_word_are_found_after_the_poll_delay(start):
    changes = Changes()
    app = await start(V1 + TRIGGER.format(FROM_BEGINNING + ", feed_poll_delay=50") + WORK, change_source=changes)
    changes.documents.append({"id": "0", "n": 0})
    assert await until(lambda: app.seen, 2) == [[0]]


async def test_the_next_host_goes_on_where_the_last_stopped(start):
    changes = Changes(2)
    app = await start(V1 + TRIGGER.format(FROM_BEGINNING) + WORK, change_source=changes)
    await until(lambda: app.seen)
    await app.stop()
    changes.add()
    app = await start(V1 + TRIGGER.format(FROM_BEGINNING) + WORK, change_source=changes)
    assert await until(lambda: app.seen, 2) == [[2]]


FAILING = """
async def work(docs: func.DocumentList):
    seen.append([doc['n'] for doc in docs])
    1 / (docs[0]['n'] > 0)
"""


async def test_without_a_retry_policy_a_failed_batch_is_passed_over(start):
    app = await start(
        V1 + TRIGGER.format(FROM_BEGINNING + ", max_items_per_invocation=1") + FAILING, change_source=Changes(2)
    )
    await until(lambda: len(app.seen) == 2)
    assert app.seen == [[0], [1]]


async def test_with_a_retry_policy_a_failed_batch_is_tried_again_before_the_feed_goes_on(start):
    policy = '@app.retry(strategy="fixed_delay", max_retry_count="2", delay_interval="00:00:00")\n'
    source = V1 + policy + TRIGGER.format(FROM_BEGINNING + ", max_items_per_invocation=1") + FAILING
    app = await start(source, change_source=Changes(2))
    await until(lambda: len(app.seen) == 4)
    assert app.seen == [[0], [0], [0], [1]]


async def test_a_stop_between_retries_keeps_the_batch_for_the_next_host(start):
    policy = '@app.retry(strategy="fixed_delay", max_retry_count="-1", delay_interval="00:01:00")\n'
    source = V1 + policy + TRIGGER.format(FROM_BEGINNING) + FAILING
    changes = Changes(1)
    app = await start(source, change_source=changes)
    await until(lambda: app.seen)
    await app.stop()
    app = await start(V1 + TRIGGER.format(FROM_BEGINNING) + WORK, change_source=changes)
    assert await until(lambda: app.seen, 2) == [[0]]


async def test_a_text_parameter_gets_json(start):
    app = await start(
        V1 + TRIGGER.format(FROM_BEGINNING) + "\ndef work(docs: str):\n    seen.append(docs)\n",
        change_source=Changes(1),
    )
    assert await until(lambda: app.seen) == ['[{"id": "0", "n": 0}]']


async def test_an_app_with_a_change_feed_is_refused_when_there_is_none(start):
    with pytest.raises(AppRefused, match="no change feed"):
        await start(V1 + TRIGGER.format("") + WORK)
