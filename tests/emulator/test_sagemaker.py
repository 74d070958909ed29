"""The stage kinds over SageMaker on the emulator: every setting reaches the service in a form that it takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .cloud import Cloud, Execution, Stack
from .compiled import ROOT, deploy
from .iam import missing, superfluous

PARAMETERS = {"Data": "lake"}
GOLDEN = ROOT / "tests" / "golden"


@pytest.fixture
def cloud() -> Any:
    """Spot training and checkpoints are seen to work, but not documented."""
    with Cloud(allow_seen_working=True) as emulated:
        yield emulated


def program(name: str) -> Path:
    return GOLDEN / name / "main.zflow"


def succeed(cloud: Cloud, machine: str, data: Any = None) -> Execution:
    """Runs a machine to its end; its role has the rights for that, and no others."""
    execution = cloud.run(machine, data)
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause, execution.states)
    assert missing(cloud, machine, execution) == []
    assert superfluous(cloud, machine) == []
    return execution


def only(cloud: Cloud, action: str, index: int = 0) -> dict[str, Any]:
    return cloud.sagemaker.of(action)[index].parameters


# ---- jobs ----------------------------------------------------------------------------------------------------------


def test_training_settings(cloud: Cloud) -> None:
    role = "arn:aws:iam::123456789012:role/trainer"
    stack = deploy(cloud, program("training_settings"), {**PARAMETERS, "Trainer": role})
    execution = succeed(cloud, stack.machine(), {"day": "2026-01-05"})
    train, predict, again = (call.parameters for call in cloud.sagemaker.of("createTrainingJob"))
    assert train["EnableManagedSpotTraining"] is True
    assert train["StoppingCondition"] == {"MaxRuntimeInSeconds": 21600, "MaxWaitTimeInSeconds": 28800}
    assert train["CheckpointConfig"] == {"S3Uri": "s3://lake/checkpoints/"}
    assert train["VpcConfig"] == {"Subnets": ["subnet-0a", "subnet-0b"], "SecurityGroupIds": ["sg-0c"]}
    assert train["EnableInterContainerTrafficEncryption"] is True
    assert [c.get("InputMode") for c in train["InputDataConfig"]] == [None, "FastFile", "Pipe"]
    assert train["InputDataConfig"][0]["ShuffleConfig"] == {"Seed": 7}
    assert predict["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 1800
    assert "VolumeKmsKeyId" not in predict["ResourceConfig"] and "VolumeKmsKeyId" in train["ResourceConfig"]
    assert predict["OutputDataConfig"]["CompressionType"] == "NONE"
    assert "EnableManagedSpotTraining" not in predict and predict["EnableNetworkIsolation"] is False
    assert again["RoleArn"] == role
    assert again["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] == "s3://lake/forecast/2026-01-05/"
    assert execution.output["data"] == "s3://lake/forecast/2026-01-05/"
    assert execution.output["output"] == f"s3://lake/runs/{predict['TrainingJobName']}/output/"
    folder, archive = only(cloud, "createModel")["Containers"]
    assert folder["ModelDataSource"]["S3DataSource"]["CompressionType"] == "None" and "ModelDataUrl" not in folder
    assert archive["ModelDataUrl"].endswith("model.tar.gz") and "ModelDataSource" not in archive


def test_processing_settings(cloud: Cloud) -> None:
    role = "arn:aws:iam::123456789012:role/cleaner"
    stack = deploy(cloud, program("processing_settings"), {**PARAMETERS, "Cleaner": role})
    execution = succeed(cloud, stack.machine(), {"day": "2026-01-05"})
    job = only(cloud, "createProcessingJob")
    assert job["AppSpecification"]["ContainerEntrypoint"] == ["python3", "-u", "/opt/ml/processing/input/code/clean.py"]
    assert job["AppSpecification"]["ContainerArguments"] == ["--day", "2026-01-05"]
    paths = {i["InputName"]: i["S3Input"]["LocalPath"] for i in job["ProcessingInputs"]}
    mounted = "/opt/ml/processing/input"
    assert paths == {"raw": "/opt/ml/processing/raw", "rules": f"{mounted}/rules", "code": f"{mounted}/code"}
    orders, log = job["ProcessingOutputConfig"]["Outputs"]
    assert orders["S3Output"]["S3UploadMode"] == "EndOfJob" and log["S3Output"]["S3UploadMode"] == "Continuous"
    assert job["NetworkConfig"]["VpcConfig"]["Subnets"] == ["subnet-0a"]
    assert job["RoleArn"] == role
    channel = only(cloud, "createTrainingJob")["InputDataConfig"][0]
    assert channel["DataSource"]["S3DataSource"]["S3Uri"] == "s3://lake/orders/2026-01-05/"
    assert execution.output["log"] == "s3://lake/log/2026-01-05/"


def test_tuning_settings(cloud: Cloud) -> None:
    stack = deploy(cloud, program("tuning_settings"), PARAMETERS)
    cloud.sagemaker.best_training_job_next("search-007", "auc", 0.97, eta="0.1")
    cloud.sagemaker.best_training_job_next("grid-002", "validation:auc", 0.8, booster="dart")
    execution = succeed(cloud, stack.machine())
    assert execution.output == {"search": 0.97, "grid": "grid-002"}
    search, grid = (call.parameters for call in cloud.sagemaker.of("createHyperParameterTuningJob"))
    config = search["HyperParameterTuningJobConfig"]
    assert config["StrategyConfig"]["HyperbandStrategyConfig"] == {"MinResource": 5, "MaxResource": 50}
    assert config["ParameterRanges"]["ContinuousParameterRanges"][0] == {
        "Name": "eta",
        "MinValue": "0.001",
        "MaxValue": "0.5",
        "ScalingType": "Logarithmic",
    }
    assert config["TuningJobCompletionCriteria"] == {"TargetObjectiveMetricValue": 0.98} and config["RandomSeed"] == 7
    assert search["WarmStartConfig"]["WarmStartType"] == "TransferLearning"
    definition = search["TrainingJobDefinition"]
    assert definition["EnableManagedSpotTraining"] is True and definition["VpcConfig"]["Subnets"] == ["subnet-0a"]
    assert "MaxNumberOfTrainingJobs" not in grid["HyperParameterTuningJobConfig"]["ResourceLimits"]
    assert grid["TrainingJobDefinition"]["StaticHyperParameters"] == {"num_round": "100"}
    assert all(len(name) <= 32 for name in cloud.sagemaker.names("createHyperParameterTuningJob"))


# ---- endpoints -----------------------------------------------------------------------------------------------------


def promote(cloud: Cloud) -> Stack:
    stack = deploy(cloud, program("endpoint_variants"), {**PARAMETERS, "Environment": "live"})
    variants = [{"VariantName": "champion", "ModelName": "old-model", "InstanceType": "ml.m5.large"}]
    cloud.sagemaker.have_model("old-model")
    cloud.sagemaker.have_endpoint("risk-live")
    cloud.sagemaker._configs["old-config"]["ProductionVariants"] = variants
    return stack


def test_candidate_gets_its_share(cloud: Cloud) -> None:
    stack = promote(cloud)
    succeed(cloud, stack.machine())
    champion, candidate = only(cloud, "createEndpointConfig")["ProductionVariants"]
    assert (champion["ModelName"], champion["InitialVariantWeight"], champion["InitialInstanceCount"]) == ("old-model", 9, 2)
    assert candidate["ModelName"] == cloud.sagemaker.names("createModel")[0]
    assert (candidate["InstanceType"], candidate["InitialVariantWeight"]) == ("ml.c5.large", 1)
    assert only(cloud, "createEndpointConfig")["DataCaptureConfig"]["CaptureOptions"] == [
        {"CaptureMode": "Input"},
        {"CaptureMode": "Output"},
    ]
    update = only(cloud, "updateEndpoint")
    assert update["RetainAllVariantProperties"] is True
    assert {p["VariantPropertyType"] for p in update["ExcludeRetainedVariantProperties"]} == {
        "DesiredWeight",
        "DataCaptureConfig",
    }
    policy = update["DeploymentConfig"]["BlueGreenUpdatePolicy"]
    assert policy["TrafficRoutingConfiguration"]["LinearStepSize"] == {"Type": "CAPACITY_PERCENT", "Value": 25}
    alarms = update["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    assert len(alarms) == 2 and alarms[1] == {"AlarmName": "risk-latency"}


def test_scaling_rests_during_an_update_and_is_set_up_again(cloud: Cloud) -> None:
    stack = promote(cloud)
    succeed(cloud, stack.machine())
    resources = ["endpoint/risk-live/variant/champion", "endpoint/risk-live/variant/candidate"]
    assert list(cloud.sagemaker.scaled) == resources
    first = cloud.sagemaker.scaled[resources[0]]
    assert (first["target"]["MinCapacity"], first["target"]["MaxCapacity"]) == (2, 8)
    followed = first["policy"]["TargetTrackingScalingPolicyConfiguration"]
    assert followed["TargetValue"] == 700
    metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
    assert followed["PredefinedMetricSpecification"] == metric
    again = cloud.run(stack.machine())
    assert again.status == "SUCCEEDED", (again.error, again.cause)
    calls = [c.action for c in cloud.sagemaker.calls if c.service == "applicationautoscaling" and not c.error]
    once = ["RegisterScalableTarget", "PutScalingPolicy"] * 2
    assert calls == once + ["DeregisterScalableTarget"] * 2 + once
    assert list(cloud.sagemaker.scaled) == resources


def test_a_rolled_back_endpoint_scales_again(cloud: Cloud) -> None:
    stack = promote(cloud)
    cloud.sagemaker.scaled["endpoint/risk-live/variant/champion"] = {}
    cloud.sagemaker.roll_back_next_update()
    cloud.sagemaker._configs["old-config"]["ProductionVariants"].append({"VariantName": "candidate"})
    execution = cloud.run(stack.machine())
    assert (execution.status, execution.error) == ("FAILED", "EndpointRolledBack")
    assert "policy" in cloud.sagemaker.scaled["endpoint/risk-live/variant/champion"]


def test_no_champion_no_promotion(cloud: Cloud) -> None:
    stack = deploy(cloud, program("endpoint_variants"), PARAMETERS)
    execution = cloud.run(stack.machine())
    assert (execution.status, execution.error) == ("FAILED", "SageMaker.SageMakerException")
    assert cloud.sagemaker.of("createEndpointConfig") == []


def test_endpoint_modes(cloud: Cloud) -> None:
    topic = "arn:aws:sns:eu-central-1:123456789012:failed"
    stack = deploy(cloud, program("endpoint_modes"), {**PARAMETERS, "Failed": topic})
    cloud.sagemaker.have_model("risk-model-of-last-year")
    cloud.sagemaker._configs["made-by-hand"] = {"EndpointConfigName": "made-by-hand"}
    execution = succeed(cloud, stack.machine())
    small, slow, compared = (call.parameters for call in cloud.sagemaker.of("createEndpointConfig"))
    (variant,) = small["ProductionVariants"]
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 4096, "MaxConcurrency": 20, "ProvisionedConcurrency": 2}
    assert "InstanceType" not in variant and "KmsKeyId" not in small
    assert [call.parameters["EnableNetworkIsolation"] for call in cloud.sagemaker.of("createModel")] == [False, True, True]
    output = slow["AsyncInferenceConfig"]["OutputConfig"]
    assert (output["S3OutputPath"], output["S3FailurePath"]) == ("s3://lake/answers/", "s3://lake/failures/")
    assert output["NotificationConfig"]["ErrorTopic"] == topic
    assert "KmsKeyId" not in slow and slow["ProductionVariants"][0]["ContainerStartupHealthCheckTimeoutInSeconds"] == 600
    backlog = cloud.sagemaker.scaled["endpoint/slow/variant/main"]
    assert backlog["target"]["MinCapacity"] == 0
    metric = backlog["policy"]["TargetTrackingScalingPolicyConfiguration"]["CustomizedMetricSpecification"]
    assert metric["Dimensions"] == [{"Name": "EndpointName", "Value": "slow"}]
    assert compared["ProductionVariants"][0]["ModelName"] == "risk-model-of-last-year"
    assert compared["ShadowProductionVariants"][0]["InitialInstanceCount"] == 1
    rolling = only(cloud, "createEndpoint", 2)["DeploymentConfig"]["RollingUpdatePolicy"]
    assert rolling["MaximumBatchSize"] == {"Type": "CAPACITY_PERCENT", "Value": 20}
    assert execution.output["given"] == "made-by-hand"


# ---- features and registry -----------------------------------------------------------------------------------------


def test_feature_store(cloud: Cloud) -> None:
    stack = deploy(cloud, program("feature_store"), PARAMETERS)
    names = [{"FeatureName": n, "ValueAsString": v} for n, v in (("id", "7"), ("score", "0.25"), ("t", "2026"))]
    cloud.sagemaker.records.append({"FeatureGroupName": "exists", "Record": names})
    execution = succeed(cloud, stack.machine(), {"day": "2026-01-05", "sku": "a-1"})
    job = only(cloud, "createProcessingJob")
    group = only(cloud, "putRecord")["FeatureGroupName"]
    assert job["Environment"] == {"FEATURE_GROUP": group} and job["NetworkConfig"]["EnableNetworkIsolation"] is False
    first = {f["FeatureName"]: f["ValueAsString"] for f in only(cloud, "putRecord")["Record"]}
    assert first.pop("updated").endswith("Z")
    assert first == {"sku_id": "a-1", "price": "9.5", "stock": "3", "seasonal": "true"}
    assert only(cloud, "putRecord", 1)["TargetStores"] == ["OnlineStore"]
    output = {"price": 9.5, "stock": 3, "sku": "a-1", "score": 1.25, "id": "a-1", "job": job["ProcessingJobName"]}
    assert execution.output == output


def test_no_record(cloud: Cloud) -> None:
    stack = deploy(cloud, program("feature_store"), PARAMETERS)
    execution = cloud.run(stack.machine(), {"day": "2026-01-05", "sku": "a-1"})
    assert (execution.status, execution.error) == ("FAILED", "RecordNotFound")
    assert execution.cause == "the feature group has no record 7"


def test_model_registry(cloud: Cloud) -> None:
    stack = deploy(cloud, program("model_registry"), PARAMETERS)
    cloud.sagemaker.metrics_next(auc=0.91, loss=0.3)
    execution = succeed(cloud, stack.machine("ReleasePipeline"))
    version = only(cloud, "createModelPackage")
    assert version["ModelPackageGroupName"] == "risk" and version["ModelApprovalStatus"] == "PendingManualApproval"
    assert version["CustomerMetadataProperties"]["auc"] == "0.91"
    features, model = version["InferenceSpecification"]["Containers"]
    assert "ModelDataUrl" not in features and model["ModelDataUrl"].endswith("model.tar.gz")
    assert only(cloud, "updateModelPackage")["ApprovalDescription"] == "auc 0.91"
    assert only(cloud, "createModel")["PrimaryContainer"] == {"ModelPackageName": execution.output["version"]}
    assert [c.action for c in cloud.sagemaker.calls if "ModelCard" in c.action] == ["UpdateModelCard", "CreateModelCard"]
    assert '"auc":"0.91"' in only(cloud, "createModelCard")["Content"].replace(" ", "")
    cloud.sagemaker.metrics_next(auc=0.92, loss=0.3)
    succeed(cloud, stack.machine("ReleasePipeline"))
    assert len(cloud.sagemaker.of("createModelCard")) == 1


def test_the_newest_approved_version_is_served(cloud: Cloud) -> None:
    stack = deploy(cloud, program("model_registry"), PARAMETERS)
    nothing = cloud.run(stack.machine("ServePipeline"))
    assert (nothing.status, nothing.error, nothing.cause) == ("FAILED", "NoApprovedModel", "no version of risk is approved")
    cloud.sagemaker.have_model_package("risk", 1)
    wanted = cloud.sagemaker.have_model_package("risk", 2)
    cloud.sagemaker.have_model_package("risk", 3, "Rejected")
    succeed(cloud, stack.machine("ServePipeline"))
    assert only(cloud, "createModel")["PrimaryContainer"] == {"ModelPackageName": wanted}


def test_unrolled_turns_run_one_after_the_other(cloud: Cloud) -> None:
    stack = deploy(cloud, program("unrolled"), PARAMETERS)
    execution = succeed(cloud, stack.machine(), {"day": "2026-01-05"})
    rounds = [call.parameters["HyperParameters"] for call in cloud.sagemaker.of("createTrainingJob")]
    assert rounds == [{"rounds": "200"}, {"rounds": "100"}]
    states = [s for s in execution.states if s != "check input"]
    assert states[:3] == ["DE.train", "FR.train", "1.wait 5s"]
    assert execution.output["fr"].startswith("s3://lake/models/FR/")


def test_the_offline_store_is_data(cloud: Cloud) -> None:
    cloud.client("s3").create_bucket(Bucket="lake")
    stack = deploy(cloud, program("offline_features"), PARAMETERS)
    execution = succeed(cloud, stack.machine(), {"day": "2026-01-05"})
    (history,) = only(cloud, "createProcessingJob")["ProcessingInputs"]
    store = "s3://lake/features/123456789012/sagemaker/us-east-1/offline-store/replenishment-vectors-"
    assert history["S3Input"]["S3Uri"] == store
    assert execution.output == {"report": "s3://lake/summary/2026-01-05/"}
