"""Random orchestrations on the engine's parts, in random orders and with restarts, against a direct interpreter."""

import os
import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.local.host.durable.programs import programs
from tests.local.host.durable.world import World

EXAMPLES = int(os.environ.get("DURABLE_EXAMPLES", "300"))
"""Set DURABLE_EXAMPLES=10000 for a campaign."""


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(), st.randoms(use_true_random=False))
def test_random_orchestrations_do_what_a_direct_interpreter_does(program: Any, dice: random.Random) -> None:
    World(dice).play(program)
