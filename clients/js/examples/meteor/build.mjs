// Fills dist/: the page as it is, Meteor's client side, and the application in one file.
import { copyFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: ['src/main.js'],
  outdir: 'dist',
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  charset: 'utf8',
  logLevel: 'warning',
});
copyFileSync('index.html', 'dist/index.html');
copyFileSync('src/shop.css', 'dist/shop.css');
copyFileSync('src/settings.js', 'dist/settings.js');
copyFileSync(createRequire(import.meta.url).resolve('meteor-client-side'), 'dist/meteor-client-side.bundle.min.js');
