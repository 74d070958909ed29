"""A component that others start: one template, many environments."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import Cloud, Databricks, iam
from .compiled import EXAMPLES, compile_file, connect, deploy
from .databricks_stub import FAILED

DAY = "2026-01-05"
SOURCE = EXAMPLES / "marketing_roi" / "pipeline.zflow"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as running:
        yield running


@pytest.mark.parametrize("environment", ["live", "pr_123"])
def test_tables_and_folders_carry_the_environment(cloud: Cloud, databricks: Databricks, environment: str) -> None:
    stack = deploy(cloud, SOURCE, {**connect(cloud, databricks), "Data": "lake", "Environment": environment})
    execution = cloud.run(stack.machine(), {"day": DAY})
    assert execution.status == "SUCCEEDED", execution.cause
    assert execution.expression_errors == []
    assert iam.missing(cloud, stack.machine(), execution) == []
    assert execution.output == {
        "forecast": f"s3://lake/{environment}/profit_forecast/{DAY}/",
        "table": f"db_profit_forecast_{environment}",
        "day": DAY,
    }
    prepared, written = (request.body["job_parameters"] for request in databricks.of("run-now"))
    assert prepared == {"day": DAY, "source": f"db_attribution_{environment}"}
    assert written == {
        "day": DAY,
        "scores": f"s3://lake/{environment}/scores/{DAY}/",
        "target": f"db_profit_forecast_{environment}",
    }


def test_an_environment_reads_anothers_tables(cloud: Cloud, databricks: Databricks) -> None:
    stack = deploy(cloud, SOURCE, {**connect(cloud, databricks), "Data": "lake", "Environment": "pr_7"})
    execution = cloud.run(stack.machine(), {"day": DAY, "input_environment": "live"})
    assert execution.status == "SUCCEEDED", execution.cause
    assert databricks.of("run-now")[0].body["job_parameters"]["source"] == "db_attribution_live"
    assert execution.output["table"] == "db_profit_forecast_pr_7"


def test_the_first_failure_ends_the_run(cloud: Cloud, databricks: Databricks) -> None:
    stack = deploy(cloud, SOURCE, {**connect(cloud, databricks), "Data": "lake"})
    databricks.next_run([FAILED])
    execution = cloud.run(stack.machine(), {"day": DAY})
    assert (execution.status, execution.error) == ("FAILED", "RunFailed")
    assert "Workload failed" in execution.cause
    assert cloud.sagemaker.calls == []


def test_a_second_run_of_a_day_writes_the_same_places(cloud: Cloud, databricks: Databricks) -> None:
    stack = deploy(cloud, SOURCE, {**connect(cloud, databricks), "Data": "lake"})
    databricks.refuse_next("run-now", 503, times=2)
    first, second = (cloud.run(stack.machine(), {"day": DAY}) for _ in range(2))
    assert first.status == second.status == "SUCCEEDED", (first.cause, second.cause)
    assert first.output == second.output
    names = [*cloud.sagemaker.names("createTrainingJob"), *cloud.sagemaker.names("createTransformJob")]
    assert len(names) == len(set(names)) == 4
    tokens = [request.body["idempotency_token"] for request in databricks.of("run-now")]
    assert (len(tokens), len(set(tokens))) == (6, 4)   # two of the calls were made again


@pytest.mark.parametrize(("job", "done"), [("createTrainingJob", 1), ("createTransformJob", 1)])
def test_a_failing_job_writes_no_table(cloud: Cloud, databricks: Databricks, job: str, done: int) -> None:
    stack = deploy(cloud, SOURCE, {**connect(cloud, databricks), "Data": "lake"})
    cloud.sagemaker.fail_next(job, "States.TaskFailed", "out of memory")
    execution = cloud.run(stack.machine(), {"day": DAY})
    assert (execution.status, execution.error) == ("FAILED", "States.TaskFailed")
    assert len(databricks.of("run-now")) == done


def test_nothing_starts_it_and_nothing_stays_behind() -> None:
    resources = compile_file(SOURCE)["Resources"].values()
    assert not [r for r in resources if r["Type"].startswith("AWS::Scheduler")]
    assert not [r for r in resources if r.get("DeletionPolicy", "Delete") != "Delete"]
