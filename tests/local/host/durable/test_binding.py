import json

from azure.durable_functions.models.DurableOrchestrationBindings import DurableOrchestrationBindings

from local.host.durable import client_binding


def test_the_sdk_reads_the_binding() -> None:
    binding = DurableOrchestrationBindings.from_json(client_binding("http://127.0.0.1:7071/", "MyHub"))
    assert binding.task_hub_name == "MyHub"
    assert binding.rpc_base_url == "http://127.0.0.1:7071/runtime/webhooks/durabletask/"


def test_every_address_names_the_host_and_the_instance() -> None:
    binding = json.loads(client_binding("http://localhost:1", "H"))
    urls = binding["managementUrls"]
    instance_id = urls.pop("id")
    root = "http://localhost:1/runtime/webhooks/durabletask"
    assert all(url.startswith(f"{root}/instances/{instance_id}") for url in urls.values())
    assert all(url.startswith(f"{root}/orchestrators/{{functionName}}") for url in binding["creationUrls"].values())


def test_a_code_is_in_every_address_and_in_the_path_of_the_clients_own() -> None:
    binding = json.loads(client_binding("http://localhost:1", "H", "s3cret"))
    urls = {name: url for name, url in binding["managementUrls"].items() if name != "id"}
    assert all("&code=s3cret" in url for url in (*urls.values(), *binding["creationUrls"].values()))
    assert binding["rpcBaseUrl"] == "http://localhost:1/runtime/webhooks/durabletask/s3cret/"
