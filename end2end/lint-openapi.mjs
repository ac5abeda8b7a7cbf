// Lints the OpenAPI documents that the integration tests keep as snapshots, as other people's tools
// see them. Each problem is an error, also a warning.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const snapshots = new URL('../tests/it/snapshots/', import.meta.url);
const names = readdirSync(snapshots).filter((name) => /__openapi(_\w+)?\.snap$/.test(name));
if (names.length === 0) throw new Error('There is no snapshot of an OpenAPI document.');

// The snapshots without the header of the snapshot tool.
const folder = 'artefacts/openapi';
mkdirSync(folder, { recursive: true });
const documents = names.map((name) => {
  const text = readFileSync(new URL(name, snapshots), 'utf8');
  const document = JSON.parse(text.slice(text.indexOf('\n---\n') + 5));
  const path = `${folder}/${name.replace(/^it__openapi__/, '').replace(/\.snap$/, '.json')}`;
  writeFileSync(path, JSON.stringify(document, null, 2));
  return path;
});

const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
const run = (tool, ...args) =>
  execFileSync(`node_modules/.bin/${tool}`, [...args, ...documents], { env, stdio: 'inherit' });
try {
  run('redocly', 'lint', '--config', 'redocly.yaml', '--max-problems', '1000');
  run('spectral', 'lint', '--ruleset', '.spectral.yaml', '--fail-severity', 'warn');
} catch (failed) {
  // The tool has said what is wrong.
  process.exit(failed.status ?? 1);
}
