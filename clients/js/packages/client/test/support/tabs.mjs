// A Chromium whose tabs are hidden when another is in front. Playwright keeps all of its pages visible, so this speaks the protocol
// itself, over the pipe.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumFlags, chromiumPath } from './world.mjs';

export async function startTabs() {
  const home = await mkdtemp(join(tmpdir(), 'us-tabs-'));
  const flags = [...chromiumFlags, `--user-data-dir=${home}`, '--remote-debugging-pipe', 'about:blank'];
  const child = spawn(chromiumPath, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const [, , , commands, answers] = child.stdio;
  const waiting = new Map();
  let rest = '';
  let last = 0;
  answers.setEncoding('utf8').on('data', (data) => {
    const messages = (rest + data).split('\0');
    rest = messages.pop();
    for (const message of messages.map((text) => JSON.parse(text))) {
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    }
  });
  const tell = async (method, params = {}, sessionId) => {
    const id = ++last;
    const answered = new Promise((resolve) => waiting.set(id, resolve));
    commands.write(JSON.stringify({ id, method, params, sessionId }) + '\0');
    const { result, error } = await answered;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  return {
    async open(url) {
      const { targetId } = await tell('Target.createTarget', { url });
      const { sessionId } = await tell('Target.attachToTarget', { targetId, flatten: true });
      return {
        show: () => tell('Target.activateTarget', { targetId }),
        async evaluate(expression) {
          const { result, exceptionDetails } = await tell('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, sessionId);
          if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
          return result.value;
        },
      };
    },
    async stop() {
      const gone = once(child, 'exit');
      await tell('Browser.close');
      await gone;
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
