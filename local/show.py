"""How the command line shows knowledge: statements beside their quotations, summaries with numbered sources."""

import re
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

SHOWN = 4
"""Statements of a kind that are printed."""
console = Console(highlight=False, width=min(Console().width, 120))


def did(who: str, what: str) -> None:
    console.print(f"[green]✓[/] [bold cyan]{who}[/] {what}")


def show_artifact(artifact: dict[str, Any]) -> None:
    authors = ", ".join(author["name"] for author in artifact["authors"])
    console.print(
        Panel(Text(artifact["title"], style="bold") + Text(f"\n{authors}", style="dim"), title="Read from the PDF")
    )
    for title, kind in (
        ("Claims", "claim"),
        ("Methods", "method"),
        ("Results", "result"),
        ("Limitations", "limitation"),
    ):
        found = [one for one in artifact["statements"] if one["kind"] == kind]
        if found:
            console.print(f"\n[bold]{title}[/] [dim]({len(found)} found)[/]")
        for statement in found[:SHOWN]:
            _show_statement(statement)
    _show_score(artifact["evaluation"])


def _show_statement(statement: dict[str, Any]) -> None:
    mark = "[green]●[/]" if statement["supported"] else "[red]○ unsupported:[/]"
    console.print(Padding(f"{mark} {plain(statement['text'])}", (0, 0, 0, 1)))
    for evidence in statement["evidence"][:1]:
        if (passage := evidence["passage"]) is not None:
            place = f"p. {passage['page']}, {passage['section']}" if passage["section"] else f"p. {passage['page']}"
            console.print(Padding(f"[dim]“{plain(short(evidence['quotation']))}” — {plain(place)}[/]", (0, 0, 0, 5)))


def _show_score(evaluation: dict[str, Any]) -> None:
    table = Table(title=f"Score {evaluation['score']:.1f} of 5", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in ("rule", "score", "why"):
        table.add_column(column, style="dim" if column == "why" else "")
    for part in evaluation["components"]:
        table.add_row(part["name"], f"{part['score']:.1f}", part["detail"])
    console.print()
    console.print(table)


def marked(evidence: dict[str, Any]) -> Text:
    text = Text(evidence["text"])
    if evidence["highlight"]:
        text.stylize("bold reverse", *evidence["highlight"])
    return text


def show_summary(summary: dict[str, Any]) -> None:
    console.print(Rule("The published summary"))
    sources = _Sources(summary["sentences"])
    for title, field in (("What is new", "whatIsNew"), ("The problem", "problemStatement")):
        if summary[field]:
            console.print(f"\n[bold]{title}[/]")
            console.print(Padding(sources.numbered(field, 0), (0, 0, 0, 2)))
    for title, field in (
        ("Key methods", "keyMethods"),
        ("Evidence and examples", "evidenceAndExamples"),
        ("Key insights", "keyInsights"),
        ("Next steps", "nextSteps"),
    ):
        if summary[field]:
            console.print(f"\n[bold]{title}[/]")
        for index in range(len(summary[field][:SHOWN])):
            console.print(Padding(Text("• ") + sources.numbered(field, index), (0, 0, 0, 2)))
    console.print("\n[bold]Questions and answers[/]")
    for index, entry in enumerate(summary["faq"][:SHOWN]):
        console.print(Padding(f"[italic]{plain(entry['question'])}[/]", (0, 0, 0, 2)))
        console.print(Padding(sources.numbered("faq", index), (0, 0, 0, 4)))
    console.print(f"\n[bold]Keywords[/] {plain(', '.join(summary['keywords']))}")
    console.print("\n[bold]Sources[/]")
    for line in sources.lines():
        console.print(Padding(line, (0, 0, 0, 2)))


class _Sources:
    """Numbers for the quotations that the printed sentences rest on, in the order of their first use."""

    def __init__(self, sentences: list[dict[str, Any]]) -> None:
        self._sentences = sentences
        self._numbers: dict[tuple[str, int], int] = {}
        self._cited: list[dict[str, Any]] = []

    def numbered(self, field: str, index: int) -> Text:
        text = Text()
        for sentence in self._sentences:
            if sentence["field"] == field and sentence["index"] == index:
                text.append(sentence["text"] + " ")
                text.append("".join(f"[{self._number(one)}]" for one in sentence["evidence"]) + " ", style="cyan")
        return text

    def lines(self) -> Iterator[Text]:
        for number, cited in enumerate(self._cited, start=1):
            line = Text(f"[{number}] ", style="cyan")
            page = cited["passage"]["page"]
            yield line + Text(f"p. {page}: “{short(cited['quotation'])}”", style="dim")

    def _number(self, cited: dict[str, Any]) -> int:
        key = (cited["artifactId"], cited["n"])
        if key not in self._numbers:
            self._cited.append(cited)
            self._numbers[key] = len(self._cited)
        return self._numbers[key]


def short(text: str, most: int = 160) -> str:
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"


def plain(text: str) -> str:
    """Text from a paper, safe among console markup."""
    return text.replace("[", "\\[")


def show_result(result: dict[str, Any]) -> None:
    """A search result: score, title, page, and the excerpt with what was found in it."""
    page = (result["passage"] or {}).get("page")
    place = f" p. {page}" if page else ""
    console.print(f"[cyan]{result['relevanceScore']:.2f}[/] [bold]{plain(result['title'])}[/]{place}")
    excerpt = Text(result["excerpt"])
    for start, end in result["highlights"]:
        excerpt.stylize("bold yellow", start, end)
    console.print(Padding(excerpt, (0, 0, 0, 5)))


def show_answer(question: str, answer: dict[str, Any]) -> None:
    """A chat answer: what was asked, what is said, and the source of each number."""
    console.print(f"\n[bold italic]{plain(question)}[/]")
    text = Text(re.sub(r"\\([^\w\s])|\*\*", r"\1", answer["response"]))
    text.highlight_regex(r"\[\d+\]", "cyan")
    console.print(Padding(text, (0, 0, 0, 2)))
    for one in answer["citations"]:
        page = (one["passage"] or {}).get("page")
        place = f"p. {page}: " if page else ""
        line = Text(f"[{one['n']}] ", style="cyan") + Text(f"{place}“{short(one['quotation'])}”", style="dim")
        console.print(Padding(line, (0, 0, 0, 4)))
