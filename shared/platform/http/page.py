"""`/docs`: an OpenAPI document as one page that loads nothing else."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

Json = Mapping[str, Any]
_HERE = Path(__file__).parent
STYLE = (_HERE / "page.css").read_text(encoding="utf-8")
SCRIPT = (_HERE / "page.js").read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


POLICY = (
    f"default-src 'none'; style-src {_digest(STYLE)}; script-src {_digest(SCRIPT)}; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def page(document: Json) -> bytes:
    """The page, as UTF-8."""
    info = document["info"]
    operations = [
        (method, path, operation) for path, item in document["paths"].items() for method, operation in item.items()
    ]
    tags = [tag["name"] for tag in document["tags"]]
    sections = "".join(_section(tag, [each for each in operations if tag in each[2]["tags"]]) for tag in tags)
    links = "".join(f'<a href="#{_anchor(tag)}">{escape(tag)}</a>' for tag in [*tags, "Errors", "Schemas"])
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(info["title"])} API {escape(info["version"])}</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<h1>{escape(info["title"])} API <small>{escape(info["version"])}</small></h1>
<p>{escape(info["summary"])} Sign in by <code>POST /auth/token</code>; send the token as
<code>Authorization: Bearer …</code>. For programs: <a href="/openapi.json">openapi.json</a>.</p>
<input type="search" id="find" placeholder="Find a route, a permission, a word" aria-label="Find a route">
<nav aria-label="Sections">{links}</nav>
</header>
<main>
{sections}
{_errors(document["components"]["examples"])}
{_schemas(document["components"]["schemas"])}
</main>
<script>{SCRIPT}</script>
</body>
</html>
""".encode()


def _section(tag: str, operations: Iterable[tuple[str, str, Json]]) -> str:
    shown = "".join(_operation(*operation) for operation in operations)
    return f'<section id="{_anchor(tag)}"><h2>{escape(tag)}</h2>{shown}</section>\n'


def _operation(method: str, path: str, operation: Json) -> str:
    permission = operation["x-permission"]
    permissions = permission if isinstance(permission, str) else " or ".join(permission)
    return (
        f'<details class="operation" id="{escape(operation["operationId"])}"><summary>'
        f'<b class="{method}">{method.upper()}</b> <code>{escape(path)}</code> '
        f"<span>{escape(operation['summary'])}</span> <i>{escape(permissions)}</i></summary>"
        f"{_paragraph(operation.get('description', ''))}{_parameters(operation['parameters'])}"
        f"{_body(operation.get('requestBody'))}{_responses(operation['responses'])}</details>\n"
    )


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""


def _parameters(parameters: Iterable[Json]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(each['in'])}</td>"
        f"<td>{escape(_type(each['schema']))}</td><td>{escape(each.get('description', ''))}</td></tr>"
        for each in parameters
    )
    return f"<h3>Parameters</h3><div><table>{rows}</table></div>" if rows else ""


def _body(body: Json | None) -> str:
    if body is None:
        return ""
    kind, media = next(iter(body["content"].items()))
    return f"<h3>Body <small>{escape(kind)}</small></h3>{_schema_link(media['schema'])}{_code(media['example'])}"


def _responses(responses: Json) -> str:
    shown = []
    for status, response in responses.items():
        if "$ref" in response:  # what every operation may answer stands among the errors below
            continue
        content: Json = next(iter(response.get("content", {}).values()), {})
        if "examples" in content:
            codes = ", ".join(
                f'<a href="#{escape(code)}"><code>{escape(code)}</code></a>' for code in content["examples"]
            )
            shown.append(f"<li><b>{status}</b> {codes}</li>")
        else:
            example = _code(content["example"]) if "example" in content else ""
            shown.append(f"<li><b>{status}</b> {escape(response['description'])}{example}</li>")
    return f"<h3>Answers</h3><ul>{''.join(shown)}</ul>"


def _errors(examples: Json) -> str:
    """Every code once, with its meaning."""
    rows = "".join(
        f'<tr id="{escape(code)}"><td><code>{escape(code)}</code></td><td>{example["value"]["status"]}</td>'
        f"<td>{escape(example['value']['title'])}. {escape(example['value']['detail'])}</td></tr>"
        for code, example in sorted(examples.items())
    )
    return f'<section id="errors"><h2>Errors</h2><div><table>{rows}</table></div></section>\n'


def _schemas(schemas: Json) -> str:
    shown = "".join(
        f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary>{_code(schema)}</details>'
        for name, schema in sorted(schemas.items())
    )
    return f'<section id="schemas"><h2>Schemas</h2>{shown}</section>\n'


def _schema_link(schema: Json) -> str:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return f'<p><a href="#schema-{escape(name)}">{escape(name)}</a></p>' if name else ""


def _type(schema: Json) -> str:
    kind = schema.get("type") or " or ".join(_type(each) for each in schema.get("anyOf", ()))
    return str(kind or schema.get("$ref", "").rpartition("/")[2])


def _code(value: Any) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"


def _anchor(tag: str) -> str:
    return escape(tag.lower().replace(" ", "-"))
