import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { silentLogger } from '@amphi/base';
import { type ClientTokenClaims, templateBody } from '@amphi/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import type { SessionHost } from '../../../apps/server/src/sessions/ports/host.ts';
import { createSessionHost } from '../../../apps/server/src/sessions/session-host.ts';
import { limitsSchema } from '../../../apps/server/src/settings/limits.ts';
import { WEBSOCKET_OPTIONS } from '../../../apps/server/src/signaling/limits.ts';

export const PUBLIC_URL = 'http://127.0.0.1';

const PLENTY = { perSecond: 1e12, burst: 1e12 };
/** What is measured is what the server can, not what it allows. */
const WITHOUT_LIMITS = {
  peersPerToken: 1e9,
  peersPerAddress: 1e9,
  peersPerRole: 1e9,
  peersPerRoom: 1e9,
  messagesPerToken: PLENTY,
  messageBytesPerToken: PLENTY,
  chatPerToken: PLENTY,
  toldBytesPerToken: PLENTY,
  toldBytesPerRoom: PLENTY,
  sentBytesPerRoom: PLENTY,
};

/**
 * The real session host with one room; only what signaling does not touch (database, media, streams) is left out. A token
 * is the name of its role.
 */
export function createBareHost(roles: Readonly<Record<string, object>>): SessionHost {
  const template = templateBody.parse({ name: 'bench', roles });
  const room = {
    id: 'r',
    name: 'r',
    description: '',
    enabled: true,
    size: 0,
    maxDurationS: 0,
    polls: [],
    appId: '',
    templateId: '',
    template,
  };
  const claimsOf = (role: string): ClientTokenClaims => ({
    type: 'app',
    version: 2,
    access_key: '',
    room_id: 'r',
    role,
    iat: 0,
    exp: 4e9,
  });
  const missing = (): never => {
    throw new Error('not part of this benchmark');
  };
  const absent = async (): Promise<never> => missing();
  const idle = async (): Promise<void> => {};
  return createSessionHost({
    rooms: { findRoom: async () => room, isCodeEnabled: async () => true, disableRoom: absent },
    tokens: { verify: async (token) => ({ claims: claimsOf(token), expired: false }), issue: absent },
    records: { create: absent, update: absent },
    beams: { create: absent, update: absent },
    archive: { output: missing, trackOutput: missing, finalise: () => {} },
    chat: { keep: () => {}, forget: () => {}, read: async () => [] },
    sessions: {
      maxRestMs: 0,
      open: idle,
      savePeers: idle,
      removePeers: idle,
      saveState: idle,
      removeState: idle,
      close: idle,
    },
    node: 'bench',
    sfu: {
      createSessionRouter: absent,
      stats: absent,
      close: () => {},
      closed: new Promise<never>(() => {}),
    },
    jobs: {
      requireCapacity: () => {},
      warmUp: () => {},
      effort: { jobs: 0, cpuSeconds: 0, framesEncoded: 0, framesSkipped: 0, thinned: 0 },
      start: missing,
      chooseLayers: missing,
      hlsOutput: missing,
      rtmpOutput: missing,
      whepOutput: missing,
      requireTargets: missing,
      close: async () => {},
    },
    origin: { onPlayable: () => () => {}, playbackPath: missing, endStream: absent, addDateRange: absent },
    publicUrl: () => PUBLIC_URL,
    limits: limitsSchema.parse(WITHOUT_LIMITS),
    connections: { silenceMs: 3_600_000 },
    logger: silentLogger,
  });
}

/** Listens on any port, which the parent process is told. Ends with the parent. */
export async function serve(accept: (socket: WebSocket, query: URLSearchParams, wire: Duplex) => void): Promise<void> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, ...WEBSOCKET_OPTIONS });
  sockets.on('connection', (socket, request) => {
    accept(socket, new URL(request.url ?? '/', 'http://host').searchParams, request.socket);
  });
  process.on('disconnect', () => process.exit());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send?.({ port: (server.address() as AddressInfo).port });
}
