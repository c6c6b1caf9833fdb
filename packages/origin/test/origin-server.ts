import type { AddressInfo } from 'node:net';
import type { StreamDescription } from '@amphi/protocol';
import { IngestClient } from '@amphi/testkit';
import Fastify from 'fastify';
import { Origin, type OriginOptions, originPlugin, sharedIngestToken } from '../src/index.ts';

export const TOKEN = 'token-of-the-test';

/** An origin listening on a free port. */
export interface OriginServer {
  readonly origin: Origin;
  /** Base of the playback URLs, without a slash at the end. */
  readonly hls: string;
  readonly ingest: string;
  client(streamId: string, token?: string): IngestClient;
  close(): Promise<void>;
}

export async function startOrigin(
  options: OriginOptions & { readonly trustProxy?: boolean; readonly addressKey?: (address: string) => string } = {},
): Promise<OriginServer> {
  const origin = new Origin(options);
  const { addressKey, trustProxy = false } = options;
  const app = Fastify({ forceCloseConnections: true, trustProxy });
  await app.register(originPlugin, {
    origin,
    isIngestTokenValid: sharedIngestToken(TOKEN),
    ...(addressKey ? { addressKey } : {}),
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const base = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  return {
    origin,
    hls: `${base}/hls`,
    ingest: `${base}/ingest`,
    client: (streamId, token = TOKEN) => new IngestClient({ ingestUrl: `${base}/ingest`, token, streamId }),
    async close() {
      origin.close();
      await origin.closed;
      await app.close();
    },
  };
}

/** Parts of half a second, four to a segment; video and audio alike. */
export const DESCRIPTION: StreamDescription = {
  targetDurationSeconds: 2,
  playlistType: 'live',
  windowSegments: 4,
  renditions: [
    {
      kind: 'video',
      id: 'v720',
      codecs: 'avc1.64001F',
      bandwidthBps: 3_000_000,
      partTargetSeconds: 0.5,
      width: 1280,
      height: 720,
      frameRate: 30,
    },
    { kind: 'audio', id: 'audio', codecs: 'mp4a.40.2', bandwidthBps: 128_000, partTargetSeconds: 0.512, channels: 2 },
  ],
};

/** Feeds a stream with parts whose bytes tell which they are; the origin never looks into them. */
export class Feeder {
  readonly #client: IngestClient;
  readonly #next = new Map<string, number>();
  readonly #startedAt: number;
  /** Whether it tells that keyframes take the first four bytes of their parts. */
  tellsIFrames = false;
  #firstMsn = 0;

  constructor(client: IngestClient, startedAt = Date.UTC(2026, 0, 31, 10)) {
    this.#client = client;
    this.#startedAt = startedAt;
  }

  async attach(description: StreamDescription = DESCRIPTION): Promise<{ generation: number; nextMsn: number }> {
    const answer = await this.#client.attach(description);
    this.#firstMsn = answer.nextMsn;
    this.#next.clear();
    for (const { id } of description.renditions)
      await this.#client.putInit(id, Buffer.from(`init ${answer.generation}`));
    return answer;
  }

  /** @param count of parts for each of the renditions, half a second each */
  async feed(count: number, renditions: readonly string[] = ['v720', 'audio']): Promise<void> {
    for (let i = 0; i < count; i++) {
      for (const renditionId of renditions) {
        const index = this.#next.get(renditionId) ?? 0;
        this.#next.set(renditionId, index + 1);
        const part = index % 4;
        await this.#client.putPart(
          {
            renditionId,
            segment: Math.floor(index / 4),
            part,
            data: Buffer.from(`${renditionId} ${this.#firstMsn + Math.floor(index / 4)}.${part};`),
            duration: 0.5,
            independent: part === 0,
            last: part === 3,
            ...(this.tellsIFrames && part === 0 && renditionId !== 'audio' ? { iFrameBytes: 4 } : {}),
            startsAt: index * 0.5,
            endsAt: (index + 1) * 0.5,
          },
          this.#firstMsn,
          this.#startedAt + this.#firstMsn * 2000,
        );
      }
    }
  }

  end(): Promise<void> {
    return this.#client.end();
  }
}
