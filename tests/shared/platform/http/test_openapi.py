import jsonschema  # type: ignore[import-untyped]  # it has no types
import pytest
from openapi_spec_validator import validate

from shared.platform.http.openapi import document
from shared.platform.http.samples import sample
from tests.shared.platform.http.notes import surface


@pytest.fixture(scope="module")
def described():
    return document(surface.routes, version="1.2.3", address="https://hub.example")


def test_the_document_is_valid_openapi(described):
    validate(described)
    assert described["openapi"] == "3.1.0"


def test_every_route_is_described_once(described):
    operations = [each["operationId"] for item in described["paths"].values() for each in item.values()]
    assert sorted(operations) == sorted(route.name for route in surface.routes)


def test_an_operation_says_what_it_does_and_who_may(described):
    operation = described["paths"]["/notes/{note_id}"]["get"]
    assert (operation["summary"], operation["description"]) == ("One note.", "With its remark.")
    assert operation["x-permission"] == "signed in"
    assert described["paths"]["/work"]["post"]["x-permission"] == ["create_event", "view_event"]
    public = described["paths"]["/echo/{number}"]["get"]
    assert (public["x-permission"], public["security"]) == ("public", [])


def test_parameters_come_from_the_path_the_query_and_the_listing(described):
    parameters = {each["name"]: each for each in described["paths"]["/echo/{number}"]["get"]["parameters"]}
    assert parameters["number"]["schema"] == {"type": "integer"}
    assert parameters["$size"]["schema"]["maximum"] == 9
    options = {each["name"] for each in described["paths"]["/notes"]["get"]["parameters"]}
    assert {"$top", "$skip", "$skiptoken", "$count", "$filter", "$orderBy", "$select", "If-None-Match"} == options
    edit = {each["name"] for each in described["paths"]["/notes/{note_id}"]["patch"]["parameters"]}
    assert edit == {"note_id", "If-Match"}
    create = {each["name"] for each in described["paths"]["/notes"]["post"]["parameters"]}
    assert create == {"Idempotency-Key"}


def test_answers_have_their_status_headers_and_shape(described):
    created = described["paths"]["/notes"]["post"]["responses"]["201"]
    assert {"ETag", "Location", "X-Correlation-ID"} <= set(created["headers"])
    note = described["components"]["schemas"]["Note"]
    assert "@odata.etag" in note["properties"]
    assert "etag" not in note["properties"]
    assert "202" in described["paths"]["/work"]["post"]["responses"]
    assert described["paths"]["/notes/{note_id}"]["delete"]["responses"]["204"] == {"description": "Done."}
    listed = described["paths"]["/notes"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert listed["properties"]["value"]["items"] == {"$ref": "#/components/schemas/Note"}


def test_every_refusal_has_its_code_and_example(described):
    responses = described["paths"]["/notes/{note_id}"]["get"]["responses"]
    assert {"400", "401", "404", "406", "500"} <= set(responses)
    assert list(responses["404"]["content"]["application/problem+json"]["examples"]) == ["note.not_found"]
    edit = described["paths"]["/notes/{note_id}"]["patch"]
    assert {"403", "412", "413", "415"} <= set(edit["responses"])
    assert {"application/merge-patch+json", "application/json"} == set(edit["requestBody"]["content"])
    example = described["components"]["examples"]["note.not_found"]["value"]
    jsonschema.validate(example, described["components"]["schemas"]["Problem"])


def test_what_every_operation_may_refuse_is_described_once(described):
    for item in described["paths"].values():
        for operation in item.values():
            assert operation["responses"]["414"] == {"$ref": "#/components/responses/AddressTooLong"}
            assert operation["responses"]["431"] == {"$ref": "#/components/responses/HeadersTooLarge"}
    shared = described["components"]["responses"]["HeadersTooLarge"]
    assert list(shared["content"]["application/problem+json"]["examples"]) == ["request.headers_too_large"]
    assert described["components"]["examples"]["request.headers_too_large"]["value"]["status"] == 431


def test_examples_fit_their_schemas(described):
    for item in described["paths"].values():
        for operation in item.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                schema = {**content["schema"], "components": described["components"]}
                jsonschema.validate(content["example"], schema)


def test_a_sample_respects_lengths_limits_and_choices():
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "string", "minLength": 12},
            "b": {"type": "integer", "minimum": 5},
            "c": {"enum": ["x", "y"]},
            "d": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
            "e": {"type": "array", "items": {"type": "boolean"}, "minItems": 2},
        },
    }
    made = sample(schema, {})
    jsonschema.validate(made, schema)
    assert made["d"] == "2026-05-04"
