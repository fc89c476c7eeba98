// Validates values against schemas of the published contracts, as a strict reader of OpenAPI 3.0 does:
//   node ajv.mjs < VALUES
// Each line of VALUES is {"contract", "schema", "value", "where", "nulls"}: the name of a contract, a JSON pointer into it,
// the value, and what it is. For each one that does not fit, it prints {"line", "where", "errors"}. With "nulls", every part of the value is also put
// to null, one after the other, and {"line", "forbidden"} lists the JSON pointers at which null does not fit.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';

// nullable is a keyword of ajv with the meaning of OpenAPI 3.0.3: it widens the type that stands beside it, in strict mode
// nothing else, and an enum must name null as well.
const ajv = new Ajv({ strict: true, strictRequired: false, strictTypes: false, validateFormats: true, allErrors: true });
addFormats(ajv);
ajv.addVocabulary(['example', 'x-extensible-enum', 'x-profile-events', 'x-enum-varnames']);

const find = (document, pointer) =>
  pointer.split('/').slice(1).reduce((at, key) => at[key.replaceAll('~1', '/').replaceAll('~0', '~')], document);

// Schemas refer to one another by addresses: that of the component schema Job of v1 is http://v1/Job.
const rebase = (schema, contract) =>
  JSON.parse(JSON.stringify(schema, (key, value) =>
    (key === '$ref' && typeof value === 'string' ? value.replace('#/components/schemas/', `http://${contract}/`) : value)));

const documents = {};
for (const contract of ['v1', 'autotechjobs', 'intake']) {
  documents[contract] = JSON.parse(await readFile(new URL(`../${contract}/swagger.json`, import.meta.url), 'utf8'));
  for (const [name, schema] of Object.entries(documents[contract].components.schemas)) {
    ajv.addSchema(rebase(schema, contract), `http://${contract}/${name}`);
  }
}

const compiled = new Map();
function validator(contract, pointer) {
  const key = `${contract} ${pointer}`;
  if (!compiled.has(key)) {
    compiled.set(key, ajv.compile(rebase(find(documents[contract], pointer), contract)));
  }
  return compiled.get(key);
}

// Every place in a value, the value itself included.
function* places(value, at = []) {
  yield at;
  if (value !== null && typeof value === 'object') {
    for (const key of Object.keys(value)) yield* places(value[key], [...at, key]);
  }
}

function withNull(value, at) {
  if (at.length === 0) return null;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[at[0]] = withNull(value[at[0]], at.slice(1));
  return copy;
}

const pointerOf = (at) => at.map((key) => `/${key}`).join('');

let line = 0;
for await (const text of createInterface({ input: process.stdin })) {
  const { contract, schema, value, where, nulls } = JSON.parse(text);
  const validate = validator(contract, schema);
  if (!validate(value)) {
    console.log(JSON.stringify({ line, where, errors: validate.errors.map((e) => `${e.instancePath} ${e.message}`) }));
  }
  if (nulls) {
    const forbidden = [...places(value)].filter((at) => !validate(withNull(value, at))).map(pointerOf);
    console.log(JSON.stringify({ line, forbidden: forbidden.sort() }));
  }
  line++;
}
