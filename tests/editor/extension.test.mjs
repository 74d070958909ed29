// The VS Code extension in a stand-in for the editor, with the real compiler.
import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { editor } from "./corpus.mjs";
import { edited, folderWith, textIn, zflowc } from "./programs.mjs";
import { Editor } from "./vscode_stand_in.mjs";

const WRONG = "stack s {}\npipeline p {\n    /* 😀 */ wait wrong\n}\n";
const MISSPELT = "stack s {}\npipeline p {\n    stage a = lambda_jb {}\n}\n";
const RIGHT = "stack s {}\npipeline p { wait 1s }\n";

/** An editor that is closed with the test. */
function started(t, settings = {}, documents = []) {
    const it = new Editor({ path: zflowc, arguments: [], ...settings }, documents);
    t.after(() => it.close());
    return it;
}

/** Waits until something holds. */
async function until(what, words = String(what)) {
    for (const end = Date.now() + 10_000; Date.now() < end; await pause(5)) {
        const value = what();
        if (value) return value;
    }
    return assert.fail(`never: ${words}`);
}

const first = (it, path, scheme) => until(() => it.at(path, scheme)[0], `a finding in ${path}`);

test("what is wrong in a document that is opened shows up at its place", async (t) => {
    const path = join(folderWith(t, {}), "a.zflow");
    const it = started(t);
    it.open(path, WRONG);
    assert.deepEqual(it.at(path), [], "opening waits for nothing");
    const found = await first(it, path);
    assert.equal(textIn(WRONG, found.range), "wrong");
    assert.deepEqual([found.message, found.severity, found.source], ["unknown name `wrong`", 0, "zflowc"]);
    assert.deepEqual(
        [found.code.value, String(found.code.target)],
        ["unknown-name", "zflow-explain:///unknown-name.md"],
    );
});

test("documents of other languages and places are not checked", async (t) => {
    const folder = folderWith(t, {});
    const it = started(t);
    it.open(join(folder, "b.zflow"), WRONG, { scheme: "git" });
    it.open(join(folder, "c.txt"), WRONG, { languageId: "plaintext" });
    it.open(join(folder, "a.zflow"), WRONG);
    await first(it, join(folder, "a.zflow"));
    assert.equal(it.shown.size, 1);
});

test("documents that are open before the extension starts are checked", async (t) => {
    const path = join(folderWith(t, {}), "a.zflow");
    const it = started(t, {}, [[path, WRONG]]);
    await first(it, path);
});

test("it goes away when it is mended, and when the document is closed", async (t) => {
    const path = join(folderWith(t, {}), "a.zflow");
    const it = started(t);
    const document = it.open(path, WRONG);
    await first(it, path);
    it.type(document, RIGHT);
    await until(() => it.at(path).length === 0);
    it.type(document, WRONG);
    await first(it, path);
    it.closeDocument(document);
    assert.deepEqual(it.at(path), []);
});

/** A program in the folder that runs these commands. */
function program(folder, commands) {
    const path = join(folder, "program");
    writeFileSync(path, `#!/bin/sh\n${commands}\n`);
    chmodSync(path, 0o755);
    return path;
}

/** Takes for ever over a text with the word `slow` in it, and writes down its number first. */
const slowCompiler = (folder) =>
    program(
        folder,
        `
text=$(cat)
case $text in
    *slow*) echo $$ >"${folder}/number.new"; mv "${folder}/number.new" "${folder}/number"; exec sleep 60 ;;
    *) printf '%s\\n' "$text" | exec "${zflowc}" "$@" ;;
esac`,
    );

const isRunning = (number) => {
    try {
        return process.kill(number, 0);
    } catch {
        return false;
    }
};

test("a newer text stops the check of an older one", async (t) => {
    const folder = folderWith(t, {});
    const path = join(folder, "a.zflow");
    const it = started(t, { path: slowCompiler(folder) });
    const document = it.open(path, "// slow\n");
    await until(() => existsSync(join(folder, "number")), "the slow check has begun");
    const number = Number(readFileSync(join(folder, "number"), "utf8"));
    assert.ok(isRunning(number));
    it.type(document, WRONG);
    await until(() => !isRunning(number), "the slow check has ended");
    await first(it, path);
    assert.deepEqual(it.messages, []);
});

test("of texts that follow one another quickly only the last is checked", async (t) => {
    const folder = folderWith(t, {});
    const path = join(folder, "a.zflow");
    const runs = join(folder, "runs");
    const it = started(t, { path: program(folder, `echo >>"${runs}"; exec "${zflowc}" "$@"`) });
    const document = it.open(path, RIGHT);
    await until(() => existsSync(runs), "the check at the beginning");
    for (const name of ["on", "one", "ones"]) it.type(document, WRONG.replace("wrong", name));
    assert.equal((await first(it, path)).message, "unknown name `ones`");
    assert.equal(readFileSync(runs, "utf8"), "\n\n");
});

test("a missing program is said once, in words, and again after the settings have changed", async (t) => {
    const path = join(folderWith(t, {}), "a.zflow");
    const it = started(t, { path: "/nowhere/zflowc" });
    const document = it.open(path, WRONG);
    await until(() => it.messages.length === 1);
    assert.match(it.messages[0], /`\/nowhere\/zflowc` is not there.*zflow\.path/);
    it.save(document);
    await it.providers.hover.provideHover(
        { uri: document.uri, lineAt: () => ({ text: "let a: Network" }) },
        { line: 0, character: 8 },
    );
    assert.equal(it.messages.length, 1);
    it.set({ path: "/nowhere/else" });
    await until(() => it.messages.length === 2);
    it.set({ path: zflowc });
    await first(it, path);
    it.set({ path: "/nowhere/zflowc" });
    await until(() => it.messages.length === 3 && it.at(path).length === 0, "what is out of date is gone");
});

test("a program that is another one is said to be", async (t) => {
    const it = started(t, { path: "echo" });
    it.open(join(folderWith(t, {}), "a.zflow"), WRONG);
    await until(() => it.messages.length === 1);
    assert.match(it.messages[0], /`echo`.*does not answer as zflowc/);
});

test("a program that crashes or may not be run is said to", async (t) => {
    const folder = folderWith(t, {});
    const path = program(folder, "kill -SEGV $$");
    const it = started(t, { path });
    it.open(join(folder, "a.zflow"), WRONG);
    await until(() => it.messages.length === 1);
    assert.match(it.messages[0], /program` crashed \(SIGSEGV\)/);
    chmodSync(path, 0o644);
    it.set({});
    await until(() => it.messages.length === 2);
    assert.match(it.messages[1], /program` may not be run/);
});

test("a relative path begins at the workspace's folder", async (t) => {
    const folder = folderWith(t, {});
    const it = started(t, { folder, path: "./program" });
    slowCompiler(folder);
    it.open(join(folder, "a.zflow"), WRONG);
    await first(it, join(folder, "a.zflow"));
});

test("flags of the settings are given", async (t) => {
    const path = join(folderWith(t, {}), "a.zflow");
    const it = started(t, { arguments: ["--deny", "warnings"] });
    it.open(path, "stack s {}\nconst a = 1\npipeline p { wait 1s }\n");
    assert.equal((await first(it, path)).severity, 0);
    it.set({ arguments: [] });
    await until(() => it.at(path)[0].severity === 1);
    assert.deepEqual(it.at(path)[0].tags, [1]);
});

test("a mistake in a project file shows up there", async (t) => {
    const folder = folderWith(t, { "zflow.yaml": "foo: 1\n" });
    const it = started(t);
    it.open(join(folder, "a.zflow"), RIGHT);
    const found = await first(it, join(folder, "zflow.yaml"));
    assert.match(found.message, /unknown key `foo`/);
    assert.equal(found.code.value, "bad-project");
});

test("findings of an imported file show up in it, until a save has mended it", async (t) => {
    const folder = folderWith(t, { "shared.zflow": "const team = wrong\n" });
    const it = started(t);
    const shared = join(folder, "shared.zflow");
    it.open(join(folder, "a.zflow"), 'import "shared.zflow"\nstack s { tags: { team } }\npipeline p { wait 1s }\n');
    const found = await first(it, shared);
    assert.equal(textIn("const team = wrong\n", found.range), "wrong");
    const document = it.open(shared, "const team = wrong\n");
    await pause(50);
    assert.equal(it.at(shared).length, 1, "found from two sides, shown once");
    it.type(document, '// a line\nconst team = "x"\n');
    await until(() => it.at(shared).length === 0, "what is on the disk is not what is in the editor");
    writeFileSync(shared, document.getText());
    const before = it.history.length;
    it.save(document);
    await until(() => it.history.length > before, "the one that imports it is checked anew");
    assert.deepEqual([...it.shown.values()].flat(), []);
});

test("labels become related places", async (t) => {
    const path = join(folderWith(t, {}), "a.zflow");
    const it = started(t);
    const text = "stack s {}\nconst a = 1\nconst a = 2\npipeline p { wait 1s }\n";
    it.open(path, text);
    const {
        relatedInformation: [related],
    } = await first(it, path);
    assert.equal(String(related.location.uri), `file://${path}`);
    assert.equal(related.location.range.start.line, 1);
    assert.ok(related.message);
});

test("a fix is offered where the finding is, and mends it", async (t) => {
    const path = join(folderWith(t, {}), "a.zflow");
    const it = started(t);
    const document = it.open(path, MISSPELT);
    await first(it, path);
    assert.deepEqual(it.actionsAt(document, 0, 0), []);
    const [fix, explain] = it.actionsAt(document, 2, 16);
    assert.deepEqual(
        [fix.title, fix.isPreferred, fix.diagnostics[0].code.value],
        ["write `lambda_job`", true, "unknown-kind"],
    );
    assert.deepEqual(explain.command.arguments, ["unknown-kind"]);
    const [edit] = fix.edit.edits;
    assert.equal(String(edit.uri), `file://${path}`);
    assert.equal(edited(MISSPELT, edit), MISSPELT.replace("lambda_jb", "lambda_job"));
    it.type(document, `\n${MISSPELT}`);
    assert.deepEqual(it.actionsAt(document, 2, 16), [], "the places are those of the text before");
    await until(() => it.actionsAt(document, 3, 16).length === 2);
});

test("a text that is in no file is checked", async (t) => {
    const it = started(t);
    it.open("Untitled-1", WRONG, { scheme: "untitled" });
    assert.equal(textIn(WRONG, (await first(it, "Untitled-1", "untitled")).range), "wrong");
});

test("a folder that is not there yet is no obstacle", async (t) => {
    const path = join(folderWith(t, {}), "new", "a.zflow");
    const it = started(t);
    it.open(path, WRONG);
    await first(it, path);
});

test("the page of a finding is shown", async (t) => {
    const it = started(t);
    await it.commands.get("zflow.explain")("unknown-name");
    const [[command, uri]] = it.called;
    assert.equal(command, "markdown.showPreview");
    assert.match(await it.providers.pages.provideTextDocumentContent(uri), /^# unknown-name\n/);
    await it.commands.get("zflow.explain")();
    assert.ok(it.offered.length > 50 && it.offered.every(({ label, detail }) => label && detail));
    assert.match(
        await it.providers.pages.provideTextDocumentContent(it.called[1][1]),
        new RegExp(`^# ${it.offered[0].label}\n`),
    );
});

test("a kind shows its page", async (t) => {
    const it = started(t);
    const document = it.open(join(folderWith(t, {}), "a.zflow"), "stack s {}\nstage a = training_job {");
    const hover = await it.providers.hover.provideHover(document, { line: 1, character: 12 });
    assert.match(hover.contents.value, /^### `training_job`/);
    assert.deepEqual([hover.range.start.character, hover.range.end.character], [10, 22]);
    assert.equal(await it.providers.hover.provideHover(document, { line: 1, character: 7 }), undefined);
});

test("a document gets the one form", async (t) => {
    const it = started(t);
    const format = (document) => it.providers.formatting.provideDocumentFormattingEdits(document, { tabSize: 2 });
    const document = it.open(join(folderWith(t, {}), "a.zflow"), "stack  s{}\npipeline p{ wait 1s }");
    const [{ range, newText }] = await format(document);
    assert.equal(newText, RIGHT);
    assert.equal(textIn(document.getText(), range), document.getText());
    it.type(document, RIGHT);
    assert.deepEqual(await format(document), []);
    it.type(document, "stack s {\npipeline p { wait }\n");
    assert.deepEqual(await format(document), [], "what cannot be read stays as it is");
    assert.deepEqual(it.messages, []);
    it.set({ path: "/nowhere/zflowc" });
    assert.deepEqual(await format(document), []);
    await until(() => it.messages.some((words) => words.includes("`/nowhere/zflowc` is not there")));
});

test("the package declares what the extension uses", () => {
    const { contributes } = JSON.parse(readFileSync(join(editor, "vscode", "package.json"), "utf8"));
    const source = readFileSync(join(editor, "vscode", "extension.js"), "utf8");
    const used = (pattern) => [...new Set([...source.matchAll(pattern)].map(([, name]) => name))].sort();
    assert.deepEqual(
        used(/settings\.get\('(\w+)'\)/g).map((name) => `zflow.${name}`),
        Object.keys(contributes.configuration.properties).sort(),
    );
    assert.deepEqual(
        used(/registerCommand\('([\w.]+)'/g),
        contributes.commands.map(({ command }) => command),
    );
});
