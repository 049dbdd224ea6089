"""Every setting of the app: name, default, unit and meaning, checked at start with all faults at once."""

import base64
import binascii
import re
import tempfile
from collections.abc import Iterator
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.access import EMAIL, PASSWORD_LENGTHS
from shared.guessable import why_guessable

EMBEDDING_DIMENSIONS = 1536
"""Of the vectors that the search container in Cosmos DB is made for."""

ADMINISTRATOR = "Administrator"
"""Name of the first administrator's account."""

_ENDPOINT = re.compile(r"(?:^|;)\s*AccountEndpoint=([^;]+)", re.IGNORECASE)
_NEO4J = re.compile(r"(?:neo4j|bolt)(?:\+s|\+ssc)?://[\w.-]+(?::\d{1,5})?/?")
_TENANT = re.compile(r"(?!\.{1,2}\Z)[^/\\?#\x00-\x20]{1,255}")


class Settings(BaseSettings):
    """Read from the environment (app settings in Azure, the local host's own here), where names are upper case."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, case_sensitive=False)

    hosting: Literal["local", "azure"] = Field(
        default="azure", description="Where the app runs. `local` is set by the local host and allows its defaults."
    )
    data_dir: Path = Field(
        default=Path(".data"), description="Folder of the SQLite files and of files in hand on the local host."
    )
    default_tenant: str = Field(default="default", description="Tenant of accounts for whom nobody says otherwise.")
    public_url: str = Field(
        default="", description="Address under which clients reach the app; empty means its own host name."
    )
    website_hostname: str = Field(default="127.0.0.1:7071", description="Host name of the app; the host sets it.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Lowest level logged.")

    store: Literal["sqlite", "cosmos"] = Field(default="sqlite", description="Where records are kept.")
    cosmos_endpoint: str = Field(default="", description="Address of the Cosmos DB account, for STORE=cosmos.")
    cosmos_key: SecretStr = Field(
        default=SecretStr(""), description="Account key; empty uses the app's managed identity."
    )
    cosmos_database: str = Field(default="eventhub", description="Name of the Cosmos DB database.")
    azurewebjobsstorage: SecretStr = Field(
        default=SecretStr(""), description="Connection string of the storage account for blobs and queues."
    )
    storage_account_url: str = Field(
        default="", description="Blob endpoint, where a managed identity is used instead of a connection string."
    )
    queue_account_url: str = Field(default="", description="Queue endpoint, for the managed identity.")
    azure_client_id: str = Field(
        default="", description="Client id of a user-assigned managed identity; empty uses the system-assigned one."
    )

    cosmos: SecretStr = Field(
        default=SecretStr(""), description="Connection string of the change feed's trigger, unless it has an identity."
    )
    cosmos__accountendpoint: str = Field(
        default="", description="Address of the account for the change feed's trigger: the same as COSMOS_ENDPOINT."
    )
    cosmos__credential: Literal["", "managedidentity"] = Field(
        default="", description="`managedidentity` where COSMOS__clientId is set."
    )
    cosmos__clientid: str = Field(default="", description="The same as AZURE_CLIENT_ID, for the change feed's trigger.")
    azurewebjobsstorage__accountname: str = Field(
        default="", description="Name of the storage account for the triggers, with an identity."
    )
    azurewebjobsstorage__blobserviceuri: str = Field(
        default="", description="Instead of the name, the same as STORAGE_ACCOUNT_URL."
    )
    azurewebjobsstorage__queueserviceuri: str = Field(
        default="", description="Instead of the name, the same as QUEUE_ACCOUNT_URL."
    )
    azurewebjobsstorage__credential: Literal["", "managedidentity"] = Field(
        default="", description="`managedidentity` where AzureWebJobsStorage__clientId is set."
    )
    azurewebjobsstorage__clientid: str = Field(
        default="", description="The same as AZURE_CLIENT_ID, for the triggers of blobs and queues."
    )

    graph: Literal["sqlite", "neo4j"] = Field(default="sqlite", description="Where the knowledge graph is kept.")
    neo4j_uri: str = Field(
        default="", description="Address of Neo4j 5.26 or later, for GRAPH=neo4j, such as `neo4j+s://name.example`."
    )
    neo4j_user: str = Field(default="neo4j", description="Its user.")
    neo4j_password: SecretStr = Field(
        default=SecretStr(""), description="The user's password; empty only for a server without accounts."
    )

    azure_openai_endpoint: str = Field(default="", description="Address of the Azure OpenAI resource.")
    azure_openai_api_key: SecretStr = Field(
        default=SecretStr(""), description="Its key; empty uses the app's managed identity."
    )
    embedding_deployment: str = Field(
        default="",
        description="Deployment of a text-embedding-3 model for search by meaning; empty searches by words only.",
    )
    embedding_dimensions: int = Field(
        default=EMBEDDING_DIMENSIONS, ge=1, le=4096, description="Length of its vectors; fixed for STORE=cosmos."
    )

    jwt_secret: SecretStr = Field(
        default=SecretStr(""), description="HS256 key of the app's own tokens, at least 32 bytes."
    )
    jwt_issuer: str = Field(default="https://eventhub.internal", description="`iss` of the app's own tokens.")
    jwt_audience: str = Field(default="event-hub-apps", description="`aud` that a token must carry.")
    access_token_minutes: int = Field(default=15, ge=1, le=60, description="Lifetime of an access token, minutes.")
    refresh_token_days: int = Field(default=30, ge=1, le=365, description="Absolute lifetime of a refresh token, days.")
    bootstrap_admin_email: str = Field(default="", description="E-mail of the first administrator, created once.")
    bootstrap_admin_password: SecretStr = Field(
        default=SecretStr(""),
        description="Password of the first administrator; none of the commonest, and without a name.",
    )
    new_account_tier: Literal["free", "basic", "pro", "enterprise", ""] = Field(
        default="", description="Tier of new accounts; empty means enterprise on the local host, basic in Azure."
    )

    cors_origins: str = Field(default="", description="Origins allowed by CORS, separated by commas; `*` for any.")
    cors_credentials: bool = Field(default=False, description="Whether CORS allows credentials.")
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks of proxies whose X-Forwarded-For is believed, separated by commas.",
    )
    rate_limit_enabled: Literal["true", "false", ""] = Field(
        default="",
        description="Whether rates are limited by tier and principal; empty means yes in Azure, no on the local host.",
    )
    max_json_bytes: int = Field(default=1_048_576, ge=1024, description="Largest JSON body, bytes.")

    audit_retention_days: int = Field(
        default=0, ge=0, description="Days that audit entries are kept, whole months at a time; 0 keeps them for good."
    )
    chat_retention_days: int = Field(
        default=365, ge=0, description="Days that chat messages are kept; 0 keeps them for good."
    )
    upload_url_minutes: int = Field(default=15, ge=1, le=60, description="Life of an upload address, minutes.")
    max_upload_bytes: int = Field(default=75 * 1024 * 1024, ge=1, description="Largest source file, bytes.")
    max_pages: int = Field(default=5000, ge=1, description="Most pages of a PDF.")
    reader_memory_mb: int = Field(default=768, ge=128, description="Memory of a reader's process, MiB.")
    reader_seconds: int = Field(default=60, ge=1, description="Time of a reader's process, seconds.")
    evaluation_threshold: float = Field(
        default=3.0, ge=1, le=5, description="Score below which extraction tries again."
    )
    evaluation_rounds: int = Field(default=3, ge=1, le=10, description="Most rounds of extraction.")

    @cached_property
    def scratch_dir(self) -> Path:
        """Where processes keep the files that they have in hand."""
        return self.data_dir / "scratch" if self.hosting == "local" else Path(tempfile.gettempdir()) / "eventhub"

    @cached_property
    def address(self) -> str:
        """Where clients reach the app, without a slash at the end."""
        scheme = "http" if self.hosting == "local" else "https"
        return self.public_url.rstrip("/") or f"{scheme}://{self.website_hostname}"

    @cached_property
    def tier(self) -> str:
        """Tier of a new account."""
        return self.new_account_tier or ("enterprise" if self.hosting == "local" else "basic")

    @cached_property
    def limits_rates(self) -> bool:
        return self.rate_limit_enabled == "true" or (self.hosting == "azure" and not self.rate_limit_enabled)

    @cached_property
    def origins(self) -> frozenset[str]:
        return frozenset(origin.strip() for origin in self.cors_origins.split(",") if origin.strip())

    @cached_property
    def proxies(self) -> tuple[str, ...]:
        return tuple(proxy.strip() for proxy in self.trusted_proxies.split(",") if proxy.strip())

    @model_validator(mode="after")
    def _no_insecure_defaults(self) -> Self:
        faults = list(self._faults())
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _faults(self) -> list[str]:
        faults = [*_administrator(self), *_believed(self), *_addresses(self), *_secrets(self), *_graph(self)]
        if len(self.jwt_secret.get_secret_value().encode()) < 32:
            faults.append("JWT_SECRET is missing or shorter than 32 bytes")
        if "*" in self.origins and self.cors_credentials:
            faults.append("CORS_ORIGINS=* cannot go with CORS_CREDENTIALS=true: any site could act as your user")
        if self.store == "cosmos" and not self.cosmos_endpoint:
            faults.append("STORE=cosmos needs COSMOS_ENDPOINT")
        if self.embedding_deployment and not self.azure_openai_endpoint:
            faults.append("EMBEDDING_DEPLOYMENT needs AZURE_OPENAI_ENDPOINT")
        if self.store == "cosmos" and self.embedding_dimensions != EMBEDDING_DIMENSIONS:
            faults.append(f"STORE=cosmos needs EMBEDDING_DIMENSIONS={EMBEDDING_DIMENSIONS}, as its container is made")
        if self.hosting == "azure":
            faults += _azure_faults(self)
        return faults


def _administrator(settings: Settings) -> Iterator[str]:
    """What would keep the first administrator from being made, or from signing in."""
    email = settings.bootstrap_admin_email
    password = settings.bootstrap_admin_password.get_secret_value()
    least, most = PASSWORD_LENGTHS
    if bool(email) != bool(password):
        given, missing = ("EMAIL", "PASSWORD") if email else ("PASSWORD", "EMAIL")
        yield f"BOOTSTRAP_ADMIN_{given} needs BOOTSTRAP_ADMIN_{missing}: set both, or neither"
    if email and not (re.fullmatch(EMAIL, email) and len(email) <= 254):
        yield "BOOTSTRAP_ADMIN_EMAIL is no e-mail address, such as admin@example.org"
    if password and not least <= len(password) <= most:
        yield f"BOOTSTRAP_ADMIN_PASSWORD has to have {least} to {most} characters"
    if password and (fault := why_guessable(password, email, ADMINISTRATOR)):
        yield f"BOOTSTRAP_ADMIN_PASSWORD is easy to guess. {fault}"


def _believed(settings: Settings) -> Iterator[str]:
    """What is compared with requests, and would match none, or break each."""
    if not _TENANT.fullmatch(settings.default_tenant) or settings.default_tenant == "system":
        yield "DEFAULT_TENANT has to be a name without spaces, slashes, ? and #, and not system"
    for name, value in (("JWT_ISSUER", settings.jwt_issuer), ("JWT_AUDIENCE", settings.jwt_audience)):
        if not value.strip():
            yield f"{name} may not be empty"
    for origin in sorted(settings.origins - {"*"}):
        if not _is_address(origin) or urlsplit(origin).path:
            yield f"CORS_ORIGINS: {origin!r} is no origin, such as https://hub.example, without a slash behind"
    for proxy in settings.proxies:
        try:
            ip_network(proxy)
        except ValueError as error:
            yield f"TRUSTED_PROXIES: {str(error).replace(';', ',')}, such as 10.0.0.0/8"


def _addresses(settings: Settings) -> Iterator[str]:
    for name, url in (
        ("PUBLIC_URL", settings.public_url),
        ("COSMOS_ENDPOINT", settings.cosmos_endpoint),
        ("STORAGE_ACCOUNT_URL", settings.storage_account_url),
        ("QUEUE_ACCOUNT_URL", settings.queue_account_url),
        ("AZURE_OPENAI_ENDPOINT", settings.azure_openai_endpoint),
    ):
        if url and not _is_address(url):
            yield f"{name} is no address, such as https://name.example"
        elif settings.hosting == "azure" and url and urlsplit(url).scheme != "https":
            yield f"{name} has to begin with https:// in Azure"


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    said = parts.query or parts.fragment or parts.username or re.search(r"[\s\\]", text)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0 and not said


def _secrets(settings: Settings) -> Iterator[str]:
    """Secrets of which the first use would say that they are none."""
    if not _is_base64(settings.cosmos_key.get_secret_value()):
        yield "COSMOS_KEY is no key of an account: copy it whole"
    connection = settings.azurewebjobsstorage.get_secret_value().strip()
    parts = {
        name.strip().lower() for name, _, value in (part.partition("=") for part in connection.split(";")) if value
    }
    if connection and not parts & {"usedevelopmentstorage", "accountname", "blobendpoint"}:
        yield "AzureWebJobsStorage is no connection string: AccountName=…, AccountKey=… with semicolons between"


def _graph(settings: Settings) -> Iterator[str]:
    """What would keep the graph from being opened."""
    if settings.graph == "sqlite":
        if settings.hosting == "azure":
            yield "GRAPH=sqlite is for the local host: set GRAPH=neo4j and NEO4J_URI"
        return
    if not settings.neo4j_uri:
        yield "GRAPH=neo4j needs NEO4J_URI"
    elif not _NEO4J.fullmatch(settings.neo4j_uri):
        yield "NEO4J_URI is no address, such as neo4j+s://name.example"
    if settings.hosting == "azure":
        if settings.neo4j_uri and not settings.neo4j_uri.startswith(("neo4j+s://", "bolt+s://")):
            yield "NEO4J_URI has to begin with neo4j+s:// or bolt+s:// in Azure"
        if not (settings.neo4j_user and settings.neo4j_password.get_secret_value()):
            yield "GRAPH=neo4j needs NEO4J_USER and NEO4J_PASSWORD in Azure"


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    return True


def _azure_faults(settings: Settings) -> list[str]:
    """Where app and Functions host are told the same thing twice in Azure: what contradicts, or is half said."""
    return [*_store(settings), *_storage(settings), *_identities(settings)]


def _store(settings: Settings) -> Iterator[str]:
    if settings.store == "sqlite":
        yield "STORE=sqlite is for the local host: set STORE=cosmos and COSMOS_ENDPOINT"
        return
    if "cosmos_database" not in settings.model_fields_set:
        yield "COSMOS_DATABASE has to be set, as the change feed's trigger sees no default of the app's"
    connection = settings.cosmos.get_secret_value()
    if connection and not _ENDPOINT.search(connection):
        yield "COSMOS is no connection string: AccountEndpoint=…, AccountKey=… with semicolons between"
    if not connection and not settings.cosmos__accountendpoint:
        yield "the change feed's trigger needs COSMOS__accountEndpoint, or a connection string COSMOS"
    yield from _different(
        "COSMOS_ENDPOINT", settings.cosmos_endpoint, "COSMOS__accountEndpoint", settings.cosmos__accountendpoint
    )
    if named := _ENDPOINT.search(connection):
        yield from _different("COSMOS_ENDPOINT", settings.cosmos_endpoint, "the AccountEndpoint of COSMOS", named[1])


def _storage(settings: Settings) -> Iterator[str]:
    if settings.azurewebjobsstorage.get_secret_value():
        return
    urls = {"STORAGE_ACCOUNT_URL": settings.storage_account_url, "QUEUE_ACCOUNT_URL": settings.queue_account_url}
    if missing := [name for name, url in urls.items() if not url]:
        yield f"blobs and queues need AzureWebJobsStorage, or an identity and {' and '.join(missing)}"
    uris = (settings.azurewebjobsstorage__blobserviceuri, settings.azurewebjobsstorage__queueserviceuri)
    account = settings.azurewebjobsstorage__accountname
    if not account and not all(uris):
        yield (
            "the triggers need AzureWebJobsStorage, or an identity and AzureWebJobsStorage__accountName (or both "
            "AzureWebJobsStorage__blobServiceUri and AzureWebJobsStorage__queueServiceUri)"
        )
    for (name, url), kind, uri in zip(urls.items(), ("blob", "queue"), uris, strict=True):
        yield from _different(name, url, f"AzureWebJobsStorage__{kind}ServiceUri", uri)
        if account and url and not uri and not _host(url)[0].startswith(f"{account.lower()}."):
            yield f"{name} is not of the account that AzureWebJobsStorage__accountName names"


def _identities(settings: Settings) -> Iterator[str]:
    """An identity of one's own is named to the app and, with its credential, to each connection that has no secret."""
    own = settings.azure_client_id
    for name, secret, credential, client in (
        ("COSMOS", settings.cosmos, settings.cosmos__credential, settings.cosmos__clientid),
        (
            "AzureWebJobsStorage",
            settings.azurewebjobsstorage,
            settings.azurewebjobsstorage__credential,
            settings.azurewebjobsstorage__clientid,
        ),
    ):
        if secret.get_secret_value():
            continue
        if own and not client:
            yield f"AZURE_CLIENT_ID names an identity that the triggers do not use: set {name}__clientId"
        if client and not own:
            yield f"{name}__clientId names an identity that the app does not use: set AZURE_CLIENT_ID"
        if client and own and client.lower() != own.lower():
            yield f"AZURE_CLIENT_ID and {name}__clientId name two identities"
        if client and not credential:
            yield f"{name}__clientId needs {name}__credential=managedidentity"


def _different(name: str, url: str, other: str, other_url: str) -> Iterator[str]:
    if url and other_url and _host(url) != _host(other_url):
        yield f"{name} and {other} name two accounts"


def _host(url: str) -> tuple[str, int | None]:
    parts = urlsplit(url.strip())
    try:
        port = parts.port
    except ValueError:
        port = None
    return (parts.hostname or "").lower(), port or {"https": 443, "http": 80}.get(parts.scheme)
