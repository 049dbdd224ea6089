"""The command line: what it takes, and what a person reads when it cannot go on."""

import socket
import sys
from typing import Any

import pytest

from local import app, cli
from tests.local.stub import a_stub


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["local", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


@pytest.mark.parametrize(
    "arguments",
    ["", "fly", "serve --port x", "serve --port 70000", "serve --port -1", "ingest", "ingest a.pdf", "serve --colour"],
)
def test_a_wrong_command_shows_how_it_goes(monkeypatch, capsys, arguments):
    assert run(monkeypatch, *arguments.split()) == 2
    assert "usage: python -m local" in capsys.readouterr().err


def test_help_names_every_command(monkeypatch, capsys):
    assert run(monkeypatch, "--help") == 0
    told = capsys.readouterr().out
    assert all(command in told for command in ("serve", "demo", "ingest", "reread", "rebuild"))


def test_a_missing_file_is_named(monkeypatch, tmp_path):
    missing = str(tmp_path / "no.pdf")
    assert run(monkeypatch, "ingest", missing, "--project", "proj_1") == f"There is no file {missing}."
    assert run(monkeypatch, "demo", "--paper", missing) == f"There is no file {missing}."


@pytest.mark.parametrize("name", ["data", "data/below"])
def test_a_data_folder_that_is_none_is_one_sentence(monkeypatch, tmp_path, name):
    (tmp_path / "data").write_text("a file")
    message = run(monkeypatch, "serve", "--port", "0", "--data", str(tmp_path / name))
    assert f"the data folder {tmp_path / name} cannot be used" in str(message)
    assert "\n" not in str(message)


def test_a_taken_port_is_one_sentence(monkeypatch, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        message = run(monkeypatch, "serve", "--port", str(port), "--data", str(tmp_path / "data"))
    assert f"port {port} cannot be used" in str(message)


def test_a_file_that_the_hub_refuses_is_told_in_the_hubs_words(monkeypatch, capsys, tmp_path):
    path = tmp_path / "a.exe"
    path.write_bytes(b"MZ")
    app.settings(tmp_path)
    with a_stub() as stub:
        refusal = {"title": "No", "detail": "Upload a PDF.", "code": "upload.unsupported"}
        stub.answers["POST /v1/projects/proj_1/uploads"] = [(415, refusal)]
        arguments = ["ingest", str(path), "--project", "proj_1", "--url", stub.url, "--data", str(tmp_path)]
        assert run(monkeypatch, *arguments) == 1
    assert "Upload a PDF." in capsys.readouterr().out


@pytest.mark.parametrize("url", ["nowhere", "http://", "ftp://127.0.0.1"])
def test_an_address_that_is_none_is_named(monkeypatch, tmp_path, url):
    path = tmp_path / "a.pdf"
    path.write_bytes(b"x")
    app.settings(tmp_path)
    message = run(monkeypatch, "ingest", str(path), "--project", "p", "--url", url, "--data", str(tmp_path))
    assert f"Cannot sign in at {url}" in str(message)


def test_a_hub_that_is_not_there_is_named(monkeypatch, tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(b"x")
    app.settings(tmp_path)
    with a_stub() as stub:
        url = stub.url
    message = run(monkeypatch, "ingest", str(path), "--project", "proj_1", "--url", url, "--data", str(tmp_path))
    assert str(message).startswith(f"Cannot sign in at {url}")


@pytest.mark.parametrize(
    ("job", "code", "told"),
    [
        ({"status": "succeeded", "artifactId": "art_1"}, None, "a.pdf: art_1"),
        ({"status": "failed", "error": {"code": "upload.corrupt", "detail": "It is damaged."}}, 1, "It is damaged."),
        ({"status": "cancelled"}, 1, "a.pdf: cancelled"),
    ],
)
def test_ingesting_tells_what_came_of_each_file(monkeypatch, capsys, tmp_path, job, code, told):
    path = tmp_path / "a.pdf"
    path.write_bytes(b"x")
    app.settings(tmp_path)
    given = {"stage": job["status"], "percent": 100, "artifactId": None, "error": None, "warnings": [], **job}
    with a_stub() as stub:
        stub.answers["POST /v1/projects/proj_1/uploads"] = [(201, {"uploadUrl": f"{stub.url}/blob", "jobId": "job_1"})]
        stub.answers["PUT /blob"] = [(201, b"")]
        stub.answers["GET /v1/jobs/job_1"] = [(200, given)]
        arguments = ["ingest", str(path), "--project", "proj_1", "--url", stub.url, "--data", str(tmp_path)]
        if code is None:
            monkeypatch.setattr(sys, "argv", ["local", *arguments])
            cli.main()
        else:
            assert run(monkeypatch, *arguments) == code
        signed_in = stub.asked[0]
    assert told in capsys.readouterr().out
    email, password = app.administrator(tmp_path)
    assert email.encode() in signed_in[2]
    assert password.encode() in signed_in[2]


def test_rereading_tells_of_each_artifact_what_came_of_it_or_why_it_stays(monkeypatch, capsys, tmp_path):
    app.settings(tmp_path)
    artifacts = [{"id": f"art_{number}", "fileName": f"{number}.pdf"} for number in range(3)]
    ends: list[dict[str, Any]] = [
        {"status": "succeeded"},
        {"status": "failed", "error": {"detail": "It is damaged."}},
    ]
    with a_stub() as stub:
        stub.answers["GET /v1/projects/proj_1/knowledge"] = [(200, {"value": artifacts}), (200, {"value": []})]
        for number, end in enumerate(ends):
            stub.answers[f"POST /v1/knowledge/art_{number}/reread"] = [(202, {"jobId": f"job_{number}"})]
            stub.answers[f"GET /v1/jobs/job_{number}"] = [(200, {"stage": "", "percent": 100, "error": None, **end})]
        refusal = {"title": "No", "detail": "It is approved.", "code": "artifact.state"}
        stub.answers["POST /v1/knowledge/art_2/reread"] = [(409, refusal)]
        arguments = ["local", "reread", "--project", "proj_1", "--url", stub.url, "--data", str(tmp_path)]
        monkeypatch.setattr(sys, "argv", arguments)
        cli.main()
    told = capsys.readouterr().out
    assert "0.pdf: read again" in told
    assert "1.pdf: It is damaged." in told
    assert "2.pdf: No: It is approved. (artifact.state)" in told


def test_a_password_comes_from_the_environment(monkeypatch, tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(b"x")
    monkeypatch.setenv("EVENTHUB_PASSWORD", "from the environment")
    with a_stub() as stub:
        stub.answers["POST /auth/token"] = [(401, {"title": "No", "detail": "Wrong.", "code": "auth.wrong"})]
        message = run(
            monkeypatch, "ingest", str(path), "--project", "p", "--url", stub.url, "--email", "ada@example.org"
        )
        assert b"from the environment" in stub.asked[0][2]
    assert "Wrong." in str(message)
