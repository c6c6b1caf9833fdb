import { CodedError, type Deadline, messageOf } from '@amphi/base';
import type { LocalTransport, RemoteTransport } from '@amphi/sdp';
import { errors, type types } from 'mediasoup';
import { connectionState } from './connection-state.ts';
import type { ConnectionState, ListenAddress, SfuErrorCode } from './contract.ts';

/** SCTP messages of at most this size, in both directions; the most Chromium sends. */
export const MAX_DATA_MESSAGE_BYTES = 262_144;

/** For what is asked of a worker for one connection. It answers in milliseconds; a busy one may take a second. */
export const WORKER_DEADLINE: Deadline = { ms: 20_000 };

/** SCTP bytes waiting in the worker for one receiver; beyond it the worker drops messages. */
const SCTP_SEND_BUFFER_BYTES = 1_048_576;

/** Where the worker of a transport listens. */
const listens = new WeakMap<types.WebRtcTransport, readonly ListenAddress[]>();

/** A transport on the worker's shared UDP and TCP ports, with SCTP. */
export async function createWebRtcTransport(
  router: types.Router,
  webRtcServer: types.WebRtcServer,
  options: {
    readonly listen: readonly ListenAddress[];
    readonly consentTimeoutS: number;
    readonly initialOutgoingBitrateBps: number;
  },
): Promise<types.WebRtcTransport> {
  const transport = await router.createWebRtcTransport({
    webRtcServer,
    preferUdp: true,
    enableSctp: true,
    maxSendMessageSize: MAX_DATA_MESSAGE_BYTES,
    maxReceiveMessageSize: MAX_DATA_MESSAGE_BYTES,
    sctpSendBufferSize: SCTP_SEND_BUFFER_BYTES,
    iceConsentTimeout: options.consentTimeoutS,
    initialAvailableOutgoingBitrate: options.initialOutgoingBitrateBps,
  });
  listens.set(transport, options.listen);
  return transport;
}

/** What SDP must say about `transport`. */
export function localTransport(transport: types.WebRtcTransport): LocalTransport {
  const { usernameFragment, password } = transport.iceParameters;
  const fingerprints = transport.dtlsParameters.fingerprints.filter(({ algorithm }) => algorithm === 'sha-256');
  const { sctpParameters } = transport;
  return {
    iceUfrag: usernameFragment,
    icePwd: password,
    candidates: candidatesOf(transport),
    fingerprints,
    ...(sctpParameters
      ? { sctp: { port: sctpParameters.port, maxMessageSize: sctpParameters.maxReceiveMessageSize } }
      : {}),
  };
}

/** One step of the local preference (RFC 8445, 5.1.2.1). */
const PREFERENCE = 2 ** 8;

/**
 * One candidate for each address that is announced for a socket, the first preferred. Written here and not by mediasoup,
 * whose sockets have one announced address each, for ever: a socket behind a NAT is reached by two, and a name may come to
 * mean another one.
 */
function candidatesOf(transport: types.WebRtcTransport): LocalTransport['candidates'] {
  const listen = listens.get(transport) ?? [];
  return transport.iceCandidates.flatMap(({ foundation, priority, address: ip, protocol, port }) => {
    const announced = listen.find((one) => one.ip === ip)?.announced?.() ?? [ip];
    return announced.map((address, index) => ({
      foundation,
      priority: priority - index * PREFERENCE,
      address,
      protocol,
      port,
    }));
  });
}

/**
 * Starts DTLS towards the other side.
 * @param remoteRole what the other side is in the DTLS handshake
 */
export async function connectTransport(
  transport: types.WebRtcTransport,
  remote: RemoteTransport,
  remoteRole: 'client' | 'server',
): Promise<void> {
  const fingerprints = remote.fingerprints.map(({ algorithm, value }) => ({ algorithm, value }));
  await transport.connect({ dtlsParameters: { role: remoteRole, fingerprints } });
}

/** Calls back at every change of the connection's state; ends with the transport. */
export function watchConnection(transport: types.WebRtcTransport, onState: (state: ConnectionState) => void): void {
  let last = connectionState(transport.iceState, transport.dtlsState);
  const check = (): void => {
    const state = connectionState(transport.iceState, transport.dtlsState);
    if (state === last) return;
    last = state;
    onState(state);
  };
  transport.on('icestatechange', check);
  transport.on('dtlsstatechange', check);
}

/** Whether a call into the worker failed because it has died: that is known some milliseconds ahead of what is closed for it. */
export function isOfDeadWorker(error: unknown): boolean {
  return error instanceof errors.WorkerClosedError;
}

/** What a call into the worker threw, as an error of this package. */
export function closedError(what: string, cause?: unknown): CodedError<SfuErrorCode> {
  const detail = cause === undefined ? '' : `: ${messageOf(cause)}`;
  return new CodedError('closed', `${what} is closed${detail}`, cause === undefined ? {} : { cause });
}
