// Both syntax files, the one for VS Code and the one for Vim, colour every program of the project as the language is:
// the same assertions for both, against a lexer of the tests' own.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { classes, editor, place, rightPrograms, wordsOf, wordsOfTheGrammar } from "./corpus.mjs";
import { grammarFile, scopesOf } from "./textmate.mjs";
import { groupsOf } from "./vim.mjs";

const programs = rightPrograms();
const words = wordsOfTheGrammar();

/** What the scopes of a character make of it, in the letters of `classes`. */
function letterOfScopes(scopes) {
    if (scopes.some((scope) => scope.startsWith("comment."))) return "c";
    const inside = scopes.findLastIndex((scope) => scope.startsWith("string."));
    if (inside <= scopes.lastIndexOf("meta.embedded.line.zflow")) return "x";
    if (scopes.at(-1).startsWith("punctuation.section.embedded")) return "i";
    return scopes.at(-1).startsWith("constant.character.escape") ? "e" : "s";
}

const kindsOfScopes = [
    [/^(?:keyword\.(?:declaration|control|operator\.expression)|constant\.language)/, "keyword"],
    [/^constant\.numeric/, "number"],
    [/^constant\.other\.instance/, "instance"],
    [/^(?:support\.type\.property-name|variable\.parameter)/, "key"],
    [/^(?:variable\.other\.member|support\.class\.kind|entity\.name\.(?:namespace|type\.error))/, "member"],
    [/^invalid/, "invalid"],
    [/^(?:entity|variable|support)/, "name"],
];

const kindsOfGroups = [
    [/^zflow(?:Control|WordOperator|Constant|Declaration|Import)$/, "keyword"],
    [/^zflowNumber$/, "number"],
    [/^zflowInstance$/, "instance"],
    [/^zflowKey$/, "key"],
    [/^zflow(?:Member|Kind)$/, "member"],
    [/^zflowBad/, "invalid"],
];

const kindIn = (table, name) => table.find(([pattern]) => pattern.test(name))?.[1] ?? "none";

const lettersOfGroups = {
    zflowComment: "c",
    zflowDoc: "c",
    zflowAllow: "c",
    zflowString: "s",
    zflowEscape: "e",
    zflowBlockEscape: "e",
    zflowDelimiter: "i",
};

/** For each program: a letter per character, and what the word at a place is. */
const colourings = {
    "VS Code": (texts) =>
        texts.map((text) => {
            const scopes = scopesOf(text);
            return {
                letters: scopes.map(letterOfScopes),
                kindAt: (at) => kindIn(kindsOfScopes, scopes[at].at(-1) ?? ""),
            };
        }),
    Vim: (texts) =>
        groupsOf(texts).map((groups) => ({
            letters: groups.map((group) => lettersOfGroups[group] ?? "x"),
            kindAt: (at) => kindIn(kindsOfGroups, groups[at]),
        })),
};

/** Vim leaves names as they are, and the path after `import` or `fail` is no member to it or the grammar. */
function fits(expected, shown) {
    if (expected === "name") return shown !== "number" && shown !== "invalid";
    if (expected === "key") return shown === "key" || shown === "name" || shown === "none"; // `let x: Int` declares a name
    if (expected === "member") return shown === "member" || shown === "none";
    return shown === expected;
}

/** These stand before a block; every other word does so only as the name of a branch. */
const beforeBlock = ["try", "else", "parallel", "poll", "skip", "return"];

/** A word that may be a name, and begins something where it stands. */
function begins(text, { at, word, kind }) {
    if (kind !== "name" || !words.includes(word) || word === "as" || word === "at" || word === "kind") return false;
    const rest = text.slice(at + word.length);
    if (/^[ \t]*\{/.test(rest) && !beforeBlock.includes(word)) return false;
    return /(?:^|\n|[{}]|=>)[ \t]*$/.test(text.slice(0, at)) && /^[ \t]+[\w"({[]/.test(rest);
}

/** A shorthand entry or an argument: a word that is a name, though it may be a keyword elsewhere. */
const isValue = (text, { at, word, kind }) =>
    kind === "name" && !["skip", "return"].includes(word) && /^\s*[,)\]}]/.test(text.slice(at + word.length));

for (const [name, colour] of Object.entries(colourings))
    describe(name, () => {
        const coloured = colour(programs.map(({ text }) => text));
        const eachWord = (act) =>
            programs.forEach((program, i) =>
                wordsOf(program.text).forEach((word) => act(program, word, coloured[i].kindAt(word.at))),
            );
        const where = (program, { at, word }) => `${program.name}:${place(program.text, at)}: ${word}`;

        test("comments, texts, escapes and interpolations are seen where they are, and nowhere else", () => {
            programs.forEach((program, i) =>
                [...classes(program.text)].forEach((letter, at) => {
                    if (letter !== " ")
                        assert.equal(coloured[i].letters[at], letter, `${program.name}:${place(program.text, at)}`);
                }),
            );
        });

        test("numbers, instances, members, keys and reserved words are what they are", () => {
            const seen = {};
            eachWord((program, word, shown) => {
                seen[word.kind] = (seen[word.kind] ?? 0) + 1;
                assert.ok(fits(word.kind, shown), `${where(program, word)} is a ${word.kind}, shown as ${shown}`);
            });
            for (const kind of ["number", "instance", "member", "key", "keyword", "name"])
                assert.ok(seen[kind] > 30, `${seen[kind]} of ${kind}`);
        });

        test("a word is a keyword where it begins something, and none where it is a value", () => {
            let beginning = 0;
            eachWord((program, word, shown) => {
                if (isValue(program.text, word)) assert.notEqual(shown, "keyword", where(program, word));
                if (!begins(program.text, word)) return;
                assert.equal(shown, "keyword", where(program, word));
                beginning++;
            });
            assert.ok(beginning > 1000, `${beginning}`);
        });

        test("the same word may be a keyword and a name in one line", () => {
            // the words in angle quotes are keywords, all others are not
            const marked = [
                "‹const› as = at + stage",
                "‹let› kind = kind",
                "‹let› wait = [fail, skip]",
                "‹stage› ‹kind› stage(role: Role, output: S3) {}",
                "‹stage› resource = resource { stage: stage, output, type: x.match }",
                "‹let› x = Dataset<Orders> ‹at› at",
                "‹let› x = { ‹for› k, v ‹in› type ‹if› v > until: k => ‹not› role }",
                "‹dataset› type {} ‹as› parquet",
                '‹import› "x" ‹as› import',
                "‹return› { return: yield }",
                "‹wait› ‹until› until.at",
                "until: wait",
            ];
            const plain = marked.map((line) => line.replace(/[‹›]/g, ""));
            colour(plain).forEach(({ kindAt }, i) => {
                let shown = plain[i];
                for (const { at, word } of wordsOf(plain[i]).reverse())
                    if (kindAt(at) === "keyword")
                        shown = `${shown.slice(0, at)}‹${word}›${shown.slice(at + word.length)}`;
                assert.equal(shown, marked[i]);
            });
        });

        test("the keywords are the words of the grammar: every one is seen, and no other", () => {
            const seen = new Set();
            eachWord((_, { word }, shown) => {
                if (shown === "keyword") seen.add(word);
            });
            assert.deepEqual([...seen].sort(), words);
        });
    });

describe("VS Code", () => {
    test("nothing is left without a scope", () => {
        for (const { name, text } of programs) {
            const scopes = scopesOf(text);
            for (let at = 0; at < text.length; at++)
                assert.ok(
                    /\s/.test(text[at]) || !/^(?:meta|invalid|$)/.test(scopes[at].at(-1) ?? ""),
                    `${name}:${place(text, at)}: ${scopes[at]}`,
                );
        }
    });

    test("half a line does not turn the colours of the next one", () => {
        for (const half of ['const a = "', 'const a = "x ${b', "const a = [1, f(2", 'const a = "\\']) {
            const text = `pipeline p {\n    ${half}\n}\nconst b = "c" // d\n`;
            const at = (what) => scopesOf(text)[text.lastIndexOf(what)];
            assert.deepEqual(at('c"'), ["string.quoted.double.zflow"], half);
            assert.deepEqual(at("d\n"), ["comment.line.double-slash.zflow"], half);
            assert.deepEqual(at("const"), ["keyword.declaration.zflow"], half);
        }
    });

    test("what the lexer refuses looks wrong", () => {
        for (const [text, wrong] of [
            ["const a = 30x", "30x"],
            ['const a = "\\q"', "\\q"],
            ["wait 1s; wait 2s", ";"],
            ["if a && b {}", "&&"],
        ])
            assert.match(scopesOf(text)[text.indexOf(wrong)].at(-1), /^invalid/, text);
    });

    test("a suppression shows what it allows and why", () => {
        const text = 'let a = 1 // zflow: allow unused-value "soon"';
        const at = (what) => scopesOf(text)[text.indexOf(what)].at(-1);
        assert.equal(at("zflow"), "keyword.control.directive.zflow");
        assert.equal(at("unused"), "entity.name.tag.finding.zflow");
        assert.equal(at('"soon'), "string.quoted.double.zflow");
    });
});

describe("no syntax file names a word that the grammar does not know", () => {
    const alternatives = (text) => [...text.replace(/\[[^\]]*\]/g, " ").matchAll(/[a-z]{2,}/g)].map(([word]) => word);

    test("VS Code", () => {
        const patterns = [];
        const gather = (node) => {
            if (Array.isArray(node)) return node.forEach(gather);
            if (node === null || typeof node !== "object") return;
            for (const key of ["match", "begin"])
                if (typeof node[key] === "string") patterns.push(node[key].replace(/\\./g, " "));
            Object.values(node).forEach(gather);
        };
        gather(JSON.parse(readFileSync(grammarFile, "utf8")));
        const known = new Set([...words, "zflow", "allow", "ml"]);
        assert.deepEqual(
            patterns.flatMap(alternatives).filter((word) => !known.has(word)),
            [],
        );
    });

    test("Vim", () => {
        const text = readFileSync(join(editor, "vim", "syntax", "zflow.vim"), "utf8");
        const groups = /syntax match zflow(?:Control|WordOperator|Constant|Declaration|Import) \/((?:\\.|[^/'\\])*)/g;
        const patterns = [...text.matchAll(groups)].map(([, pattern]) => pattern);
        assert.ok(patterns.length > 10);
        assert.deepEqual(
            patterns
                .map((pattern) => pattern.replace(/\\z[es]|\\./g, " "))
                .flatMap(alternatives)
                .filter((word) => !words.includes(word)),
            [],
        );
    });
});
