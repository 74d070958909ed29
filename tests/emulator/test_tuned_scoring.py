"""Tune, then score with the best model."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from . import Cloud, Stack, iam
from .compiled import EXAMPLES, deploy


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud(allow_seen_working=True) as running:
        yield running


@pytest.fixture
def stack(cloud: Cloud) -> Stack:
    cloud.client("s3").create_bucket(Bucket="lake")
    return deploy(cloud, EXAMPLES / "tuned_scoring" / "pipeline.zflow", {"Data": "lake"})


def test_the_best_model_scores(cloud: Cloud, stack: Stack) -> None:
    cloud.sagemaker.best_training_job_next("best-001", "validation:rmse", 0.25, max_depth="7", alpha="1.5")
    execution = cloud.run(stack.machine())
    assert execution.status == "SUCCEEDED", execution.cause
    assert execution.expression_errors == []
    assert iam.missing(cloud, stack.machine(), execution) == []
    assert execution.output == {"predictions": "s3://lake/predictions/", "rmse": 0.25, "max_depth": "7"}
    tuning, model, transform = (cloud.sagemaker.of(a)[0].parameters for a in ("createHyperParameterTuningJob", "createModel", "createTransformJob"))
    assert "best-001" in model["PrimaryContainer"]["ModelDataUrl"]
    assert transform["ModelName"] == model["ModelName"]
    assert len(tuning["HyperParameterTuningJobName"]) <= 32


def test_every_bound_is_text(cloud: Cloud, stack: Stack) -> None:
    cloud.sagemaker.best_training_job_next("best-001", "validation:rmse", 0.25, max_depth="7")
    cloud.run(stack.machine())
    request = cloud.sagemaker.of("createHyperParameterTuningJob")[0].parameters
    ranges = request["HyperParameterTuningJobConfig"]["ParameterRanges"]
    bounds = {r["Name"]: (r["MinValue"], r["MaxValue"]) for kind in ranges.values() for r in kind}
    assert bounds == {"alpha": ("0", "1000"), "gamma": ("0", "5"), "max_delta_step": ("0", "10"), "max_depth": ("0", "10")}
    static = request["TrainingJobDefinition"]["StaticHyperParameters"]
    assert static == {"precision_dtype": "float32", "num_round": "2"}


def test_the_function_writes_what_the_channels_read(cloud: Cloud, stack: Stack) -> None:
    cloud.sagemaker.best_training_job_next("best-001", "validation:rmse", 0.25, max_depth="7")
    cloud.run(stack.machine())
    keys = [o["Key"] for o in cloud.client("s3").list_objects_v2(Bucket="lake")["Contents"]]
    assert keys == [f"generated/{n}/{n}.csv" for n in ("test", "train", "validation")]
    rows = [cloud.client("s3").get_object(Bucket="lake", Key=key)["Body"].read().decode().split("\n") for key in keys]
    assert [(len(some), {row.count(",") for row in some}) for some in rows] == [(100, {3}), (800, {4}), (100, {4})]
    request = cloud.sagemaker.of("createHyperParameterTuningJob")[0].parameters
    read = [c["DataSource"]["S3DataSource"]["S3Uri"] for c in request["TrainingJobDefinition"]["InputDataConfig"]]
    assert read == ["s3://lake/generated/train/", "s3://lake/generated/validation/"]


def test_a_failing_search_scores_nothing(cloud: Cloud, stack: Stack) -> None:
    cloud.sagemaker.fail_next("createHyperParameterTuningJob", "States.TaskFailed", json.dumps({"FailureReason": "all jobs failed"}))
    execution = cloud.run(stack.machine())
    assert (execution.status, execution.error) == ("FAILED", "States.TaskFailed")
    assert cloud.sagemaker.of("createTransformJob") == []


def test_a_search_waits_for_the_quota(cloud: Cloud, stack: Stack) -> None:
    busy = "SageMaker.ResourceLimitExceededException"
    cloud.sagemaker.fail_next("createHyperParameterTuningJob", busy, "quota", times=2)
    cloud.sagemaker.best_training_job_next("best-001", "validation:rmse", 0.25, max_depth="7")
    assert cloud.run(stack.machine()).status == "SUCCEEDED"
    names = cloud.sagemaker.names("createHyperParameterTuningJob")
    assert len(names) == len(set(names)) == 3


def test_a_second_run_has_names_of_its_own(cloud: Cloud, stack: Stack) -> None:
    for best in ("best-001", "best-002"):
        cloud.sagemaker.best_training_job_next(best, "validation:rmse", 0.25, max_depth="7")
        assert cloud.run(stack.machine()).status == "SUCCEEDED"
    for action in ("createHyperParameterTuningJob", "createModel", "createTransformJob"):
        names = cloud.sagemaker.names(action)
        assert len(names) == len(set(names)) == 2, action
    models = [call.parameters["PrimaryContainer"]["ModelDataUrl"] for call in cloud.sagemaker.of("createModel")]
    assert ["best-001" in models[0], "best-002" in models[1]] == [True, True]


def test_a_failing_generator_starts_no_search(cloud: Cloud, stack: Stack) -> None:
    cloud.client("s3").delete_bucket(Bucket="lake")
    execution = cloud.run(stack.machine())
    assert (execution.status, execution.error) == ("FAILED", "NoSuchBucket")
    assert cloud.sagemaker.calls == []
