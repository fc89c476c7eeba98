// Read by orval: one client for each contract.
const contract = (name) => ({
  input: { target: `./${name}.json` },
  output: {
    target: `./orval/${name}.ts`,
    client: 'fetch',
    mode: 'single',
    override: { mutator: { path: './http.ts', name: 'http' } },
  },
});

module.exports = { v1: contract('v1'), intake: contract('intake'), autotechjobs: contract('autotechjobs') };
