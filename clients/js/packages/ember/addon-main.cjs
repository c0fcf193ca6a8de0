'use strict';

// Only the classic build asks for this. ember-source brings the shim along.
const { addonV1Shim } = require('@embroider/addon-shim');

module.exports = addonV1Shim(__dirname);
