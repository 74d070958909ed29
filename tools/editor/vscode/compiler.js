// Runs zflowc. Knows no editor.
'use strict';

const { execFile } = require('node:child_process');

const LONGEST_ANSWER = 64 * 1024 * 1024; // bytes
const LONGEST_RUN = 60_000; // ms: a check takes a few, but a disk may be far away

/** Exit codes of zflowc. */
const EXIT_FAILED = 2;

/**
 * Runs the compiler once. Gives what it wrote; fails when it could not be started, did not end by itself or was
 * stopped by `signal`.
 *
 * @param {{program: string, folder?: string, signal?: AbortSignal}} how
 * @param {string[]} words of the command
 * @param {string} input what it reads from standard input
 * @returns {Promise<{status: number, out: string, err: string}>}
 */
function run({ program, folder, signal }, words, input = '') {
    return new Promise((resolve, reject) => {
        const options = { cwd: folder, signal, maxBuffer: LONGEST_ANSWER, timeout: LONGEST_RUN };
        const child = execFile(program, words, options, (error, out, err) => {
            if (error && typeof error.code !== 'number') reject(error);
            else resolve({ status: error ? error.code : 0, out, err });
        });
        child.stdin?.on('error', () => {}); // it ended before it had read all: its exit code says why
        child.stdin?.end(input);
    });
}

/** Checks a text that need not be saved, as if it stood in the file `name`. */
function check(how, name, text, more = []) {
    return run(how, ['--check', '--format', 'json', ...more, '--stdin-filename', name, '-'], text);
}

/** The page of `zflowc explain` or `zflowc doc` about a name, or nothing when there is none. */
async function page(how, command, name) {
    const { status, out } = await run(how, [command, name]);
    return status === 0 ? out : undefined;
}

/** A text in the one form of the language, or nothing when it has syntax errors. */
async function format(how, text) {
    const { status, out, err } = await run(how, ['fmt', '-'], text);
    if (status === EXIT_FAILED) throw new Error(err.trim());
    return status === 0 ? out : undefined;
}

/** Why the program could not be run, in words. */
function reason(error, program) {
    if (error.code === 'ENOENT')
        return `\`${program}\` is not there. Install zflowc, or say in the setting \`zflow.path\` where it is.`;
    if (error.code === 'EACCES')
        return `\`${program}\` may not be run: it is no program, or not yours. See the setting \`zflow.path\`.`;
    if (error.killed) return `\`${program}\` did not end within ${LONGEST_RUN / 1000} s.`;
    if (error.signal) return `\`${program}\` crashed (${error.signal}).`;
    return `\`${program}\`: ${error.message}`;
}

module.exports = { EXIT_FAILED, check, format, page, reason, run };
