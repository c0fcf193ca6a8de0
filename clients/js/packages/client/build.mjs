// Fills dist/: declarations by tsc; ES modules and the script-tag build by esbuild. With --clean nothing older stays there;
// --out=FOLDER fills another, with the scripts alone.
import { execFileSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
const outdir = process.argv.find((argument) => argument.startsWith('--out='))?.slice(6) ?? 'dist';
if (process.argv.includes('--clean')) await rm(outdir, { recursive: true, force: true });

const require = createRequire(import.meta.url);
if (outdir === 'dist') execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', '.'], { stdio: 'inherit' });

/** A style sheet is imported as its text, made small. */
const css = {
  name: 'css',
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { loader: 'css', minify: true });
      return { contents: code.trim(), loader: 'text' };
    });
  },
};

const shared = { bundle: true, target: 'es2022', charset: 'utf8', legalComments: 'none', logLevel: 'warning', plugins: [css] };

await build({
  ...shared,
  entryPoints: ['src/index.ts', 'src/page.ts'],
  outdir,
  format: 'esm',
  splitting: true,
  chunkNames: 'shared',
});

// In one file each, for they run where nothing else is.
await build({ ...shared, entryPoints: ['src/service-worker.ts'], outdir, format: 'esm' });
await build({ ...shared, entryPoints: ['src/script.ts'], outfile: `${outdir}/understudy.js`, format: 'iife', globalName: 'understudy', minify: true });
