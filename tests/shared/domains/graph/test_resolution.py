"""Names that mean the same thing, and names that do not."""

import pytest

from shared.domains.graph.resolution import cited, concept, paper, parsed, person, technology, venue
from shared.platform.graph import NodeType


def author(name):
    return person(NodeType.AUTHOR, name)


def ids(make, names):
    return {node.id for name in names if (node := make(name))}


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (concept, ("Neural Networks", "neural network", "NEURAL-NETWORK", "Neural  network")),
        (concept, ("Théorème de Gödel", "theoreme de godel")),
        (technology, ("Kubernetes", "K8s", "kubernetes")),
        (technology, ("scikit-learn", "sklearn", "Scikit Learn", "scikit_learn")),
        (technology, ("Node.js", "NodeJS", "node js")),
        (technology, ("C++", "CPP", "c++")),
        (technology, ("PostgreSQL", "Postgres", "postgresql")),
        (venue, ("NeurIPS 2023", "NeurIPS", "neurips '24")),
        (venue, ("Proceedings of the 31st Conference on Libraries", "Conference on Libraries 2017")),
        (
            lambda name: person(NodeType.AUTHOR, name),
            ("José Núñez", "NUÑEZ, Jose", "Dr. Jose Nunez", "jose núñez, PhD"),
        ),
        (author, ("Jan van der Berg", "van der Berg, Jan")),
        (author, ("J.-P. Łukasz", "J P Lukasz")),
        (lambda name: paper(name, ["Ada Byron"], {}), ("Attention: Is All You Need", "attention is all you NEED")),
    ],
)
def test_these_are_one(make, names):
    assert len(ids(make, names)) == 1


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (concept, ("neural network", "neural networks model")),
        (concept, ("graph", "graphics")),
        (technology, ("C", "C++", "C#", "R")),
        (technology, ("Java", "JavaScript")),
        (technology, ("GPT-3", "GPT-4")),
        (venue, ("NeurIPS", "ICML")),
        (author, ("John Smith", "Jane Smith", "J. Smith", "John Smyth", "Smith")),
        (lambda name: paper("A survey of libraries", [name], {}), ("Ada Byron", "Grace Hopper")),
        (lambda name: paper(name, ["Ada Byron"], {}), ("A survey of libraries", "A second survey of libraries")),
    ],
)
def test_these_are_not(make, names):
    assert len(ids(make, names)) == len(names)


def test_an_author_and_a_speaker_of_one_name_are_two():
    assert not ids(author, ["Ada Byron"]) & ids(lambda name: person(NodeType.PERSON, name), ["Ada Byron"])


def test_only_those_with_the_same_surname_and_first_initial_are_of_one_family():
    smiths = families("John Smith", "J. Smith", "Jane Smith", "Smith, J. R.")
    assert len(smiths) == 1
    assert len(smiths | families("Karl Smith", "John Smyth", "Smith")) == 4


def families(*names):
    return {node.family for name in names if (node := author(name))}


@pytest.mark.parametrize(
    ("name", "surname", "given"),
    [
        ("John R. Smith", "smith", ("john", "r")),
        ("Smith, J. R.", "smith", ("j", "r")),
        ("John Smith Jr.", "smith", ("john",)),
        ("Ludwig van Beethoven", "van beethoven", ("ludwig",)),
        ("van Beethoven", "beethoven", ("van",)),
        ("Plato", "plato", ()),
        ("王伟", "王伟", ()),
        (" , ", "", ()),
        ("", "", ()),
    ],
)
def test_a_name_has_a_surname_and_given_names(name, surname, given):
    assert parsed(name) == (surname, given)


@pytest.mark.parametrize("make", [concept, technology, venue, author])
@pytest.mark.parametrize("name", ["", "  ", "!?", "—"])
def test_what_has_no_word_is_no_name(make, name):
    assert make(name) is None


@pytest.mark.parametrize(
    "reference",
    [
        "A. Vaswani, N. Shazeer: Attention is all you need. NeurIPS 2017.",
        "[3] Vaswani, Ashish and Shazeer, Noam. 2017. Attention Is All You Need. In NeurIPS.",
        "Ashish Vaswani et al. Attention is all you need, 2017",
    ],
)
def test_a_reference_names_the_paper_by_its_title_and_its_first_author(reference):
    named = cited("Attention is all you need", reference)
    assert ids(by("Ashish Vaswani"), ["Attention Is All You Need"]) <= set(named)
    assert not ids(by("Somebody Else"), ["Attention Is All You Need"]) & set(named)


def by(*authors):
    return lambda title: paper(title, authors, {})


def test_a_paper_without_authors_can_be_cited():
    named = cited("Attention is all you need", "Attention is all you need")
    assert ids(by(), ["Attention Is All You Need"]) <= set(named)


def test_a_title_of_one_or_two_words_is_too_little_to_go_by():
    assert cited("Attention", "A. Vaswani: Attention. 2017.") == []
