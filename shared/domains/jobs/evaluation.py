"""How good what a job made is: scores of its rounds, each component visible."""

from pydantic import Field

from shared.platform.shapes import Piece


class Score(Piece):
    """One component of an evaluation, 1 to 5, with the words that say why."""

    name: str
    score: float = Field(ge=1, le=5)
    weight: float = Field(gt=0)
    detail: str


class Evaluation(Piece):
    """A round's score, 1 to 5: the weighted mean of its components; `low` names those below the threshold."""

    round: int
    score: float = Field(ge=1, le=5)
    components: tuple[Score, ...]
    low: tuple[str, ...] = ()
