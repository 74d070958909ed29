// The compiler, and programs that are written for a test.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./corpus.mjs";

export const zflowc = process.env.ZFLOWC ?? join(root, "build", "release", "zflowc");

/** A folder with these files, which is gone after the test. */
export function folderWith(test, files) {
    const folder = mkdtempSync(join(tmpdir(), "zflow-editor-"));
    test.after(() => rmSync(folder, { recursive: true }));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
}

/** What stands in a range of a text, as an editor counts. */
export function textIn(text, { start, end }) {
    const lines = text.replace(/^\uFEFF/, "").split("\n");
    if (start.line === end.line) return lines[start.line].slice(start.character, end.character);
    const between = lines.slice(start.line + 1, end.line);
    return [lines[start.line].slice(start.character), ...between, lines[end.line].slice(0, end.character)].join("\n");
}

/** The text after an edit. */
export function edited(text, { range, text: by }) {
    const lines = text.split("\n");
    assert.ok(range.end.line < lines.length, "an edit within the text");
    const before = [...lines.slice(0, range.start.line), lines[range.start.line].slice(0, range.start.character)];
    const after = [lines[range.end.line].slice(range.end.character), ...lines.slice(range.end.line + 1)];
    return before.join("\n") + by + after.join("\n");
}
