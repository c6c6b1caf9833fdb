import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';

/** A route that answers the same whatever it is asked. */
export interface BareRoute {
  readonly method: 'GET' | 'POST';
  /** As Fastify writes it. */
  readonly path: string;
  readonly answer: string;
}

/** The least that such routes cost, as the process of a benchmark: given them, it tells its port. */
export async function beBare(): Promise<void> {
  process.on('disconnect', () => process.exit());
  process.send?.('ready');
  const [routes] = (await once(process, 'message')) as [readonly BareRoute[]];
  const server = fastify();
  for (const { method, path, answer } of routes) {
    server.route({
      method,
      url: path,
      handler: async (_request, reply) => reply.type('application/json; charset=utf-8').send(answer),
    });
  }
  await server.listen({ port: 0, host: '127.0.0.1' });
  process.send?.((server.server.address() as AddressInfo).port);
}
