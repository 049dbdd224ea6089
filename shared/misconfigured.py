"""What is wrong with settings, so that the app does not start with them: every fault, with what to do."""

import base64
import binascii
import re
from collections.abc import Iterator
from ipaddress import ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shared.access import EMAIL, PASSWORD_LENGTHS
from shared.guessable import why_guessable

if TYPE_CHECKING:
    from shared.settings import Settings

ADMINISTRATOR = "Administrator"
"""Name of the first administrator's account."""
EMBEDDING_DIMENSIONS = 1536
"""Of the vectors that the search container in Cosmos DB is made for."""
_ENDPOINT = re.compile(r"(?:^|;)\s*AccountEndpoint=([^;]+)", re.IGNORECASE)
_NEO4J = re.compile(r"(?:neo4j|bolt)(?:\+s|\+ssc)?://[\w.-]+(?::\d{1,5})?/?")
_TENANT = re.compile(r"(?!\.{1,2}\Z)[^/\\?#\x00-\x20]{1,255}")


def faults(settings: "Settings") -> list[str]:
    """Everything that is wrong with the settings, in words."""
    found = [
        *_administrator(settings),
        *_mail(settings),
        *_second_issuer(settings),
        *_believed(settings),
        *_addresses(settings),
        *_secrets(settings),
        *_graph(settings),
    ]
    if len(settings.jwt_secret.get_secret_value().encode()) < 32:
        found.append("JWT_SECRET is missing or shorter than 32 bytes")
    if "*" in settings.origins and settings.cors_credentials:
        found.append("CORS_ORIGINS=* cannot go with CORS_CREDENTIALS=true: any site could act as your user")
    if settings.store == "cosmos" and not settings.cosmos_endpoint:
        found.append("STORE=cosmos needs COSMOS_ENDPOINT")
    if settings.embedding_deployment and not settings.azure_openai_endpoint:
        found.append("EMBEDDING_DEPLOYMENT needs AZURE_OPENAI_ENDPOINT")
    if settings.store == "cosmos" and settings.embedding_dimensions != EMBEDDING_DIMENSIONS:
        found.append(f"STORE=cosmos needs EMBEDDING_DIMENSIONS={EMBEDDING_DIMENSIONS}, as its container is made")
    if settings.hosting == "azure":
        found += _azure_faults(settings)
    return found


def _administrator(settings: "Settings") -> Iterator[str]:
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


def _mail(settings: "Settings") -> Iterator[str]:
    """What would let nobody register, or send no mail."""
    if settings.registration == "domains" and not settings.domains:
        yield "REGISTRATION=domains needs REGISTRATION_DOMAINS, such as example.org"
    for domain in sorted(settings.domains):
        if not re.fullmatch(r"[\w-]+(\.[\w-]+)*", domain):
            yield f"REGISTRATION_DOMAINS: {domain!r} is no domain, such as example.org"
    if settings.smtp_host and not re.fullmatch(EMAIL, settings.mail_from):
        yield "SMTP_HOST needs MAIL_FROM, an address such as hub@example.org"
    if bool(settings.smtp_user) != bool(settings.smtp_password.get_secret_value()):
        yield "SMTP_USER and SMTP_PASSWORD need each other: set both, or neither"
    if settings.hosting == "azure" and settings.smtp_security == "none":
        yield "SMTP_SECURITY=none is for the local host: set starttls or tls"


def _believed(settings: "Settings") -> Iterator[str]:
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


def _second_issuer(settings: "Settings") -> Iterator[str]:
    """A second issuer is named whole, and is another than the app itself."""
    given = {
        "OIDC_ISSUER": settings.oidc_issuer,
        "OIDC_JWKS_URL": settings.oidc_jwks_url,
        "OIDC_AUDIENCE": settings.oidc_audience,
    }
    if any(given.values()) and not all(given.values()):
        yield f"{', '.join(given)} need each other: set all, or none"
    if settings.oidc_issuer and settings.oidc_issuer == settings.jwt_issuer:
        yield "OIDC_ISSUER has to be another than JWT_ISSUER"
    if settings.oidc_tenant and (not _TENANT.fullmatch(settings.oidc_tenant) or settings.oidc_tenant == "system"):
        yield "OIDC_TENANT has to be a name without spaces, slashes, ? and #, and not system"


def _addresses(settings: "Settings") -> Iterator[str]:
    for name, url in (
        ("PUBLIC_URL", settings.public_url),
        ("OIDC_JWKS_URL", settings.oidc_jwks_url),
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


def _secrets(settings: "Settings") -> Iterator[str]:
    """Secrets of which the first use would say that they are none."""
    if not _is_base64(settings.cosmos_key.get_secret_value()):
        yield "COSMOS_KEY is no key of an account: copy it whole"
    connection = settings.azurewebjobsstorage.get_secret_value().strip()
    parts = {
        name.strip().lower() for name, _, value in (part.partition("=") for part in connection.split(";")) if value
    }
    if connection and not parts & {"usedevelopmentstorage", "accountname", "blobendpoint"}:
        yield "AzureWebJobsStorage is no connection string: AccountName=…, AccountKey=… with semicolons between"


def _graph(settings: "Settings") -> Iterator[str]:
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


def _azure_faults(settings: "Settings") -> list[str]:
    """Where app and Functions host are told the same thing twice in Azure: what contradicts, or is half said."""
    return [*_store(settings), *_storage(settings), *_identities(settings)]


def _store(settings: "Settings") -> Iterator[str]:
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


def _storage(settings: "Settings") -> Iterator[str]:
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


def _identities(settings: "Settings") -> Iterator[str]:
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
