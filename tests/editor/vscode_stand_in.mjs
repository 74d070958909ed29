// As much of VS Code as the extension uses: documents, events, what is shown. Its classes have the names and members of
// https://code.visualstudio.com/api/references/vscode-api.
import Module, { createRequire } from "node:module";
import { join } from "node:path";
import { editor } from "./corpus.mjs";

class Position {
    constructor(line, character) {
        Object.assign(this, { line, character });
    }
    compareTo(other) {
        return this.line - other.line || this.character - other.character;
    }
}

class Range {
    constructor(startLine, startCharacter, endLine, endCharacter) {
        this.start = new Position(startLine, startCharacter);
        this.end = new Position(endLine, endCharacter);
    }
    contains(position) {
        return this.start.compareTo(position) <= 0 && this.end.compareTo(position) >= 0;
    }
    intersection(other) {
        return this.start.compareTo(other.end) <= 0 && other.start.compareTo(this.end) <= 0 ? this : undefined;
    }
}

class Uri {
    constructor(scheme, path) {
        Object.assign(this, { scheme, path, fsPath: path });
    }
    static file(path) {
        return new Uri("file", path);
    }
    static from({ scheme, path }) {
        return new Uri(scheme, path);
    }
    toString() {
        return `${this.scheme}://${this.path}`;
    }
}

class WorkspaceEdit {
    edits = [];
    replace(uri, range, text) {
        this.edits.push({ uri, range, text });
    }
}

const record = (...names) =>
    class {
        constructor(...values) {
            names.forEach((name, i) => {
                this[name] = values[i];
            });
        }
    };

class Event {
    listeners = new Set();
    subscribe = (listener) => {
        this.listeners.add(listener);
        return { dispose: () => this.listeners.delete(listener) };
    };
    fire(value) {
        for (const listener of this.listeners) listener(value);
    }
}

class TextDocument {
    version = 1;
    isDirty = false;
    constructor(uri, text, languageId) {
        Object.assign(this, { uri, text, languageId });
    }
    getText() {
        return this.text;
    }
    get lineCount() {
        return this.text.split("\n").length;
    }
    lineAt(line) {
        return { text: this.text.split("\n")[line] };
    }
}

/** An editor with the extension in it. `settings` are those of `zflow.`, `documents` are open before it starts. */
export class Editor {
    settings;
    documents;
    shown = new Map(); // URI → diagnostics
    history = []; // each list of diagnostics, in the order in which they came
    messages = [];
    commands = new Map();
    called = []; // commands that the extension had the editor do
    providers = {};
    events = {};
    subscriptions = [];

    constructor(settings, documents) {
        this.settings = settings;
        this.documents = documents.map(([path, text]) => new TextDocument(Uri.file(path), text, "zflow"));
        const load = Module._load;
        const require = createRequire(import.meta.url);
        const file = join(editor, "vscode", "extension.js");
        Module._load = (name, ...more) => (name === "vscode" ? this.#vscode() : load(name, ...more));
        try {
            delete require.cache[file];
            require(file).activate(this);
        } finally {
            Module._load = load;
        }
    }

    close() {
        for (const subscription of this.subscriptions) subscription.dispose();
    }

    // ---- what people do

    open(path, text, { scheme = "file", languageId = "zflow" } = {}) {
        const document = new TextDocument(new Uri(scheme, path), text, languageId);
        this.documents.push(document);
        this.events.onDidOpenTextDocument.fire(document);
        return document;
    }

    type(document, text) {
        Object.assign(document, { text, version: document.version + 1, isDirty: true });
        this.events.onDidChangeTextDocument.fire({ document });
    }

    save(document) {
        document.isDirty = false;
        this.events.onDidSaveTextDocument.fire(document);
    }

    closeDocument(document) {
        this.documents.splice(this.documents.indexOf(document), 1);
        this.events.onDidCloseTextDocument.fire(document);
    }

    set(settings) {
        Object.assign(this.settings, settings);
        this.events.onDidChangeConfiguration.fire({ affectsConfiguration: (section) => section === "zflow" });
    }

    actionsAt(document, line, character) {
        return this.providers.actions.provideCodeActions(document, new Range(line, character, line, character));
    }

    // ---- what they see

    at(path, scheme = "file") {
        return this.shown.get(String(new Uri(scheme, path))) ?? [];
    }

    #vscode() {
        const on = (name) => (this.events[name] ??= new Event()).subscribe;
        const provider = (kind) => (_, it) => {
            this.providers[kind] = it;
            return { dispose() {} };
        };
        return {
            Range,
            Uri,
            WorkspaceEdit,
            CodeAction: record("title", "kind"),
            CodeActionKind: { QuickFix: "quickfix" },
            Diagnostic: record("range", "message", "severity"),
            DiagnosticRelatedInformation: record("location", "message"),
            DiagnosticSeverity: { Error: 0, Warning: 1 },
            DiagnosticTag: { Unnecessary: 1 },
            Hover: record("contents", "range"),
            Location: record("uri", "range"),
            MarkdownString: record("value"),
            TextEdit: { replace: (range, newText) => ({ range, newText }) },
            workspace: {
                textDocuments: this.documents,
                workspaceFolders: this.settings.folder && [{ uri: Uri.file(this.settings.folder) }],
                getWorkspaceFolder: () => this.settings.folder && { uri: Uri.file(this.settings.folder) },
                getConfiguration: () => ({ get: (name) => this.settings[name] }),
                registerTextDocumentContentProvider: provider("pages"),
                ...Object.fromEntries(
                    [
                        "onDidOpenTextDocument",
                        "onDidChangeTextDocument",
                        "onDidSaveTextDocument",
                        "onDidCloseTextDocument",
                        "onDidChangeConfiguration",
                        "onDidGrantWorkspaceTrust",
                    ].map((name) => [name, on(name)]),
                ),
            },
            languages: {
                createDiagnosticCollection: () => ({
                    set: (uri, diagnostics) => {
                        this.history.push(diagnostics);
                        this.shown.set(String(uri), diagnostics);
                    },
                    dispose: () => this.shown.clear(),
                }),
                registerHoverProvider: provider("hover"),
                registerCodeActionsProvider: provider("actions"),
                registerDocumentFormattingEditProvider: provider("formatting"),
            },
            window: {
                activeTextEditor: undefined,
                showErrorMessage: async (words) => {
                    this.messages.push(words);
                },
                showQuickPick: async (items) => {
                    this.offered = items;
                    return items[0];
                },
                showTextDocument: async (uri) => {
                    this.called.push(["showTextDocument", uri]);
                },
            },
            commands: {
                registerCommand: (name, act) => {
                    this.commands.set(name, act);
                    return { dispose() {} };
                },
                executeCommand: async (name, ...values) => {
                    this.called.push([name, ...values]);
                },
            },
        };
    }
}
