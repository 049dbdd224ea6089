"""Writes `docs/settings.md` and `local.settings.json.example` from the settings themselves.

python -m docs.settings
"""

import json
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from shared.settings import Settings

ROOT = Path(__file__).parent.parent
HOST = {
    "FUNCTIONS_WORKER_RUNTIME": "python",
    "PYTHON_ENABLE_INIT_INDEXING": "1",
    "AzureWebJobsDisableHomepage": "true",
}
EXAMPLES = {
    "hosting": "local",
    "azurewebjobsstorage": "UseDevelopmentStorage=true",
    "jwt_secret": "<at least 32 random bytes: openssl rand -base64 48>",
    "bootstrap_admin_email": "admin@example.org",
    "bootstrap_admin_password": "<8 to 256 characters>",
}
SPELLED = {
    "azurewebjobsstorage": "AzureWebJobsStorage",
    "cosmos__accountendpoint": "COSMOS__accountEndpoint",
    "cosmos__credential": "COSMOS__credential",
    "cosmos__clientid": "COSMOS__clientId",
    "azurewebjobsstorage__accountname": "AzureWebJobsStorage__accountName",
    "azurewebjobsstorage__blobserviceuri": "AzureWebJobsStorage__blobServiceUri",
    "azurewebjobsstorage__queueserviceuri": "AzureWebJobsStorage__queueServiceUri",
    "azurewebjobsstorage__credential": "AzureWebJobsStorage__credential",
    "azurewebjobsstorage__clientid": "AzureWebJobsStorage__clientId",
}


def name_of(setting: str) -> str:
    """How a setting is spelled in the environment."""
    return SPELLED.get(setting, setting.upper())


def table() -> str:
    """The page."""
    rows = "\n".join(_row(name, field) for name, field in Settings.model_fields.items())
    return f"""# Settings

Read from the environment: app settings in Azure, `local.settings.json` on the local host. All faults are told at once
at start. This page and `local.settings.json.example` are written by `python -m docs.settings`.

| setting | default | values | meaning |
|---|---|---|---|
{rows}

## Of the host

The triggers are the Functions host's, which reads the settings with two underscores itself, and no default of ours.
In Azure the app does not start when they contradict its own. With an identity, `COSMOS__accountEndpoint` is the same
address as `COSMOS_ENDPOINT`, and `AzureWebJobsStorage__accountName` the account of `STORAGE_ACCOUNT_URL` and
`QUEUE_ACCOUNT_URL`; a user-assigned one is named in `AZURE_CLIENT_ID` and in each `__clientId`, beside a `__credential`
that is `managedidentity`. It needs the role Cosmos DB Built-in Data Contributor. The trigger reads `records` of
the database `COSMOS_DATABASE`, and keeps its leases in `leases`, which must be there already.
`python -m local` sets all of this itself and reads the store's own log.
"""


def example() -> str:
    """The example file, with every setting."""
    values = {name_of(name): EXAMPLES.get(name, _default(field)) for name, field in Settings.model_fields.items()}
    return json.dumps({"IsEncrypted": False, "Values": {**HOST, **values}}, indent=2) + "\n"


def _row(name: str, field: FieldInfo) -> str:
    default = f"`{_default(field)}`" if _default(field) else ""
    meaning = (field.description or "").replace("|", "\\|")
    return f"| `{name_of(name)}` | {default} | {_values(field)} | {meaning} |"


def _default(field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _values(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(field.annotation) if value)
    if field.annotation is SecretStr:
        return "secret"
    bounds = {key: getattr(bound, key) for bound in field.metadata for key in ("ge", "le") if hasattr(bound, key)}
    shown = [f"{word} {bounds[key]}" for key, word in (("ge", "from"), ("le", "to")) if key in bounds]
    return " ".join(shown)


if __name__ == "__main__":
    (ROOT / "docs" / "settings.md").write_text(table(), encoding="utf-8")
    (ROOT / "local.settings.json.example").write_text(example(), encoding="utf-8")
