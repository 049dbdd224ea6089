"""Search on Azure Cosmos DB: full text finds, the access predicate decides, both inside the tenant's part of the index.

An owner's entries share its logical partition with a document that says which version they are of; every batch of a
replacement rewrites that document, so that of two replacements one gives way. The full text is that of our own stems:
what is found is what the ranker counts. `FullTextScore` is not used: its statistics know nothing of access.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from shared.clock import Clock
from shared.platform.search import MAX_CANDIDATES, Candidate, Entry, Found, Query, Statistics, taking_turns
from shared.platform.search.analysis import analysed, phrased
from shared.platform.search.bm25 import idf, saturated
from shared.platform.search.held import packed
from shared.platform.store.cosmos import rows
from shared.platform.store.cosmos_account import Account, Charge, open_account, opening
from shared.platform.store.cosmos_commit import read
from shared.platform.store.cosmos_containers import create_missing
from shared.platform.store.cosmos_sql import Compiler
from shared.platform.store.cosmos_sql import Query as Sql
from shared.platform.store.predicates import ALL, Predicate
from shared.settings import Settings

CONTAINER = "search"
MOST_SCORED = 5_000
"""Matching entries that are scored to choose the candidates; of more, those with the rarest terms."""
_OPERATIONS, _BYTES = 99, 1_800_000
_OWNER, _ENTRY = "search_owner", "search_entry"


async def open_search(settings: Settings, clock: Clock) -> "CosmosSearch":
    """Open the container; with an account key make it when missing."""
    account = await open_account(settings, clock)
    async with opening(account.close):
        if settings.cosmos_key.get_secret_value():
            await create_missing(account.client, settings.cosmos_database)
    return CosmosSearch(account)


@dataclass(frozen=True, slots=True)
class _Match:
    """An entry that holds some term: how often each, and how long it is."""

    id: str
    length: int
    mentions: Mapping[str, int]
    phrased: bool
    """Whether it holds every phrase."""


class CosmosSearch:
    """See `SearchIndex`."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def replace(self, tenant: str, owner: str, entries: Sequence[Entry], version: int) -> bool:
        prepared = await asyncio.to_thread(lambda: [_document(tenant, owner, entry) for entry in entries])
        while (done := await self._replaced(tenant, owner, prepared, version)) is None:
            pass
        return done

    async def remove(self, tenant: str, owner: str, version: int) -> bool:
        return await self.replace(tenant, owner, (), version)

    async def candidates(
        self,
        tenant: str,
        query: Query,
        where: Predicate = ALL,
        limit: int = MAX_CANDIDATES,
        vector: Sequence[float] | None = None,
    ) -> Found:
        if query.empty:
            return Found((), Statistics(0, 0, {}))
        entries, length, matches, nearest = await asyncio.gather(
            self._number(tenant, where, "COUNT(1)"),
            self._number(tenant, where, 'SUM(c["length"])'),
            self._matches(tenant, query, where, _terms(query)),
            self._nearest(tenant, query, where, vector),
        )
        statistics = Statistics(entries, length / entries if entries else 0, _frequencies(query, matches))
        if len(matches) >= MOST_SCORED:
            statistics, matches = await self._rarest(tenant, query, where, statistics)
        best = taking_turns(_best(query, matches, statistics), nearest, min(limit, MAX_CANDIDATES))
        shown = await self._rows_of(tenant, best, vector)
        near = tuple(row.get("near") for row in shown) if vector else ()
        candidates, terms = _candidates(query, shown)
        return Found(candidates, statistics, terms, near)

    async def ping(self) -> None:
        await read(self._account, CONTAINER, ("system", _OWNER), _OWNER)

    async def close(self) -> None:
        await self._account.close()

    async def _replaced(self, tenant: str, owner: str, prepared: list[dict[str, Any]], version: int) -> bool | None:
        """Whether it was done; None when another replacement came between."""
        from azure.cosmos.exceptions import CosmosBatchOperationError

        there = await read(self._account, CONTAINER, (tenant, owner), _OWNER)
        if there and there["version"] > version:
            return False
        head = {"id": _OWNER, "kind": _OWNER, "tenantId": tenant, "aggregateId": owner, "version": version}
        etag = there["_etag"] if there else None
        for batch in _batches([*await self._gone(tenant, owner, prepared), *(_upsert(each) for each in prepared)]):
            first: Any = ("replace", (_OWNER, head), {"if_match_etag": etag}) if etag else ("create", (head,))
            try:
                results = await self._send(tenant, owner, [first, *batch])
            except CosmosBatchOperationError as error:
                if error.status_code in (404, 409, 412):
                    return None
                raise
            etag = results[0]["eTag"]
        return True

    async def _gone(self, tenant: str, owner: str, prepared: list[dict[str, Any]]) -> list[Any]:
        """Deletions of the owner's entries that are not among the new ones."""
        compiler = Compiler()
        terms = _terms_of_place(compiler, tenant) + f' AND c["aggregateId"] = {compiler.bind(owner)}'
        text = f'SELECT VALUE {{"id": c["id"], "etag": c["_etag"]}} FROM c WHERE {terms}'  # noqa: S608 -- values are bound
        found = await rows(self._account, CONTAINER, (tenant, owner), Sql(text, tuple(compiler.parameters)))
        kept = {each["id"] for each in prepared}
        return [("delete", (row["id"],), {"if_match_etag": row["etag"]}) for row in found if row["id"] not in kept]

    async def _send(self, tenant: str, owner: str, operations: list[Any]) -> list[Any]:
        async def call(charge: Charge) -> list[Any]:
            container = self._account.container(CONTAINER)
            return list(await container.execute_item_batch(operations, [tenant, owner], response_hook=charge))

        return await self._account.run("batch", CONTAINER, (tenant, owner), call)

    async def _number(self, tenant: str, where: Predicate, what: str, term: str | None = None) -> int:
        """A count or a sum over the entries that the predicate lets through, or those of them that hold a term."""
        compiler = Compiler()
        condition = _visible(compiler, tenant, where)
        if term is not None:
            condition += f" AND ({_holding(compiler, [term])})"
        text = f"SELECT VALUE {what} FROM c WHERE {condition}"  # noqa: S608 -- as above
        found = await rows(self._account, CONTAINER, (tenant,), Sql(text, tuple(compiler.parameters)))
        return sum(int(number) for number in found if isinstance(number, int | float))

    async def _matches(self, tenant: str, query: Query, where: Predicate, terms: Sequence[str]) -> list[_Match]:
        """Entries that hold one of these terms, at most MOST_SCORED."""
        compiler = Compiler()
        condition = f"{_visible(compiler, tenant, where)} AND ({_holding(compiler, terms)})"
        names = [*query.terms, *sorted(query.excluded)]
        counted = [f'"{at}": c["counts"][{orjson.dumps(name).decode()}]' for at, name in enumerate(names)]
        phrases = [f'"phrase{at}": CONTAINS(c["stems"], {bound})' for at, bound in enumerate(_phrases(compiler, query))]
        shown = [
            '"id": c["id"]',
            '"length": c["length"]',
            *counted,
            *phrases,
            *(['"stems": c["stems"]'] if query.prefixes else []),
        ]
        text = f"SELECT VALUE {{{', '.join(shown)}}} FROM c WHERE {condition} OFFSET 0 LIMIT {MOST_SCORED}"  # noqa: S608 -- as above
        found = await rows(self._account, CONTAINER, (tenant,), Sql(text, tuple(compiler.parameters)))
        return [_match(row, names, query) for row in found]

    async def _rarest(
        self, tenant: str, query: Query, where: Predicate, statistics: Statistics
    ) -> tuple[Statistics, list[_Match]]:
        """The statistics counted by the index, and the entries that hold the rarest terms."""
        terms = _terms(query)
        counts = await asyncio.gather(*(self._number(tenant, where, "COUNT(1)", term) for term in terms))
        frequencies = {term: count for term, count in zip(terms, counts, strict=True) if count}
        chosen: list[str] = []
        room = MOST_SCORED
        for term in sorted(frequencies, key=lambda each: frequencies[each]):
            if not chosen or frequencies[term] <= room:
                chosen.append(term)
                room -= frequencies[term]
        counted = Statistics(statistics.entries, statistics.average_length, frequencies)
        return counted, await self._matches(tenant, query, where, chosen)

    async def _nearest(
        self, tenant: str, query: Query, where: Predicate, vector: Sequence[float] | None
    ) -> Sequence[str]:
        """Ids of the entries with the nearest vectors, each physical partition's merged."""
        if not vector:
            return ()
        compiler = Compiler()
        condition = f'{_visible(compiler, tenant, where)} AND IS_DEFINED(c["embedding"])'
        for bound in _phrases(compiler, query):
            condition += f' AND CONTAINS(c["stems"], {bound})'
        if query.excluded:
            condition += f" AND NOT ({_holding(compiler, sorted(query.excluded))})"
        near = f'VectorDistance(c["embedding"], {compiler.bind(list(vector))})'
        text = f'SELECT VALUE {{"id": c["id"], "near": {near}}} FROM c WHERE {condition}'  # noqa: S608 -- as above
        text += f" ORDER BY {near} OFFSET 0 LIMIT {MAX_CANDIDATES}"
        found = await rows(self._account, CONTAINER, (tenant,), Sql(text, tuple(compiler.parameters)))
        known = [row for row in found if "near" in row]
        return [row["id"] for row in sorted(known, key=lambda row: (-row["near"], row["id"]))[:MAX_CANDIDATES]]

    async def _rows_of(
        self, tenant: str, best: Sequence[str], vector: Sequence[float] | None
    ) -> list[Mapping[str, Any]]:
        """What is ranked and shown of the entries, in this order, each with how near it is."""
        if not best:
            return []
        compiler = Compiler()
        names = ", ".join(compiler.bind(each) for each in best)
        condition = f'{_terms_of_place(compiler, tenant)} AND c["id"] IN ({names})'
        near = f', "near": VectorDistance(c["embedding"], {compiler.bind(list(vector))})' if vector else ""
        shown = '"id": c["id"], "entry": c["entry"], "titled": c["titled"], "stems": c["stems"]'
        text = f"SELECT VALUE {{{shown}{near}}} FROM c WHERE {condition}"  # noqa: S608 -- as above
        found = await rows(self._account, CONTAINER, (tenant,), Sql(text, tuple(compiler.parameters)))
        by_id = {row["id"]: row for row in found}
        return [by_id[each] for each in best if each in by_id]


def _candidates(query: Query, shown: Sequence[Mapping[str, Any]]) -> tuple[tuple[Candidate, ...], dict[str, list[int]]]:
    """The candidates, their terms numbered as they come, and the numbers of what was asked."""
    numbers: dict[str, int] = defaultdict(lambda: len(numbers))
    candidates = tuple(_candidate(row, numbers) for row in shown)
    terms = {term: [numbers[term]] for term in query.terms if term in numbers}
    for prefix in query.prefixes:
        terms[f"{prefix}*"] = [number for stem, number in numbers.items() if stem.startswith(prefix)]
    return candidates, terms


def _candidate(row: Mapping[str, Any], numbers: Mapping[str, int]) -> Candidate:
    entry, stems = row["entry"], [stem for stem in row["stems"].split() if stem != "|"]
    held = packed(stems, row["titled"], numbers)
    return Candidate(entry["id"], held, lambda: Entry.model_validate(entry))


def _document(tenant: str, owner: str, entry: Entry) -> dict[str, Any]:
    found = analysed(entry)
    return {
        "id": sha256(f"{owner}\x1f{entry.id}".encode()).hexdigest(),
        "kind": _ENTRY,
        "tenantId": tenant,
        "aggregateId": owner,
        "entry": entry.model_dump(mode="json", by_alias=True),
        "titled": found.titled,
        "stems": found.joined,
        "counts": dict(Counter(found.stems)),
        "length": len(found.stems),
        **({"embedding": [round(each, 7) for each in entry.vector]} if entry.vector else {}),
    }


def _upsert(document: dict[str, Any]) -> Any:
    return ("upsert", (document,))


def _batches(operations: list[Any]) -> Iterator[list[Any]]:
    """As many operations at a time as a transaction takes beside the owner's; one empty batch when there are none."""
    batch: list[Any] = []
    size = 0
    for operation in operations:
        more = len(orjson.dumps(operation[1]))
        if batch and (len(batch) == _OPERATIONS or size + more > _BYTES):
            yield batch
            batch, size = [], 0
        batch.append(operation)
        size += more
    yield batch


def _terms(query: Query) -> list[str]:
    return list(query.asked)


def _terms_of_place(compiler: Compiler, tenant: str) -> str:
    return f'c["tenantId"] = {compiler.bind(tenant)} AND c["kind"] = {compiler.bind(_ENTRY)}'


def _visible(compiler: Compiler, tenant: str, where: Predicate) -> str:
    access = compiler.sql(where, 'c["entry"]')
    return f"{_terms_of_place(compiler, tenant)} AND ({access})"


def _holding(compiler: Compiler, terms: Sequence[str]) -> str:
    """Entries with one of these stems or, for a term with an asterisk, with one that begins so."""
    whole = [compiler.bind(term) for term in terms if not term.endswith("*")]
    conditions = [f'FullTextContainsAny(c["stems"], {", ".join(whole)})'] if whole else []
    begun = [compiler.bind(" " + term[:-1]) for term in terms if term.endswith("*")]
    return " OR ".join([*conditions, *(f'CONTAINS(c["stems"], {bound})' for bound in begun)])


def _phrases(compiler: Compiler, query: Query) -> list[str]:
    return [compiler.bind(phrased(phrase)) for phrase in query.phrases]


def _match(row: Mapping[str, Any], names: Sequence[str], query: Query) -> _Match:
    phrased = all(row[f"phrase{at}"] for at in range(len(query.phrases)))
    return _Match(row["id"], row["length"], _mentions(row, names, query.prefixes), phrased)


def _mentions(row: Mapping[str, Any], names: Sequence[str], prefixes: Sequence[str]) -> dict[str, int]:
    mentions = {name: row[str(at)] for at, name in enumerate(names) if str(at) in row}
    for prefix in prefixes:
        count = sum(1 for stem in row["stems"].split() if stem.startswith(prefix))
        mentions.update({f"{prefix}*": count} if count else {})
    return mentions


def _frequencies(query: Query, matches: Sequence[_Match]) -> dict[str, int]:
    asked = frozenset(_terms(query))
    return dict(Counter(term for match in matches for term in match.mentions if term in asked))


def _best(query: Query, matches: Sequence[_Match], statistics: Statistics) -> list[str]:
    """Ids of the entries that hold what is required and nothing excluded, the best by BM25 first."""
    counts = statistics.frequencies
    weights = {term: times * idf(statistics.entries, counts.get(term, 0)) for term, times in query.asked.items()}

    def score(match: _Match) -> float:
        mentions = ((weights[term], count) for term, count in match.mentions.items() if term in weights)
        return sum(weight * saturated(count, match.length, statistics.average_length) for weight, count in mentions)

    kept = [
        (score(match), match.id) for match in matches if match.phrased and not query.excluded & match.mentions.keys()
    ]
    return [match_id for _, match_id in sorted(kept, key=lambda pair: (-pair[0], pair[1]))]
