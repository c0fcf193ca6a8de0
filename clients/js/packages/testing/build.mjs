// Fills dist/: declarations by tsc; ES modules by esbuild, with the answers inside, since a browser reads no JSON module by itself.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
rmSync('dist', { recursive: true, force: true });
execFileSync(process.execPath, [createRequire(import.meta.url).resolve('typescript/bin/tsc'), '-p', '.'], { stdio: 'inherit' });
await build({
  entryPoints: ['src/index.ts', 'src/server.ts', 'src/playwright.ts', 'src/msw.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'shared-[hash]',
  format: 'esm',
  target: 'es2022',
  charset: 'utf8',
  external: ['msw', 'node:*', '@playwright/test'],
  logLevel: 'warning',
});
