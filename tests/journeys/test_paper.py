"""The main job, through real HTTP, real blobs and the real pipeline."""

import re
import shutil
from pathlib import Path
from typing import Any

from shared.platform.readers.normalise import normalise
from tests.journeys.hub import PAPER, Hub, quiet, until


def test_a_paper_becomes_a_published_summary_whose_every_sentence_has_its_source(hub: Hub) -> None:
    presenter, reviewer = hub.client("presenter"), hub.client("reviewer")
    organizer, attendee = hub.client("organizer"), hub.client("attendee")
    project_id = hub.project("Listening at night")

    job = presenter.wait(presenter.upload(project_id, PAPER, quiet), quiet)
    assert (job["status"], job["percent"], job["error"]) == ("succeeded", 100, None)
    assert job["rounds"][0]["score"] >= 3
    artifact = presenter.get(f"/v1/knowledge/{job['artifactId']}")
    assert artifact["status"] == "draft"
    assert len(artifact["claims"]) >= 3
    assert_evidence_stands_in_the_paper(artifact)

    presenter.post(f"/v1/projects/{project_id}/submit")
    path = f"/v1/knowledge/{artifact['id']}"
    until(lambda: reviewer.get(path)["status"] == "review")
    evidence = reviewer.get(f"{path}/evidence/1")
    start, end = evidence["highlight"]
    assert evidence["text"][start:end] == evidence["quotation"]
    assert reviewer.picture(evidence["pageImage"]).startswith(b"\x89PNG")
    assert attendee.get("/v1/knowledge/search", q="hydrophones")["results"] == []
    reviewer.patch(f"{path}/status", {"status": "approved", "comment": "Well done."})

    until(lambda: organizer.get(f"/v1/projects/{project_id}")["draftSummary"])
    organizer.post(f"/v1/projects/{project_id}/approve")
    organizer.post(f"/v1/projects/{project_id}/publish")
    summary = attendee.get(f"/v1/projects/{project_id}")["publishedSummary"]
    assert_every_sentence_has_evidence(summary)

    found = until(lambda: attendee.get("/v1/knowledge/search", q="hydrophones in water pipes")["results"])
    assert found[0]["projectId"] == project_id
    assert 0 < found[0]["relevanceScore"] <= 1
    assert found[0]["highlights"]


def assert_evidence_stands_in_the_paper(artifact: dict[str, Any]) -> None:
    import pypdfium2

    with pypdfium2.PdfDocument(PAPER) as pdf:
        words = normalise("\n".join(page.get_textpage().get_text_range() for page in pdf))
    quotations = [one["quotation"] for each in artifact["statements"] if each["supported"] for one in each["evidence"]]
    assert quotations
    assert [quotation for quotation in quotations if bare(quotation) not in bare(words)] == []


def bare(text: str) -> str:
    """Letters and digits only: columns, line breaks and hyphens fall anywhere in the raw text of a page."""
    return re.sub(r"\W+", "", normalise(text))


def assert_every_sentence_has_evidence(summary: dict[str, Any]) -> None:
    assert summary["whatIsNew"]
    assert summary["faq"]
    assert all(sentence["evidence"] for sentence in summary["sentences"])
    told = " ".join(sentence["text"] for sentence in summary["sentences"])
    for field in ("keyMethods", "evidenceAndExamples", "nextSteps", "keyInsights"):
        assert all(text in told for text in summary[field])


def test_a_file_put_straight_into_blob_storage_is_taken_in(hub: Hub, tmp_path: Path) -> None:
    project_id = hub.project("Straight to storage")
    hub.put_blob(f"default/{project_id}/näme with spaces.pdf", PAPER.read_bytes())
    presenter = hub.client("presenter")
    jobs = until(lambda: presenter.get("/v1/jobs", **{"$filter": f"projectId eq '{project_id}'"})["value"])
    job = presenter.wait(jobs[0]["jobId"], quiet)
    assert (job["status"], job["fileName"]) == ("succeeded", "näme with spaces.pdf")


def test_the_same_bytes_again_are_not_read_again(hub: Hub, tmp_path: Path) -> None:
    project_id = hub.project("Twice")
    presenter = hub.client("presenter")
    other_name = Path(shutil.copy(PAPER, tmp_path / "other.pdf"))
    first = presenter.wait(presenter.upload(project_id, PAPER, quiet), quiet)
    second = presenter.wait(presenter.upload(project_id, other_name, quiet), quiet)
    assert first["artifactId"]
    assert (second["status"], second["artifactId"]) == ("succeeded", first["artifactId"])
    assert presenter.get(f"/v1/projects/{project_id}/knowledge")["@odata.count"] == 1


def test_a_file_for_no_project_is_quarantined(hub: Hub) -> None:
    hub.put_blob("default/proj_unknown/paper.pdf", PAPER.read_bytes())
    until(lambda: hub.blob_names("quarantine"))
    until(lambda: not [name for name in hub.blob_names("uploads") if "proj_unknown" in name])


def test_twenty_uploads_at_once_all_succeed(hub: Hub, tmp_path: Path) -> None:
    presenter = hub.client("presenter")
    original = PAPER.read_bytes()
    jobs = []
    for number in range(20):
        path = tmp_path / f"paper-{number}.pdf"
        path.write_bytes(original + b"\n%" + str(number).encode())
        jobs.append(presenter.upload(hub.project(f"Of twenty, number {number}"), path, quiet))
    ends = [presenter.wait(job, quiet) for job in jobs]
    assert [end["status"] for end in ends] == ["succeeded"] * 20
    assert len({end["artifactId"] for end in ends}) == 20
