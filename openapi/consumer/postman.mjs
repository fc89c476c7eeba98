// Writes the published contract as a Postman collection, for people who import it and for newman:
//   node postman.mjs COLLECTION.json
// Set the collection's variables baseUrl, without a slash at its end, and bearerToken to use it.
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import converter from 'openapi-to-postmanv2';

const [, , target] = process.argv;
if (!target) {
  console.error('usage: node postman.mjs COLLECTION.json');
  process.exit(2);
}
const data = await readFile(new URL('../v1/swagger.json', import.meta.url), 'utf8');
const result = await promisify(converter.convertV2)(
  { type: 'string', data },
  {
    folderStrategy: 'Tags',
    // Examples, not made-up values, so that a request is the same on every conversion.
    parametersResolution: 'Example',
    // Optional parameters exclude one another (page, cursor) or need a value of the moment (If-Match).
    enableOptionalParameters: false,
    alwaysInheritAuthentication: true,
  },
);
if (!result.result) {
  console.error(`the contract does not convert: ${result.reason}`);
  process.exit(1);
}
await writeFile(target, `${JSON.stringify(result.output[0].data, null, 2)}\n`);
