import { type Clock, type Millis, Scope } from '@amphi/base';
import { connectForDiagnostics } from '../endpoints.ts';
import type { Environment, StatsEntry } from '../environment.ts';
import { ClientError } from '../errors.ts';
import { tracksOfSdp } from '../msid.ts';
import { summarizeStats } from '../stats.ts';

/** A way to the media workers. */
export type Path = 'udp' | 'tcp' | 'turn';

export interface ProbeContext {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly endpoint: string;
  readonly token: string;
  readonly iceServers: readonly RTCIceServer[];
  /** Ends all probes. */
  readonly signal: AbortSignal | undefined;
}

/** From the answer to a connection; a relay over TLS takes some round trips. */
const CONNECT_MS: Millis = 8_000;
/** Estimates grow for some seconds. */
const MEASURE_MS: Millis = 5_000;
const SAMPLE_EVERY_MS: Millis = 500;
/** Media may flow before the pair is nominated that they go by (RFC 8445, 8.1.1). */
const SETTLE_MS: Millis = 3_000;
/** More than a camera and a screen need. */
const MAX_BITRATE_BPS = 2_500_000;

/**
 * Connects to a media worker by one way alone.
 * @throws ClientError `media_lost` when it leads nowhere; those of the server
 */
export async function probePath(
  context: ProbeContext,
  path: Path,
): Promise<{ readonly roundTripMs: number | undefined; readonly protocol: string | undefined }> {
  return probe(context, path, undefined, async (connection, scope) => {
    const until = context.clock.now() + SETTLE_MS;
    for (;;) {
      const entries = await connection.stats();
      const { roundTripMs } = summarizeStats([entries]);
      if (roundTripMs !== undefined || context.clock.now() >= until) {
        return { roundTripMs, protocol: relayProtocolOf(entries) };
      }
      await pause(scope);
    }
  });
}

/** Sends a picture that is hard to compress for some seconds. @returns bits per second that the browser takes the path to carry */
export async function measureBandwidth(context: ProbeContext, path: Path): Promise<number> {
  const picture = context.environment.createTestPicture();
  try {
    return await probe(context, path, picture.track, async (connection, scope) => {
      let best = 0;
      const until = context.clock.now() + MEASURE_MS;
      while (context.clock.now() < until) {
        await pause(scope);
        best = Math.max(best, summarizeStats([await connection.stats()]).availableOutgoingBps ?? 0);
      }
      return best;
    });
  } finally {
    picture.stop();
  }
}

async function probe<T>(
  { environment, clock, endpoint, token, iceServers, signal }: ProbeContext,
  path: Path,
  track: MediaStreamTrack | undefined,
  use: (connection: ReturnType<Environment['createPeerConnection']>, scope: Scope) => Promise<T>,
): Promise<T> {
  const scope = new Scope({ clock });
  const end = (): void => scope.close();
  signal?.addEventListener('abort', end);
  try {
    if (signal?.aborted) throw new ClientError('closed', 'the diagnostics were ended');
    const connection = environment.createPeerConnection(
      path === 'turn' ? { iceServers: [...iceServers], iceTransportPolicy: 'relay' } : { iceServers: [] },
    );
    scope.defer(() => connection.close());
    const connected = new Promise<void>((resolve, reject) => {
      const lost = (): void => reject(new ClientError('media_lost', `no connection by ${path}`));
      connection.onState((state) => {
        if (state === 'connected') resolve();
        if (state === 'failed') lost();
      });
      scope.after(CONNECT_MS, lost);
    });
    // Awaited below; the request before it may fail first.
    connected.catch(() => {});
    connection.createDataChannel('diagnostics');
    if (track) {
      connection.addSender({
        kind: 'video',
        group: 'diagnostics',
        track,
        encodings: [{ maxBitrate: MAX_BITRATE_BPS }],
      });
    }
    const offer = await scope.whileOpen(connection.offer({ iceRestart: false }));
    const trackId = tracksOfSdp(offer)[0]?.trackId;
    const answer = await scope.whileOpen(
      connectForDiagnostics({ environment, clock }, endpoint, { token, offer, trackId }),
    );
    await scope.whileOpen(connection.acceptAnswer(path === 'turn' ? answer : withCandidatesOf(answer, path)));
    await scope.whileOpen(connected);
    return await scope.whileOpen(use(connection, scope));
  } finally {
    signal?.removeEventListener('abort', end);
    scope.close();
  }
}

function pause(scope: Scope): Promise<void> {
  return scope.whileOpen(new Promise<void>((resolve) => scope.after(SAMPLE_EVERY_MS, resolve)));
}

/** The answer without the candidates of other transports (RFC 8839, 5.1: foundation, component, transport). */
export function withCandidatesOf(answer: string, transport: 'udp' | 'tcp'): string {
  return answer
    .split(/\r?\n/)
    .filter((line) => {
      const [, found] = /^a=candidate:\S+ \d+ (\S+) /.exec(line) ?? [];
      return found === undefined || found.toLowerCase() === transport;
    })
    .join('\r\n');
}

/** How the browser speaks to the relay of the pair that is used: `udp`, `tcp` or `tls`. */
function relayProtocolOf(entries: readonly StatsEntry[]): string | undefined {
  const pair = entries.find((entry) => entry.type === 'candidate-pair' && entry.nominated === true);
  const local = entries.find((entry) => entry.id === pair?.localCandidateId);
  return typeof local?.relayProtocol === 'string' ? local.relayProtocol : undefined;
}
