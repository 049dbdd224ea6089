from pathlib import Path

from samples.make_paper import make


def test_the_sample_paper_is_what_its_script_makes(tmp_path: Path):
    make(tmp_path / "paper.pdf")
    assert (tmp_path / "paper.pdf").read_bytes() == Path("samples/paper.pdf").read_bytes()
