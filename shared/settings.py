"""Every setting of the app: name, default, unit and meaning, checked at start with all faults at once."""

import tempfile
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared import misconfigured
from shared.misconfigured import EMBEDDING_DIMENSIONS


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
    oidc_issuer: str = Field(
        default="",
        description="`iss` of a second issuer whose tokens are taken, such as "
        "https://login.microsoftonline.com/<directory>/v2.0; empty takes none.",
    )
    oidc_jwks_url: str = Field(default="", description="Address of the second issuer's public keys (JWKS).")
    oidc_audience: str = Field(default="", description="`aud` that the second issuer's tokens must carry.")
    oidc_tenant: str = Field(
        default="", description="Tenant whose accounts the second issuer's tokens name; empty means DEFAULT_TENANT."
    )
    bootstrap_admin_email: str = Field(default="", description="E-mail of the first administrator, created once.")
    bootstrap_admin_password: SecretStr = Field(
        default=SecretStr(""),
        description="Password of the first administrator; none of the commonest, and without a name.",
    )
    registration: Literal["closed", "domains", "open", ""] = Field(
        default="",
        description="Who may ask for an account: nobody, who has an e-mail of REGISTRATION_DOMAINS, or anybody; "
        "empty means open on the local host, closed in Azure.",
    )
    registration_domains: str = Field(
        default="", description="Domains of e-mails for REGISTRATION=domains, separated by commas."
    )
    smtp_host: str = Field(
        default="", description="Mail server that tokens are sent by; empty sends none: administrators hand them over."
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection to it is encrypted; `none` on the local host only."
    )
    smtp_user: str = Field(default="", description="User name at the mail server; empty signs in as nobody.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Its password.")
    mail_from: str = Field(default="", description="Address that mail comes from.")
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
    def registration_mode(self) -> str:
        return self.registration or ("open" if self.hosting == "local" else "closed")

    @cached_property
    def domains(self) -> frozenset[str]:
        """Domains whose e-mails may register, in the form that e-mails are kept in."""
        return frozenset(domain.strip().casefold() for domain in self.registration_domains.split(",") if domain.strip())

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
        faults = misconfigured.faults(self)
        if faults:
            raise ValueError("; ".join(faults))
        return self
