// The fixture in Playwright's own runner, with the installed Chromium.
import { spawnSync } from 'node:child_process';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('the fixture, in Playwright’s runner', (t) => {
  const output = mkdtempSync(join(tmpdir(), 'understudy-'));
  t.after(() => rmSync(output, { recursive: true }));
  const command = [createRequire(import.meta.url).resolve('@playwright/test/cli'), 'test', '-c', fileURLToPath(new URL('playwright/', import.meta.url))];
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const done = spawnSync(process.execPath, command, { encoding: 'utf8', env: { ...env, UNDERSTUDY_PLAYWRIGHT_OUTPUT: output } });
  assert.equal(done.status, 0, done.stdout + done.stderr);
  assert.match(done.stdout, /5 passed/);
});
