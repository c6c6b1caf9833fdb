import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { ROOT } from '../paths.mjs';
import { batchSockets } from './send-batch.mjs';

const WORKER = join(ROOT, 'node_modules/mediasoup/worker');
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'amphi-batch-'));
  folders.push(made);
  return made;
}

it.runIf(process.platform === 'linux')('fits the sockets of the mediasoup that is installed', async () => {
  const { includeDirs, replaced } = await batchSockets(WORKER, folder());
  const [[original, source]] = [...replaced] as [[string, string]];
  expect(original).toBe(join(WORKER, 'src/handles/UdpSocketHandle.cpp'));
  expect(readFileSync(source, 'utf8')).toContain('UdpSendBatch::OfThisThread().Add(this, data, len, addr, cb)');
  const headers = ['UdpSocketHandle.hpp', 'UdpSendBatch.hpp'].map((name, index) =>
    readFileSync(join(includeDirs[index]!, 'handles', name), 'utf8'),
  );
  expect(headers[0]).toContain('class UdpSocketHandle : public UdpSendBatch::Socket');
  expect(headers[1]).toContain('class UdpSendBatch');
});

it.runIf(process.platform === 'linux')('refuses other sockets, and says what to do', async () => {
  const worker = folder();
  for (const path of ['include/handles/UdpSocketHandle.hpp', 'src/handles/UdpSocketHandle.cpp']) {
    cpSync(join(WORKER, path), join(worker, path));
  }
  const source = join(worker, 'src/handles/UdpSocketHandle.cpp');
  writeFileSync(source, readFileSync(source, 'utf8').replace('uv_udp_try_send()', 'another way'));
  await expect(batchSockets(worker, folder())).rejects.toMatchObject({
    message: expect.stringContaining('cannot be changed to send in batches'),
    remedy: [expect.stringContaining('MEDIASOUP_WORKER_BIN')],
  });
});
