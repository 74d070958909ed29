// Usage: node jsonata_reference.mjs < cases.json
//
// Evaluates [[expression, variables], ...] with the reference implementation of JSONata (the version that Step
// Functions follows) and prints a list of {"value": ...}, {"nothing": true} or {"error": code}.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import jsonata from 'jsonata';

function hash(value, name) {
  return createHash(name.toLowerCase().replace('-', '')).update(value).digest('hex');
}

async function result([text, variables]) {
  try {
    const expression = jsonata(text);
    expression.registerFunction('hash', hash);
    expression.registerFunction('parse', (value) => (value === undefined ? undefined : JSON.parse(value)));
    const value = await expression.evaluate(undefined, structuredClone(variables));
    return value === undefined ? { nothing: true } : { value };
  } catch (error) {
    return { error: error.code ?? error.name };
  }
}

const cases = JSON.parse(readFileSync(0, 'utf8'));
console.log(JSON.stringify(await Promise.all(cases.map(result))));
