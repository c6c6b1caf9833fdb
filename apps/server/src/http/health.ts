import { PublicError } from '@amphi/protocol';
import type { Store } from '@amphi/store';
import type { WebServer } from './web-server.ts';

/** Whether the server takes new work. */
export class Readiness {
  #draining = false;

  get isDraining(): boolean {
    return this.#draining;
  }

  /** From now on new sessions and streams are refused. */
  drain(): void {
    this.#draining = true;
  }

  /** @throws PublicError 503 */
  assertAccepting(): void {
    if (this.#draining) throw new PublicError(503, 'the server is shutting down');
  }
}

/** `/healthz`: the process lives. `/readyz`: it also reaches its database and is not shutting down. */
export function healthRoutes(
  server: WebServer,
  options: { readonly store: Pick<Store, 'ping'>; readonly readiness: Readiness },
): void {
  server.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'ok' }));
  server.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
    if (options.readiness.isDraining) return reply.code(503).send({ status: 'draining' });
    try {
      await options.store.ping();
    } catch {
      return reply.code(503).send({ status: 'the database does not answer' });
    }
    return { status: 'ready' };
  });
}
