// Every zflow program of the project, and what a small lexer of its own says about each character and word.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const editor = join(root, "tools", "editor");

const read = (path) => readFileSync(join(root, path), "utf8");

/** Paths from the root of the project. */
export function* filesUnder(folder, extension) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory() && entry.name !== "node_modules") yield* filesUnder(path, extension);
        else if (entry.name.endsWith(extension)) yield path;
    }
}

/** The blocks of a page of the reference, each as a program; those that show a syntax error on purpose are none. */
function* blocksOf(page) {
    for (const [, info, text] of read(page).matchAll(/^```zflow([^\n]*)\n(.*?)^```$/gms))
        if (!info.includes("error=syntax-error")) yield { name: `${page}: ${text.slice(0, 40)}`, text };
}

/** Every program that is right: examples, library, tests, reference. */
export function rightPrograms() {
    const files = ["examples", "stdlib", "tests/golden", "tests/valid"].flatMap((folder) => [
        ...filesUnder(folder, ".zflow"),
    ]);
    const pages = [...filesUnder("grammar", ".md"), "README.md"];
    const programs = [
        ...files.map((name) => ({ name, text: read(name) })),
        ...pages.flatMap((page) => [...blocksOf(page)]),
    ];
    return programs.map(({ name, text }) => ({ name, text: text.replace(/^\uFEFF/, "").replace(/\r\n/g, "\n") }));
}

/** The words of the language: what grammar/zflow.hpp calls a keyword. */
export function wordsOfTheGrammar() {
    const found = read("grammar/zflow.hpp").matchAll(
        /\b(?:keyword|statement_word|declaration_word)<"([a-z]+)"/g,
    );
    return [...new Set([...found].map((match) => match[1]))].sort();
}

/**
 * For each character one letter: `c` comment, `s` text of a string with its quotes, `e` what is escaped in it,
 * `i` the brackets of an interpolation, ` ` blank, `x` code.
 */
export function classes(text) {
    const out = [];
    const inside = []; // `"` and `b` for texts, `{` for brackets in an interpolation, `$` for the interpolation itself
    const take = (letter, length) => {
        for (let i = 0; i < length; i++) out.push(letter);
    };
    const open = (what, letter, length) => {
        inside.push(what);
        take(letter, length);
    };
    const close = (letter, length) => {
        inside.pop();
        take(letter, length);
    };
    const ends = { '"': '"', b: '"""' };
    while (out.length < text.length) {
        const rest = text.slice(out.length, out.length + 12);
        const innermost = inside.at(-1);
        if (innermost === '"' || innermost === "b") {
            const escape = innermost === "b" ? /^\\\$\{/ : /^\\(?:u\{[0-9A-Fa-f]+\}|[nrt"\\$])/;
            if (rest.startsWith(ends[innermost])) close("s", ends[innermost].length);
            else if (escape.test(rest)) take("e", rest.match(escape)[0].length);
            else if (rest.startsWith("${")) open("$", "i", 2);
            else if (rest[0] === "\n" && innermost === '"')
                throw new Error(`a string does not end: ${text.slice(out.length - 60, out.length)}`);
            else take(rest[0] === "\n" ? " " : "s", 1);
        } else if (rest.startsWith("//")) {
            while (out.length < text.length && text[out.length] !== "\n") out.push("c");
        } else if (rest.startsWith("/*")) {
            const end = text.indexOf("*/", out.length + 2) + 2;
            while (out.length < end) out.push(text[out.length] === "\n" ? " " : "c");
        } else if (rest.startsWith('"""')) open("b", "s", 3);
        else if (rest[0] === '"') open('"', "s", 1);
        else if (rest[0] === "}" && innermost === "$") close("i", 1);
        else {
            if (rest[0] === "{" && inside.length) inside.push("{");
            if (rest[0] === "}" && innermost === "{") inside.pop();
            take(/\s/.test(rest[0]) ? " " : "x", 1);
        }
    }
    return out.join("");
}

// What is a keyword wherever it is neither a member nor a key: the names that lexical.md says cannot be used.
const reserved = ["true", "false", "none", "if", "then", "else", "and", "or", "not", "in", "is", "for"];

function kindOf(word, before, after) {
    if (/^ml\./.test(word)) return "instance";
    if (/^\d/.test(word)) return "number";
    if (/(?:^|[^.])\.\s*$/.test(before)) return "member";
    if (/^\s*:/.test(after) && !/[[{]\s*for\b[^:]*$/.test(before)) return "key"; // `[for x in xs if x: y]` has no key
    return reserved.includes(word) ? "keyword" : "name";
}

/**
 * The words and numbers in the code, with what they are: `keyword`, `member` (after a dot), `key` (before a colon),
 * `number`, `instance`, or `name`, which may be a keyword where it begins a statement.
 */
export function wordsOf(text) {
    const code = [...classes(text)].map((letter, at) => (letter === "x" || letter === " " ? text[at] : "\0")).join("");
    const words = /ml\.[a-z0-9-]+\.[a-z0-9-]+|\d{4}-\d\d-\d\d|\d\w*(?:\.\d\w*)?(?:(?<=[eE])[+-]\d+)?|[A-Za-z_]\w*/g;
    return [...code.matchAll(words)].map(({ 0: word, index: at }) => {
        return { at, word, kind: kindOf(word, code.slice(0, at), code.slice(at + word.length)) };
    });
}

/** Line and column, from 1, for messages. */
export function place(text, at) {
    const lines = text.slice(0, at).split("\n");
    return `${lines.length}:${lines.at(-1).length + 1}`;
}
