// The TextMate grammar of the VS Code extension, run by the very libraries that VS Code runs it with.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";
import { editor } from "./corpus.mjs";

const require = createRequire(import.meta.url);
export const grammarFile = join(editor, "vscode", "syntaxes", "zflow.tmLanguage.json");

async function load() {
    await oniguruma.loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer);
    const registry = new textmate.Registry({
        onigLib: Promise.resolve({
            createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
            createOnigString: (text) => new oniguruma.OnigString(text),
        }),
        loadGrammar: async () => textmate.parseRawGrammar(readFileSync(grammarFile, "utf8"), grammarFile),
    });
    return registry.loadGrammar("source.zflow");
}

const grammar = await load();

/** For each character the scopes around it, without the one of the language. */
export function scopesOf(text) {
    const all = [];
    let state = textmate.INITIAL;
    for (const line of text.split("\n")) {
        const { tokens, ruleStack, stoppedEarly } = grammar.tokenizeLine(line, state, 0);
        if (stoppedEarly) throw new Error(`too slow: ${line.slice(0, 80)}`);
        state = ruleStack;
        for (const token of tokens) {
            const scopes = token.scopes.slice(1);
            for (let at = token.startIndex; at < Math.min(token.endIndex, line.length); at++) all.push(scopes);
        }
        all.push([]); // the end of the line
    }
    return all.slice(0, text.length);
}
