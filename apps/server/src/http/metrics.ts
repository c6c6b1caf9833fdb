import { createHash, timingSafeEqual } from 'node:crypto';
import type { Origin } from '@amphi/origin';
import { errorCodes, PublicError, type PublicErrorCode } from '@amphi/protocol';
import type { Store } from '@amphi/store';
import type { FastifyRequest } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { FactRecorder } from '../sessions/ports/records.ts';
import { bearerOf } from '../tokens/management-tokens.ts';
import type { WebServer } from './web-server.ts';

/** What `/metrics` shows (Prometheus text format). Other parts may add their own to the registry. */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #sockets: Gauge;
  readonly #signIns: Counter<'result'>;
  readonly #joins: Counter;
  readonly #refusals: Counter<'at' | 'why'>;

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.#requests = new Histogram({
      name: 'amphi_http_request_seconds',
      help: 'Time from a request to its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10],
      registers: [this.registry],
    });
    this.#sockets = new Gauge({
      name: 'amphi_signaling_sockets',
      help: 'Signaling sockets that are open.',
      registers: [this.registry],
    });
    this.#signIns = new Counter({
      name: 'amphi_sign_ins_total',
      help: 'Tries to sign in to the dashboard.',
      labelNames: ['result'],
      registers: [this.registry],
    });
    this.#joins = new Counter({
      name: 'amphi_joins_total',
      help: 'People who came into a session.',
      registers: [this.registry],
    });
    this.#refusals = new Counter({
      name: 'amphi_joins_refused_total',
      help: 'Tries to come into a session that were refused: how far they had come, and why.',
      labelNames: ['at', 'why'],
      registers: [this.registry],
    });
  }

  /** Counts who joined, and who was refused by a role, beside what else is done with facts. */
  countFacts(facts: FactRecorder): FactRecorder {
    return {
      record: (happened) => {
        if (happened.fact.type === 'peerJoined') this.#joins.inc();
        if (happened.fact.type === 'joinRefused') this.joinRefused('session', 403);
        facts.record(happened);
      },
    };
  }

  /** @param at how far it had come: the init endpoint, the signaling socket, the session */
  joinRefused(at: 'init' | 'socket' | 'session', code: PublicErrorCode): void {
    this.#refusals.inc({ at, why: errorCodes[code].name });
  }

  /** Counts what the database is asked. */
  countStatements(store: Pick<Store, 'statements'>): void {
    new Counter({
      name: 'amphi_database_statements_total',
      help: 'Statements sent to the database.',
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(store.statements);
      },
    });
  }

  socketOpened(): void {
    this.#sockets.inc();
  }

  socketClosed(): void {
    this.#sockets.dec();
  }

  signInTried(result: 'ok' | 'refused'): void {
    this.#signIns.inc({ result });
  }

  /** Shows what players have cost, from the numbers the origin counts. */
  countPlayback({ traffic }: Pick<Origin, 'traffic'>): void {
    const show = (name: string, help: string, read: () => number): void => {
      const counter = new Counter({
        name,
        help,
        registers: [this.registry],
        collect: () => {
          counter.reset();
          counter.inc(read());
        },
      });
    };
    show('amphi_playback_answers_total', 'Answers to players: playlists, parts, segments.', () => traffic.answers);
    show('amphi_playback_bytes_total', 'Bytes of these answers, without headers.', () => traffic.bytes);
    show('amphi_playback_waits_total', 'Requests of players that had to wait for their answer.', () => traffic.waits);
    show(
      'amphi_playback_refused_total',
      'Requests of players that were refused because too much waited on their connection.',
      () => traffic.refused,
    );
  }

  /** Measures every request by its route, never by its path, which has ids and codes in it. */
  measureRequests(server: WebServer): void {
    server.addHook('onResponse', (request, reply, done) => {
      const labels = {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: String(reply.statusCode),
      };
      this.#requests.observe(labels, reply.elapsedTime / 1000);
      done();
    });
  }
}

/**
 * `GET /metrics`. Without a token in the settings only for programs of this machine that come straight: what a proxy
 * passes on says so, and may be anybody's.
 */
export function metricsRoute(
  server: WebServer,
  options: { readonly metrics: Metrics; readonly metricsToken: string | undefined },
): void {
  const { metrics, metricsToken } = options;
  const isRight = metricsToken === undefined ? undefined : secretCheck(metricsToken);
  server.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    if (isRight) {
      if (!isRight(bearerOf(request.headers.authorization) ?? '')) {
        throw new PublicError(401, 'the metrics need the token of the setting metricsToken');
      }
    } else if (!isFromThisMachine(request)) {
      throw new PublicError(403, 'the metrics are for this machine alone until the setting metricsToken is set');
    }
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

/** Compares in a time that says nothing about the secret. */
function secretCheck(secret: string): (given: string) => boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const wanted = digest(secret);
  return (given) => timingSafeEqual(wanted, digest(given));
}

function isFromThisMachine({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>): boolean {
  const passedOn = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
  return !passedOn && /^(127\.|::1$|::ffff:127\.)/.test(ip);
}
