import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import shared
from docs import settings as page
from shared.platform.opened import WrongSettings, settings_of_environment
from shared.settings import Settings

ROOT = Path(__file__).parent.parent.parent
SECRET = "a secret for tests, of more than 32 bytes"


def test_the_page_and_the_example_are_current():
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == page.table(), "run python -m docs.settings"
    assert (ROOT / "local.settings.json.example").read_text(encoding="utf-8") == page.example()


def test_every_setting_is_documented_and_in_the_example():
    values = json.loads(page.example())["Values"]
    for name, field in Settings.model_fields.items():
        assert page.name_of(name) in values
        assert field.description
        assert f"| `{page.name_of(name)}` |" in page.table()


def test_the_example_starts_the_app_once_its_secrets_are_given(monkeypatch):
    values = json.loads(page.example())["Values"] | {"JWT_SECRET": SECRET}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    assert Settings().hosting == "local"


SECOND = {"oidc_issuer": "https://login.example", "oidc_jwks_url": "https://login.example/k", "oidc_audience": "hub"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"jwt_secret": ""}, "JWT_SECRET"),
        ({"jwt_secret": "short"}, "32 bytes"),
        ({"cors_origins": "*", "cors_credentials": True}, "CORS_ORIGINS"),
        ({"hosting": "azure"}, "STORE=sqlite"),
        ({"hosting": "azure"}, "AzureWebJobsStorage"),
        ({"store": "cosmos"}, "COSMOS_ENDPOINT"),
        ({"embedding_deployment": "small"}, "AZURE_OPENAI_ENDPOINT"),
        ({"bootstrap_admin_email": "nonsense", "bootstrap_admin_password": "eight or more"}, "no e-mail address"),
        ({"bootstrap_admin_email": "a@b.example\n", "bootstrap_admin_password": "eight or more"}, "no e-mail address"),
        ({"bootstrap_admin_email": "a@b.example", "bootstrap_admin_password": "seven 7"}, "8 to 256 characters"),
        ({"bootstrap_admin_email": "a@b.example", "bootstrap_admin_password": "x" * 257}, "8 to 256 characters"),
        (
            {"bootstrap_admin_email": "ada@b.example", "bootstrap_admin_password": "I am Ada, hello"},
            "leave the name out",
        ),
        ({"bootstrap_admin_email": "a@b.example", "bootstrap_admin_password": "PassWord1"}, "most common passwords"),
        ({"bootstrap_admin_email": "a@b.example", "bootstrap_admin_password": "administrator!"}, "leave the name out"),
        ({"bootstrap_admin_email": "a@b.example"}, "needs BOOTSTRAP_ADMIN_PASSWORD"),
        ({"bootstrap_admin_password": "eight or more"}, "needs BOOTSTRAP_ADMIN_EMAIL"),
        ({"oidc_issuer": "https://login.example"}, "OIDC_AUDIENCE need each other"),
        (SECOND | {"oidc_issuer": "https://eventhub.internal"}, "another than JWT_ISSUER"),
        (SECOND | {"oidc_tenant": "system"}, "OIDC_TENANT"),
        (SECOND | {"oidc_jwks_url": "login.example"}, "OIDC_JWKS_URL"),
        ({"registration": "domains"}, "REGISTRATION_DOMAINS"),
        ({"registration_domains": "example.org, @b"}, "'@b'"),
        ({"smtp_host": "mail.example.org"}, "MAIL_FROM"),
        ({"smtp_user": "hub"}, "SMTP_PASSWORD"),
        ({"hosting": "azure", "smtp_security": "none"}, "SMTP_SECURITY"),
        ({"default_tenant": "a/b"}, "DEFAULT_TENANT"),
        ({"default_tenant": "system"}, "DEFAULT_TENANT"),
        ({"default_tenant": ""}, "DEFAULT_TENANT"),
        ({"jwt_issuer": ""}, "JWT_ISSUER"),
        ({"jwt_audience": " "}, "JWT_AUDIENCE"),
        ({"cors_origins": "https://hub.example/"}, "CORS_ORIGINS: 'https://hub.example/'"),
        ({"cors_origins": "https://hub.example, hub.example"}, "CORS_ORIGINS: 'hub.example'"),
        ({"trusted_proxies": "10.0.0.1/8"}, "TRUSTED_PROXIES: 10.0.0.1/8"),
        ({"trusted_proxies": "192.0.2.7, proxy"}, "TRUSTED_PROXIES: 'proxy'"),
        ({"public_url": "hub.example"}, "PUBLIC_URL"),
        ({"cosmos_endpoint": "https://x:port"}, "COSMOS_ENDPOINT"),
        ({"cosmos_key": "half a ke"}, "COSMOS_KEY"),
        ({"azure_openai_endpoint": "https://"}, "AZURE_OPENAI_ENDPOINT"),
        ({"azurewebjobsstorage": "the storage account"}, "AzureWebJobsStorage is no connection string"),
        ({"store": "cosmos", "cosmos_endpoint": "https://x", "embedding_dimensions": 3}, "EMBEDDING_DIMENSIONS=1536"),
        ({"graph": "neo4j"}, "GRAPH=neo4j needs NEO4J_URI"),
        ({"graph": "neo4j", "neo4j_uri": "http://graph.example.org"}, "NEO4J_URI is no address"),
    ],
)
def test_insecure_and_contradictory_settings_are_refused(given, words):
    with pytest.raises(ValidationError, match=words):
        Settings(**{"hosting": "local", "jwt_secret": SECRET, **given})


OTHER = "https://other.documents.azure.com"
IN_AZURE: dict[str, Any] = {
    "hosting": "azure",
    "jwt_secret": SECRET,
    "store": "cosmos",
    "cosmos_endpoint": "https://hub.documents.azure.com:443/",
    "cosmos_database": "eventhub",
    "cosmos__accountendpoint": "https://HUB.documents.azure.com",
    "storage_account_url": "https://hubfiles.blob.core.windows.net/",
    "queue_account_url": "https://hubfiles.queue.core.windows.net/",
    "azurewebjobsstorage__accountname": "hubfiles",
    "graph": "neo4j",
    "neo4j_uri": "neo4j+s://graph.example.org",
    "neo4j_password": "a password",
}
BY_CONNECTION_STRING: dict[str, Any] = IN_AZURE | {
    "azurewebjobsstorage": "AccountName=hubfiles;AccountKey=aGk=",
    "storage_account_url": "",
    "queue_account_url": "",
    "azurewebjobsstorage__accountname": "",
    "cosmos": "AccountEndpoint=https://hub.documents.azure.com:443/;AccountKey=aGk=;",
    "cosmos__accountendpoint": "",
}
ITS_OWN = {
    "azure_client_id": "one",
    "cosmos__credential": "managedidentity",
    "cosmos__clientid": "one",
    "azurewebjobsstorage__credential": "managedidentity",
    "azurewebjobsstorage__clientid": "one",
}


@pytest.mark.parametrize("given", [IN_AZURE, BY_CONNECTION_STRING, IN_AZURE | ITS_OWN])
def test_what_agrees_starts_in_azure(given):
    assert Settings(**given).hosting == "azure"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"cosmos_database": None}, "COSMOS_DATABASE has to be set"),
        ({"graph": "sqlite"}, "GRAPH=sqlite is for the local host"),
        ({"neo4j_uri": "neo4j://graph.example.org"}, r"NEO4J_URI has to begin with neo4j\+s://"),
        ({"neo4j_password": ""}, "needs NEO4J_USER and NEO4J_PASSWORD"),
        ({"cosmos__accountendpoint": ""}, "needs COSMOS__accountEndpoint"),
        (
            {"cosmos__accountendpoint": "https://other.documents.azure.com"},
            "COSMOS_ENDPOINT and COSMOS__accountEndpoint",
        ),
        (
            {"cosmos": "AccountEndpoint=https://other.documents.azure.com:443/;AccountKey=x"},
            "AccountEndpoint of COSMOS",
        ),
        ({"storage_account_url": ""}, "an identity and STORAGE_ACCOUNT_URL"),
        ({"queue_account_url": ""}, "an identity and QUEUE_ACCOUNT_URL"),
        ({"azurewebjobsstorage__accountname": ""}, "the triggers need AzureWebJobsStorage"),
        ({"azurewebjobsstorage__accountname": "others"}, "STORAGE_ACCOUNT_URL is not of the account"),
        (
            {"azurewebjobsstorage__blobserviceuri": "https://others.blob.core.windows.net"},
            "STORAGE_ACCOUNT_URL and AzureWebJobsStorage__blobServiceUri",
        ),
        ({"azure_client_id": "one"}, "set COSMOS__clientId"),
        (ITS_OWN | {"azure_client_id": ""}, "set AZURE_CLIENT_ID"),
        (ITS_OWN | {"azurewebjobsstorage__clientid": ""}, "set AzureWebJobsStorage__clientId"),
        (ITS_OWN | {"cosmos__credential": ""}, "COSMOS__credential=managedidentity"),
        (ITS_OWN | {"cosmos__clientid": "two"}, "two identities"),
    ],
)
def test_what_the_host_and_the_app_are_told_differently_in_azure_is_refused(changed, words):
    given = {name: value for name, value in (IN_AZURE | changed).items() if value is not None}
    with pytest.raises(ValidationError, match=words):
        Settings(**given)


def test_all_faults_of_a_start_in_azure_are_told_at_once(monkeypatch):
    environment = {
        "HOSTING": "azure",
        "STORE": "cosmos",
        "COSMOS_ENDPOINT": "https://hub.documents.azure.com",
        "COSMOS__accountEndpoint": "https://other.documents.azure.com",
        "AZURE_CLIENT_ID": "one",
        "LOG_LEVEL": "LOUD",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for name in ("JWT_SECRET", "AzureWebJobsStorage", "COSMOS_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(WrongSettings) as refused:
        settings_of_environment()
    for words in ("JWT_SECRET", "COSMOS_DATABASE", "two accounts", "AZURE_CLIENT_ID", "blobs and queues", "LOG_LEVEL"):
        assert words in str(refused.value)


def test_the_local_host_may_name_the_trigger_s_account_as_it_likes():
    given = IN_AZURE | {"hosting": "local", "cosmos": "AccountEndpoint=https://localhost/;AccountKey=none"}
    assert Settings(**given).hosting == "local"


def test_the_version_is_that_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == shared.__version__
