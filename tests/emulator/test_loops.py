"""Loops over data in S3, failures that stop nothing else, and reports that are read: compiled, deployed and run."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from . import Cloud, Execution, iam
from .compiled import BREAKER, PROBE, deploy

BUCKET = "example-data"
ORDERS = "dataset Orders { id: String, amount: Float, paid: Bool, count: Int?, } as {format}\n"


def program(body: str, inputs: str = "", before: str = "") -> str:
    functions = (PROBE if "probe" in body else "") + (BREAKER if "breaker" in body else "")
    return f"stack loops {{}}\n{functions}{before}\npipeline main({inputs}) {{\n{body}\n}}\n"


def orders(form: str) -> str:
    return ORDERS.replace("{format}", form)


def put(cloud: Cloud, key: str, content: Any) -> None:
    client = cloud.client("s3")
    if BUCKET not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
        client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key=key, Body=content if isinstance(content, str) else json.dumps(content))


def execute(cloud: Cloud, source: str, data: Any = None, unreadable: bool = False) -> Execution:
    """Run a program and check the rights of its machine, those of its maps too.  Some read what is no JSON."""
    machine = deploy(cloud, source).machine()
    execution = cloud.run(machine, data)
    assert [error.partition("(")[0] for error in execution.expression_errors] == (["$parse"] if unreadable else [])
    assert iam.missing(cloud, machine, execution) == []
    assert iam.superfluous(cloud, machine) == []
    definition = json.loads(cloud.client("stepfunctions").describe_state_machine(stateMachineArn=machine)["definition"])
    policies = iam.statements(cloud, iam.machine_role(cloud, machine))
    for state in iam.distributed_maps(definition):
        constant = [need for need in iam.map_needs(machine, state) if "{%" not in need.resource + str(need.context)]
        assert [str(need) for need in constant if need.resource != "*" and not iam.allows(policies, need)] == []
    return execution


def output(cloud: Cloud, source: str, data: Any = None) -> Any:
    execution = execute(cloud, source, data)
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause, execution.states)
    return execution.output


# ---- rows ------------------------------------------------------------------------------------------------------------

CSV = "id,amount,paid,count\na,1.5,true,3\nb,2,False,\n"
READ = [{"id": "a", "amount": 1.5, "paid": True, "count": 3}, {"id": "b", "amount": 2, "paid": False, "count": None}]


def test_csv_rows_have_the_declared_types(cloud: Cloud) -> None:
    put(cloud, "in/1.csv", CSV)
    body = f"""
        let sums = for row, i in Dataset<Orders> at s3("{BUCKET}", "in/${{name}}.csv") (at_most: 2) {{
            stage each = lambda_job {{ function: probe, payload: {{ row, i, more: row.amount + 1 }} }}
            let answer: {{ row: Json, i: Int, more: Float }} = each.result
            yield {{ row: answer.row, i: answer.i, more: answer.more }}
        }}
        return sums
    """
    expected = [{"row": row, "i": i, "more": row["amount"] + 1} for i, row in enumerate(READ)]
    assert output(cloud, program(body, "name: String", orders("csv")), {"name": "1"}) == expected


def test_csv_without_a_header(cloud: Cloud) -> None:
    put(cloud, "in/1.csv", "a|1.5|true|3\nb|2|False|\nc|3|true|1\n")
    body = f"""
        let rows = for row in Dataset<Orders> at s3("{BUCKET}", "in/1.csv") (header: false, delimiter: "|", limit: 2) {{
            yield {{ ...{{ row }} }}
        }}
        return [for r in rows: r.row]
    """
    assert output(cloud, program(body, before=orders("csv"))) == READ


def test_a_cell_of_another_type_fails_its_turn(cloud: Cloud) -> None:
    put(cloud, "in/1.csv", "id,amount,paid,count\na,many,true,1\nb,2,true,1\n")
    body = f"""
        let ids = for row in Dataset<Orders> at s3("{BUCKET}", "in/1.csv") (tolerate: 1) {{ yield row.id }}
        return ids
    """
    assert output_despite_errors(cloud, program(body, before=orders("csv"))) == ["b"]


def output_despite_errors(cloud: Cloud, source: str) -> Any:
    execution = cloud.run(deploy(cloud, source).machine())
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause)
    return execution.output


@pytest.mark.parametrize(("form", "content"), [("json", READ), ("jsonl", "\n".join(map(json.dumps, READ)))])
def test_json_rows(cloud: Cloud, form: str, content: Any) -> None:
    put(cloud, "in/rows", content)
    body = f"""
        let amounts = for row in Dataset<Orders> at s3("{BUCKET}", "in/rows") {{ yield row.amount + (row.count ?? 0) }}
        return sum(amounts)
    """
    assert output(cloud, program(body, before=orders(form))) == 6.5


def test_all_files_of_a_folder(cloud: Cloud) -> None:
    put(cloud, "in/1.csv", CSV)
    put(cloud, "in/2.csv", CSV)
    put(cloud, "other/3.csv", CSV)
    body = f"""
        let ids = for row in Dataset<Orders> at s3("{BUCKET}", "in/") {{ yield row.id }}
        return ids
    """
    assert output(cloud, program(body, before=orders("csv"))) == ["a", "b", "a", "b"]


def test_items_below_a_pointer(cloud: Cloud) -> None:
    put(cloud, "in.json", {"a": {"rows": READ}})
    body = f"""
        let ids = for row in Dataset<Orders> at s3("{BUCKET}", "in.json") (pointer: "/a/rows") {{ yield row.id }}
        return ids
    """
    assert output(cloud, program(body, before=orders("json"))) == ["a", "b"]


def test_objects(cloud: Cloud) -> None:
    put(cloud, "in/a.txt", "12345")
    put(cloud, "in/b.txt", "1")
    put(cloud, "out/c.txt", "1")
    body = f"""
        let found = for object in objects(s3("{BUCKET}", "in/")) {{
            yield {{ key: object.key, size: object.size, at: object.location }}
        }}
        return found
    """
    expected = [("in/a.txt", 5), ("in/b.txt", 1)]
    assert output(cloud, program(body)) == [
        {"key": key, "size": size, "at": f"s3://{BUCKET}/{key}"} for key, size in expected
    ]


def test_a_missing_object_can_be_caught(cloud: Cloud) -> None:
    put(cloud, "in/other.csv", CSV)
    body = f"""
        try {{
            for row in Dataset<Orders> at s3("{BUCKET}", "in/1.csv") {{ wait 1s }}
            let what = "read"
        }} catch States.ItemReaderFailed {{ let what = "missing" }}
        return what
    """
    assert output(cloud, program(body, before=orders("csv"))) == "missing"


# ---- turns -----------------------------------------------------------------------------------------------------------


def test_a_turn_gets_what_it_reads_from_outside(cloud: Cloud) -> None:
    put(cloud, "in/a", "1")
    body = f"""
        stage first = lambda_job {{ function: probe, payload: {{ used: n, big: "b", none: "x" }} }}
        let known: {{ used: Int, big: String, missing: Int? }} = first.result
        if n > 1 {{ let size = "many" }} else {{ let size = "few" }}
        let both = parallel {{ left {{ stage l = lambda_job {{ function: probe, payload: {{ n }} }} }} right {{ wait 1s }} }}
        let seen = for name in names {{
            let inner = for object, i in objects(s3("{BUCKET}", "in/")) {{
                let deep = for x in [1, 2] (distributed: true) {{
                    stage each = lambda_job {{ function: probe, payload: {{
                        n, name, size, used: known.used, missing: known.missing ?? -1, key: object.key, i, x
                        left: both.left.l.result, run: pipeline.execution
                    }} }}
                    yield each.result
                }}
                yield deep[1]
            }}
            yield inner[0]
        }}
        return {{ seen, big: known.big, run: pipeline.execution }}
    """
    found = output(cloud, program(body, "n: Int, names: List<String>"), {"n": 2, "names": ["x", "y"]})
    expected = {"n": 2, "size": "many", "used": 2, "missing": -1, "key": "in/a", "i": 0, "x": 2, "left": {"n": 2}}
    assert found["seen"] == [{**expected, "name": name, "run": found["run"]} for name in ("x", "y")]
    assert found["big"] == "b"
    handed = [child["input"]["outer"] for child in cloud.maps.children if "outer" in child["input"]]
    assert all("big" not in json.dumps(outer) for outer in handed)


def test_names_are_fresh_in_every_turn(cloud: Cloud) -> None:
    body = """
        let names = for x in [1, 2, 3] (distributed: true) {
            let inner = for y in [1, 2] {
                stage each = named { function: probe }
                yield each.name
            }
            yield join(inner, " ")
        }
        return join(names, " ")
    """
    kind = """
stage kind named(function: LambdaFunction) {
    call ask = lambda.invoke { FunctionName: function.arn, Payload: { name: fresh_name(40) } }
    let answer: { name: String } = ask.Payload
    return { name: answer.name }
}
"""
    names = output(cloud, program(body, before=kind)).split(" ")
    assert len(set(names)) == 6


@pytest.mark.parametrize(("batch", "sizes"), [("2", [2, 2, 1]), ("n", [3, 2]), ("60B", None)])
def test_batches(cloud: Cloud, batch: str, sizes: list[int] | None) -> None:
    put(cloud, "in/1.csv", "id,amount,paid,count\n" + "a,1,true,1\n" * 5)
    batch = batch.replace("60B", "1KB")
    body = f"""
        let found = for rows in Dataset<Orders> at s3("{BUCKET}", "in/1.csv") (batch: {batch}) {{
            yield {{ size: length(rows), total: sum([for r in rows: r.amount]) + n }}
        }}
        return found
    """
    found = output(cloud, program(body, "n: Int", orders("csv")), {"n": 3})
    expected = [5] if sizes is None else sizes
    assert found == [{"size": size, "total": size + 3} for size in expected]


def test_results_are_written(cloud: Cloud) -> None:
    put(cloud, "in/1.csv", CSV)
    body = f"""
        let done = for row in Dataset<Orders> at s3("{BUCKET}", "in/1.csv") (results: s3("{BUCKET}", "out/"), label: "rows") {{
            yield {{ id: row.id }}
        }}
        return {{ at: done.manifest, run: done.run }}
    """
    found = output(cloud, program(body, before=orders("csv")))
    assert found["at"].startswith(f"s3://{BUCKET}/out/") and found["at"].endswith("/manifest.json")
    key = found["at"].removeprefix(f"s3://{BUCKET}/").replace("manifest", "SUCCEEDED_0")
    written = json.loads(cloud.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())
    assert [json.loads(row["Output"]) for row in written] == [{"id": "a"}, {"id": "b"}]
    assert all("/rows:" in child["arn"] for child in cloud.maps.children)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [("tolerate: 1", [1, 3]), ("tolerate: n", [1, 3]), ("tolerate_percent: 40", [1, 3]), ("tolerate: 0", None),
     ("tolerate_percent: 10", None), ("", None)],
)
def test_tolerated_failures(cloud: Cloud, arguments: str, expected: list[int] | None) -> None:
    more = f", {arguments}" if arguments else ""
    body = f"""
        let good = for x in [1, 2, 3] (distributed: true{more}) {{
            if x == 2 {{ fail Odd "two" }} else skip
            yield x
        }}
        return good
    """
    execution = execute(cloud, program(body, "n: Int = 1"))
    if expected is None:
        assert execution.error == "States.ExceedToleratedFailureThreshold"
    else:
        assert execution.output == expected


# ---- failures that stop nothing else ---------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["", ", distributed: true"])
def test_a_loop_goes_on(cloud: Cloud, where: str) -> None:
    body = f"""
        let found = for name in names (on_failure: "continue"{where}) {{
            stage each = lambda_job {{ function: breaker, payload: {{ error: name }}, retry: [] }}
            if name == "bad" {{ fail Bad "it is ${{name}}" }} else skip
            yield {{ name }}
        }}
        return {{
            found, good: [for f in found if f != none: f.name], count: length(present(found)), first: found[0]?.name ?? "none"
            problems: [for p in problems(found): {{ at: p.index, error: p.error }}]
        }}
    """
    found = output(cloud, program(body, "names: List<String>"), {"names": ["Odd", "a", "bad"]})
    assert found == {
        "found": [None, {"name": "a"}, None], "good": ["a"], "count": 1, "first": "none",
        "problems": [{"at": 0, "error": "Odd"}, {"at": 2, "error": "Bad"}],
    }
    assert output_of(cloud, program(body, "names: List<String>"), {"names": []})["found"] == []


def output_of(cloud: Cloud, source: str, data: Any) -> Any:
    machine = cloud.client("stepfunctions").list_state_machines()["stateMachines"][0]["stateMachineArn"]
    return cloud.run(machine, data).output


def test_lists_that_turns_yield_stay_lists(cloud: Cloud) -> None:
    body = """
        let found = for name in names (on_failure: "continue") {
            if name == "bad" { fail Bad "bad" } else skip
            yield [name]
        }
        return found
    """
    source = program(body, "names: List<String>")
    assert output(cloud, source, {"names": ["a"]}) == [["a"]]
    assert output_of(cloud, source, {"names": ["bad", "a"]}) == [None, ["a"]]


@pytest.mark.parametrize(("error", "expected"), [
    ("Odd", {"left": None, "why": "Odd", "failed": True, "right": 2, "well": "none"}),
    ("", {"left": {"error": ""}, "why": "none", "failed": False, "right": 2, "well": "none"}),
])
def test_a_branch_goes_on(cloud: Cloud, error: str, expected: Any) -> None:
    body = """
        let both = parallel (on_failure: "continue") {
            left { stage ask = lambda_job { function: breaker, payload: { error }, retry: [] } }
            right { let n = length(error) * 0 + 2 }
        }
        let why = problems(both)
        return {
            left: both.left?.ask?.result, why: why.left?.error ?? "none", failed: both.left == none
            right: both.right!.n, well: why.right?.cause ?? "none"
        }
    """
    assert output(cloud, program(body, "error: String"), {"error": error}) == expected


# ---- reports ---------------------------------------------------------------------------------------------------------

GATE = f"""
    let report: {{ auc: Float, of: {{ rows: Int }}, note: String? }} = read_json(s3("{BUCKET}", "reports/${{name}}.json"))
    let champion: {{ auc: Float }}? = read_json(s3("{BUCKET}", "champion.json"))
    if champion == none or report.auc > champion!.auc {{ let better = true }} else {{ let better = false }}
    return {{ better, rows: report.of.rows, note: report.note ?? "no note" }}
"""


def test_a_report_and_a_champion_that_may_be_missing(cloud: Cloud) -> None:
    put(cloud, "reports/new.json", {"auc": 0.9, "of": {"rows": 3}})
    source = program(GATE, "name: String")
    assert output(cloud, source, {"name": "new"}) == {"better": True, "rows": 3, "note": "no note"}
    machine = cloud.client("stepfunctions").list_state_machines()["stateMachines"][0]["stateMachineArn"]
    policies = iam.statements(cloud, iam.machine_role(cloud, machine))
    assert iam.allows(policies, iam.Need("s3:ListBucket", f"arn:aws:s3:::{BUCKET}"))
    put(cloud, "champion.json", {"auc": 0.95})
    assert output_of(cloud, source, {"name": "new"})["better"] is False
    put(cloud, "champion.json", {"auc": 0.85})
    assert output_of(cloud, source, {"name": "new"})["better"] is True


@pytest.mark.parametrize(
    ("report", "champion", "cause"),
    [
        ({"of": {"rows": 3}}, None, "report.auc must be a number"),
        ({"auc": "0.9", "of": {"rows": 3}}, None, "report.auc must be a number"),
        ({"auc": 0.9, "of": {}}, None, "report.of.rows must be a whole number"),
        ({"auc": 0.9}, None, "report.of must be a record"),
        ([], None, "report must be a record"),
        ({"auc": 0.9, "of": {"rows": 3}, "note": 1}, None, "report.note must be a text"),
        ({"auc": 0.9, "of": {"rows": 3}}, {}, "champion.auc must be a number"),
    ],
)
def test_a_report_that_does_not_fit(cloud: Cloud, report: Any, champion: Any, cause: str) -> None:
    put(cloud, "reports/new.json", report)
    if champion is not None:
        put(cloud, "champion.json", champion)
    execution = execute(cloud, program(GATE, "name: String"), {"name": "new"})
    assert (execution.error, execution.cause) == ("Content.Invalid", cause)


@pytest.mark.parametrize("text", ["", "no json", '{"auc": 0.9', "[1,]"])
def test_a_report_that_is_no_json(cloud: Cloud, text: str) -> None:
    put(cloud, "reports/new.json", {"auc": 0.9, "of": {"rows": 3}})
    cloud.client("s3").put_object(Bucket=BUCKET, Key="reports/new.json", Body=text.encode())
    execution = execute(cloud, program(GATE, "name: String"), {"name": "new"}, unreadable=True)
    assert (execution.error, execution.cause) == ("Content.Invalid", "report is not JSON")


def test_a_champion_that_is_no_json_is_no_missing_one(cloud: Cloud) -> None:
    put(cloud, "reports/new.json", {"auc": 0.9, "of": {"rows": 3}})
    cloud.client("s3").put_object(Bucket=BUCKET, Key="champion.json", Body=b"{")
    body = f"""
        try {{
            let champion: {{ auc: Float }}? = read_json(s3("{BUCKET}", "champion.json"))
            let what = "${{champion?.auc ?? 0}}"
        }} catch Content.Invalid as problem {{ let what = problem.cause }}
        return what
    """
    assert execute(cloud, program(body), unreadable=True).output == "champion is not JSON"


@pytest.mark.parametrize(("answer", "expected"), [
    ('{"auc": 0.9}', "0.9"), ("null", "nobody"), ("nothing", "report is not JSON"), ('{"auc": "x"}', "report.auc must be a number"),
])
def test_a_text_that_is_json(cloud: Cloud, answer: str, expected: Any) -> None:
    body = """
        try {
            let report: { auc: Float }? = read_json(answer)
            let what = "${report?.auc ?? "nobody"}"
        } catch Content.Invalid as problem { let what = problem.cause }
        return what
    """
    execution = execute(cloud, program(body, "answer: String"), {"answer": answer}, unreadable=answer == "nothing")
    assert execution.output == expected


def test_a_report_that_does_not_fit_can_be_caught(cloud: Cloud) -> None:
    put(cloud, "r.json", {"auc": "x"})
    body = f"""
        try {{
            let report: {{ auc: Float }} = read_json(s3("{BUCKET}", "r.json"))
            let what = "${{report.auc}}"
        }} catch Content.Invalid as problem {{ let what = problem.cause }}
        return what
    """
    assert output(cloud, program(body)) == "report.auc must be a number"


# ---- lists -----------------------------------------------------------------------------------------------------------


def test_ranges_and_lists_put_together(cloud: Cloud) -> None:
    body = """
        let squares = for i in range(n) { yield i * i }
        let more = if n > 2 then [n] else []
        return { squares, more, all: [0, ...more, ...names] + names, from: range(2, n) }
    """
    source = program(body, "n: Int, names: List<String>")
    assert output(cloud, source, {"n": 3, "names": ["a"]}) == {
        "squares": [0, 1, 4], "more": [3], "all": [0, 3, "a", "a"], "from": [2],
    }
    assert output_of(cloud, source, {"n": 0, "names": []}) == {"squares": [], "more": [], "all": [0], "from": []}


# ---- manifests -------------------------------------------------------------------------------------------------------


def test_the_objects_of_an_inventory(cloud: Cloud) -> None:
    put(cloud, "unused", {})
    folder = "inventory/images/all"
    lines = b'"images","a/1.png","10"\n"images","a/2.png",""\n'
    cloud.client("s3").put_object(Bucket=BUCKET, Key=f"{folder}/data/x.csv.gz", Body=gzip.compress(lines))
    manifest = {"fileFormat": "CSV", "fileSchema": "Bucket, Key, Size", "files": [{"key": f"{folder}/data/x.csv.gz"}]}
    put(cloud, f"{folder}/2026-01-31T01-00Z/manifest.json", manifest)
    body = f"""
        let found = for object in inventory(s3("{BUCKET}", "{folder}/${{day}}T01-00Z/manifest.json")) {{
            stage each = lambda_job {{ function: probe, payload: {{ at: object.location, size: object.size ?? -1, bucket: object.bucket }} }}
            yield each.result
        }}
        return found
    """
    source = program(body, "day: Date")
    expected = [
        {"at": "s3://images/a/1.png", "size": 10, "bucket": "images"},
        {"at": "s3://images/a/2.png", "size": -1, "bucket": "images"},
    ]
    assert output(cloud, source, {"day": "2026-01-31"}) == expected
    machine = cloud.client("stepfunctions").list_state_machines()["stateMachines"][0]["stateMachineArn"]
    policies = iam.statements(cloud, iam.machine_role(cloud, machine))
    for key in ("2026-01-31T01-00Z/manifest.json", "data/x.csv.gz"):
        assert iam.allows(policies, iam.Need("s3:GetObject", f"arn:aws:s3:::{BUCKET}/{folder}/{key}"))
    assert not iam.allows(policies, iam.Need("s3:GetObject", f"arn:aws:s3:::{BUCKET}/other/data/x.csv.gz"))


def test_the_rows_that_a_query_has_written(cloud: Cloud) -> None:
    put(cloud, "unused", {})
    client = cloud.client("s3")
    client.put_object(Bucket=BUCKET, Key="rows/1.csv", Body=b"a,1\nb,2\n")
    client.put_object(Bucket=BUCKET, Key="rows/2.csv", Body=b"c,3\n")
    names = f"s3://{BUCKET}/rows/1.csv\ns3://{BUCKET}/rows/2.csv\n"
    client.put_object(Bucket=BUCKET, Key="queries/q-manifest.csv", Body=names.encode())
    body = f"""
        let rows = for row in Dataset<Row> at s3("{BUCKET}", "queries/q-manifest.csv") (files: s3("{BUCKET}", "rows/"), header: false) {{
            yield "${{row.name}}${{row.n + 1}}"
        }}
        return rows
    """
    assert output(cloud, program(body, before="dataset Row { name: String, n: Int } as csv")) == ["a2", "b3", "c4"]


# ---- locations as inputs ---------------------------------------------------------------------------------------------

PLACES = f"""
    let report: {{ auc: Float }} = read_json(where)
    if other == none {{ return report.auc }}
    let more: {{ auc: Float }} = read_json(other)
    return report.auc + more.auc
"""


def test_locations_as_inputs(cloud: Cloud) -> None:
    put(cloud, "in/a.json", {"auc": 0.5})
    put(cloud, "b.json", {"auc": 0.25})
    inputs = f'where: S3(bucket: "{BUCKET}", prefix: "in/"), other: S3(bucket: "{BUCKET}")? = none'
    source = program(PLACES, inputs)
    where, other = f"s3://{BUCKET}/in/a.json", f"s3://{BUCKET}/b.json"
    assert output(cloud, source, {"where": where, "other": other}) == 0.75
    assert output_of(cloud, source, {"where": where}) == 0.5
    machine = cloud.client("stepfunctions").list_state_machines()["stateMachines"][0]["stateMachineArn"]
    elsewhere = cloud.run(machine, {"where": other})
    assert (elsewhere.error, elsewhere.cause) == ("InvalidInput", f"where must be below s3://{BUCKET}/in/")
    elsewhere = cloud.run(machine, {"where": where, "other": "s3://another/b.json"})
    assert (elsewhere.error, elsewhere.cause) == ("InvalidInput", f"other must be below s3://{BUCKET}/")
