"""The `zflowc` command from outside. Layers, the catalogue of the library, pages of diagnostics."""

import json
import re
from pathlib import Path

from zflowc import CLEAN, FINDINGS, GOOD, ROOT, fails, run, write

# --- layers


def test_layers(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", GOOD)
    assert "StartAt" in json.loads(run(source, "--emit", "asl").stdout)
    assert "PPipelineRole" in json.loads(run(source, "--emit", "iam").stdout)
    assert run(source, "--emit", "ir").stdout.startswith(b"stack good\n")
    assert run(source, "--emit", "graph").stdout.startswith(b'digraph "good" {')
    assert run(source, "--emit", "graph", "--graph-format", "mermaid").stdout.startswith(b"flowchart TD")
    run(source, "--emit", "ir", "-o", tmp_path / "p.ir")
    assert (tmp_path / "p.ir").read_bytes() == run(source, "--emit", "ir").stdout
    fails(run(source, "--emit", "wasm"), "wasm", "graph")


STARTED = """stack started
param data: Bucket
resource inbox = queue {}
/// Loads one day.
pipeline load(
    /// The day that is loaded.
    day: Date,
    market: "de" | "fr" = "de",
    size: Int(min: 1) | None = none,
) {
    schedule: rate(1d)
    on: object_created(data, prefix: "in/", input: { size: event.detail.object.size })
    timeout: 1h
    if market == "fr" { fail NotYet "not yet" }
    wait 1s
    return { day, where: s3(data, "out/${day}/") }
}
pipeline other(orders: List<Json>) {
    on: messages(inbox, into: "orders")
    wait 1s
}
"""


def test_input_schema(tmp_path: Path) -> None:
    schemas = json.loads(run(write(tmp_path, "p.zflow", STARTED), "--emit", "input-schema").stdout)
    assert list(schemas) == ["load", "other"]
    load = schemas["load"]
    assert load["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert (load["title"], load["description"], load["type"]) == ("load", "Loads one day.", "object")
    assert load["required"] == ["day"] and load["additionalProperties"] is False
    properties = load["properties"]
    assert properties["day"]["type"] == "string" and properties["day"]["description"] == "The day that is loaded."
    assert re.search(properties["day"]["pattern"], "2026-01-31") and not re.search(properties["day"]["pattern"], "31.1.2026")
    assert properties["market"] == {"enum": ["de", "fr"], "default": "de"}
    assert properties["size"] == {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}
    one = write(tmp_path, "q.zflow", GOOD)
    assert json.loads(run(one, "--emit", "input-schema").stdout)["title"] == "p"


def test_interface(tmp_path: Path) -> None:
    pipelines = json.loads(run(write(tmp_path, "p.zflow", STARTED), "--emit", "interface").stdout)["pipelines"]
    load = pipelines["load"]
    machine = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${AWS::StackName}-load"
    assert load["start"]["stateMachineArn"] == machine
    assert load["start"]["stackOutput"] == "LoadPipelineArn"
    assert load["start"]["right"] == {"Action": "states:StartExecution", "Resource": machine}
    assert load["input"]["required"] == ["day"]
    assert load["result"]["schema"]["required"] == ["day", "where"]
    assert load["failure"]["errors"] == ["InvalidInput", "NotYet", "States.Timeout"]
    assert [next(iter(trigger)) for trigger in load["triggers"]] == ["schedule", "event"]
    assert load["triggers"][1]["inputPaths"] == {"detail_object_size": "$.detail.object.size", "time": "$.time"}
    assert "schema" not in pipelines["other"]["result"]
    assert pipelines["other"]["triggers"][0]["each"] == "<$.body>"
    template = json.loads(run(write(tmp_path, "p.zflow", STARTED), "-o", "-", "--json").stdout)
    assert {"LoadPipelineArn", "OtherPipelineArn"} <= set(template["Outputs"])


# --- doc


def test_doc_prints_the_catalogue() -> None:
    text = run("doc").stdout.decode()
    for title in ["## Stage kinds", "## Resource kinds", "## Functions", "## Types", "## Options of the stack", "### `training_job`"]:
        assert f"{title}\n" in text


def test_doc_prints_one_thing() -> None:
    text = run("doc", "queue").stdout.decode()
    assert text.startswith("### `queue`\n") and text.count("###") == 1
    assert "| `visibility_timeout` | `Duration` | `30s` | How long a message" in text
    fails(run("doc", "trainng_job"), "training_job")
    for name, signature in [("s3", "`s3(bucket, prefix)`"), ("ecr", "`ecr(repository, tag:"), ("cron", "`cron(expression, zone:")]:
        text = run("doc", name).stdout.decode()
        assert text.startswith(f"### `{name}`\n\n") and signature in text and "```zflow" in text
    fails(run("doc", "fresh_nam"), "fresh_name")
    fails(run("doc", "xyzzy"), "zflowc doc")


def test_doc_of_a_file(tmp_path: Path) -> None:
    source = write(tmp_path, "kinds.zflow", "/// Waits.\nstage kind pause(time: Duration = 5s) { wait time }\n")
    text = run("doc", source).stdout.decode()
    assert text.startswith("## Stage kinds\n\n### `pause`\n\nWaits.\n") and "training_job" not in text
    assert run("doc", write(tmp_path, "bad.zflow", "stage kind (")).returncode == FINDINGS
    fails(run("doc", tmp_path / "none.zflow"), "none.zflow")


def test_layers_take_known_forms_only(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", GOOD)
    fails(run(source, "--emit", "graph", "--graph-format", "png"), "png", "mermaid")


# --- explain


def test_explain_lists_every_diagnostic_by_group() -> None:
    text = run("explain").stdout.decode()
    assert run("explain", "--list").stdout.decode() == text
    table = (ROOT / "compiler" / "diagnostics" / "diagnostics.def").read_text()
    assert re.findall(r"^  ([a-z-]+) +(?:error|warning) +\S", text, re.MULTILINE) == re.findall(
        r'^ZFLOW_DIAGNOSTIC\(\w+, "([^"]+)"', table, re.MULTILINE
    )
    for group in re.findall(r'^ZFLOW_GROUP\("(.+)"\)', table, re.MULTILINE):
        assert f"\n\n{group}\n" in "\n\n" + text


def test_explain_prints_a_page() -> None:
    result = run("explain", "unknown-name")
    assert result.returncode == CLEAN
    assert result.stdout.decode() == (ROOT / "compiler" / "diagnostics" / "pages" / "unknown-name.md").read_text()


def test_explain_knows_what_was_meant() -> None:
    fails(run("explain", "unknwon-name"), "did you mean `unknown-name`")
    fails(run("explain", "xyzzy"), "xyzzy", "zflowc explain")
