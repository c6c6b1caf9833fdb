import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServedFile } from './nginx.ts';

/**
 * Answers with these files and nothing else: what Node's HTTP server itself costs, whatever stands behind it. Ends with
 * its process. @returns its address
 */
export async function serveBare(files: readonly ServedFile[]): Promise<string> {
  const answers = new Map(
    files.map(({ path, body, contentType, headers }) => [
      path,
      {
        body,
        headers: Object.entries({
          ...{ 'content-type': contentType, 'content-length': String(body.byteLength) },
          ...headers,
        }).flat(),
      },
    ]),
  );
  const server = createServer(({ url = '' }, response) => {
    const mark = url.indexOf('?');
    const answer = answers.get(mark === -1 ? url : url.slice(0, mark));
    if (!answer) response.writeHead(404).end();
    else response.writeHead(200, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
