import json
import logging

import pytest

from shared.platform import telemetry


def lines(capfd):
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_a_line_is_json_with_its_module_level_and_message(capfd):
    telemetry.configure("INFO")
    telemetry.logger("here").warning("it happened", count=3)
    (line,) = lines(capfd)
    assert line.pop("timestamp").endswith("+00:00")
    assert line == {"level": "warning", "module": "here", "message": "it happened", "count": 3}


def test_lines_carry_what_is_bound_around_them(capfd):
    telemetry.configure("INFO")
    with telemetry.bound(correlation_id="c", causation_id="e"):
        with telemetry.bound(causation_id="f", tenant="t"):
            telemetry.logger("here").info("inner")
        telemetry.logger("here").info("outer")
    telemetry.logger("here").info("after")
    inner, outer, after = lines(capfd)
    assert (inner["correlation_id"], inner["causation_id"], inner["tenant"]) == ("c", "f", "t")
    assert (outer["causation_id"], "tenant" in outer) == ("e", False)
    assert "correlation_id" not in after


def test_values_of_any_kind_are_written(capfd):
    telemetry.configure("INFO")
    telemetry.logger("here").info("odd", value={1, 2}, key={3: object})
    assert len(lines(capfd)) == 1


def test_a_stack_is_logged_without_the_values_of_variables(capfd):
    telemetry.configure("INFO")
    secret = bytes.fromhex("68756e74657232").decode()
    try:
        int("x" * len(secret))
    except ValueError:
        telemetry.logger("here").exception("failed")
    (line,) = lines(capfd)
    assert "invalid literal" in line["exception"]
    assert secret not in line["exception"]


@pytest.mark.parametrize(("level", "heard"), [("DEBUG", 2), ("INFO", 1), ("ERROR", 0)])
def test_azures_libraries_are_a_step_quieter_than_the_app(caplog, level, heard):
    telemetry.configure(level)
    try:
        sdk = logging.getLogger("azure.core.pipeline.policies.http_logging_policy")
        sdk.debug("a body")
        sdk.info("a request")
        sdk.warning("a retry")
    finally:
        telemetry.configure("INFO")
    assert len(caplog.records) == heard


def test_in_the_worker_lines_go_to_logging(caplog):
    telemetry.configure("INFO", worker=True)
    try:
        with caplog.at_level(logging.INFO, "eventhub"):
            telemetry.logger("here").error("it happened")
    finally:
        telemetry.configure("INFO")
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert json.loads(caplog.records[0].message)["message"] == "it happened"
