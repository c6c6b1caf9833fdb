import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderWith } from '../test/folder.ts';
import { downloadPrebuilt, prebuiltUrl } from './prebuilt.mjs';

const mediasoup = { version: '3.19.3', repository: { url: 'git+https://code.example/sfu/mediasoup.git' } };

describe('prebuiltUrl', () => {
  it("is in the releases of the package's repository", () => {
    expect(prebuiltUrl(mediasoup, {})).toMatch(
      /^https:\/\/code\.example\/sfu\/mediasoup\/releases\/download\/3\.19\.3\/mediasoup-worker-3\.19\.3-linux-\w+-kernel\d+\.tgz$/,
    );
  });

  it('is elsewhere when told so', () => {
    const env = { MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL: 'http://mirror.example/m/' };
    expect(prebuiltUrl(mediasoup, env)).toMatch(/^http:\/\/mirror\.example\/m\/3\.19\.3\/mediasoup-worker-/);
  });
});

describe('downloadPrebuilt', () => {
  async function serve(files: Record<string, Uint8Array>): Promise<string> {
    const server = createServer((request, response) => {
      const file = files[request.url ?? ''];
      response.writeHead(file === undefined ? 404 : 200).end(file);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('unpacks the program', async () => {
    const folder = folderWith({ 'mediasoup-worker': 'the program' });
    execFileSync('tar', ['-czf', 'w.tgz', 'mediasoup-worker'], { cwd: folder });
    const base = await serve({ '/w.tgz': readFileSync(join(folder, 'w.tgz')) });
    expect(readFileSync(await downloadPrebuilt(`${base}/w.tgz`, folderWith()), 'utf8')).toBe('the program');
  });

  it('says why there is none', async () => {
    const base = await serve({ '/broken.tgz': Buffer.from('not an archive') });
    await expect(downloadPrebuilt(`${base}/none.tgz`, folderWith())).rejects.toThrow('status 404');
    await expect(downloadPrebuilt(`${base}/broken.tgz`, folderWith())).rejects.toThrow('not usable');
  });

  it('says that nobody answers', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await expect(downloadPrebuilt(`http://127.0.0.1:${port}/w.tgz`, folderWith())).rejects.toThrow('ECONNREFUSED');
  });
});
