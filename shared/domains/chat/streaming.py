"""An answer word by word, and a history as one long document."""

import re
from collections.abc import AsyncIterator
from datetime import datetime

import orjson

from shared.domains.chat.model import ChatAnswer, Message, MessageView

_WORDS = re.compile(r"\s*\S+\s*?")


def tokens(message: Message) -> list[str]:
    """The response in pieces of a word; joined, they are the response."""
    words = _WORDS.findall(message.response)
    return words if "".join(words) == message.response else [message.response]


async def history_document(user_id: str, now: datetime, messages: AsyncIterator[Message]) -> AsyncIterator[bytes]:
    """A JSON object with all messages in it, a piece at a time."""
    yield b'{"userId":%s,"exportedAt":%s,"messages":[' % (orjson.dumps(user_id), orjson.dumps(now))
    comma = b""
    async for message in messages:
        yield comma + MessageView.of(message).model_dump_json(by_alias=True).encode()
        comma = b","
    yield b"]}"


def shown(message: Message) -> bytes:
    return ChatAnswer.of(message).model_dump_json(by_alias=True).encode()
