"""What each thing gives to the graph: an artifact its paper, people, technologies and concepts; a project; an event."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from shared.domains.events.model import Event
from shared.domains.graph.resolution import cited, concept, node_id, paper, person, technology, venue
from shared.domains.graph.sight import readers_of_artifact, readers_of_event, readers_of_project
from shared.domains.knowledge.content import Person, SourceType, Statement
from shared.domains.knowledge.model import Artifact, ArtifactStatus
from shared.domains.language.words import root
from shared.domains.projects.model import Project
from shared.domains.sessions.model import Session
from shared.platform.graph import Edge, EdgeType, Evidence, Node, NodeType, Part, Provenance, Value
from shared.platform.graph.names import name_words

MOST_REFERENCES = 300
MOST_EVIDENCE = 3
"""Statements that an edge names."""

Told = Iterator[Node | Edge]


def of_artifact(artifact: Artifact, project: Project) -> Part:
    """What was read from a source; nothing once it is rejected."""
    by = Provenance(artifact.id, project.id, artifact.id, artifact.event_id)
    told = () if artifact.status is ArtifactStatus.REJECTED else _artifact(artifact, _people_of(artifact, project))
    return _part(by, readers_of_artifact(artifact, project), told)


def of_project(project: Project) -> Part:
    """A project, its event, its sessions and what it says it is about."""
    by = Provenance(project.id, project.id, "", project.event_id)
    return _part(by, readers_of_project(project), _project(project))


def of_event(event: Event) -> Part:
    by = Provenance(event.id, "", "", event.id)
    properties = _known(startDate=str(event.start_date), endDate=str(event.end_date), location=event.location)
    return _part(by, readers_of_event(event), [Node(event.id, NodeType.EVENT, event.display_name, properties)])


def of_session(session: Session, event: Event) -> Part:
    """A session of an event, and who speaks in it once everybody may know."""
    by = Provenance(session.id, "", "", event.id)
    return _part(by, readers_of_event(event), _session(session, event))


def _artifact(artifact: Artifact, people: Sequence[Person]) -> Told:
    content = artifact.content
    title = content.title or artifact.file_name
    yield Node(artifact.id, NodeType.ARTIFACT, title, _known(sourceType=artifact.source_type.value, year=content.year))
    yield Edge(artifact.id, artifact.project_id, EdgeType.PART_OF)
    work = _work(artifact, people)
    if work:
        yield work
        yield Edge(artifact.id, work.id, EdgeType.DERIVED_FROM)
    about = work.id if work else artifact.id
    yield from _named(people, about, spoken=artifact.source_type is SourceType.TALK)
    yield from _ends(about, EdgeType.PUBLISHED_IN, [venue(content.venue)])
    concepts = [concept(name) for name in dict.fromkeys([*content.concepts, *content.keywords])]
    yield from _ends(about, EdgeType.ABOUT, concepts, lambda node: _bearing(artifact, _says_concept(node.name)))
    technologies = [technology(name) for name in content.technologies]
    yield from _ends(about, EdgeType.USES, technologies, lambda node: _bearing(artifact, _says_name(node.name)))
    for reference in content.references[:MOST_REFERENCES]:
        for target in cited(reference.title, reference.text):
            yield Edge(about, target, EdgeType.CITES)


def _work(artifact: Artifact, people: Sequence[Person]) -> Node | None:
    """What the artifact was made from, which others may be made from or cite as well."""
    content = artifact.content
    if artifact.source_type is SourceType.PAPER:
        return paper(content.title, [one.name for one in people], _known(year=content.year))
    if artifact.source_type is SourceType.REPOSITORY and (name := artifact.source_url or content.title):
        key = " ".join(name_words(name))
        properties = _known(url=artifact.source_url)
        return Node(node_id(NodeType.REPOSITORY, key), NodeType.REPOSITORY, content.title or name, properties)
    return None


def _people_of(artifact: Artifact, project: Project) -> Sequence[Person]:
    """Its authors as people have corrected them, else as the source names them; speakers always so."""
    if project.authors is None or artifact.source_type is SourceType.TALK:
        return artifact.content.people
    return [Person(name=one.name, affiliations=tuple(filter(None, [one.affiliation]))) for one in project.authors]


def _named(people: Sequence[Person], about: str, *, spoken: bool) -> Told:
    for one in people:
        properties = _known(affiliations=one.affiliations)
        someone = person(NodeType.PERSON if spoken else NodeType.AUTHOR, one.name, properties)
        if someone:
            yield someone
            yield Edge(someone.id, about, EdgeType.SPEAKS_IN if spoken else EdgeType.AUTHORED)


def _project(project: Project) -> Told:
    properties = _known(projectType=project.project_type.value, researchArea=project.research_area)
    yield Node(project.id, NodeType.PROJECT, project.title, properties)
    yield Edge(project.id, project.event_id, EdgeType.PART_OF)
    for session_id in project.session_ids:
        yield Edge(project.id, session_id, EdgeType.PRESENTED_IN)
    names = dict.fromkeys([*project.keywords, *project.tags, project.research_area])
    yield from _ends(project.id, EdgeType.ABOUT, [concept(name) for name in names])


def _session(session: Session, event: Event) -> Told:
    properties = _known(sessionType=session.session_type.value, startTime=session.start_time.isoformat())
    yield Node(session.id, NodeType.SESSION, session.title, properties)
    yield Edge(session.id, event.id, EdgeType.PART_OF)
    for speaker in session.speakers if event.public else ():
        someone = person(NodeType.PERSON, speaker)
        if someone:
            yield someone
            yield Edge(someone.id, session.id, EdgeType.SPEAKS_IN)


def _ends(
    source: str,
    kind: EdgeType,
    nodes: Iterable[Node | None],
    evidence: Callable[[Node], Sequence[Evidence]] = lambda _: (),
) -> Told:
    for node in filter(None, nodes):
        yield node
        yield Edge(source, node.id, kind, tuple(evidence(node)))


def _bearing(artifact: Artifact, says: Callable[[Statement], bool]) -> list[Evidence]:
    """The first verified quotation of each of the first statements that say so."""
    numbers = [
        Evidence(statement.id, next((one.n for one in statement.evidence if one.verified), 0))
        for statement in artifact.supported
        if says(statement)
    ]
    return [one for one in numbers if one.n][:MOST_EVIDENCE]


def _says_concept(name: str) -> Callable[[Statement], bool]:
    wanted = _roots(name)
    return lambda statement: wanted in _roots(statement.text)


def _says_name(name: str) -> Callable[[Statement], bool]:
    wanted = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w+#])", re.IGNORECASE)
    return lambda statement: wanted.search(statement.text) is not None


def _roots(text: str) -> str:
    return f" {' '.join(root(word) for word in name_words(text))} "


def _known(**properties: Value | None) -> dict[str, Value]:
    return {name: value for name, value in properties.items() if value}


def _part(by: Provenance, readers: tuple[str, ...], told: Iterable[Node | Edge]) -> Part:
    """Each node and each edge once; of two names for one node the first."""
    nodes: dict[str, Node] = {}
    edges: dict[tuple[str, str, str], Edge] = {}
    for one in told:
        if isinstance(one, Node):
            nodes.setdefault(one.id, one)
        elif one.source != one.target:
            edges.setdefault((one.source, one.target, one.type), one)
    return Part(by, readers, tuple(nodes.values()), tuple(edges.values()))
