#!/usr/bin/env node
// Installs and builds what is out of date, and nothing else.
//   node build.mjs              every package and every example
//   node build.mjs react vue    those, and what they are built from
//
// A workspace is built again when its own files, the lockfile, this file or a workspace that it depends on have changed, by content.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const stamps = join(root, 'node_modules', '.cache', 'understudy');
const json = (...path) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));

/** Whether node_modules holds what the lockfile says. npm keeps a copy of what it installed. */
function installed() {
  const copy = join('node_modules', '.package-lock.json');
  if (!existsSync(join(root, copy))) return false;
  const have = json(copy).packages;
  return Object.entries(json('package-lock.json').packages).every(
    ([path, { version, integrity, link, optional, devOptional }]) =>
      !path.startsWith('node_modules/') ||
      optional ||
      devOptional || // made for other platforms
      (have[path]?.version === version && have[path]?.integrity === integrity && have[path]?.link === link),
  );
}

/** Runs npm; what it says is for those whose build fails, and ends this program. */
function npm(...words) {
  const { status, error, stdout, stderr } = spawnSync('npm', words, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (error) throw error;
  if (status !== 0) {
    process.stderr.write(stdout + stderr);
    process.exit(status ?? 1);
  }
}

/** Every file below a folder but what is built, installed or hidden, in a fixed order. */
function sources(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !['dist', 'node_modules'].includes(name) && !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? sources(join(folder, entry.name)) : [join(folder, entry.name)]));
}

/** The workspaces by their packages' names. */
function workspaces() {
  const folders = ['packages', 'examples'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(root, group, name)),
  );
  return new Map(
    folders
      .filter((folder) => existsSync(join(folder, 'package.json')))
      .map((folder) => [json(relative(root, folder), 'package.json'), folder])
      .map(([manifest, folder]) => [
        manifest.name,
        {
          name: manifest.name,
          folder,
          builds: Boolean(manifest.scripts?.build),
          needs: Object.keys({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.peerDependencies }),
        },
      ]),
  );
}

/** The wanted ones, each after what it needs, with the hash of all that goes into it. */
function inOrder(all, wanted) {
  const common = ['package-lock.json', 'tsconfig.base.json', 'build.mjs'].map((name) => join(root, name));
  const done = new Map();
  const visit = (one) => {
    if (done.has(one.name)) return done.get(one.name);
    const hash = createHash('sha256');
    for (const need of one.needs.toSorted()) if (all.has(need)) hash.update(visit(all.get(need)).hash);
    for (const file of [...common, ...sources(one.folder)]) {
      const content = readFileSync(file);
      hash.update(`${relative(root, file)}\0${content.length}\0`).update(content);
    }
    done.set(one.name, { ...one, hash: hash.digest('hex') });
    return done.get(one.name);
  };
  [...all.values()].filter(wanted).forEach(visit);
  return done.values();
}

function build({ name, folder, hash }) {
  const stamp = join(stamps, name.replace('/', '+'));
  const built = existsSync(join(folder, 'dist')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
  if (built) return false;
  console.log(`Building ${name} …`);
  rmSync(stamp, { force: true });
  npm('run', 'build', '--silent', '--workspace', name);
  mkdirSync(stamps, { recursive: true });
  writeFileSync(stamp, hash);
  return true;
}

const names = process.argv.slice(2);
if (!installed()) {
  console.log('Installing what the lockfile says …');
  npm('ci', '--ignore-scripts', '--loglevel=error');
}
const all = workspaces();
const unknown = names.filter((name) => ![...all.values()].some(({ folder }) => basename(folder) === name));
if (unknown.length) {
  console.error(`There is no package or example called ${unknown.join(', ')}.`);
  process.exit(2);
}
const wanted = ({ folder }) => !names.length || names.includes(basename(folder));
const count = [...inOrder(all, wanted)].filter(({ builds }) => builds).filter(build).length;
console.log(count ? `${count} built, the others are up to date.` : 'Everything is up to date.');
