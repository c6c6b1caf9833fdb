import { createHash, createHmac, randomBytes } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';

/**
 * STUN messages (RFC 5389) as far as a TURN client needs them (RFC 5766). Written and read here and not by a library, as
 * the ones there are come with a whole agent.
 */

const MAGIC = 0x2112a442;
const HEADER_BYTES = 20;
const INTEGRITY_BYTES = 24;

/** Methods with the class of a request (RFC 5766, 13). */
export const REQUEST = { allocate: 0x003, refresh: 0x004, createPermission: 0x008 } as const;

/** Attribute types (RFC 5389, 18.2; RFC 5766, 14). */
export const ATTRIBUTE = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedTransport: 0x0019,
} as const;

/** The class bits of a message type. */
const CLASS_MASK = 0x0110;
const ERROR_CLASS = 0x0110;
const SUCCESS_CLASS = 0x0100;

export interface Attribute {
  readonly type: number;
  readonly value: Buffer;
}

/** The key of long-term credentials (RFC 5389, 15.4). */
export function longTermKey(username: string, realm: string, password: string): Buffer {
  return createHash('md5').update(`${username}:${realm}:${password}`).digest();
}

export function newTransactionId(): Buffer {
  return randomBytes(12);
}

/** @param key when given, MESSAGE-INTEGRITY follows the attributes */
export function writeStun(message: {
  readonly type: number;
  readonly transactionId: Buffer;
  readonly attributes: readonly Attribute[];
  readonly key?: Buffer | undefined;
}): Buffer {
  const body = Buffer.concat(message.attributes.map(writeAttribute));
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(message.type, 0);
  // The length that is signed counts the signature, too (RFC 5389, 15.4).
  header.writeUInt16BE(body.length + (message.key ? INTEGRITY_BYTES : 0), 2);
  header.writeUInt32BE(MAGIC, 4);
  message.transactionId.copy(header, 8);
  const unsigned = Buffer.concat([header, body]);
  if (!message.key) return unsigned;
  const value = createHmac('sha1', message.key).update(unsigned).digest();
  return Buffer.concat([unsigned, writeAttribute({ type: ATTRIBUTE.messageIntegrity, value })]);
}

function writeAttribute({ type, value }: Attribute): Buffer {
  const written = Buffer.alloc(4 + value.length + (-value.length & 3));
  written.writeUInt16BE(type, 0);
  written.writeUInt16BE(value.length, 2);
  value.copy(written, 4);
  return written;
}

export interface StunAnswer {
  readonly transactionId: Buffer;
  readonly isSuccess: boolean;
  /** Of an error answer, such as 401. */
  readonly error: { readonly code: number; readonly reason: string } | undefined;
  readonly attributes: ReadonlyMap<number, Buffer>;
}

/** Whole length of the message that begins with these bytes, or `undefined` when there are too few to tell. */
export function stunLength(bytes: Buffer): number | undefined {
  return bytes.length < 4 ? undefined : HEADER_BYTES + bytes.readUInt16BE(2);
}

/** @returns `undefined` for what is no answer to a STUN request */
export function readStunAnswer(bytes: Buffer): StunAnswer | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32BE(4) !== MAGIC || stunLength(bytes) !== bytes.length) {
    return undefined;
  }
  const kind = bytes.readUInt16BE(0) & CLASS_MASK;
  if (kind !== SUCCESS_CLASS && kind !== ERROR_CLASS) return undefined;
  const attributes = new Map<number, Buffer>();
  for (let at = HEADER_BYTES; at + 4 <= bytes.length; ) {
    const type = bytes.readUInt16BE(at);
    const length = bytes.readUInt16BE(at + 2);
    if (at + 4 + length > bytes.length) return undefined;
    // The first of a kind counts (RFC 5389, 15).
    if (!attributes.has(type)) attributes.set(type, bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length + (-length & 3);
  }
  return {
    transactionId: bytes.subarray(8, HEADER_BYTES),
    isSuccess: kind === SUCCESS_CLASS,
    error: kind === ERROR_CLASS ? readError(attributes.get(ATTRIBUTE.errorCode)) : undefined,
    attributes,
  };
}

function readError(value: Buffer | undefined): { code: number; reason: string } {
  if (!value || value.length < 4) return { code: 0, reason: '' };
  return { code: (value[2]! & 7) * 100 + value[3]!, reason: value.toString('utf8', 4).slice(0, 100) };
}

/** XOR-PEER-ADDRESS and XOR-RELAYED-ADDRESS (RFC 5389, 15.2). The port of a permission does not matter. */
export function writeXorAddress(address: string, transactionId: Buffer): Buffer {
  const bytes = addressBytes(address);
  const pad = xorPad(transactionId);
  const value = Buffer.alloc(4 + bytes.length);
  value[1] = bytes.length === 4 ? 1 : 2;
  value.writeUInt16BE(MAGIC >>> 16, 2);
  bytes.forEach((byte, index) => {
    value[4 + index] = byte ^ pad[index]!;
  });
  return value;
}

/** `address:port`, an IPv6 address in brackets. */
export function readXorAddress(value: Buffer, transactionId: Buffer): string | undefined {
  const length = value[1] === 1 ? 4 : 16;
  if (value.length !== 4 + length) return undefined;
  const pad = xorPad(transactionId);
  const port = value.readUInt16BE(2) ^ (MAGIC >>> 16);
  const bytes = value.subarray(4).map((byte, index) => byte ^ pad[index]!);
  if (length === 4) return `${bytes.join('.')}:${port}`;
  const groups = Array.from({ length: 8 }, (_, group) =>
    ((bytes[2 * group]! << 8) | bytes[2 * group + 1]!).toString(16),
  );
  return `[${groups.join(':')}]:${port}`;
}

function xorPad(transactionId: Buffer): Buffer {
  const magic = Buffer.alloc(4);
  magic.writeUInt32BE(MAGIC);
  return Buffer.concat([magic, transactionId]);
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  if (!isIPv6(address)) throw new RangeError(`${address} is no address`);
  // The URL parser brings every notation of an address, an embedded IPv4 one too, to hexadecimal groups.
  const canonical = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const groupsOf = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => parseInt(group, 16)));
  const [left, right] = [groupsOf(head), groupsOf(tail ?? '')];
  const groups = [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 255]));
}
