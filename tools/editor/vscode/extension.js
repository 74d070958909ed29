// zflow in VS Code: findings while one types, quick fixes, pages about findings and kinds. What is shown is worked out
// in findings.js, the compiler is run by compiler.js; here is only what speaks to the editor.
'use strict';

const fs = require('node:fs/promises');
const os = require('node:os');
const path = require('node:path');
const vscode = require('vscode');
const compiler = require('./compiler.js');
const { diagnosticsOf, documentedName, filesOf, findingsOf, merged } = require('./findings.js');

const LANGUAGE = 'zflow';
const PAGES = 'zflow-explain'; // scheme of the pages about findings
const PAUSE = 150; // ms without a key before a text is checked

const isOurs = (document) => document.languageId === LANGUAGE && ['file', 'untitled'].includes(document.uri.scheme);
const openDocuments = () => vscode.workspace.textDocuments.filter(isOurs);

/** The folder that a document belongs to. It need not be there yet. */
function folderOf(document) {
    if (document.uri.scheme === 'file') return path.dirname(document.uri.fsPath);
    return vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? os.homedir();
}

function settingsFor(uri) {
    const settings = vscode.workspace.getConfiguration('zflow', uri);
    return { program: programAt(settings.get('path') || 'zflowc', uri), more: settings.get('arguments') ?? [] };
}

/** A name is looked for on the PATH, a relative path begins at the workspace's folder. */
function programAt(written, uri) {
    if (written.startsWith('~/')) return path.join(os.homedir(), written.slice(2));
    if (!/[\\/]/.test(written) || path.isAbsolute(written)) return written;
    const folder = (uri && vscode.workspace.getWorkspaceFolder(uri)) ?? vscode.workspace.workspaceFolders?.[0];
    return path.join(folder?.uri.fsPath ?? os.homedir(), written);
}

const isThere = (file) => fs.access(file).then(
    () => true,
    () => false,
);

/** The text of a file, or nothing when it cannot be read. */
const read = (file) => fs.readFile(file, 'utf8').catch(() => undefined);

/** The text of each file, which `textOf` may have to wait for. */
async function textsOf(files, textOf) {
    return new Map(await Promise.all(files.map(async (file) => [file, await textOf(file)])));
}

const toRange = ({ start, end }) => new vscode.Range(start.line, start.character, end.line, end.character);

const pageOf = (id) => vscode.Uri.from({ scheme: PAGES, path: `/${id}.md` });
const idOf = (page) => path.posix.basename(page.path, '.md');

function toDiagnostic(finding) {
    const severity = finding.severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
    const diagnostic = new vscode.Diagnostic(toRange(finding.range), finding.message, severity);
    diagnostic.source = 'zflowc';
    if (finding.id) diagnostic.code = { value: finding.id, target: pageOf(finding.id) };
    diagnostic.relatedInformation = finding.related.map(({ uri, range, message }) => {
        return new vscode.DiagnosticRelatedInformation(new vscode.Location(uri, toRange(range)), message);
    });
    if (finding.id.startsWith('unused-')) diagnostic.tags = [vscode.DiagnosticTag.Unnecessary];
    return diagnostic;
}

/** Says once what keeps the compiler from running, until somebody has changed the settings. */
class Complaint {
    #said = false;

    forget() {
        this.#said = false;
    }

    async say(words) {
        if (this.#said) return;
        this.#said = true;
        const open = 'Open Settings';
        if ((await vscode.window.showErrorMessage(`zflow: ${words}`, open)) === open)
            await vscode.commands.executeCommand('workbench.action.openSettings', 'zflow.');
    }
}

/** Checks the open documents and shows what is found. */
class Checker {
    #shown = vscode.languages.createDiagnosticCollection(LANGUAGE);
    #waiting = new Map(); // document → timer
    #running = new Map(); // document → what stops its check
    #results = new Map(); // document → {version, findings}; documents are known by their URI's text
    #complaint;

    constructor(complaint) {
        this.#complaint = complaint;
    }

    /** After a short time without another change. What runs now looks at a text of the past. */
    checkSoon(document) {
        this.#stop(document);
        this.#waiting.set(
            String(document.uri),
            setTimeout(() => this.check(document), PAUSE),
        );
    }

    checkAll() {
        return Promise.all(openDocuments().map((document) => this.check(document)));
    }

    async check(document) {
        this.#stop(document);
        const key = String(document.uri);
        const stop = new AbortController();
        this.#running.set(key, stop);
        try {
            const version = document.version;
            const findings = await this.#findings(document, stop.signal);
            if (!stop.signal.aborted) this.#show(key, { version, findings });
        } catch (error) {
            if (stop.signal.aborted) return;
            this.#show(key, undefined); // what was found before is out of date
            this.#complaint.say(compiler.reason(error, settingsFor(document.uri).program));
        } finally {
            if (this.#running.get(key) === stop) this.#running.delete(key);
        }
    }

    forget(document) {
        this.#stop(document);
        this.#show(String(document.uri), undefined);
    }

    /** What is known about a document as it is now. */
    findings(document) {
        const result = this.#results.get(String(document.uri));
        if (result?.version !== document.version) return [];
        return result.findings.filter((finding) => String(finding.uri) === String(document.uri));
    }

    dispose() {
        for (const timer of this.#waiting.values()) clearTimeout(timer);
        for (const stop of this.#running.values()) stop.abort();
        this.#shown.dispose();
    }

    #stop(document) {
        const key = String(document.uri);
        clearTimeout(this.#waiting.get(key));
        this.#waiting.delete(key);
        this.#running.get(key)?.abort();
        this.#running.delete(key);
    }

    async #findings(document, signal) {
        const { program, more } = settingsFor(document.uri);
        const folder = folderOf(document);
        const text = document.getText();
        const name = document.uri.scheme === 'file' ? document.uri.fsPath : path.join(folder, 'untitled.zflow');
        const how = { program, signal, folder: (await isThere(folder)) ? folder : os.homedir() };
        const answer = await compiler.check(how, name, text, more);
        const findings = this.#read(answer);
        const textOf = (file) => (file === name ? text : read(path.resolve(folder, file)));
        const texts = await textsOf(filesOf(findings), textOf);
        const uriOf = (file) => (file === name ? document.uri : vscode.Uri.file(path.resolve(folder, file)));
        const withUri = (place) => ({ ...place, uri: uriOf(place.file) });
        return diagnosticsOf(findings, name, (file) => texts.get(file)).map((finding) => ({
            ...withUri(finding),
            related: finding.related.map(withUri),
            edits: finding.edits.map(withUri),
        }));
    }

    #read(answer) {
        try {
            return findingsOf(answer, compiler.EXIT_FAILED);
        } catch {
            throw new Error(
                `it does not answer as zflowc does (exit code ${answer.status}). See the setting \`zflow.path\`.`,
            );
        }
    }

    /** Takes what was found from a document's side. Every file that this or what it replaces speaks of is shown anew. */
    #show(key, result) {
        const files = new Map();
        const before = this.#results.get(key);
        for (const finding of [...(before?.findings ?? []), ...(result?.findings ?? [])])
            files.set(String(finding.uri), finding.uri);
        if (result) this.#results.set(key, result);
        else this.#results.delete(key);
        for (const [file, uri] of files) this.#shown.set(uri, this.#about(file).map(toDiagnostic));
    }

    /** What was found in a file: first by its own check. Others have read it from the disk. */
    #about(file) {
        const changed = openDocuments().some((document) => document.isDirty && String(document.uri) === file);
        const others = changed ? [] : [...this.#results].filter(([key]) => key !== file).map(([, result]) => result);
        const results = [this.#results.get(file), ...others].filter(Boolean);
        return merged(results.map((result) => result.findings.filter((finding) => String(finding.uri) === file)));
    }
}

/** Fixes of findings, and their pages, where the light bulb is. */
class Fixes {
    #checker;

    constructor(checker) {
        this.#checker = checker;
    }

    provideCodeActions(document, range) {
        const here = this.#checker
            .findings(document)
            .filter((finding) => finding.id && toRange(finding.range).intersection(range));
        // another file may have changed since it was read
        const inside = ({ uri }) => String(uri) === String(document.uri);
        const fixes = here.flatMap((finding) => finding.edits.filter(inside).map((edit) => this.#fix(finding, edit)));
        return [...fixes, ...here.map((finding) => this.#explain(finding))];
    }

    #fix(finding, edit) {
        const action = new vscode.CodeAction(edit.title, vscode.CodeActionKind.QuickFix);
        action.diagnostics = [toDiagnostic(finding)];
        action.edit = new vscode.WorkspaceEdit();
        action.edit.replace(edit.uri, toRange(edit.range), edit.text);
        action.isPreferred = finding.edits.length === 1;
        return action;
    }

    #explain(finding) {
        const action = new vscode.CodeAction(`Explain ${finding.id}`, vscode.CodeActionKind.QuickFix);
        action.diagnostics = [toDiagnostic(finding)];
        action.command = { command: 'zflow.explain', title: action.title, arguments: [finding.id] };
        return action;
    }
}

/** Pages of `zflowc explain` and `zflowc doc`. */
class Pages {
    #known = new Map(); // "program command name" → page
    #complaint;

    constructor(complaint) {
        this.#complaint = complaint;
    }

    forget() {
        this.#known.clear();
    }

    /** The page, or nothing when there is none or the compiler cannot be run. */
    find(command, name, uri) {
        const { program } = settingsFor(uri);
        const key = `${program} ${command} ${name}`;
        if (!this.#known.has(key))
            this.#known.set(
                key,
                compiler.page({ program }, command, name).catch((error) => this.#cannot(key, error, program)),
            );
        return this.#known.get(key);
    }

    async provideTextDocumentContent(uri) {
        return (await this.find('explain', idOf(uri))) ?? `No page about ${idOf(uri)}.`;
    }

    async provideHover(document, position) {
        const found = documentedName(document.lineAt(position.line).text, position.character);
        const page = found && (await this.find('doc', found.name, document.uri));
        if (!page) return undefined;
        return new vscode.Hover(
            new vscode.MarkdownString(page),
            new vscode.Range(position.line, found.start, position.line, found.end),
        );
    }

    #cannot(key, error, program) {
        this.#known.delete(key);
        this.#complaint.say(compiler.reason(error, program));
    }
}

/** Gives documents the one form of the language. */
class Formatter {
    #complaint;

    constructor(complaint) {
        this.#complaint = complaint;
    }

    /** How wide a tab is, which the editor says, is not asked: all files have the same form. */
    async provideDocumentFormattingEdits(document) {
        const { program } = settingsFor(document.uri);
        const text = document.getText();
        try {
            const formatted = await compiler.format({ program }, text);
            if (formatted === undefined || formatted === text) return [];
            const last = document.lineCount - 1;
            const whole = new vscode.Range(0, 0, last, document.lineAt(last).text.length);
            return [vscode.TextEdit.replace(whole, formatted)];
        } catch (error) {
            this.#complaint.say(compiler.reason(error, program));
            return [];
        }
    }
}

/** Shows the page of a finding: of the one that is given, of the one at the cursor, or of one that is chosen. */
async function explain(checker, id) {
    const chosen = id ?? idAtCursor(checker) ?? (await choose());
    if (!chosen) return;
    const page = pageOf(chosen);
    try {
        await vscode.commands.executeCommand('markdown.showPreview', page);
    } catch {
        // VS Code's own Markdown extension may be turned off
        await vscode.window.showTextDocument(page);
    }
}

function idAtCursor(checker) {
    const editor = vscode.window.activeTextEditor;
    if (!editor || !isOurs(editor.document)) return undefined;
    return checker
        .findings(editor.document)
        .find((finding) => finding.id && toRange(finding.range).contains(editor.selection.active))?.id;
}

/** From the list of `zflowc explain`: `  unknown-name   error   A name that nothing has`. */
async function choose() {
    const { program } = settingsFor();
    const { out } = await compiler.run({ program }, ['explain', '--list']);
    const rows = [...out.matchAll(/^ {2}([a-z-]+) +(?:error|warning) +(.*)$/gm)];
    const choice = await vscode.window.showQuickPick(
        rows.map(([, label, detail]) => ({ label, detail })),
        { matchOnDetail: true },
    );
    return choice?.label;
}

function activate(context) {
    const complaint = new Complaint();
    const checker = new Checker(complaint);
    const pages = new Pages(complaint);
    const { commands, languages, workspace } = vscode;
    const when = (document, act) => {
        if (isOurs(document)) act(document);
    };
    context.subscriptions.push(
        checker,
        workspace.onDidOpenTextDocument((document) => when(document, () => checker.check(document))),
        workspace.onDidChangeTextDocument(({ document }) => when(document, () => checker.checkSoon(document))),
        workspace.onDidSaveTextDocument(() => checker.checkAll()), // others may import, embed or obey what was saved
        workspace.onDidCloseTextDocument((document) => when(document, () => checker.forget(document))),
        workspace.onDidChangeConfiguration((change) => {
            if (!change.affectsConfiguration('zflow')) return;
            complaint.forget();
            pages.forget();
            checker.checkAll();
        }),
        workspace.onDidGrantWorkspaceTrust(() => checker.checkAll()),
        workspace.registerTextDocumentContentProvider(PAGES, pages),
        languages.registerHoverProvider(LANGUAGE, pages),
        languages.registerCodeActionsProvider(LANGUAGE, new Fixes(checker), {
            providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
        }),
        languages.registerDocumentFormattingEditProvider(LANGUAGE, new Formatter(complaint)),
        commands.registerCommand('zflow.explain', (id) =>
            explain(checker, id).catch((error) => complaint.say(compiler.reason(error, settingsFor().program))),
        ),
    );
    checker.checkAll();
}

module.exports = { activate };
