// What `ng build` does, without the command line around it, which refuses Node.js 20.

import { fileURLToPath } from 'node:url';

import { Architect } from '@angular-devkit/architect';
import { WorkspaceNodeModulesArchitectHost } from '@angular-devkit/architect/node/index.js';
import { logging, schema, workspaces } from '@angular-devkit/core';
import { NodeJsSyncHost } from '@angular-devkit/core/node/index.js';

const root = fileURLToPath(new URL('.', import.meta.url));
const { workspace } = await workspaces.readWorkspace(root, workspaces.createWorkspaceHost(new NodeJsSyncHost()));
const registry = new schema.CoreSchemaRegistry();
registry.addPostTransform(schema.transforms.addUndefinedDefaults);

const logger = new logging.Logger('build');
logger.subscribe(({ level, message }) => level === 'info' || console.error(message));

const architect = new Architect(new WorkspaceNodeModulesArchitectHost(workspace, root), registry);
const run = await architect.scheduleTarget({ project: 'shop', target: 'build', configuration: '' }, undefined, { logger });
const { success, error } = await run.result;
await run.stop();
if (!success) {
  console.error(error ?? 'The build failed.');
  process.exit(1);
}
