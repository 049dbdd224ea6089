"""The storage account holds what the app's ports name, and the anchors' container keeps what is put there."""

import re
from pathlib import Path

from shared.platform.blobs import IMMUTABLE, Container
from shared.platform.queues import Queue

BICEP = (Path(__file__).parents[2] / "infra" / "modules" / "storage.bicep").read_text(encoding="utf-8")


def names(variable: str) -> set[str]:
    found = re.search(rf"^var {variable} = \[(.*?)\]", BICEP, re.MULTILINE | re.DOTALL)
    assert found, variable
    return set(re.findall(r"'([^']+)'", found[1]))


def test_every_container_is_made_and_the_immutable_ones_apart():
    assert names("containers") == {container.value for container in Container} - {each.value for each in IMMUTABLE}
    for container in IMMUTABLE:
        made = re.search(rf"resource (\w+) '[^']+containers@[^']+' = {{\s+parent: blobs\s+name: '{container}'", BICEP)
        assert made, container
        assert re.search(rf"immutabilityPolicies@[^']+' = {{\s+parent: {made[1]}\s", BICEP)


def test_every_queue_is_made_with_its_poison_queue():
    assert names("queues") == {name for queue in Queue for name in (queue.value, f"{queue.value}-poison")}
