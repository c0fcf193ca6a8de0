import { fileURLToPath } from 'node:url';

import { buildMacros } from '@embroider/macros/babel';
import { setConfig } from '@warp-drive/core/build-config';

const macros = buildMacros({
  configure: (config) =>
    setConfig(config, {
      compatWith: '5.8',
      // Without it, compatWith from 5.6 on compiles record.save() to nothing in a production build.
      deprecations: { ENABLE_LEGACY_REQUEST_METHODS: true },
    }),
});

export default {
  plugins: [
    ['babel-plugin-ember-template-compilation', { transforms: macros.templateMacros }],
    ['module:decorator-transforms', { runtime: { import: fileURLToPath(import.meta.resolve('decorator-transforms/runtime-esm')) } }],
    ...macros.babelMacros,
  ],
  generatorOpts: { compact: false },
};
