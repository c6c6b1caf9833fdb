import { CodedError, messageOf } from '@amphi/base';
import type { LocalTransport, RemoteTransport } from '@amphi/sdp';
import type { types } from 'mediasoup';
import { connectionState } from './connection-state.ts';
import type { ConnectionState, SfuErrorCode } from './contract.ts';

/** SCTP messages of at most this size, in both directions; the most Chromium sends. */
export const MAX_DATA_MESSAGE_BYTES = 262_144;

/** SCTP bytes waiting in the worker for one receiver; beyond it the worker drops messages. */
const SCTP_SEND_BUFFER_BYTES = 1_048_576;

/** A transport on the worker's shared UDP and TCP port, with SCTP. */
export function createWebRtcTransport(
  router: types.Router,
  webRtcServer: types.WebRtcServer,
  options: { readonly consentTimeoutS: number; readonly initialOutgoingBitrateBps: number },
): Promise<types.WebRtcTransport> {
  return router.createWebRtcTransport({
    webRtcServer,
    preferUdp: true,
    enableSctp: true,
    maxSctpMessageSize: MAX_DATA_MESSAGE_BYTES,
    sctpSendBufferSize: SCTP_SEND_BUFFER_BYTES,
    iceConsentTimeout: options.consentTimeoutS,
    initialAvailableOutgoingBitrate: options.initialOutgoingBitrateBps,
  });
}

/** What SDP must say about `transport`. */
export function localTransport(transport: types.WebRtcTransport): LocalTransport {
  const { usernameFragment, password } = transport.iceParameters;
  const fingerprints = transport.dtlsParameters.fingerprints.filter(({ algorithm }) => algorithm === 'sha-256');
  const { sctpParameters } = transport;
  return {
    iceUfrag: usernameFragment,
    icePwd: password,
    candidates: transport.iceCandidates.map(({ foundation, priority, address, protocol, port }) => ({
      foundation,
      priority,
      address,
      protocol,
      port,
    })),
    fingerprints,
    ...(sctpParameters ? { sctp: { port: sctpParameters.port, maxMessageSize: sctpParameters.maxMessageSize } } : {}),
  };
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

/** What a call into the worker threw, as an error of this package. */
export function closedError(what: string, cause?: unknown): CodedError<SfuErrorCode> {
  const detail = cause === undefined ? '' : `: ${messageOf(cause)}`;
  return new CodedError('closed', `${what} is closed${detail}`, cause === undefined ? {} : { cause });
}
