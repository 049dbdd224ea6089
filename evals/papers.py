"""How well papers are read: ``python -m evals.papers FOLDER [--worst]``.

Each folder in FOLDER is a set: with a ``gold.jsonl`` (pdf, title, authors, abstract), or with a Crossref XML file
beside each PDF. Prints per set what was read right, and the same for a naive reader (pdfium's raw text, the first line
as title, the second as authors, the first thousand characters as abstract), so that figures compare within one run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from shared.platform.readers import ReadError
from shared.platform.readers.document import Author, Document, Reference
from shared.platform.readers.normalise import normalise
from shared.platform.readers.sandbox import read


@dataclass(frozen=True)
class Gold:
    pdf: Path
    title: str
    surnames: tuple[str, ...]
    abstract: str = ""
    references: tuple[str, ...] = ()


@dataclass
class Score:
    """Sums over the papers of a set."""

    papers: int = 0
    failed: list[str] = field(default_factory=list)
    titles: int = 0
    surnames: float = 0.0
    rouge: list[float] = field(default_factory=list)
    found: int = 0
    wanted: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, gold: Gold, read: Document, *, printed: bool) -> str:
        """Count one paper, its abstract only where the PDF prints it; says what was wrong."""
        self.papers += 1
        title = letters(read.title) == letters(gold.title)
        self.titles += title
        surnames = f1({surname(author.name) for author in read.authors}, set(gold.surnames))
        self.surnames += surnames
        rouge = rouge_l(words(read.abstract), words(gold.abstract)) if printed else 1.0
        if printed:
            self.rouge.append(rouge)
        titles = [letters(reference.title or "") for reference in read.references]
        missing = [one for one in gold.references if letters(one) not in titles]
        self.found += len(gold.references) - len(missing)
        self.wanted += len(gold.references)
        return self._fault(gold, read, title=title, surnames=surnames, rouge=rouge, missing=missing)

    @staticmethod
    def _fault(gold: Gold, read: Document, *, title: bool, surnames: float, rouge: float, missing: list[str]) -> str:
        lines = [] if title else [f"  title {read.title!r}, not {gold.title!r}"]
        if surnames < 1:
            lines.append(f"  authors {[author.name for author in read.authors]}, not {gold.surnames}")
        if rouge < 0.9:
            lines.append(f"  abstract {rouge:.2f}: {read.abstract[:80]!r}, not {gold.abstract[:80]!r}")
        lines.extend(f"  reference {one!r}" for one in missing)
        return "\n".join([str(gold.pdf), *lines]) if lines else ""

    def figures(self) -> dict[str, float]:
        """The means; a figure for which a set has no gold is left out."""
        figures = {"title exact": self.titles / self.papers, "author surname F1": self.surnames / self.papers}
        if self.rouge:
            figures["abstract ROUGE-L"] = sum(self.rouge) / len(self.rouge)
        if self.wanted:
            figures["reference titles"] = self.found / self.wanted
        return {**figures, "seconds (median)": sorted(self.seconds)[len(self.seconds) // 2]}


def gold_in(folder: Path) -> Iterator[Gold]:
    """The papers of a set with what is known of them."""
    if (folder / "gold.jsonl").exists():
        for line in (folder / "gold.jsonl").read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            pdf = folder / Path(one["pdf"]).relative_to(folder.name)
            yield Gold(pdf, one["title"], tuple(map(surname, one["authors"])), one.get("abstract") or "")
    for path in sorted(folder.glob("*/*.crossref.xml")):
        article = ET.parse(path).getroot().find(".//{*}journal_article")
        for pdf in path.parent.glob("*.pdf"):
            if article is not None:
                yield _crossref(pdf, article)


def _crossref(pdf: Path, article: ET.Element) -> Gold:
    people = article.findall("./{*}contributors/{*}person_name/{*}surname")
    titles = [_citation_title(one) for one in article.findall(".//{*}citation")]
    return Gold(
        pdf,
        " ".join("".join(article.find("./{*}titles/{*}title").itertext()).split()),  # type: ignore[union-attr]  # each has one
        tuple(surname(one.text or "") for one in people),
        references=tuple(one for one in titles if one),
    )


def _citation_title(citation: ET.Element) -> str:
    """The title that a citation names: a field of its own, or in JOSE's unstructured forms where it can be told."""
    named = citation.find("{*}article_title")
    if named is not None and named.text:
        return " ".join(unquote(named.text).split())
    whole = citation.find("{*}unstructured_citation")
    text = " ".join(unquote((whole.text if whole is not None else "") or "").split())
    dated = re.search(r"\((?:19|20)\d\d[a-z]?\)\. (.{8,}?)(?:\. |\.$| \()", text)  # Surname, A. (2020). Title. Venue
    first = re.match(r"([^,]{8,}(?:, [^,]{3,}){0,2}?), [^,]+, [^,]+ and ", text)  # Title, Surname, Given and ...
    return dated.group(1) if dated else first.group(1) if first else ""


def naive(pdf: Path) -> Document:
    """The raw text, with the first lines taken for title, authors and abstract."""
    import pypdfium2

    source = pypdfium2.PdfDocument(pdf)
    text = "\n".join(page.get_textpage().get_text_range() for page in source)
    lines = [line for line in text.splitlines() if line.strip()]
    tail = text[text.rfind("References") :].splitlines()
    return Document(
        text=text,
        title=lines[0] if lines else "",
        authors=tuple(
            Author(name=name) for name in re.split(r",| and ", lines[1] if len(lines) > 1 else "") if name.strip()
        ),
        abstract=text[:1000],
        references=tuple(Reference(text=line, title=line, start=0, end=0) for line in tail),
    )


def letters(text: str) -> str:
    """Letters and digits only, in lower case."""
    return re.sub(r"[\W_]+", "", normalise(text).casefold())


def words(text: str) -> list[str]:
    return re.findall(r"\w+", normalise(text).casefold())


def surname(name: str) -> str:
    return letters(name.rsplit(maxsplit=1)[-1]) if name.split() else ""


def f1(found: set[str], wanted: set[str]) -> float:
    hits = len(found & wanted)
    return 2 * hits / (len(found) + len(wanted)) if found or wanted else 1.0


def rouge_l(found: list[str], wanted: list[str]) -> float:
    """F1 of the longest common subsequence of words."""
    row = [0] * (len(wanted) + 1)
    for word in found:
        before = row[:]
        for at, other in enumerate(wanted, 1):
            row[at] = before[at - 1] + 1 if word == other else max(before[at], row[at - 1])
    return 2 * row[-1] / (len(found) + len(wanted)) if found and wanted else 0.0


async def measure(folder: Path) -> tuple[Score, Score, list[str]]:
    """Read every paper of a set with the reader and with the naive one."""
    ours, theirs, faults = Score(), Score(), []
    for gold in gold_in(folder):
        started = time.perf_counter()
        try:
            document = await read(gold.pdf)
        except ReadError as error:
            ours.failed.append(f"{gold.pdf}: {error.code}")
            document = Document(text="")
        ours.seconds.append(time.perf_counter() - started)
        started = time.perf_counter()
        baseline = naive(gold.pdf)
        theirs.seconds.append(time.perf_counter() - started)
        printed = bool(gold.abstract) and letters(gold.abstract)[:40] in letters(baseline.text)
        faults.append(ours.add(gold, document, printed=printed))
        theirs.add(gold, baseline, printed=printed)
    return ours, theirs, [fault for fault in faults if fault]


def report(name: str, ours: Score, theirs: Score) -> None:
    print(f"{name}: {ours.papers} papers, {len(ours.failed)} could not be read")
    print(*ours.failed, sep="\n", end="\n" if ours.failed else "")
    baseline = theirs.figures()
    for figure, value in ours.figures().items():
        ratio = f"{value / baseline[figure]:.1f}x" if baseline[figure] else "-"
        print(f"  {figure:<20}{value:8.3f}   naive {baseline[figure]:6.3f}   ratio {ratio}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--worst", action="store_true", help="say for each paper what was wrong")
    options = parser.parse_args()
    for folder in sorted(path for path in options.folder.iterdir() if path.is_dir()):
        ours, theirs, faults = asyncio.run(measure(folder))
        if ours.papers:
            report(folder.name, ours, theirs)
            print(*(faults if options.worst else []), sep="\n")


if __name__ == "__main__":
    main()
