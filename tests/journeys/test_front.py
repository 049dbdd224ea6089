"""What the running host puts in front of the app, and what it leaves to it."""

import httpx

from tests.journeys.hub import Hub


def test_every_request_reaches_the_app_whatever_the_http_extension_and_the_host_have_there(hub: Hub) -> None:
    with httpx.Client(base_url=hub.url, timeout=30) as client:
        assert "Event Hub" in client.get("/docs").text
        assert client.get("/openapi.json").json()["info"]["title"] == "Event Hub"
        for path in ("/redoc", "/docs/oauth2-redirect", "/admin/host/status"):
            assert client.get(path).json()["code"] == "route.not_found"
        assert client.delete("/health").headers["allow"] == "GET, HEAD, OPTIONS"
        forged = client.get("/health", headers={"x-ms-invocation-id": "mine"})
        assert (forged.status_code, forged.json()["code"]) == (400, "request.invocation_id")
        assert client.get("/health").status_code == 200
