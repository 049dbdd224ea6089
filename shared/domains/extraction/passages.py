"""The passage around a quotation, and a draft's corrections held against their source."""

import asyncio
from itertools import islice

from shared.domains.extraction import evidence
from shared.domains.knowledge import actions
from shared.domains.knowledge.actions import Correction, Editable
from shared.domains.knowledge.content import Content, Evidence, Passage, Statement, StatementKind
from shared.domains.knowledge.model import Artifact, BadCorrection, EvidenceNotFound
from shared.domains.knowledge.queries import Seen, as_seen
from shared.domains.language.sentences import sentences
from shared.domains.sources import documents
from shared.errors import Fault
from shared.platform.blobs import Blobs
from shared.platform.readers.document import Document
from shared.platform.shapes import IfMatch, View
from shared.platform.store import Store

AROUND = 600
"""Characters shown before and after a quotation."""
MOST_TEXT = 200_000
"""Characters of one correction's statements and quotations."""
MOST_FAULTS = 20
"""Sentences looked for in vain before a correction is refused."""


class EvidenceView(View):
    """An evidence in its surroundings; `quotation` stands at `highlight` (start, end) of `text`."""

    n: int
    artifact_id: str
    statement_id: str
    kind: StatementKind
    statement: str
    quotation: str
    verified: bool
    sha256: str
    passage: Passage | None
    text: str
    highlight: tuple[int, int] | None
    page_image: str | None


async def around(store: Store, blobs: Blobs, filed: Seen, n: int) -> EvidenceView:
    """The evidence with the words around it; raises EvidenceNotFound."""
    artifact = as_seen(filed)
    found = artifact.evidence(n)
    if found is None:
        raise EvidenceNotFound(f"The artifact has no evidence {n} that you may see.")
    statement, cited = found
    if cited.passage is None:
        return _view(artifact, statement, cited, "", None)
    document = await documents.document_of(blobs, store.tenant, artifact.source_sha256, artifact.reader)
    text, start = _surroundings(document, cited.passage)
    at = cited.passage.start - start
    drawn = await documents.is_drawn(blobs, store.tenant, artifact, cited.passage)
    return _view(artifact, statement, cited, text, (at, at + cited.passage.end - cited.passage.start), drawn=drawn)


async def page(store: Store, blobs: Blobs, filed: Seen, n: int) -> bytes:
    """The page of an evidence as a PNG, its quotation marked; raises EvidenceNotFound."""
    artifact = as_seen(filed)
    found = artifact.evidence(n)
    if found is None:
        raise EvidenceNotFound(f"The artifact has no evidence {n} that you may see.")
    return await documents.page_of(blobs, store.tenant, artifact, found[1].passage)


async def correct(store: Store, blobs: Blobs, filed: Editable, correction: Correction, if_match: IfMatch) -> Artifact:
    """Correct a draft: statements are verified again, and abstract and summary take only sentences of the source."""
    artifact = filed.thing.artifact
    if_match.check(artifact)
    actions.check_editable(filed.thing)
    _check_length(correction)
    document = await documents.document_of(blobs, store.tenant, artifact.source_sha256, artifact.reader)
    await asyncio.to_thread(_check_anchored, document, correction)

    async def verify(content: Content) -> Content:
        return await asyncio.to_thread(evidence.verify, document, artifact.source_id, content)

    return await actions.correct(store, filed, correction, verify)


def _check_length(correction: Correction) -> None:
    texts = [text for one in correction.statements for text in (one.text or "", *(one.quotations or ()))]
    if sum(map(len, texts)) > MOST_TEXT:
        detail = f"Statements and quotations may have {MOST_TEXT} characters together."
        raise BadCorrection(detail, errors=[Fault("/statements", detail)])


def _check_anchored(document: Document, correction: Correction) -> None:
    changes = correction.changes()
    texts = {"/abstract": changes.get("abstract", "")}
    texts |= {f"/summary/{name}": text for name, text in changes.get("summary", {}).items()}
    unknown = (
        Fault(pointer, f"this does not stand in the source: {text[start:end]}")
        for pointer, text in texts.items()
        for start, end in sentences(text)
        if evidence.find(document.text, text[start:end]) is None
    )
    faults = list(islice(unknown, MOST_FAULTS))
    if faults:
        raise BadCorrection("Abstract and summary are made of the source's own sentences.", errors=faults)


def _surroundings(document: Document, passage: Passage) -> tuple[str, int]:
    """The paragraph that holds the passage, and where it starts, at most AROUND characters to each side."""
    before = document.text.rfind("\n\n", 0, passage.start)
    after = document.text.find("\n\n", passage.end)
    start = max(before + 2 if before >= 0 else 0, passage.start - AROUND)
    end = min(after if after >= 0 else len(document.text), passage.end + AROUND)
    return document.text[start:end], start


def _view(
    artifact: Artifact,
    statement: Statement,
    cited: Evidence,
    text: str,
    highlight: tuple[int, int] | None,
    *,
    drawn: bool = False,
) -> EvidenceView:
    return EvidenceView(
        n=cited.n,
        artifact_id=artifact.id,
        statement_id=statement.id,
        kind=statement.kind,
        statement=statement.text,
        quotation=cited.quotation,
        verified=cited.verified,
        sha256=cited.sha256,
        passage=cited.passage,
        text=text,
        highlight=highlight,
        page_image=f"/v1/knowledge/{artifact.id}/evidence/{cited.n}/page.png" if drawn else None,
    )
