// The library promises to be small: what it weighs, minified and compressed by Brotli, and an error where it weighs more than it may.
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));

async function weigh(code) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: here },
    bundle: true,
    minify: true,
    charset: 'utf8',
    target: 'es2022',
    format: 'esm',
    write: false,
  });
  return brotliCompressSync(outputFiles[0].contents).length;
}

const limits = [
  ['core', "export * from './dist/index.js'", 4096],
  ['core with page', "export * from './dist/index.js'; import './dist/page.js'", 9216],
];

for (const [name, code, most] of limits) {
  const bytes = await weigh(code);
  console.log(`${name}: ${bytes} of ${most} bytes`);
  if (bytes > most) process.exitCode = 1;
}
