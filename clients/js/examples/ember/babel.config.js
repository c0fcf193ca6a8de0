import { fileURLToPath } from 'node:url';

import { buildMacros } from '@embroider/macros/babel';
import { setConfig } from '@warp-drive/core/build-config';

const macros = buildMacros({
  // From 5.6 on, record.save() is compiled to nothing in a production build.
  configure: (config) => setConfig(config, { compatWith: '5.3' }),
});

export default {
  plugins: [
    ['babel-plugin-ember-template-compilation', { transforms: macros.templateMacros }],
    ['module:decorator-transforms', { runtime: { import: fileURLToPath(import.meta.resolve('decorator-transforms/runtime-esm')) } }],
    ...macros.babelMacros,
  ],
  generatorOpts: { compact: false },
};
