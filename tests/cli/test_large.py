"""The `zflowc` command from outside. Stacks of several templates; what is done at once comes out the same."""

import json
import os
import subprocess
from pathlib import Path

from zflowc import CLEAN, FAILED, FINDINGS, run, write

MANY = "stack many\n" + "".join(f"pipeline p{i} {{ wait 1s }}\n" for i in range(140))


def test_a_large_stack_is_several_files(tmp_path: Path) -> None:
    source, target = write(tmp_path, "many.zflow", MANY), tmp_path / "out.yaml"
    done = run(source, "-o", target)
    assert done.returncode == CLEAN, done.stderr
    names = sorted(p.name for p in tmp_path.glob("*.yaml"))
    assert names == ["out.part1.yaml", "out.part2.yaml", "out.yaml"]
    said = done.stderr.decode()
    assert all(str(tmp_path / name) in said for name in names)
    assert f"aws cloudformation package --template-file {target} " in said
    assert "TemplateURL: out.part1.yaml" in target.read_text()
    before = {p.name: p.read_bytes() for p in tmp_path.glob("*.yaml")}
    assert run(source, "-o", target).returncode == CLEAN
    assert before == {p.name: p.read_bytes() for p in tmp_path.glob("*.yaml")}


def test_a_large_stack_in_a_folder_and_as_json(tmp_path: Path) -> None:
    source = write(tmp_path, "many.zflow", MANY)
    assert run(source, "-o", f"{tmp_path}/out/", "--json").returncode == CLEAN
    folder = tmp_path / "out"
    assert sorted(p.name for p in folder.iterdir()) == ["many.json", "many.part1.json", "many.part2.json"]
    main = json.loads((folder / "many.json").read_text())
    urls = [r["Properties"]["TemplateURL"] for r in main["Resources"].values() if r["Type"] == "AWS::CloudFormation::Stack"]
    assert urls == ["many.part1.json", "many.part2.json"]


def test_parts_of_a_stack_that_was_larger_go(tmp_path: Path) -> None:
    """What this compiler wrote for the same stack, and nothing else of such a name."""
    source, target = write(tmp_path, "many.zflow", MANY), tmp_path / "out.yaml"
    for form in (["-o", str(target)], ["-o", str(tmp_path / "out.json")]):
        assert run(source, *form).returncode == CLEAN
    (tmp_path / "out.part3.yaml").write_text("AWSTemplateFormatVersion: '2010-09-09'\nDescription: Part 3 of another\n")
    assert run(write(tmp_path, "many.zflow", "stack many\npipeline p { wait 1s }\n"), "-o", target).returncode == CLEAN
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "many.zflow", "out.json", "out.part1.json", "out.part2.json", "out.part3.yaml", "out.yaml",
    ]
    assert run(source, "-o", tmp_path / "out.json").returncode == CLEAN
    assert sorted(p.name for p in tmp_path.iterdir()) == ["many.zflow", "out.json", "out.part3.yaml", "out.yaml"]


def test_a_check_finds_what_shows_in_the_template_only(tmp_path: Path) -> None:
    parameters = "".join(f"param p{i}: String\n" for i in range(201))
    uses = "".join(f"${{p{i}}}" for i in range(201))
    result = run("--check", write(tmp_path, "p.zflow", f'{parameters}pipeline p {{ wait 1s }}\noutput all = "{uses}"\n'))
    assert result.returncode == FINDINGS
    assert b"error[too-many-parameters]" in result.stdout


def test_stacks_come_out_the_same_on_one_processor_and_on_several(tmp_path: Path) -> None:
    """Large files with several stacks are compiled by several threads."""
    stage = 'stage s{i}_{k} = lambda_job {{ function: "arn:aws:lambda:eu-central-1:123456789012:function:f", payload: {{ n: {k} }} }}\n'
    stacks = "".join(f"stack many_{i}\npipeline p{i} {{\n" + "".join("    " + stage.format(i=i, k=k) for k in range(60)) + "}\n" for i in range(5))
    source = write(tmp_path, "many.zflow", stacks)
    processors = os.sched_getaffinity(0)
    folders = tmp_path / "one", tmp_path / "all"
    try:
        os.sched_setaffinity(0, {min(processors)})
        assert run(source, "-o", f"{folders[0]}/").returncode == CLEAN
    finally:
        os.sched_setaffinity(0, processors)
    assert run(source, "-o", f"{folders[1]}/").returncode == CLEAN
    one, several = ({p.name: p.read_bytes() for p in folder.iterdir()} for folder in folders)
    assert len(one) == 5
    assert one == several


def on_one_processor_and_on_all(*arguments: str | Path) -> list[subprocess.CompletedProcess[bytes]]:
    processors = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(processors)})
        one = run(*arguments)
    finally:
        os.sched_setaffinity(0, processors)
    return [one, run(*arguments)]


def test_a_long_file_reads_the_same_on_one_processor_and_on_several(tmp_path: Path) -> None:
    """It is parsed in pieces, which begin with declarations: also with one that is only the line of a text."""
    stage = '    stage s{k} = lambda_job {{ function: "arn:aws:lambda:eu-central-1:123456789012:function:f{i}", payload: {{ n: {k} }} }}\n'
    pipelines = ["/// Number {i}.\npipeline p{i} {{\n{stages}}}\n".format(i=i, stages="".join(stage.format(i=i, k=k) for k in range(100)))
                 for i in range(24)]
    text = 'const _note = """\n' + "const line = 1\n" * 12000 + '"""\n'
    for name, source in {"right": "".join(pipelines), "text": text + "".join(pipelines),
                         "wrong": "".join(pipelines) + "pipeline last {\n    wait soon later\n}\n"}.items():
        path = write(tmp_path, f"{name}.zflow", source)
        assert len(source) > 200_000
        for arguments in (["--emit", "ir", path], ["--check", path]):
            one, several = on_one_processor_and_on_all(*arguments)
            assert one.returncode == several.returncode
            assert one.stdout == several.stdout
            assert one.stderr == several.stderr
            assert (one.returncode == CLEAN) == (name != "wrong")


def test_findings_of_several_stacks_come_in_the_order_of_the_source(tmp_path: Path) -> None:
    stage = 'stage s{i}_{k} = lambda_job {{ function: "arn:aws:lambda:eu-central-1:123456789012:function:f", payload: {{ n: {value} }} }}\n'
    stacks = "".join(f"stack many_{i}\npipeline p{i} {{\n" +
                     "".join("    " + stage.format(i=i, k=k, value="nobody" if k == 30 else k) for k in range(60)) + "}\n" for i in range(5))
    source = write(tmp_path, "many.zflow", stacks)
    runs = [run("--check", "--format", "concise", source).stdout for _ in range(5)]
    assert all(r == runs[0] for r in runs)
    lines = [int(line.split(b":")[1]) for line in runs[0].splitlines() if b"unknown-name" in line]
    assert len(lines) == 5
    assert lines == sorted(lines)


def test_what_is_done_at_once_comes_out_the_same(tmp_path: Path) -> None:
    """Policies and definitions of a large stack are made side by side."""
    calls = "".join(f'    call c{i} = sns.publish {{ TopicArn: told.arn, Message: "{i}" }}\n' for i in range(80))
    pipelines = "".join(f"pipeline p{i} {{\n{calls}}}\n" for i in range(4))
    source = write(tmp_path, "wide.zflow", f"stack wide\nresource told = topic {{}}\n{pipelines}")
    first = run(source, "-o", "-")
    assert first.returncode == CLEAN, first.stderr
    assert first.stdout.count(b'"Type":"Task"') == 320
    assert all(run(source, "-o", "-").stdout == first.stdout for _ in range(5))


def test_large_stacks_are_told_of_once(tmp_path: Path) -> None:
    stacks = (MANY.replace("stack many", f"stack s{i}").replace("pipeline p", f"pipeline q{i}_") for i in range(3))
    source = write(tmp_path, "many.zflow", "".join(stacks))
    done = run(source, "-o", f"{tmp_path}/out/")
    assert done.returncode == CLEAN, done.stderr
    said = done.stderr.decode().splitlines()
    assert len(said) == 3 and "nor do 2 other stacks" in said[0]


def test_a_large_stack_does_not_fit_standard_output(tmp_path: Path) -> None:
    done = run(write(tmp_path, "many.zflow", MANY), "-o", "-")
    assert (done.returncode, done.stdout) == (FAILED, b"")
    assert b"needs 3 templates" in done.stderr and b"a file or a folder" in done.stderr


def test_all_templates_of_a_stack_or_none(tmp_path: Path) -> None:
    source, target = write(tmp_path, "many.zflow", MANY), tmp_path / "out.yaml"
    target.write_text("before")
    (tmp_path / "out.part2.yaml").mkdir()
    done = run(source, "-o", target)
    assert done.returncode == FAILED
    assert target.read_text() == "before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["many.zflow", "out.part2.yaml", "out.yaml"]
