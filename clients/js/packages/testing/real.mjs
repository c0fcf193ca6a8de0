// The real understudy, for what is generated from it and compared with it.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const config = (folder) => `
[server]
listen = ["127.0.0.1:0"]

[admin]
listen = ["unix:${folder}/admin.sock"]

[groups.api]
id = "7f1c5b1e-0c57-4a55-8a43-2a1d2b5ce1d0"
default = true
retry_after = "12345s"
retry_jitter = 0

[groups.api.cors]
origins = ["http://127.0.0.1:*"]
credentials = true
`;

/** Starts the binary: its address, a way to ask it, and its command line. */
export async function start(binary) {
  const folder = await mkdtemp(join(tmpdir(), 'us-'));
  const file = join(folder, 'understudy.toml');
  await writeFile(file, config(folder));
  const child = spawn(binary, ['serve', '--config', file], {
    env: { ...process.env, UNDERSTUDY_STORE_PATH: 'memory' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };

  const log = [];
  let port;
  for await (const line of createInterface({ input: child.stderr })) {
    log.push(line);
    const event = line.startsWith('{') ? JSON.parse(line) : {};
    if (event.event === 'listening' && event.listener === 'public') port = Number(event.address.split(':')[1]);
    if (event.event === 'ready') break;
  }
  if (!port) {
    await stop();
    throw new Error(`${binary} did not start:\n${log.join('\n')}`);
  }
  child.stderr.resume();

  const run = promisify(execFile);
  return {
    url: `http://127.0.0.1:${port}`,
    /** `understudy WORDS…`, told to this server. */
    say: async (...words) => void (await run(binary, [...words, '--config', file])),
    ask: (method, path, headers = {}) => ask(port, method, path, headers),
    stop,
  };
}

/** One exchange, with nothing added or taken away: fetch would send headers of its own. */
export function ask(port, method, path, headers = {}) {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      const fields = [];
      for (let i = 0; i < response.rawHeaders.length; i += 2) fields.push([response.rawHeaders[i], response.rawHeaders[i + 1]]);
      resolve({ status: response.statusCode, headers: fields, body: Buffer.concat(chunks).toString() });
    });
    asked.on('error', reject);
    asked.end();
  });
}
