"""The Functions app: registration only."""

import azure.functions as func

from blueprints import accounts, docs, health
from blueprints.surface import surface
from shared.platform.http import unmatched
from shared.platform.opened import platform

platform()  # refuses to start with wrong settings

app = func.FunctionApp()
for blueprint in (accounts.api.blueprint, docs.api.blueprint, health.api.blueprint, unmatched(surface)):
    app.register_functions(blueprint)
