// Fills dist/: declarations by tsc; ES modules and the script-tag build by esbuild.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
rmSync('dist', { recursive: true, force: true });

const require = createRequire(import.meta.url);
execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', '.'], { stdio: 'inherit' });

const shared = { bundle: true, target: 'es2022', charset: 'utf8', logLevel: 'warning' };

await build({
  ...shared,
  entryPoints: ['src/index.ts', 'src/page.ts', 'src/service-worker.ts'],
  outdir: 'dist',
  format: 'esm',
  splitting: true,
  chunkNames: 'shared',
});

await build({ ...shared, entryPoints: ['src/script.ts'], outfile: 'dist/understudy.js', format: 'iife', minify: true });
