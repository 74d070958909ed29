"""One model per country: a fixed list, a list that comes with the run, and a country that fails."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from . import Cloud, Databricks, Stack, iam
from .compiled import EXAMPLES, connect, deploy

DAY = "2026-01-05"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud(allow_seen_working=True) as running:
        yield running


@pytest.fixture
def stack(cloud: Cloud, databricks: Databricks) -> Stack:
    parameters = {**connect(cloud, databricks), "Data": "lake"}
    return deploy(cloud, EXAMPLES / "country_models" / "pipeline.zflow", parameters)


def test_every_home_market(cloud: Cloud, databricks: Databricks, stack: Stack) -> None:
    for mape in (0.2, 0.4, 0.3):
        cloud.sagemaker.metrics_next(mape=mape)
    machine = stack.machine("WeeklyPipeline")
    execution = cloud.run(machine, {"run_date": DAY})
    assert execution.status == "SUCCEEDED", execution.cause
    assert execution.expression_errors == []
    assert iam.missing(cloud, machine, execution) == []
    assert databricks.of("run-now")[0].body["job_parameters"] == {"date": DAY, "countries": "DE,FR,PL"}
    forecasts = {one["country"]: one["forecast"] for one in execution.output["forecasts"]}
    assert forecasts == {c: f"s3://lake/forecasts/{DAY}/{c}/" for c in ("DE", "FR", "PL")}
    assert execution.output["worst"] == 0.4


def test_each_country_has_its_own_jobs_and_places(cloud: Cloud, stack: Stack) -> None:
    for _ in range(6):
        cloud.sagemaker.metrics_next(mape=0.1)
    for _ in range(2):
        assert cloud.run(stack.machine("WeeklyPipeline"), {"run_date": DAY}).status == "SUCCEEDED"
    trainings = [call.parameters for call in cloud.sagemaker.of("createTrainingJob")]
    names = [request["TrainingJobName"] for request in trainings]
    assert len(set(names)) == 6
    assert all(re.fullmatch(r"weekly-one-train-[0-9a-f]{12}", name) for name in names), names
    read = {request["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] for request in trainings}
    assert read == {f"s3://lake/sales/{DAY}/{c}/" for c in ("DE", "FR", "PL")}


def test_countries_of_the_run(cloud: Cloud, stack: Stack) -> None:
    for _ in range(2):
        cloud.sagemaker.metrics_next(mape=0.1)
    execution = cloud.run(stack.machine("OnDemandPipeline"), {"run_date": DAY, "countries": ["AT", "DE"]})
    assert execution.status == "SUCCEEDED", execution.cause
    assert [one["country"] for one in execution.output["forecasts"]] == ["AT", "DE"]
    assert (execution.output["failed"], execution.output["worst"]) == ([], 0.1)


def test_a_failing_country_stops_no_other_one(cloud: Cloud, stack: Stack) -> None:
    cloud.sagemaker.fail_next("createTrainingJob", "States.TaskFailed", "no sales")
    cloud.sagemaker.metrics_next(mape=0.1)
    execution = cloud.run(stack.machine("OnDemandPipeline"), {"run_date": DAY, "countries": ["AT", "DE"]})
    assert execution.status == "SUCCEEDED", execution.cause
    (made,), (failed,) = execution.output["forecasts"], execution.output["failed"]
    assert failed["error"] == "States.TaskFailed"
    assert {made["country"], failed["country"]} == {"AT", "DE"}


def test_a_country_waits_for_instances(cloud: Cloud, databricks: Databricks, stack: Stack) -> None:
    cloud.sagemaker.fail_next("createTrainingJob", "SageMaker.ResourceLimitExceededException", "quota", times=2)
    cloud.sagemaker.metrics_next(mape=0.1)
    execution = cloud.run(stack.machine("OnDemandPipeline"), {"run_date": DAY, "countries": ["AT"]})
    assert (execution.status, execution.output["failed"]) == ("SUCCEEDED", []), execution.cause
    names = cloud.sagemaker.names("createTrainingJob")
    assert len(names) == len(set(names)) == 3


def test_no_country_at_all(cloud: Cloud, stack: Stack) -> None:
    cloud.sagemaker.fail_next("createTrainingJob", "States.TaskFailed", "no sales", times=2)
    execution = cloud.run(stack.machine("OnDemandPipeline"), {"run_date": DAY, "countries": ["AT", "DE"]})
    assert (execution.status, execution.error) == ("FAILED", "NothingForecast")
    assert execution.cause == "no country of AT, DE has a forecast"


@pytest.mark.parametrize("countries", ["DE", ["de"], [1]])
def test_what_is_no_country_is_refused(cloud: Cloud, stack: Stack, countries: object) -> None:
    execution = cloud.run(stack.machine("OnDemandPipeline"), {"run_date": DAY, "countries": countries})
    assert (execution.status, execution.error) == ("FAILED", "InvalidInput")
    assert "countries" in execution.cause


def test_a_failing_country_ends_the_run(cloud: Cloud, stack: Stack) -> None:
    cloud.sagemaker.fail_next("createTrainingJob", "States.TaskFailed", "no sales in PL")
    execution = cloud.run(stack.machine("WeeklyPipeline"), {"run_date": DAY})
    assert (execution.status, execution.error) == ("FAILED", "States.TaskFailed"), execution.cause
