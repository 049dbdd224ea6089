"""Folders for files in hand."""

from pathlib import Path

import pytest

from shared.platform.scratch import Scratch, Unusable


def test_a_folder_is_gone_with_its_files_at_its_end(tmp_path: Path):
    scratch = Scratch(tmp_path)
    with scratch.folder() as one, scratch.folder() as other:
        (one / "a").write_bytes(b"x")
        assert one != other
    assert not one.exists()
    scratch.close()
    assert list(tmp_path.iterdir()) == []


def test_what_a_living_process_has_in_hand_stays_and_what_nobody_holds_goes(tmp_path: Path):
    living = Scratch(tmp_path)
    with living.folder() as held:
        (held / "a").write_bytes(b"x")
        left = tmp_path / "left" / "deep"
        left.mkdir(parents=True)
        (left / "b").write_bytes(b"x")
        Scratch(tmp_path).close()
        assert ((held / "a").exists(), left.parent.exists()) == (True, False)
    living.close()


def test_a_link_that_lies_there_is_not_followed(tmp_path: Path):
    elsewhere, root = tmp_path / "elsewhere", tmp_path / "root"
    elsewhere.mkdir()
    (elsewhere / "a").write_bytes(b"x")
    root.mkdir()
    (root / "link").symlink_to(elsewhere)
    Scratch(root).close()
    assert (elsewhere / "a").exists()


def test_a_place_that_cannot_be_used_is_told_with_what_to_do(tmp_path: Path):
    (tmp_path / "root").write_text("not a folder")
    with pytest.raises(Unusable, match="Let the app's account write there"):
        Scratch(tmp_path / "root")


async def test_a_place_that_is_taken_away_is_told_until_it_is_back(tmp_path: Path):
    scratch = Scratch(tmp_path / "root")
    (tmp_path / "root").rename(tmp_path / "away")
    with pytest.raises(Unusable):
        await scratch.ping()
    with pytest.raises(Unusable), scratch.folder():
        pass
    (tmp_path / "away").rename(tmp_path / "root")
    await scratch.ping()
    scratch.close()
