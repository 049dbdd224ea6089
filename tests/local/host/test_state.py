import pytest

from local.host.errors import HostBusy
from local.host.state import State


def test_a_second_host_on_one_data_folder_is_refused(tmp_path):
    first = State(tmp_path)
    with pytest.raises(HostBusy, match="another host"):
        State(tmp_path)
    first.close()
    State(tmp_path).close()


def test_a_handled_version_is_remembered_and_a_new_one_is_not_handled(tmp_path):
    state = State(tmp_path)
    state.try_blob("f", "b", "1", 2)
    assert state.blob_tries("f", "b", "1") == 2
    state.finish_blob("f", "b", "1")
    state.close()
    state = State(tmp_path)
    assert state.blob_tries("f", "b", "1") is None
    assert state.blob_tries("f", "b", "2") == 0
    assert state.handled_blobs("f") == {"b": "1"}
    state.forget_blobs("f", {"b"})
    assert state.handled_blobs("f") == {}
    state.close()
