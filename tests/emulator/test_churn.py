"""Retrain, check, promote or stop: every way a run can go, and what it leaves behind."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from . import Cloud, Execution, Stack, iam
from .compiled import EXAMPLES, compile_file
from .sagemaker import ServiceError

DAY = "2026-01-01"
SOURCE = EXAMPLES / "churn" / "pipeline.zflow"
CHAMPION = {"error": 0.08, "day": "2025-12-01", "artifact": "s3://data/models/old/model.tar.gz"}
ENDPOINT_CALLS = ["CreateModel", "CreateEndpointConfig", "CreateEndpoint", "UpdateEndpoint"]


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud(allow_seen_working=True) as running:
        running.client("s3").create_bucket(Bucket="data")
        yield running


class Team:
    """The stack, and the two mailboxes of those who work with it."""

    def __init__(self, cloud: Cloud, decide_within: int | None = None) -> None:
        self.cloud = cloud
        template = compile_file(SOURCE)
        if decide_within:
            machine = template["Resources"]["RetrainPipeline"]["Properties"]
            assert machine["DefinitionString"].count('"TimeoutSeconds":604800') == 1
            machine["DefinitionString"] = machine["DefinitionString"].replace("604800", str(decide_within))
        self.stack: Stack = cloud.deploy(template, {"Data": "data", "Approver": "ada@example.com"})
        self.machine = self.stack.machine()
        self.approver, self.oncall = self._mailbox("ApproversTopic"), self._mailbox("OncallTopic")

    def _mailbox(self, topic: str) -> str:
        url = self.cloud.client("sqs").create_queue(QueueName=topic)["QueueUrl"]
        endpoint = iam.arn("sqs", topic)
        self.cloud.client("sns").subscribe(TopicArn=self.stack.resources[topic], Protocol="sqs", Endpoint=endpoint)
        return url

    def mail(self, mailbox: str) -> dict[str, Any]:
        """The next message; there has to be one soon."""
        for _ in range(1000):
            if found := self.cloud.client("sqs").receive_message(QueueUrl=mailbox).get("Messages"):
                self.cloud.client("sqs").delete_message(QueueUrl=mailbox, ReceiptHandle=found[0]["ReceiptHandle"])
                return json.loads(found[0]["Body"])
            time.sleep(0.01)
        raise AssertionError("nobody has written")

    def start(self, error: float, **data: Any) -> str:
        self.cloud.sagemaker.metrics_next(error=error)
        return self.cloud.start(self.machine, {"day": DAY, **data})

    def end(self, arn: str) -> Execution:
        """The end of a run; the machine had the rights it needed and no others."""
        execution = self.cloud.wait(arn)
        assert execution.expression_errors == []
        assert iam.missing(self.cloud, self.machine, execution) == []
        assert iam.superfluous(self.cloud, self.machine) == []
        return execution

    def decide(self, approved: bool, **more: str) -> dict[str, Any]:
        """Answer the question with the command that the mail names."""
        mail = self.mail(self.approver)
        commands = re.findall(r"--task-token '([^']+)' --task-output '([^']+)'", mail["Message"])
        token, output = commands[0 if approved else 1]
        answer = json.dumps({**json.loads(output), **more})
        self.cloud.client("stepfunctions").send_task_success(taskToken=token, output=answer)
        return mail

    def have_champion(self, report: Any = CHAMPION) -> None:
        self.cloud.client("s3").put_object(Bucket="data", Key="champion/test.json", Body=json.dumps(report))

    def champion(self) -> Any:
        return json.loads(self.cloud.client("s3").get_object(Bucket="data", Key="champion/test.json")["Body"].read())

    def endpoint_calls(self) -> list[str]:
        return [call.action for call in self.cloud.sagemaker.calls if call.action in ENDPOINT_CALLS and not call.error]


def test_the_first_model_is_promoted(cloud: Cloud) -> None:
    team = Team(cloud)
    arn = team.start(0.07)
    mail = team.decide(True, by="Ada")
    execution = team.end(arn)
    assert mail["Subject"] == f"Churn model of {DAY}" and "that of the old one is not known" in mail["Message"]
    assert (execution.status, execution.output) == ("SUCCEEDED", {"promoted": True, "error": 0.07, "endpoint": "churn-test"})
    assert team.endpoint_calls() == ["CreateModel", "CreateEndpointConfig", "CreateEndpoint"]
    (training,) = cloud.sagemaker.names("createTrainingJob")
    artifact = f"s3://data/models/{training}/output/model.tar.gz"
    assert team.champion() == {"error": 0.07, "day": DAY, "artifact": artifact, "approved_by": "Ada"}
    arguments = cloud.jobs.of("startJobRun")[0]["Arguments"]
    assert arguments["--destination"] == f"s3://data/prepared/{DAY}/" and arguments["--train"] == "train/"


def test_the_second_run_updates_the_endpoint(cloud: Cloud) -> None:
    team = Team(cloud)
    for error in (0.07, 0.05):
        arn = team.start(error)
        mail = team.decide(True, by="Ada")
        assert team.end(arn).status == "SUCCEEDED"
    assert "that of the old one is 0.07" in mail["Message"]
    assert team.endpoint_calls()[3:] == ["CreateModel", "CreateEndpointConfig", "UpdateEndpoint"]
    assert team.champion()["error"] == 0.05
    alarms = cloud.sagemaker.of("updateEndpoint")[0].parameters["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    assert len(alarms) == 1 and alarms[0]["AlarmName"].endswith("ErrorsAlarm")


@pytest.mark.parametrize(("error", "margin"), [(0.09, 0), (0.075, 0.01)])
def test_a_better_champion_stays_and_the_team_is_told(cloud: Cloud, error: float, margin: float) -> None:
    team = Team(cloud)
    team.have_champion()
    execution = team.end(team.start(error, margin=margin))
    expected = {"promoted": False, "error": error, "why": "the champion is better"}
    assert (execution.status, execution.output) == ("SUCCEEDED", expected)
    assert f"has an error of {error}, the one of 2025-12-01 has 0.08." in team.mail(team.oncall)["Message"]
    assert team.endpoint_calls() == [] and team.champion() == CHAMPION


def test_a_broken_model_ends_the_run(cloud: Cloud) -> None:
    team = Team(cloud)
    execution = team.end(team.start(0.1))
    assert (execution.status, execution.error) == ("FAILED", "ModelTooWeak")
    assert execution.cause == "0.1 of the predictions are wrong, 0.1 is too much: the endpoint stays as it is"
    assert team.endpoint_calls() == []


@pytest.mark.parametrize(("comment", "why"), [("", ""), ("drift in Poland", "drift in Poland")])
def test_a_rejected_model_is_not_promoted(cloud: Cloud, comment: str, why: str) -> None:
    team = Team(cloud)
    team.have_champion()
    arn = team.start(0.05)
    team.decide(False, comment=comment)
    execution = team.end(arn)
    assert (execution.status, execution.output) == ("SUCCEEDED", {"promoted": False, "error": 0.05, "why": why})
    assert team.endpoint_calls() == [] and team.champion() == CHAMPION


def test_nobody_decides(cloud: Cloud) -> None:
    team = Team(cloud, decide_within=1)
    execution = team.end(team.start(0.05))
    assert (execution.status, execution.error) == ("FAILED", "NobodyDecided")
    assert team.endpoint_calls() == []


def test_a_model_that_fails_in_service_is_no_champion(cloud: Cloud) -> None:
    team = Team(cloud)
    team.have_champion()
    cloud.sagemaker.have_endpoint("churn-test")
    cloud.sagemaker.roll_back_next_update()
    arn = team.start(0.05)
    team.decide(True)
    execution = team.end(arn)
    assert (execution.status, execution.error) == ("FAILED", "EndpointRolledBack")
    assert team.champion() == CHAMPION


def test_a_report_that_cannot_be_read_stops_the_run(cloud: Cloud) -> None:
    team = Team(cloud)
    team.have_champion({"error": "low"})
    execution = team.end(team.start(0.05))
    assert (execution.status, execution.error) == ("FAILED", "Content.Invalid")
    assert "error" in execution.cause and team.endpoint_calls() == []


def test_a_failing_etl_stops_the_run(cloud: Cloud) -> None:
    team = Team(cloud)
    cloud.jobs.answer("startJobRun", ServiceError("States.TaskFailed", "no customers"))
    execution = team.end(team.start(0.05))
    assert (execution.status, execution.error, execution.cause) == ("FAILED", "States.TaskFailed", "no customers")
    assert cloud.sagemaker.calls == []
