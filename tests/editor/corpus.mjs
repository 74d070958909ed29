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
    const files = ["examples", "stdlib", "tests/golden", "tests/valid"].flatMap((folder) => [...filesUnder(folder, ".zflow")]);
    const pages = [...filesUnder("grammar", ".md"), "README.md"];
    const programs = [...files.map((name) => ({ name, text: read(name) })), ...pages.flatMap((page) => [...blocksOf(page)])];
    return programs.map(({ name, text }) => ({ name, text: text.replace(/^\uFEFF/, "").replace(/\r\n/g, "\n") }));
}

/** The words of the language: what grammar/zflow.hpp calls a keyword. */
export function wordsOfTheGrammar() {
    const found = read("grammar/zflow.hpp").matchAll(/\b(?:keyword|word_after|statement_word|declaration_word)<"([a-z]+)"/g);
    return [...new Set([...found].map((match) => match[1]))].sort();
}

/**
 * For each character one letter: `c` comment, `s` text of a string with its quotes, `e` what is escaped in it,
 * `i` the brackets of an interpolation, ` ` blank, `x` code.
 */
export function classes(text) {
    const out = [];
    const inside = [];   // `"` and `b` for texts, `{` for brackets in an interpolation, `$` for the interpolation itself
    const take = (letter, length) => { for (let i = 0; i < length; i++) out.push(letter); };
    const closing = { '"': '"', b: '"""' };
    while (out.length < text.length) {
        const rest = text.slice(out.length, out.length + 12), innermost = inside.at(-1);
        if (innermost === '"' || innermost === "b") {
            const escape = innermost === "b" ? /^\\\$\{/ : /^\\(?:u\{[0-9A-Fa-f]+\}|[nrt"\\$])/;
            if (rest.startsWith(closing[innermost])) take("s", closing[inside.pop()].length);
            else if (escape.test(rest)) take("e", rest.match(escape)[0].length);
            else if (rest.startsWith("${")) inside.push("$"), take("i", 2);
            else if (rest[0] === "\n" && innermost === '"') throw new Error(`a string does not end: ${text.slice(out.length - 60, out.length)}`);
            else take(rest[0] === "\n" ? " " : "s", 1);
        } else if (rest.startsWith("//")) {
            while (out.length < text.length && text[out.length] !== "\n") out.push("c");
        } else if (rest.startsWith("/*")) {
            const end = text.indexOf("*/", out.length + 2) + 2;
            while (out.length < end) out.push(text[out.length] === "\n" ? " " : "c");
        } else if (rest.startsWith('"""')) inside.push("b"), take("s", 3);
        else if (rest[0] === '"') inside.push('"'), take("s", 1);
        else if (rest[0] === "}" && innermost === "$") inside.pop(), take("i", 1);
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
const number = /^(?:\d{4}-\d\d-\d\d|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?[A-Za-z]*[\dA-Za-z]*)$/;

/**
 * The words and numbers in the code, with what they are: `keyword`, `member` (after a dot), `key` (before a colon), `number`, or
 * `name`, which may be a keyword where it begins a statement.
 */
export function wordsOf(text, kinds = classes(text)) {
    const code = [...kinds].map((kind, at) => (kind === "x" || kind === " " ? text[at] : "\u0001")).join("");
    const found = [];
    const pattern = /ml\.[a-z0-9-]+\.[a-z0-9-]+|\d{4}-\d\d-\d\d|\d[\w]*(?:\.\d\w*)?(?:(?<=[eE])[+-]\d+)?|[A-Za-z_]\w*/g;
    for (const match of code.matchAll(pattern)) {
        const word = match[0], before = code.slice(0, match.index), after = code.slice(match.index + word.length);
        const key = /^\s*:/.test(after) && !/[[{]\s*for\b[^:]*$/.test(before);
        const kind = /^ml\./.test(word) ? "instance"
            : number.test(word) && /^\d/.test(word) ? "number"
            : /(?:^|[^.])\.\s*$|\?\.\s*$/.test(before) ? "member"
            : key ? "key"
            : reserved.includes(word) ? "keyword"
            : "name";
        found.push({ at: match.index, word, kind });
    }
    return found;
}

/** Line and column, from 1, for messages. */
export function place(text, at) {
    const lines = text.slice(0, at).split("\n");
    return `${lines.length}:${lines.at(-1).length + 1}`;
}
