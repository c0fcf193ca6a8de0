import { ember, extensions } from '@embroider/vite';
import { babel } from '@rollup/plugin-babel';
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  build: { minify: 'oxc' },
  plugins: [ember(), babel({ babelHelpers: 'inline', extensions })],
});
