import { invalidSdp, shown } from './errors.ts';
import { parseFmtp } from './fmtp.ts';
import type { RawAttributes, RawSection } from './raw-session.ts';
import type { MediaKind, RtcpFeedback, RtpCodec } from './rtp-parameters.ts';

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** An audio or video section as the other side wrote it. */
export interface MediaSection {
  readonly kind: MediaKind;
  readonly mid: string;
  /** Port 0: rejected or stopped (RFC 3264, section 6). */
  readonly stopped: boolean;
  readonly protocol: string;
  readonly direction: Direction;
  /** `a=msid` (RFC 8830): ids of the MediaStream and of the track. */
  readonly msid: { readonly streamId: string; readonly trackId: string } | undefined;
  /** In the order of the `m=` line. Formats without `a=rtpmap` are left out. */
  readonly codecs: readonly RtpCodec[];
  readonly headerExtensions: readonly { readonly uri: string; readonly id: number; readonly direction: Direction }[];
  /** `a=simulcast:send` (RFC 8853), first alternative of each stream, in the order written. */
  readonly sendRids: readonly string[];
  /** Each media SSRC with its retransmission SSRC (`a=ssrc-group:FID`, RFC 5576). */
  readonly ssrcs: readonly { readonly ssrc: number; readonly rtxSsrc: number | undefined }[];
  readonly cname: string | undefined;
  readonly rtcpMux: boolean;
}

/** Data channels (RFC 8841), or a kind of media nobody here can use (`usable` false). */
export interface OtherSection {
  readonly kind: 'other';
  readonly usable: boolean;
  readonly mid: string;
  readonly stopped: boolean;
  readonly type: string;
  readonly protocol: string;
  readonly format: string;
}

export type Section = MediaSection | OtherSection;

const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`{|}~-]+$/;
/** What a header extension of one byte carries at most (RFC 8285, 4.2). */
const MID_LENGTH = 16;
const MSID_LENGTH = 128;
/** Browsers write up to seven `a=rtcp-fb` lines for a codec. */
const MAX_LINES_PER_CODEC = 50;

/** Whether `value` can be an id in `a=msid` (RFC 8830: a token; the length is this project's). */
export function isMsidToken(value: string): boolean {
  return value.length <= MSID_LENGTH && TOKEN.test(value);
}

/** Throws `invalid_sdp`. */
export function readSection(raw: RawSection, index: number, sessionDirection: Direction): Section {
  const mid = raw.text('mid') ?? '';
  const stopped = raw.port === 0 && !raw.has('bundleOnly');
  if (!stopped && (mid === '' || mid.length > MID_LENGTH || !TOKEN.test(mid))) {
    throw invalidSdp(`section ${index}, a=mid`, `${shown(mid)}, needed is a token of 1–${MID_LENGTH} characters`);
  }
  if (raw.type === 'audio' || raw.type === 'video') return readMedia(raw, raw.type, mid, stopped, sessionDirection);
  const format = raw.payloads[0] ?? '0';
  const isData = raw.type === 'application' && format === 'webrtc-datachannel' && /DTLS\/SCTP/.test(raw.protocol);
  return { kind: 'other', usable: isData, mid, stopped, type: raw.type, protocol: raw.protocol, format };
}

function readMedia(
  raw: RawSection,
  kind: MediaKind,
  mid: string,
  stopped: boolean,
  sessionDirection: Direction,
): MediaSection {
  const direction = raw.text('direction');
  return {
    kind,
    mid,
    stopped,
    protocol: raw.protocol,
    direction: isDirection(direction) ? direction : sessionDirection,
    msid: readMsid(raw),
    codecs: readCodecs(raw, kind),
    headerExtensions: raw.list('ext').flatMap((ext) => {
      const id = ext.int('value', 1, 255);
      const uri = ext.text('uri');
      const extDirection = ext.text('direction');
      if (id === undefined || !uri || ext.has('encrypt-uri')) return [];
      return [{ id, uri, direction: isDirection(extDirection) ? extDirection : 'sendrecv' }];
    }),
    sendRids: readSendRids(raw),
    ssrcs: readSsrcs(raw),
    cname: raw
      .list('ssrcs')
      .find((line) => line.text('attribute') === 'cname')
      ?.text('value'),
    rtcpMux: raw.has('rtcpMux'),
  };
}

/** The parser library reads only letters, digits, `_` and `-`; Firefox writes ids in braces. */
function readMsid(raw: RawSection): MediaSection['msid'] {
  const known = raw.list('msid')[0];
  const parts = known
    ? [known.text('id'), known.text('appdata')]
    : (raw.unknownLine('msid:') ?? '').split(' ').filter((part) => part !== '');
  const [streamId, trackId] = parts;
  if (!streamId || !trackId || !isMsidToken(streamId) || !isMsidToken(trackId)) return undefined;
  return { streamId, trackId };
}

function readCodecs(raw: RawSection, kind: MediaKind): RtpCodec[] {
  const fmtp = byPayload(raw, 'fmtp');
  const feedback = byPayload(raw, 'rtcpFb');
  const byPayloadType = new Map<number, RtpCodec>();
  for (const line of raw.list('rtp')) {
    const payloadType = line.int('payload', 0, 127);
    const name = line.text('codec');
    const clockRate = line.int('rate', 1, 1_000_000);
    if (payloadType === undefined || !name || clockRate === undefined || byPayloadType.has(payloadType)) continue;
    const key = String(payloadType);
    byPayloadType.set(payloadType, {
      mimeType: `${kind}/${name}`,
      payloadType,
      clockRate,
      ...(kind === 'audio' ? { channels: line.int('encoding', 1, 255) ?? 1 } : {}),
      parameters: parseFmtp(fmtp.get(key)?.[0]?.text('config') ?? ''),
      rtcpFeedback: [...(feedback.get(key) ?? []), ...(feedback.get('*') ?? [])].flatMap(readFeedback),
    });
  }
  return [...new Set(raw.payloads)].flatMap((payload) => {
    const codec = /^\d{1,3}$/.test(payload) ? byPayloadType.get(Number(payload)) : undefined;
    return codec ? [codec] : [];
  });
}

function byPayload(raw: RawSection, name: string): ReadonlyMap<string, readonly RawAttributes[]> {
  const lines = new Map<string, RawAttributes[]>();
  for (const line of raw.list(name)) {
    const payload = line.text('payload') ?? '';
    const present = lines.get(payload);
    if (!present) lines.set(payload, [line]);
    else if (present.length < MAX_LINES_PER_CODEC) present.push(line);
  }
  return lines;
}

function readFeedback(line: RawAttributes): RtcpFeedback[] {
  const type = line.text('type');
  return type ? [{ type, parameter: line.text('subtype') ?? '' }] : [];
}

function readSendRids(raw: RawSection): string[] {
  const simulcast = raw.record('simulcast');
  const list =
    simulcast?.text('dir1') === 'send'
      ? simulcast.text('list1')
      : simulcast?.text('dir2') === 'send'
        ? simulcast.text('list2')
        : undefined;
  if (!list) return [];
  const rids = list.split(';').map((stream) => (stream.split(',')[0] ?? '').replace(/^~/, ''));
  return [...new Set(rids)].filter((rid) => rid !== '');
}

function readSsrcs(raw: RawSection): { ssrc: number; rtxSsrc: number | undefined }[] {
  const rtxOf = new Map<number, number>();
  for (const group of raw.list('ssrcGroups')) {
    if (group.text('semantics') !== 'FID') continue;
    const [media, rtx] = (group.text('ssrcs') ?? '').trim().split(/ +/).map(readSsrc);
    if (media !== undefined && rtx !== undefined) rtxOf.set(media, rtx);
  }
  const retransmissions = new Set(rtxOf.values());
  const media = new Set(raw.list('ssrcs').map((line) => readSsrc(line.text('id') ?? '')));
  const ordered = new Set([...rtxOf.keys(), ...media]);
  return [...ordered].flatMap((ssrc) =>
    ssrc === undefined || retransmissions.has(ssrc) ? [] : [{ ssrc, rtxSsrc: rtxOf.get(ssrc) }],
  );
}

function readSsrc(text: string): number | undefined {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return value > 0 && value <= 0xffff_ffff ? value : undefined;
}

export function isDirection(value: string | undefined): value is Direction {
  return value === 'sendrecv' || value === 'sendonly' || value === 'recvonly' || value === 'inactive';
}
