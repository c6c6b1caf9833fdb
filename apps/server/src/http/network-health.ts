import { randomBytes } from 'node:crypto';
import { Buckets, type Clock, charge } from '@amphi/base';
import type { NetworkHealth } from '@amphi/protocol';
import * as z from 'zod';
import { addressKey } from '../budgets/address-key.ts';
import { overBudget } from '../budgets/over-budget.ts';
import { errorBody } from './bodies.ts';
import type { WebServer } from './web-server.ts';

/** Enough to tell a connection that carries a good camera from one that does not, and no more than a page of our own weighs. */
const BYTES = 256 * 1024;

/** So many behind one address measure at once, and one more in each second. */
const PER_ADDRESS = { perSecond: 1, burst: 60 } as const;

/**
 * How good a connection is, by the kbit/s that it brings: a good camera's picture and its sound are 1.3 Mbit/s, a small one's
 * 0.3, and on a stage there are several.
 */
const SCORES: NetworkHealth['scoreMap'] = {
  1: { low: 0, high: 300 },
  2: { low: 300, high: 700 },
  3: { low: 700, high: 1_500 },
  4: { low: 1_500, high: 4_000 },
  5: { low: 4_000 },
};

/** What `/init` tells of the measurement (client protocol, 2.2). */
export function networkHealth(base: string): NetworkHealth {
  return { url: `${base}/v2/network-health`, timeout: 10_000, scoreMap: SCORES };
}

/** `GET /v2/network-health`: bytes to take the time of. They are never kept, and cannot be made shorter on the way. */
export function networkHealthRoute(server: WebServer, { clock }: { readonly clock: Clock }): void {
  const limit = new Buckets({ name: 'measurements of this address', rate: PER_ADDRESS });
  const body = noise();
  const schema = {
    tags: ['clients'],
    summary: 'Bytes by which a client measures its connection before it joins',
    response: { 200: z.string(), 429: errorBody },
  };
  server.get('/network-health', { schema }, async (request, reply) => {
    const refusal = charge([{ limit, key: addressKey(request.ip) }], clock.now());
    if (refusal) throw overBudget(refusal);
    reply.header('cache-control', 'no-store, no-transform');
    return reply.type('text/plain').send(body);
  });
}

/** Letters without order, so that a length in characters is one in bytes. */
function noise(): string {
  return randomBytes((BYTES * 3) / 4).toString('base64');
}
