// Usage: node check.mjs TEMPLATE...
//
// Checks CloudFormation templates with @aws/cloudformation-validate, each state machine in them with asl-validator,
// and each JSONata expression with the JSONata version that Step Functions uses.  Prints one line per finding and
// ends with 1 if there is an error or warning that accepted.json does not list with a reason.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { CelEngine, TemplateFile } from '@aws/cloudformation-validate';
import jsonata from 'jsonata';
import { readTemplate, stateMachines } from './definition.mjs';

const validateDefinition = createRequire(import.meta.url)('asl-validator');
const ACCEPTED = JSON.parse(readFileSync(new URL('accepted.json', import.meta.url), 'utf8'));
const FAILING = ['WARN', 'ERROR', 'FATAL'];
const LARGEST_DEFINITION = 1048576;
// Step Functions does not offer $eval, and the value of a bare $ or $$ outside of a predicate is not documented.
const FORBIDDEN_FUNCTIONS = ['eval'];
const EXPRESSION = /^\{%([\s\S]*)%\}$/;

/** True if accepted.json lists the finding. */
function isAccepted(finding) {
  return ACCEPTED.some((entry) => {
    const fits = (pattern, text) => pattern === undefined || new RegExp(pattern).test(text);
    return entry.tool === finding.tool && entry.rule === finding.rule && fits(entry.message, finding.message)
      && fits(entry.template, finding.path);
  });
}

function* cloudFormationFindings(engine, path) {
  for (const found of engine.validateStandard(new TemplateFile(path)).diagnostics) {
    if (!FAILING.includes(found.severity)) continue;
    const where = [found.entity?.logicalId, found.propertyPath].filter(Boolean).join('.');
    const message = where ? `${found.message} at ${where}` : found.message;
    yield { tool: 'cloudformation-validate', rule: found.ruleId, line: found.startLine, message };
  }
}

function* machineFindings(machine) {
  const at = (tool, rule, message) => ({ tool, rule, message: `${machine.name}: ${message}` });
  for (const error of machine.errors) yield at('substitution', 'DefinitionSubstitutions', error);
  if (Buffer.byteLength(machine.text) > LARGEST_DEFINITION) yield at('definition', 'size', 'more than 1 MiB');
  let definition;
  try {
    definition = JSON.parse(machine.text);
  } catch (error) {
    yield at('definition', 'json', error.message);
    return;
  }
  for (const error of validateDefinition(forValidator(definition), { checkPaths: true, checkArn: true }).errors) {
    const rule = error['Error code'] ?? 'UNKNOWN';
    const place = error.path ?? error.instancePath ?? '';
    yield at('asl-validator', rule, `${error.Message ?? error.message} ${place}`.trim());
  }
  for (const [place, text] of strings(definition, '')) {
    const match = EXPRESSION.exec(text);
    if (match) {
      const errors = [...expressionFindings(match[1]), ...scopeFindings(match[1], place, definition)];
      yield* errors.map((error) => at('jsonata', error.rule, `${error.message} at ${place}`));
    } else if (text.trim() !== text && EXPRESSION.test(text.trim())) {
      yield at('jsonata', 'blanks', `blanks outside of {% %} at ${place}`);
    }
  }
}

function expressionFindings(expression) {
  try {
    const names = new Set();
    collectFunctions(jsonata(expression).ast(), names);
    return FORBIDDEN_FUNCTIONS.filter((name) => names.has(name))
      .map((name) => ({ rule: 'forbidden', message: `$${name} is not available in Step Functions` }));
  } catch (error) {
    return [{ rule: error.code ?? 'syntax', message: `${error.message} in ${expression.trim()}` }];
  }
}

/** Step Functions refuses `$states.result` and `$states.errorOutput` where they have no value. */
function scopeFindings(expression, place, definition) {
  const findings = [];
  const complain = (name, where) => {
    findings.push({ rule: 'scope', message: `$states.${name} is only available in ${where}` });
  };
  if (/\$states\.errorOutput\b/.test(expression) && !/\/Catch\/\d+\/(Output|Assign)(\/|$)/.test(place)) {
    complain('errorOutput', 'Output and Assign of a Catch');
  }
  const state = /^(.*\/States\/[^/]+)\/(Output|Assign)(\/|$)/.exec(place)?.[1];
  const type = state?.split('/').slice(1).reduce((value, key) => value?.[key], definition)?.Type;
  if (/\$states\.result\b/.test(expression) && !['Task', 'Parallel', 'Map'].includes(type)) {
    complain('result', 'Output and Assign of a Task, Parallel or Map state');
  }
  return findings;
}

function collectFunctions(node, names) {
  if (node === null || typeof node !== 'object') return;
  if (node.type === 'function' && node.procedure?.type === 'variable') names.add(node.procedure.value);
  for (const child of Object.values(node)) collectFunctions(child, names);
}

function* strings(value, place) {
  if (typeof value === 'string') yield [place, value];
  else if (value && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) yield* strings(item, `${place}/${key}`);
  }
}

/**
 * A copy without what asl-validator 4.0.0 refuses although AWS accepts it: line breaks and empty texts in JSONata
 * states, boolean conditions, outputs that are neither object nor text, objects as Map items, and a ResultWriter
 * without Resource.
 */
function forValidator(value, key = '') {
  if (typeof value === 'string') {
    if (value === '' && key !== 'Comment') return 'empty';
    return EXPRESSION.test(value) ? value.replace(/\s*\n\s*/g, ' ') : value;
  }
  if (key === 'Condition' && typeof value === 'boolean') return '{% true %}';
  const isPlain = ['number', 'boolean'].includes(typeof value) || value === null;
  if (key === 'Output' && (isPlain || Array.isArray(value))) return '{% 0 %}';
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => forValidator(item));
  if (key === 'Items') return '{% [] %}';
  const entries = Object.entries(value).filter(([name, item]) => !(name === 'ResultWriter' && !item?.Resource));
  return Object.fromEntries(entries.map(([name, item]) => [name, forValidator(item, name)]));
}

function* templateFindings(engine, path) {
  yield* cloudFormationFindings(engine, path);
  let template;
  try {
    template = readTemplate(readFileSync(path, 'utf8'));
  } catch (error) {
    yield { tool: 'template', rule: 'syntax', message: error.message };
    return;
  }
  for (const machine of stateMachines(template)) yield* machineFindings(machine);
}

function main(paths) {
  if (paths.length === 0) {
    console.error('usage: node check.mjs TEMPLATE...');
    return 2;
  }
  const engine = new CelEngine();
  let failures = 0;
  for (const path of paths) {
    for (const finding of templateFindings(engine, path)) {
      const accepted = isAccepted({ ...finding, path });
      if (!accepted) failures += 1;
      const mark = accepted ? 'accepted ' : '';
      const message = finding.message.replaceAll('\n', ' ');
      console.log(`${path}:${finding.line ?? 1}: ${mark}${finding.tool} ${finding.rule}: ${message}`);
    }
  }
  console.log(`${paths.length} templates, ${failures} findings that are not accepted`);
  return failures ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
