"""HTTP: one declaration for each endpoint.

A blueprint makes one `Api` and declares its endpoints by it; `function_app.py` registers `api.blueprint`:

    from blueprints.surface import surface
    from shared.platform.http import Accepted, Api, Created, Listed, Selection

    api = Api(surface, "Projects")

    @api.post(
        "v1/projects/{project_id}/publish",
        allow=Permission.PUBLISH_PROJECT,
        raises=(ProjectNotFound, WrongState),
    )
    async def publish_project(project_id: str, actor: Actor, store: Store) -> Project:
        \"\"\"Publish the approved revision of a project.\"\"\"
        return await actions.publish(store, actor, project_id)

`allow` is a Permission, a tuple of alternatives, SIGNED_IN or PUBLIC, and has no default. The permission is checked
before the call, as far as the roles go; where a role has it for its own things only, the action asks
`actor.require(permission, of=thing)`. The function's name is the Functions name and the operationId, its docstring the
documentation. It is returned untouched; declare it again above for an alias.

`queries=1` says what a request may ask of the store beside reads by key; to get one thing nothing, unless it is said.

Arguments are told by their names and types:

- a name in the path: `str` or `int`;
- `Actor | None` of a public endpoint: whoever has sent a token, if anybody;
- `Actor`, `Store` (of the actor's tenant, stamped with actor, correlation id and address), `Stores`, `Blobs`, `Queues`,
  `SearchIndex`, `Graph`, `Origin`, `Platform`, `Settings`, `Clock`, `Request`, `NewId`
  (`new_id("evt")`, the same again when a request is repeated), `IfMatch` (the action's: `if_match.check(record)`);
- a pydantic model (or a union of them): the JSON body, strictly typed. Derive bodies from `shapes.Input`, PATCH bodies
  from `shapes.Patch` (`patch.changes()`, `patch.applied_to(record)`); refuse what cannot be meant with Unprocessable;
- a class derived from `shapes.Csv`: a body of comma-separated values;
- a model derived from `shapes.Query`: the query parameters;
- `Selection`, with `listing=Listing(fields=…, orders=…)` (shared/platform/store/listing.py) in the declaration:
  `$filter`, `$orderBy`, `$top`, `$skip`, `$skiptoken`, `$count`, `$select`, `$search`. Give it to
  `listing.listed(store, Model, selection, visible)`, return the `Listed` (`page.map(view)` shows each item otherwise).

Answers: a Record or `shapes.View` (200 with ETag and `@odata.etag`; 304 when the caller has it), `Listed[Model]`,
`Created(model, "/v1/…")` (201), `Accepted(model, "/v1/jobs/…", retry_after)` (202), None (204), or a `Response` as it
is.
Refusals are raised: any `Problem` becomes its document; anything else becomes a 500 that says nothing.
"""

from shared.platform.http import extension
from shared.platform.http.answers import Accepted, Created
from shared.platform.http.declare import Api
from shared.platform.http.routes import PUBLIC, SIGNED_IN, Refusal, Route, Surface
from shared.platform.http.unmatched import unmatched
from shared.platform.store.listing import Each, Listed, Listing, Order, Selection

extension.install()

__all__ = [
    "PUBLIC",
    "SIGNED_IN",
    "Accepted",
    "Api",
    "Created",
    "Each",
    "Listed",
    "Listing",
    "Order",
    "Refusal",
    "Route",
    "Selection",
    "Surface",
    "unmatched",
]
