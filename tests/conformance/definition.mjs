// State machine definitions as Step Functions gets them: with DefinitionSubstitutions made, using plausible values.
import { parse as parseYaml } from 'yaml';

const REGION = 'us-east-1';
const ACCOUNT = '123456789012';

const PSEUDO = {
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
  'AWS::StackName': 'stack',
  'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/stack/00000000`,
  'AWS::URLSuffix': 'amazonaws.com',
};

const ARN_OF = {
  'AWS::IAM::Role': (name) => `arn:aws:iam::${ACCOUNT}:role/${name}`,
  'AWS::KMS::Key': () => `arn:aws:kms:${REGION}:${ACCOUNT}:key/00000000-0000-4000-8000-000000000000`,
  'AWS::Lambda::Function': (name) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`,
  'AWS::SNS::Topic': (name) => `arn:aws:sns:${REGION}:${ACCOUNT}:${name}`,
  'AWS::SQS::Queue': (name) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`,
  'AWS::StepFunctions::Activity': (name) => `arn:aws:states:${REGION}:${ACCOUNT}:activity:${name}`,
  'AWS::StepFunctions::StateMachine': (name) => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`,
};
const REF_IS_ARN = [
  'AWS::SNS::Topic', 'AWS::StepFunctions::Activity', 'AWS::StepFunctions::StateMachine', 'AWS::SecretsManager::Secret',
];

/** YAML short tags (`!Sub`) as their long forms. */
function customTags() {
  const names = ['Sub', 'GetAtt', 'Join', 'Base64', 'If', 'Select', 'Split', 'FindInMap', 'Equals', 'And', 'Or', 'Not',
    'ImportValue', 'Cidr', 'GetAZs', 'ToJsonString', 'Ref', 'Condition'];
  const long = (name) => (['Ref', 'Condition'].includes(name) ? name : `Fn::${name}`);
  return names.flatMap((name) => [
    { tag: `!${name}`, resolve: (text) => ({ [long(name)]: name === 'GetAtt' ? split(text) : text }) },
    { tag: `!${name}`, collection: 'seq', resolve: (seq) => ({ [long(name)]: seq.toJSON() }) },
    { tag: `!${name}`, collection: 'map', resolve: (map) => ({ [long(name)]: map.toJSON() }) },
  ]);
}

function split(text) {
  const dot = text.indexOf('.');
  return [text.slice(0, dot), text.slice(dot + 1)];
}

/** A template from JSON or YAML text. */
export function readTemplate(text) {
  return text.trimStart().startsWith('{') ? JSON.parse(text) : parseYaml(text, { customTags: customTags() });
}

/** All state machines of a template: `{name, text, error}`; `error` says what is wrong with the substitutions. */
export function stateMachines(template) {
  return Object.entries(template.Resources ?? {})
    .filter(([, resource]) => resource.Type === 'AWS::StepFunctions::StateMachine')
    .map(([name, resource]) => ({ name, ...substituted(resource.Properties ?? {}, template) }));
}

function substituted(properties, template) {
  const values = properties.DefinitionSubstitutions ?? {};
  const source = properties.DefinitionString ?? JSON.stringify(properties.Definition ?? {});
  const missing = new Set();
  const used = new Set();
  const text = plausible(source, template).replace(/\$\{([A-Za-z0-9]+)\}/g, (whole, name) => {
    used.add(name);
    if (name in values) return plausible(values[name], template);
    missing.add(name);
    return whole;
  });
  const unused = Object.keys(values).filter((name) => !used.has(name));
  const errors = [...missing].map((name) => `\${${name}} is not in DefinitionSubstitutions`);
  errors.push(...unused.map((name) => `DefinitionSubstitutions.${name} is not used`));
  return { text, errors };
}

/** A value that CloudFormation could give to an intrinsic function. */
export function plausible(value, template) {
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.map((item) => plausible(item, template)).join(',');
  const [name, argument] = Object.entries(value)[0];
  switch (name) {
    case 'Ref': return reference(argument, template);
    case 'Fn::GetAtt': return attribute(...(Array.isArray(argument) ? argument : split(argument)), template);
    case 'Fn::Sub': return sub(argument, template);
    case 'Fn::Join': return argument[1].map((item) => plausible(item, template)).join(argument[0]);
    case 'Fn::Base64': return Buffer.from(plausible(argument, template)).toString('base64');
    case 'Fn::If': return plausible(argument[1], template);
    case 'Fn::ToJsonString': return JSON.stringify(argument).replaceAll('"', '\\"');
    default: return 'value';
  }
}

function reference(name, template) {
  if (name in PSEUDO) return PSEUDO[name];
  const parameter = template.Parameters?.[name];
  if (parameter) return String(parameter.Default ?? parameter.AllowedValues?.[0] ?? example(name, parameter));
  const type = template.Resources?.[name]?.Type;
  return REF_IS_ARN.includes(type) ? attribute(name, 'Arn', template) : name.toLowerCase();
}

function example(name, parameter) {
  if (parameter.Type === 'Number') return String(parameter.MinValue ?? 1);
  return /Arn$/.test(name) ? `arn:aws:iam::${ACCOUNT}:role/${name}` : name.toLowerCase();
}

function attribute(name, path, template) {
  const arn = ARN_OF[template.Resources?.[name]?.Type] ?? ((id) => `arn:aws:service:${REGION}:${ACCOUNT}:${id}`);
  return /Arn$/.test(path) ? arn(name) : name.toLowerCase();
}

function sub(argument, template) {
  const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
  return text.replace(/\$\{(!?)([^}]+)\}/g, (whole, literal, name) => {
    if (literal) return `\${${name}}`;
    if (name in variables) return plausible(variables[name], template);
    const named = { ...template.Resources, ...template.Parameters, ...PSEUDO };
    if (!(name.split('.')[0] in named)) return whole;
    return name.includes('.') ? attribute(...split(name), template) : reference(name, template);
  });
}
