"""The Functions app: registration only."""

import azure.functions as func

from registry import BLUEPRINTS
from shared.platform.opened import platform

platform()  # refuses to start with wrong settings

app = func.FunctionApp()
for blueprint in BLUEPRINTS:
    app.register_functions(blueprint)
