"""What a `durableClient` input binding receives from the host."""

import json

PREFIX = "/runtime/webhooks/durabletask"
PLACEHOLDER = "INSTANCEID"


def client_binding(base_url: str, hub: str, code: str = "") -> str:
    """Return the JSON from which the SDK makes a client; `base_url` is the host's, such as `http://127.0.0.1:7071`.

    With a `code`, the addresses for people carry it as a parameter, as in Azure, and the SDK's own has it in its path.
    """
    root = base_url.rstrip("/") + PREFIX
    query = f"taskHub={hub}&connection=Storage" + (f"&code={code}" if code else "")
    return json.dumps(
        {
            "taskHubName": hub,
            "creationUrls": creation_urls(root, query),
            "managementUrls": management_urls(root, query, PLACEHOLDER),
            "baseUrl": root,
            "requiredQueryStringParameters": query,
            "rpcBaseUrl": f"{root}/{code}/" if code else root + "/",
        }
    )


def creation_urls(root: str, query: str) -> dict[str, str]:
    """Return the addresses that start an instance."""
    start = root + "/orchestrators/{functionName}[/{instanceId}]"
    wait = "timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}"
    return {
        "createNewInstancePostUri": f"{start}?{query}",
        "createAndWaitOnNewInstancePostUri": f"{start}?{wait}&{query}",
    }


def management_urls(root: str, query: str, instance_id: str) -> dict[str, str]:
    """Return the addresses that query and steer an instance."""
    instance = f"{root}/instances/{instance_id}"
    reasoned = f"?reason={{text}}&{query}"
    return {
        "id": instance_id,
        "statusQueryGetUri": f"{instance}?{query}",
        "sendEventPostUri": f"{instance}/raiseEvent/{{eventName}}?{query}",
        "terminatePostUri": f"{instance}/terminate{reasoned}",
        "rewindPostUri": f"{instance}/rewind{reasoned}",
        "purgeHistoryDeleteUri": f"{instance}?{query}",
        "restartPostUri": f"{instance}/restart?{query}",
        "suspendPostUri": f"{instance}/suspend{reasoned}",
        "resumePostUri": f"{instance}/resume{reasoned}",
    }
