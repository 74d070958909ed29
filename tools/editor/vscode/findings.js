// What zflowc says, as what editors show: from code points counted from 1 to UTF-16 units counted from 0, from findings
// to diagnostics and edits. Pure functions, no editor.
'use strict';

/**
 * @typedef {{line: number, character: number}} Position from 0, in UTF-16 units
 * @typedef {{start: Position, end: Position}} Range
 * @typedef {{title: string, file: string, range: Range, text: string}} Edit
 * @typedef {{file: string, range: Range, message: string}} Related
 * @typedef {{id: string, severity: 'error' | 'warning', message: string, file: string, range: Range,
 *            related: Related[], edits: Edit[]}} Diagnostic
 */

const BYTE_ORDER_MARK = '\uFEFF';
const BEGINNING = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

/** The lines as editors show them, and as the compiler counts them. */
function linesOf(text) {
    return text.slice(text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0).split('\n');
}

/** How many UTF-16 units the first `count` characters of a line take. */
function unitsOf(line, count) {
    let units = 0;
    for (const character of line) {
        if (count-- <= 0) break;
        units += character.length;
    }
    return units;
}

/** A place of the compiler's in a text; without the text, characters are taken to have one unit each. */
function position({ line, column }, lines) {
    return { line: line - 1, character: lines ? unitsOf(lines[line - 1] ?? '', column - 1) : column - 1 };
}

/** The lines are taken along when nothing but blanks would stay on them. */
function withItsLines(range, lines) {
    if (!lines) return range;
    const { start, end } = range;
    const before = lines[start.line].slice(0, start.character);
    const after = lines[end.line].slice(end.character);
    const alone = before.trim() === '' && after.trim() === '' && end.line + 1 < lines.length;
    return alone ? { start: { line: start.line, character: 0 }, end: { line: end.line + 1, character: 0 } } : range;
}

/** The files that findings speak of. */
function filesOf(findings) {
    const places = findings.flatMap((finding) => [finding, ...finding.labels, ...finding.fixes]);
    return [...new Set(places.map((place) => place.file).filter((file) => file !== null))];
}

/**
 * @param {object[]} findings as `--format json` writes them
 * @param {string} main the file that was checked: what has no place is shown at its beginning
 * @param {(file: string) => string | undefined} textOf
 * @returns {Diagnostic[]}
 */
function diagnosticsOf(findings, main, textOf) {
    const texts = new Map();
    for (const file of filesOf(findings)) {
        const text = textOf(file);
        texts.set(file, text === undefined ? undefined : linesOf(text));
    }
    const rangeIn = ({ file, range }) => ({
        start: position(range.start, texts.get(file)),
        end: position(range.end, texts.get(file)),
    });
    const placed = ({ file }) => file !== null;
    const edit = (fix) => {
        const range = rangeIn(fix);
        return {
            title: fix.title,
            file: fix.file,
            range: fix.text === '' ? withItsLines(range, texts.get(fix.file)) : range,
            text: fix.text,
        };
    };
    return findings.map((finding) => ({
        id: finding.id,
        severity: finding.severity,
        message: [finding.message, ...finding.help.map((help) => `help: ${help}`)].join('\n'),
        file: finding.file ?? main,
        range: placed(finding) ? rangeIn(finding) : BEGINNING,
        related: finding.labels
            .filter(placed)
            .map((label) => ({ file: label.file, range: rangeIn(label), message: label.text })),
        edits: finding.fixes.filter(placed).map(edit),
    }));
}

/**
 * What the tool itself has to say when it fails, `zflowc: zflow.yaml:3:1: unknown key`, in the form of findings.
 *
 * @param {string} words from standard error
 */
function failuresOf(words) {
    const lines = words.split('\n').filter((line) => line.trim() !== '');
    return lines.map((line) => {
        const [, file, row, column, rest] = line.match(/^zflowc: (.+?):(\d+):(\d+): (.*)$/) ?? [];
        const at = { line: Number(row), column: Number(column) };
        return {
            id: '',
            severity: 'error',
            message: rest ?? line,
            file: file ?? null,
            range: file ? { start: at, end: at } : null,
            labels: [],
            help: [],
            fixes: [],
        };
    });
}

/** What an answer of `--check --format json` holds. Throws when it is no such answer. */
function findingsOf({ status, out, err }, statusOfFailure) {
    if (status === statusOfFailure && err.trim() !== '') return failuresOf(err);
    const findings = JSON.parse(out);
    if (!Array.isArray(findings)) throw new Error('no list of findings');
    return findings;
}

/** The first list, and what the others have that is not in it yet: an imported file is checked from several sides. */
function merged(lists) {
    const all = new Map();
    for (const diagnostic of lists.flat()) {
        const key = JSON.stringify([diagnostic.id, diagnostic.message, diagnostic.range.start]);
        if (!all.has(key)) all.set(key, diagnostic);
    }
    return [...all.values()];
}

/**
 * The name at a place of a line that `zflowc doc` may know: the kind in `stage x = kind`, a type, a function that is
 * called.
 *
 * @returns {{name: string, start: number, end: number} | undefined}
 */
function documentedName(line, character) {
    for (const match of line.matchAll(/[A-Za-z_]\w*/g)) {
        const start = match.index;
        const end = start + match[0].length;
        if (character < start || character > end) continue;
        const before = line.slice(0, start);
        const kind = /\b(?:stage|resource)\s+\w+\s*=\s*$/.test(before);
        const typeOrFunction = /^[A-Z]/.test(match[0]) || line[end] === '(';
        return kind || (typeOrFunction && !before.endsWith('.')) ? { name: match[0], start, end } : undefined;
    }
    return undefined;
}

module.exports = { diagnosticsOf, documentedName, failuresOf, filesOf, findingsOf, merged };
