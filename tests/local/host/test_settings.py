import pytest

from local.host.settings import HostJson, MissingSetting, connection_string, local_settings, resolve, seconds


def test_host_json_is_read_by_dotted_path(tmp_path):
    (tmp_path / "host.json").write_text('{"extensions": {"queues": {"batchSize": 3}}}')
    host_json = HostJson.read(tmp_path)
    assert host_json.get("extensions.queues.batchSize", 16) == 3
    assert host_json.get("extensions.blobs.maxDegreeOfParallelism", 8) == 8


def test_a_missing_host_json_is_empty(tmp_path):
    assert HostJson.read(tmp_path).get("version") is None


def test_local_settings_are_text(tmp_path):
    (tmp_path / "local.settings.json").write_text('{"Values": {"A": "x", "B": 1}}')
    assert local_settings(tmp_path) == {"A": "x", "B": "1"}


def test_settings_in_percent_signs_are_replaced():
    assert resolve("a-%X%-%Y%", {"X": "1", "Y": "2"}) == "a-1-2"


def test_a_setting_without_a_value_is_named():
    with pytest.raises(MissingSetting, match="'X'"):
        resolve("%X%", {})


def test_a_connection_is_looked_up_with_the_prefix_first():
    assert connection_string("C", {"AzureWebJobsC": "prefixed", "C": "plain"}) == "prefixed"
    assert connection_string("C", {"C": "plain"}) == "plain"


@pytest.mark.parametrize(
    ("text", "expected"), [("00:00:01.5", 1.5), ("01:02:03", 3723), ("2.00:00:00", 172800), ("05:00", 18000)]
)
def test_time_spans(text, expected):
    assert seconds(text) == expected
