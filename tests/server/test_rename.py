"""Another name for something, wherever it is used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from client import Client
from test_features import TRAIN, URI, about, place

Json = Any
failed = -32803


def ask(client: Client, position: Json, name: str, uri: str = URI) -> Json:
    return client.ask("textDocument/rename", about({"newName": name}, position, uri))


def offset(text: str, position: Json) -> int:
    lines = text.splitlines(keepends=True) + [""]
    units = lines[position["line"]].encode("utf-16-le")[: 2 * position["character"]]
    return sum(map(len, lines[: position["line"]])) + len(units.decode("utf-16-le"))


def with_edits(text: str, edits: list[Json]) -> str:
    for edit in sorted(edits, key=lambda e: -offset(text, e["range"]["start"])):
        begin, end = (offset(text, edit["range"][side]) for side in ("start", "end"))
        text = text[:begin] + edit["newText"] + text[end:]
    return text


def renamed(client: Client, text: str, position: Json, name: str) -> str:
    answer = ask(client, position, name)
    assert "error" not in answer, answer
    changes = answer["result"]["changes"]
    assert list(changes) == [URI]
    return with_edits(text, changes[URI])


@pytest.mark.parametrize(
    ("what", "nth", "name", "pieces"),
    [
        ("train = ", 1, "fit", [("stage train =", "stage fit ="), ("train.model", "fit.model")]),
        ("data, prefix", 1, "store", [("data: Bucket", "store: Bucket"), ("s3(data,", "s3(store,")]),
        ("pause\n", 1, "rest", [("const pause", "const rest"), ("wait pause", "wait rest")]),
        ("country,", 1, "land", [("for country", "for land"), ("${country}", "${land}")]),
        ("waiter(", 1, "sleeper", [("kind waiter", "kind sleeper"), ("= waiter {", "= sleeper {")]),
        ("name: both", 1, "label", [("    name: String", "    label: String"), ("name: name,", "name: label,"), ("waiter { name:", "waiter { label:")]),
        ("prefix(day))", 1, "folder", [("prefix(day", "folder(day")]),
        ("day}/\"\n", 1, "date", [("prefix(day: Date) = \"orders/${day}", "prefix(date: Date) = \"orders/${date}")]),
    ],
)
def test_renamed(client: Client, what: str, nth: int, name: str, pieces: list[tuple[str, str]]) -> None:
    client.open(URI, TRAIN)
    wanted = TRAIN
    for before, after in pieces:
        assert before in wanted
        wanted = wanted.replace(before, after)
    assert renamed(client, TRAIN, place(TRAIN, what, nth), name) == wanted


def test_short_entries_are_written_out(client: Client) -> None:
    text = (
        "stack s {}\nstage kind waiter(seconds: Int) {\n    wait 1s\n    return { seconds }\n}\n"
        "pipeline p(seconds: Int) {\n    stage w = waiter { seconds }\n    return { seconds: w.seconds }\n}\n"
    )
    client.open(URI, text)
    input_renamed = text.replace("p(seconds:", "p(length:").replace("waiter { seconds }", "waiter { seconds: length }")
    assert renamed(client, text, place(text, "p(seconds", 1, 2), "length") == input_renamed
    setting_renamed = text.replace("waiter(seconds:", "waiter(length:").replace("return { seconds }", "return { seconds: length }")
    setting_renamed = setting_renamed.replace("waiter { seconds }", "waiter { length: seconds }")
    assert renamed(client, text, place(text, "waiter(seconds", 1, 7), "length") == setting_renamed


def test_what_arms_make_is_one_value(client: Client) -> None:
    text = (
        "stack s {}\npipeline p(n: Int) {\n    if n > 3 {\n        let size = 1\n    } else {\n        let size = 2\n    }\n"
        "    let both = { size, more: n }\n    return { n: both.size }\n}\npipeline q(size: Int) {\n    return { size }\n}\n"
    )
    client.open(URI, text)
    wanted = text.replace("let size", "let length").replace("{ size, more", "{ size: length, more")
    for nth in (1, 2):
        assert renamed(client, text, place(text, "let size", nth, 4), "length") == wanted


def test_spread_and_lists_of_records(client: Client) -> None:
    text = (
        "stack s {}\npipeline p {\n    let m = { a: 1 }\n    let all = { ...m, b: 2 }\n"
        "    for job in [{ name: \"x\" }, { name: \"y\" }] {\n        let id = \"${job.name}\"\n        yield { id }\n    }\n"
        "    let texts = [for m in [1, 2]: \"${m}\"]\n    return { all, texts }\n}\n"
    )
    client.open(URI, text)
    assert renamed(client, text, place(text, "m = "), "base") == text.replace("let m", "let base").replace("...m", "...base")
    assert renamed(client, text, place(text, "job in"), "work") == text.replace("for job", "for work").replace("job.name", "work.name")
    assert renamed(client, text, place(text, "m in"), "one") == text.replace("for m", "for one").replace("${m}", "${one}")


def test_in_all_files(client: Client, tmp_path: Path) -> None:
    lib, main, closed, other = (tmp_path / name for name in ("lib.zflow", "main.zflow", "closed.zflow", "other.zflow"))
    lib.write_text("const pause = 5s\n")
    main_text = 'import "lib.zflow"\nstack uses {}\npipeline p {\n    wait pause\n}\n'
    main.write_text(main_text)
    closed.write_text('import "lib.zflow" as l\nstack uses {}\npipeline p {\n    wait l.pause\n}\n')
    other.write_text("const pause = 9s\n")
    client.open(main.as_uri(), main_text)
    answer = ask(client, place(main_text, "pause"), "rest", main.as_uri())
    changes = answer["result"]["changes"]
    assert set(changes) == {lib.as_uri(), main.as_uri(), closed.as_uri()}
    assert with_edits(lib.read_text(), changes[lib.as_uri()]) == "const rest = 5s\n"
    assert "wait rest" in with_edits(main_text, changes[main.as_uri()])
    assert "wait l.rest" in with_edits(closed.read_text(), changes[closed.as_uri()])


def test_a_name_that_an_importing_file_takes_from_the_library(client: Client, tmp_path: Path) -> None:
    lib, main = tmp_path / "lib.zflow", tmp_path / "main.zflow"
    lib_text = "function own_name(a: String) = \"${a}\"\n"
    main.write_text('import "lib.zflow"\nstack uses {}\npipeline p(a: String) {\n    return { a: upper(a) }\n}\n')
    client.open(lib.as_uri(), lib_text)
    answer = ask(client, place(lib_text, "own_name"), "upper", lib.as_uri())
    assert answer["error"]["code"] == failed


@pytest.mark.parametrize(
    ("what", "name", "words"),
    [
        ("train = ", "w", "cannot be its name"),       # two stages of one name
        ("train = ", "day", "day"),                    # an input has it
        ("data: Bucket", "prefix", "prefix"),          # a function has it
        ("train = ", "1st", "is no name"),
        ("train = ", "two words", "is no name"),
        ("train = ", "", "is no name"),
        ("train = ", "a.b", "is no name"),
        ("train = ", "return", "return"),              # a word of the language
        ("training_job", "job", "no name that the program gives"),
        ("5s", "job", "no name that the program gives"),
        ("Everything.", "job", "no name that the program gives"),
    ],
)
def test_refused(client: Client, what: str, name: str, words: str) -> None:
    client.open(URI, TRAIN)
    answer = ask(client, place(TRAIN, what), name)
    assert answer["error"]["code"] == failed
    assert words in answer["error"]["message"]


def test_prepared(client: Client) -> None:
    client.open(URI, TRAIN)

    def prepare(what: str) -> Json:
        return client.request("textDocument/prepareRename", about({}, place(TRAIN, what, 1, 1)))

    assert prepare("train.model") == {"range": {"start": place(TRAIN, "train.model"), "end": place(TRAIN, "train.model", 1, 5)}, "placeholder": "train"}
    for what in ("training_job", "5s", "Everything.", "model, waited", "Date"):
        assert prepare(what) is None


def test_the_same_name(client: Client) -> None:
    client.open(URI, TRAIN)
    assert ask(client, place(TRAIN, "train = "), "train")["result"] == {"changes": {}}


def test_a_text_with_mistakes(client: Client) -> None:
    text = TRAIN.replace("wait pause", "wait paus").replace("compression: \"Gzip\"", "compression: \"Gzi\"")
    client.open(URI, text)
    wanted = text.replace("stage train =", "stage fit =").replace("train.model", "fit.model")
    assert renamed(client, text, place(text, "train = "), "fit") == wanted


def test_a_plain_client() -> None:
    with Client() as client:
        can = client.start(bare=True)["capabilities"]
        assert can["renameProvider"] is True
