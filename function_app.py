"""The Functions app: registration only."""

import azure.functions as func

from blueprints import health
from blueprints.surface import surface
from shared.platform.http import unmatched
from shared.platform.opened import platform

platform()  # refuses to start with wrong settings

app = func.FunctionApp()
app.register_functions(health.api.blueprint)
app.register_functions(unmatched(surface))
