import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, isIPv4, isIPv6 } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { CodedError, type Millis, messageOf } from '@amphi/base';
import type { IceUrl } from '../settings/ice-url.ts';
import type { TurnCredentials } from './ice-servers.ts';
import {
  ATTRIBUTE,
  type Attribute,
  longTermKey,
  newTransactionId,
  REQUEST,
  readStunAnswer,
  readXorAddress,
  type StunAnswer,
  stunLength,
  writeStun,
  writeXorAddress,
} from './stun-message.ts';

export type TurnErrorCode =
  /** The name has no address. */
  | 'unknown_host'
  /** Nothing listens there, or no answer came in time. */
  | 'unreachable'
  /** The certificate is not accepted, or it is no TLS. */
  | 'tls'
  /** Something answered, but not as a TURN server does. */
  | 'no_turn'
  /** 401 with our credentials. */
  | 'refused'
  /** Any other error answer; the message has code and reason. */
  | 'error_answer';

export type TurnError = CodedError<TurnErrorCode>;

export interface RelayTrial {
  /** `address:port` that the server gave us. */
  readonly relayedAddress: string;
  /** Addresses of ours that it will not relay to, with its reason. */
  readonly deniedPeers: readonly { readonly address: string; readonly reason: string }[];
}

const UDP_PROTOCOL = 17;
/** First pause before a UDP request is repeated; doubled each time (RFC 5389, 7.2.1). */
const FIRST_RETRY_MS: Millis = 500;
const MAX_ANSWER_BYTES = 4096;

/**
 * Asks a TURN server for a relay as a browser does, for permission to send through it to `peers`, and gives it back.
 * @param options.peers addresses of the SFU: what browsers will ask for
 * @param options.ca certificates trusted besides those of the system, PEM
 * @throws TurnError
 */
export async function tryRelay(
  url: IceUrl,
  options: {
    readonly credentials: TurnCredentials;
    readonly peers: readonly string[];
    readonly timeoutMs: Millis;
    readonly ca?: string | undefined;
  },
): Promise<RelayTrial> {
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const channel = await openChannel(url, { deadline, ca: options.ca });
  try {
    return await talk(channel, options);
  } finally {
    channel.close();
  }
}

/** Carries one request and its answer at a time. */
interface Channel {
  /** @throws TurnError `unreachable`, `no_turn` */
  ask(message: Buffer, transactionId: Buffer): Promise<StunAnswer>;
  close(): void;
}

async function talk(
  channel: Channel,
  options: { readonly credentials: TurnCredentials; readonly peers: readonly string[] },
): Promise<RelayTrial> {
  const { username, credential } = options.credentials;
  const ask = (type: number, attributes: readonly Attribute[], key?: Buffer): Promise<StunAnswer> => {
    const transactionId = newTransactionId();
    return channel.ask(writeStun({ type, transactionId, attributes, key }), transactionId);
  };
  const wish = { type: ATTRIBUTE.requestedTransport, value: Buffer.from([UDP_PROTOCOL, 0, 0, 0]) };
  const challenge = await ask(REQUEST.allocate, [wish]);
  const realm = challenge.attributes.get(ATTRIBUTE.realm);
  const nonce = challenge.attributes.get(ATTRIBUTE.nonce);
  if (challenge.isSuccess) {
    throw turnError('error_answer', 'it gives relays to anybody, without credentials: an open relay');
  }
  if (challenge.error?.code !== 401 || !realm || !nonce) throw answerError(challenge);
  const key = longTermKey(username, realm.toString('utf8'), credential);
  const identity = [
    { type: ATTRIBUTE.username, value: Buffer.from(username) },
    { type: ATTRIBUTE.realm, value: realm },
    { type: ATTRIBUTE.nonce, value: nonce },
  ];
  const allocated = await ask(REQUEST.allocate, [wish, ...identity], key);
  if (!allocated.isSuccess) throw answerError(allocated);
  const relayed = allocated.attributes.get(ATTRIBUTE.xorRelayedAddress);
  const relayedAddress = relayed && readXorAddress(relayed, allocated.transactionId);
  if (!relayedAddress) throw turnError('no_turn', 'its answer names no relayed address');
  const deniedPeers: { address: string; reason: string }[] = [];
  const isFamily = relayedAddress.startsWith('[') ? isIPv6 : isIPv4;
  for (const address of options.peers.filter(isFamily)) {
    const transactionId = newTransactionId();
    const peer = { type: ATTRIBUTE.xorPeerAddress, value: writeXorAddress(address, transactionId) };
    const message = writeStun({ type: REQUEST.createPermission, transactionId, attributes: [peer, ...identity], key });
    const { error } = await channel.ask(message, transactionId);
    if (error) deniedPeers.push({ address, reason: `${error.code} ${error.reason}` });
  }
  // A lifetime of zero gives it back (RFC 5766, 7.1); if this gets lost the server does so itself after ten minutes.
  await ask(REQUEST.refresh, [{ type: ATTRIBUTE.lifetime, value: Buffer.alloc(4) }, ...identity], key).catch(() => {});
  return { relayedAddress, deniedPeers };
}

function answerError({ error }: StunAnswer): TurnError {
  if (error?.code === 401) return turnError('refused', 'it refuses the credentials (401)');
  return turnError(
    'error_answer',
    `it answers ${error?.code ?? 'without an error code'} ${error?.reason ?? ''}`.trim(),
  );
}

function turnError(code: TurnErrorCode, message: string, cause?: unknown): TurnError {
  return new CodedError(code, message, cause === undefined ? {} : { cause });
}

async function openChannel(
  url: IceUrl,
  options: { readonly deadline: AbortSignal; readonly ca: string | undefined },
): Promise<Channel> {
  const host = await addressOf(url.host);
  if (url.transport === 'udp') return udpChannel(host, url.port, options.deadline);
  return streamChannel(url, host, options);
}

async function addressOf(host: string): Promise<string> {
  if (isIP(host)) return host;
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw turnError('unknown_host', `the name ${host} has no address (${messageOf(error)})`, error);
  }
}

function udpChannel(host: string, port: number, deadline: AbortSignal): Channel {
  const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
  const failure = new FirstFailure();
  socket.on('error', (error) => failure.report(unreachable(error)));
  // Connected sockets learn of closed ports (ICMP).
  const connected = new Promise<void>((resolve) => socket.connect(port, host, resolve));
  return {
    ask: (message, transactionId) =>
      exchange(deadline, failure, (answered) => {
        let pauseMs = FIRST_RETRY_MS;
        let timer: NodeJS.Timeout | undefined;
        let isOver = false;
        const send = (): void => {
          if (isOver) return;
          socket.send(message);
          timer = setTimeout(send, pauseMs);
          pauseMs *= 2;
        };
        const onMessage = (bytes: Buffer): void => {
          const answer = readStunAnswer(bytes);
          if (answer?.transactionId.equals(transactionId)) answered(answer);
        };
        socket.on('message', onMessage);
        void connected.then(send);
        return () => {
          isOver = true;
          clearTimeout(timer);
          socket.off('message', onMessage);
        };
      }),
    close: () => socket.close(),
  };
}

function streamChannel(
  url: IceUrl,
  host: string,
  { deadline, ca }: { readonly deadline: AbortSignal; readonly ca: string | undefined },
): Channel {
  const isTls = url.scheme === 'turns';
  const { port } = url;
  const socket = isTls
    ? connectTls({
        host,
        port,
        ...(isIP(url.host) ? {} : { servername: url.host }),
        ...(ca === undefined ? {} : { ca }),
      })
    : connectTcp({ host, port });
  let isOpen = false;
  const failure = new FirstFailure();
  socket.once(isTls ? 'secureConnect' : 'connect', () => {
    isOpen = true;
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    const isNetwork = error.syscall === 'connect' || error.code === 'ECONNRESET' || error.code === 'EPIPE';
    failure.report(
      isTls && !isNetwork ? turnError('tls', `TLS fails: ${messageOf(error)}`, error) : unreachable(error),
    );
  });
  socket.on('close', () => {
    failure.report(turnError(isTls && !isOpen ? 'tls' : 'no_turn', 'it closes the connection without an answer'));
  });
  return {
    ask: (message, transactionId) =>
      exchange(deadline, failure, (answered) => {
        let received: Buffer = Buffer.alloc(0);
        const onData = (bytes: Buffer): void => {
          received = Buffer.concat([received, bytes]);
          const length = stunLength(received);
          if (length === undefined || (length <= MAX_ANSWER_BYTES && received.length < length)) return;
          const answer = readStunAnswer(received.subarray(0, length));
          if (answer?.transactionId.equals(transactionId)) answered(answer);
          else failure.report(turnError('no_turn', 'what answers there is no TURN server'));
        };
        socket.on('data', onData);
        socket.write(message);
        return () => socket.off('data', onData);
      }),
    close: () => socket.destroy(),
  };
}

/** What a socket died of: the first report counts, also for who asks later. */
class FirstFailure {
  readonly #signal = new AbortController();

  report(error: TurnError): void {
    this.#signal.abort(error);
  }

  get signal(): AbortSignal {
    return this.#signal.signal;
  }
}

/**
 * One request: settles by its answer, the socket's failure or the deadline.
 * @param start sends it; returns what lets its listeners go
 */
async function exchange(
  deadline: AbortSignal,
  failure: FirstFailure,
  start: (answered: (answer: StunAnswer) => void) => () => void,
): Promise<StunAnswer> {
  const over = AbortSignal.any([deadline, failure.signal]);
  let end = (): void => {};
  try {
    return await new Promise<StunAnswer>((resolve, reject) => {
      const giveUp = (): void =>
        reject(failure.signal.aborted ? failure.signal.reason : turnError('unreachable', 'no answer comes in time'));
      if (over.aborted) return giveUp();
      over.addEventListener('abort', giveUp, { once: true });
      end = start(resolve);
    });
  } finally {
    end();
  }
}

function unreachable(error: unknown): TurnError {
  return turnError('unreachable', `it cannot be reached (${messageOf(error)})`, error);
}
