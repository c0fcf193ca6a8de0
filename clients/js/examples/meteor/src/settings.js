// Meteor connects while its own script is being read, so this comes before it. A Meteor server would put it on the page.
window.__meteor_runtime_config__ = { DDP_DEFAULT_CONNECTION_URL: new URLSearchParams(location.search).get('api') };
