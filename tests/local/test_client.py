"""The command line's client: who it is, what it uploads, how it waits, and how it says no."""

import pytest

from local.client import Client, Refused
from tests.local.stub import a_stub


@pytest.fixture
def stub():
    with a_stub() as running:
        yield running


@pytest.fixture
def client(stub):
    signed_in = Client(stub.url, "ada@example.org", "secret")
    yield signed_in
    signed_in.close()


def test_every_request_carries_the_token(stub, client):
    stub.answers["GET /v1/me"] = [(200, {"id": "usr_1"})]
    assert client.get("/v1/me") == {"id": "usr_1"}
    assert stub.asked[-1][1]["Authorization"] == "Bearer t0ken"


def test_a_refusal_is_told_in_the_hubs_words(stub, client):
    problem = {"title": "No such project", "detail": "There is no project x.", "code": "project.not_found"}
    stub.answers["GET /v1/projects/x"] = [(404, problem)]
    with pytest.raises(Refused, match=r"No such project: There is no project x\. \(project\.not_found\)"):
        client.get("/v1/projects/x")


@pytest.mark.parametrize("content", [b"<html>Bad gateway</html>", b'"text"', b"[]", b"{}"])
def test_a_refusal_that_is_no_problem_is_told_as_it_is(stub, client, content):
    stub.answers["GET /v1/me"] = [(502, content)]
    with pytest.raises(Refused, match="502 from /v1/me"):
        client.get("/v1/me")


def test_nothing_is_none(stub, client):
    stub.answers["POST /auth/logout"] = [(204, b"")]
    assert client.post("/auth/logout") is None


def test_an_upload_is_put_where_the_hub_says_with_its_progress(stub, client, tmp_path):
    path = tmp_path / "paper.pdf"
    path.write_bytes(b"x" * 600_000)
    stub.answers["POST /v1/projects/proj_1/uploads"] = [(201, {"uploadUrl": f"{stub.url}/blob", "jobId": "job_1"})]
    stub.answers["PUT /blob"] = [(201, b"")]
    told = []
    assert client.upload("proj_1", path, lambda stage, percent: told.append((stage, percent))) == "job_1"
    request, headers, body = stub.asked[-1]
    assert (request, len(body), headers["x-ms-blob-type"]) == ("PUT /blob", 600_000, "BlockBlob")
    assert "Authorization" not in headers
    assert told == [("uploading", 43), ("uploading", 87), ("uploading", 100)]


def test_a_failed_upload_is_a_refusal(stub, client, tmp_path):
    path = tmp_path / "paper.pdf"
    path.write_bytes(b"x")
    stub.answers["POST /v1/projects/proj_1/uploads"] = [(201, {"uploadUrl": f"{stub.url}/blob", "jobId": "job_1"})]
    stub.answers["PUT /blob"] = [(403, b"<Error/>")]
    with pytest.raises(Refused, match="403"):
        client.upload("proj_1", path, lambda *_: None)


@pytest.mark.parametrize("end", ["succeeded", "failed", "cancelled"])
def test_waiting_ends_with_the_job(stub, client, end):
    job = {"stage": "reading", "percent": 5, "status": "running"}
    stub.answers["GET /v1/jobs/job_1"] = [(200, job), (200, {**job, "stage": end, "percent": 100, "status": end})]
    told = []
    assert client.wait("job_1", lambda *one: told.append(one))["status"] == end
    assert told == [("reading", 5), (end, 100)]
