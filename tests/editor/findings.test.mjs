// What the extension makes of the compiler's findings, against the real compiler.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { editor, filesUnder, root } from "./corpus.mjs";
import { edited, folderWith, textIn, zflowc } from "./programs.mjs";
import { vim } from "./vim.mjs";

const require = createRequire(import.meta.url);
const compiler = require(join(editor, "vscode", "compiler.js"));
const { diagnosticsOf, documentedName, failuresOf, filesOf, findingsOf, merged } = require(
    join(editor, "vscode", "findings.js"),
);

const read = (path) => readFileSync(path, "utf8");
const run = (...words) => compiler.run({ program: zflowc }, words);
const parse = (answer) => findingsOf(answer, compiler.EXIT_FAILED);

/** Findings of a file on the disk, as the compiler says them and as an editor shows them. */
async function checked(file) {
    const findings = parse(await run("--check", "--format", "json", file));
    return { findings, diagnostics: diagnosticsOf(findings, file, read) };
}

/** Findings of a text that is in no file. */
async function checkedText(text, name = "none.zflow") {
    const findings = parse(await compiler.check({ program: zflowc }, name, text));
    return diagnosticsOf(findings, name, (file) => (file === name ? text : undefined));
}

const wrongPrograms = [...filesUnder("tests/errors", ".zflow")].map((file) => join(root, file));

describe("every program of tests/errors", () => {
    test("a range holds the characters that the compiler means", async () => {
        let places = 0;
        for (const file of wrongPrograms) {
            const { findings, diagnostics } = await checked(file);
            findings.forEach((finding, i) => {
                const said = [finding, ...finding.labels, ...finding.fixes.filter((fix) => fix.text !== "")];
                const shown = [
                    diagnostics[i],
                    ...diagnostics[i].related,
                    ...diagnostics[i].edits.filter((edit) => edit.text !== ""),
                ];
                assert.equal(said.length, shown.length);
                said.forEach((place, j) => {
                    if (place.range === null) return;
                    const bytes = readFileSync(place.file).subarray(place.range.start.offset, place.range.end.offset);
                    assert.equal(
                        textIn(read(place.file), shown[j].range),
                        bytes.toString("utf8"),
                        `${file}: ${finding.id}`,
                    );
                    places++;
                });
            });
        }
        assert.ok(places > 800, `${places} places`);
    });

    test("a fix that is done leaves the finding at one place fewer", async () => {
        // what is wrong at several places is one finding, which tells of the others
        const places = (diagnostics) =>
            diagnostics.reduce((sum, { related }) => sum + 1 + related.filter(({ message }) => message === "and here").length, 0);
        let fixes = 0;
        for (const file of wrongPrograms) {
            const text = read(file);
            const { diagnostics } = await checked(file);
            for (const diagnostic of diagnostics)
                for (const edit of diagnostic.edits) {
                    if (edit.file !== file) continue;
                    const like = ({ id, message }) => id === diagnostic.id && message === diagnostic.message;
                    const left = places((await checkedText(edited(text, edit), file)).filter(like));
                    assert.ok(left < places(diagnostics.filter(like)), `${file}: ${edit.title}: ${diagnostic.message}`);
                    fixes++;
                }
        }
        assert.ok(fixes > 80, `${fixes} fixes`);
    });
});

describe("places", () => {
    const shown = async (text) => (await checkedText(text)).map(({ range }) => textIn(text, range));

    test("characters outside the basic plane take two units", async () => {
        const text = 'stack s {}\nconst a = "ü😀😀 ${wrong}" + /* 😀 */ bad\npipeline p { fail Stopped a }\n';
        assert.deepEqual(await shown(text), ["wrong", "bad"]);
        const [first] = await checkedText(text);
        assert.deepEqual(first.range.start, { line: 1, character: text.split("\n")[1].indexOf("wrong") });
    });

    test("lines may end as on Windows", async () =>
        assert.deepEqual(await shown("stack s {}\r\npipeline p {\r\n    wait wrong\r\n}\r\n"), ["wrong"]));

    test("a byte order mark, which editors hide, counts for nothing", async (t) => {
        const folder = folderWith(t, { "a.zflow": "\uFEFFconst a = wrong\n" });
        const {
            diagnostics: [found],
        } = await checked(join(folder, "a.zflow"));
        assert.deepEqual(found.range.start, { line: 0, character: 10 });
    });

    test("without the text of a file characters are taken as they are counted", () => {
        const at = { line: 3, column: 5, offset: 0 };
        const finding = {
            id: "x",
            severity: "error",
            message: "m",
            file: "gone",
            range: { start: at, end: at },
            labels: [],
            help: [],
            fixes: [],
        };
        assert.deepEqual(diagnosticsOf([finding], "main", () => undefined)[0].range.start, { line: 2, character: 4 });
    });

    test("what has no place is shown at the beginning of the file that was checked", () => {
        const finding = {
            id: "x",
            severity: "warning",
            message: "m",
            file: null,
            range: null,
            labels: [],
            help: ["h"],
            fixes: [],
        };
        const [shown] = diagnosticsOf([finding], "main", () => "text");
        assert.deepEqual(
            [shown.file, shown.range.start, shown.message],
            ["main", { line: 0, character: 0 }, "m\nhelp: h"],
        );
    });
});

describe("edits", () => {
    /** The edit that mends the only finding. */
    async function onlyEdit(text) {
        const [{ edits }] = await checkedText(text);
        assert.equal(edits.length, 1);
        return edits[0];
    }

    test("what is removed takes its line along when it stands there alone", async () => {
        const text = "pipeline p {\n    let a = 1\n    wait 1s\n}\n";
        const edit = await onlyEdit(text);
        assert.equal(edited(text, edit), "pipeline p {\n    wait 1s\n}\n");
    });

    test("and leaves what else stands on it", async () => {
        const text = "pipeline p { let a = 1 wait 1s }\n";
        const edit = await onlyEdit(text);
        assert.equal(edited(text, edit), "pipeline p {  wait 1s }\n");
    });
});

describe("what the tool itself says", () => {
    test("about a project file, at its place", async (t) => {
        const folder = folderWith(t, { "zflow.yaml": "deny: warnings\nfoo: 1\n", "a.zflow": "stack s {}\n" });
        const [found] = parse(await run("--check", "--format", "json", join(folder, "a.zflow")));
        assert.equal(found.file, join(folder, "zflow.yaml"));
        assert.deepEqual([found.range.start.line, found.range.start.column], [2, 1]);
        assert.match(found.message, /^unknown key `foo`/);
    });

    test("about anything else, without one", async () => {
        const [found] = parse(
            await compiler.check({ program: zflowc }, "a.zflow", "", ["--deny", "nothing-of-that-name"]),
        );
        assert.equal(found.file, null);
        assert.match(found.message, /no diagnostic is named/);
        assert.deepEqual(failuresOf("\n"), []);
    });

    test("an answer of another program is refused", () => {
        for (const out of ["", "hello", "{}"]) assert.throws(() => parse({ status: 0, out, err: "" }));
    });
});

test("findings of several checks are shown once", () => {
    const at = (line, message) => ({ id: "x", message, range: { start: { line, character: 0 } } });
    assert.deepEqual(
        merged([
            [at(1, "a"), at(2, "a")],
            [at(1, "a"), at(1, "b")],
        ]),
        [at(1, "a"), at(2, "a"), at(1, "b")],
    );
});

test("files are named once, also those of labels and fixes", () => {
    const place = (file) => ({ file });
    assert.deepEqual(
        filesOf([
            { ...place("a"), labels: [place("b"), place(null)], fixes: [place("a")] },
            { ...place(null), labels: [], fixes: [] },
        ]),
        ["a", "b"],
    );
});

describe("documentation", () => {
    const nameAt = (marked) => documentedName(marked.replace("|", ""), marked.indexOf("|"))?.name;

    test("is looked for at kinds, types and calls", () => {
        assert.equal(nameAt("    stage a = training|_job {"), "training_job");
        assert.equal(nameAt("resource q = |queue {}"), "queue");
        assert.equal(nameAt("param a: Netw|ork? = none"), "Network");
        assert.equal(nameAt("    writes: Dataset<Orders> at loca|tion(data)"), "location");
        for (const other of [
            "    sta|ge a = b {",
            "stage q|ueue = x {",
            "return a.Netw|ork",
            "let a = b.f|(1)",
            "let a = | 1",
        ])
            assert.equal(nameAt(other), undefined, other);
    });

    test("every kind of the examples has a page", async () => {
        const kinds = new Set();
        for (const file of filesUnder("examples", ".zflow")) {
            for (const line of read(join(root, file)).split("\n")) {
                const kind = line.match(/^ *(?:stage|resource) \w+ = (\w+)/)?.[1];
                if (kind && new RegExp(`^stage kind ${kind}\\b`, "m").test(read(join(root, file)))) continue;
                if (kind) kinds.add(documentedName(line, line.indexOf("= ") + 2).name);
            }
        }
        assert.ok(kinds.size > 10, `${kinds.size}`);
        for (const kind of kinds)
            assert.match(await compiler.page({ program: zflowc }, "doc", kind), new RegExp(`^### \`${kind}\``));
        assert.equal(await compiler.page({ program: zflowc }, "doc", "nothing_of_that_name"), undefined);
    });
});

describe("one line a finding", () => {
    const settings = 'image: ecr("m", tag: "1"), channels: {}, output: "s3://a-bucket/x/"';
    const stage = `stage a = training_job { instance: ml.z99.large, ${settings} }`;
    const text = `stack s {}\npipeline p {\n    ${stage}\n    /* äöü */ wait wrong\n}\n`;
    const expected = [
        ["warning", 3, 40, "unknown-instance"],
        ["error", 4, 20, "unknown-name"],
    ];

    test("the regular expression of the README reads it", async () => {
        const pattern = new RegExp(read(join(editor, "README.md")).match(/```regex\n(.*)\n```/)[1]);
        const words = ["--check", "--format", "concise", "--stdin-filename", "a.zflow", "-"];
        const { out } = await compiler.run({ program: zflowc }, words, text);
        const lines = out.trimEnd().split("\n");
        const found = lines.map((line) => line.match(pattern)).map(([, , ...parts]) => parts);
        assert.deepEqual(
            found.map(([line, column, level, id]) => [level, +line, +column, id]),
            expected,
        );
    });

    /** After each of these commands, what an expression is to Vim. */
    const vimSays = (folder, steps) =>
        vim(
            (scratch) => [
                `cd ${folder}`,
                "set shellpipe=>%s\\ 2>&1",
                ...steps.flatMap(([command, expression]) => [
                    command,
                    `call writefile([json_encode(${expression})], '${scratch}/out', 'a')`,
                ]),
            ],
            { env: { ...process.env, PATH: `${dirname(zflowc)}:${process.env.PATH}` } },
        ).map((line) => JSON.parse(line));
    const quickfix = "map(getqflist(), {_, e -> [e.valid, bufname(e.bufnr), e.type, e.lnum, e.col, e.text]})";

    test("Vim reads it on each save, and what the tool itself says", (t) => {
        const folder = folderWith(t, { "it's a.zflow": text, "zflow.yaml": "" });
        const [, onSave] = read(join(editor, "README.md")).match(/```vim\n(.*)\n```/);
        const [options, findings, word, failures] = vimSays(folder, [
            ["edit it's\\ a.zflow", "[&commentstring, &makeprg =~# '^zflowc ']"],
            [`${onSave}\nwrite`, quickfix],
            ["cc 2", "expand('<cword>')"],
            ["call writefile(['foo: 1'], 'zflow.yaml') | write", quickfix],
        ]);
        assert.deepEqual(options, ["// %s", 1]);
        assert.deepEqual(
            findings.map(([valid, file, type, line, column, words]) => [
                valid,
                file,
                type,
                line,
                column,
                words.split("]")[0],
            ]),
            expected.map(([level, line, column, id]) => [1, "it's a.zflow", level[0], line, column, `[${id}`]),
        );
        assert.equal(word, "wrong", "the cursor is at what is wrong");
        assert.deepEqual(failures, [[1, "zflow.yaml", "", 1, 1, "unknown key `foo`"]]);
    });
});

describe("the package", () => {
    const packageFile = JSON.parse(read(join(editor, "vscode", "package.json")));

    test("has the version of the compiler", async () =>
        assert.equal((await run("--version")).out, `zflowc ${packageFile.version}\n`));

    test("names files that are there", () => {
        const { languages, grammars } = packageFile.contributes;
        for (const file of [packageFile.main, languages[0].configuration, grammars[0].path])
            assert.ok(statSync(join(editor, "vscode", file)).isFile());
        JSON.parse(read(join(editor, "vscode", languages[0].configuration)));
    });

    test("indents lines as the project's sources are", () => {
        const { indentationRules } = JSON.parse(read(join(editor, "vscode", "language-configuration.json")));
        const opens = new RegExp(indentationRules.increaseIndentPattern);
        const closes = new RegExp(indentationRules.decreaseIndentPattern);
        const depth = (line) => line.match(/^ */)[0].length / 4;
        let lines = 0;
        for (const file of ["examples", "stdlib"].flatMap((folder) => [...filesUnder(folder, ".zflow")])) {
            const code = read(join(root, file))
                .replace(/"""[^]*?"""/g, '"x"')
                .split("\n")
                .filter((line) => line.trim() !== "");
            for (let i = 1; i < code.length; i++) {
                const change = Number(opens.test(code[i - 1])) - Number(closes.test(code[i]));
                if (change === 0) continue; // a statement may go on in the next line
                assert.equal(depth(code[i]), depth(code[i - 1]) + change, `${file}: ${code[i]}`);
                lines++;
            }
        }
        assert.ok(lines > 500, `${lines}`);
    });

    test("is packed whole", (t) => {
        const folder = folderWith(t, {});
        const packed = join(folder, "zflow.vsix");
        execFileSync(join(editor, "pack"), [packed]);
        execFileSync("python3", ["-m", "zipfile", "-e", packed, folder]);
        const files = (of) =>
            readdirSync(of, { recursive: true })
                .filter((file) => statSync(join(of, file)).isFile())
                .sort();
        assert.deepEqual(files(join(folder, "extension")), files(join(editor, "vscode")));
        for (const file of files(join(editor, "vscode")))
            assert.equal(read(join(folder, "extension", file)), read(join(editor, "vscode", file)));
        const manifest = read(join(folder, "extension.vsixmanifest"));
        for (const part of [`Id="zflow"`, `Version="${packageFile.version}"`, `Value="${packageFile.engines.vscode}"`])
            assert.ok(manifest.includes(part), part);
    });
});
