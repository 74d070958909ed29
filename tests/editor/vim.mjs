// The syntax file of Vim, run by Vim.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { editor } from "./corpus.mjs";

/** Runs Vim on a script, with the project's files where Vim looks for them and nothing else. */
export function vim(script, options = {}) {
    const folder = mkdtempSync(join(tmpdir(), "zflow-vim-"));
    try {
        const file = join(folder, "script.vim");
        const begin = [
            `set nocompatible runtimepath^=${join(editor, "vim")}`,
            "filetype plugin on",
            "syntax on",
            "set nomore encoding=utf-8 synmaxcol=0",
        ];
        writeFileSync(file, [...begin, ...script(folder), "quitall!"].join("\n"));
        execFileSync("vim", ["-es", "-u", "NONE", "-i", "NONE", "-n", "-S", file], {
            stdio: "pipe",
            timeout: 120_000,
            ...options,
        });
        return readFileSync(join(folder, "out"), "utf8").split("\n").slice(0, -1);
    } finally {
        rmSync(folder, { recursive: true });
    }
}

const names = [
    "def g:Names(): void",
    "  var lines: list<string> = []",
    "  for number in range(1, line('$'))",
    "    var text = getline(number)",
    "    var found: list<string> = []",
    "    for at in range(strchars(text))",
    "      found->add(synIDattr(synID(number, byteidx(text, at) + 1, 0), 'name'))",
    "    endfor",
    "    lines->add(join(found, ' '))",
    "  endfor",
    "  writefile(lines, OUT, 'a')",
    "enddef",
];

/** For each program, for each of its characters the name of the group that colours it, or "". */
export function groupsOf(texts) {
    const lines = vim((folder) => {
        const out = join(folder, "out");
        texts.forEach((text, i) => writeFileSync(join(folder, `${i}.zflow`), text));
        return [
            ...names.map((line) => line.replace("OUT", `'${out}'`)),
            ...texts.flatMap((_, i) => [`edit ${join(folder, `${i}.zflow`)}`, "call g:Names()"]),
        ];
    });
    return texts.map((text) => {
        const all = [];
        for (const line of text.replace(/\n$/, "").split("\n")) {
            const groups = lines.shift().split(" ");
            [...line].forEach((character, at) => {
                for (let unit = 0; unit < character.length; unit++) all.push(groups[at] ?? "");
            });
            all.push("");
        }
        return all.slice(0, text.length);
    });
}
