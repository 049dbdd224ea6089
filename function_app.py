"""The Functions app: registration only."""

import azure.functions as func

from blueprints import accounts, audit, changes, docs, events, health, jobs, knowledge, projects, search, sources
from blueprints.surface import surface
from orchestrators import attempts, compilation, extraction
from shared.platform.http import unmatched
from shared.platform.opened import platform

platform()  # refuses to start with wrong settings

RESOURCES = (accounts, events, projects, sources, jobs, knowledge, search, audit, health, docs)
TRIGGERS = (sources, jobs, audit, changes, attempts, extraction, compilation)

app = func.FunctionApp()
for resource in RESOURCES:
    app.register_functions(resource.api.blueprint)
for trigger in TRIGGERS:
    app.register_functions(trigger.bp)
app.register_functions(unmatched(surface))
