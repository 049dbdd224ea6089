"""What of a project can be found: its compiled summary."""

from shared.domains.compilation.model import Summary, SummaryStatus
from shared.domains.projects.model import Project
from shared.platform.search import Entry, EntryKind, state_at


def version(project: Project, summary: Summary) -> int:
    """Grows with the state that is indexed, in microseconds."""
    return state_at(project.updated_at, summary.modified_at)


def entry(project: Project, summary: Summary) -> Entry:
    """The summary as an entry; public once both it and its project are."""
    compiled = summary.content
    lines = [compiled.what_is_new, compiled.problem_statement, *compiled.key_methods, *compiled.evidence_and_examples]
    lines += [*compiled.key_insights, *compiled.next_steps, *[f"{one.question} {one.answer}" for one in compiled.faq]]
    return Entry(
        id=summary.id,
        kind=EntryKind.SUMMARY,
        title=project.title,
        text="\n".join([*lines, ", ".join(compiled.keywords)]),
        project_id=project.id,
        event_id=project.event_id,
        public=project.published and summary.status is SummaryStatus.PUBLISHED,
        created_by=project.created_by,
        readers=tuple(member.casefold() for member in project.team),
    )
