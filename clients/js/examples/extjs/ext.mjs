// Gives the path of Ext JS's one file. It is GPL, so it stays out of this repository; and its npm package unpacks to 567 MB, so only this
// file is taken from it, once, and kept in the user's cache.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const version = '6.2.0';
const file = 'package/build/ext-all.js';
const sha256 = '372eaf7a95982ae84915181e1fe36ac5c7252b7a374e56276eb523e382d240f2';

function verify(path) {
  const found = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (found !== sha256) throw new Error(`${path}: expected SHA-256 ${sha256}, found ${found}`);
}

function fetch(path) {
  // Beside the target, so that the file can be moved there in one step; npm's own cache would keep the 120 MB.
  const work = mkdtempSync(`${path}.`);
  try {
    const npm = ['pack', `extjs-gpl@${version}`, '--silent', '--pack-destination', work, '--cache', join(work, 'npm')];
    execFileSync('npm', npm, { cwd: work, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' });
    const extracted = join(work, 'ext-all.js');
    const out = openSync(extracted, 'w');
    execFileSync('tar', ['-xzOf', join(work, `extjs-gpl-${version}.tgz`), file], { stdio: ['ignore', out, 'inherit'] });
    closeSync(out);
    verify(extracted);
    renameSync(extracted, path);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export function extPath() {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'understudy');
  const path = join(folder, `ext-all-${version}.js`);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    fetch(path);
  }
  verify(path);
  return path;
}
