import { invalidSdp, shown } from './errors.ts';
import type { MediaSection } from './media-section.ts';
import { parseOffer } from './remote-description.ts';
import type { MediaKind } from './rtp-parameters.ts';
import { PWD, UFRAG } from './transport-description.ts';

/** What an encoder sends in one section of its offer. */
export interface EncoderTrack {
  readonly mid: string;
  readonly kind: MediaKind;
  readonly trackId: string;
}

/** One side's ICE user fragment and password. */
export interface IceCredentials {
  readonly iceUfrag: string;
  readonly icePwd: string;
}

/**
 * An encoder's offer (RFC 9725) as one that a client of ours could have made: each section that sends names a track. What
 * encoders write themselves is the same in every room and at every start, or is not there.
 * @throws CodedError `invalid_sdp`
 */
export function nameTracks(
  offer: string,
  ids: { readonly streamId: string; readonly trackId: () => string },
): { readonly sdp: string; readonly tracks: readonly EncoderTrack[] } {
  const { sections } = parseOffer(offer);
  const tracks: EncoderTrack[] = [];
  const [session = [], ...bodies] = splitSections(offer);
  const named = bodies.map((lines, index) => {
    const section = sections[index];
    if (!section || section.kind === 'other' || !sends(section)) return lines;
    const trackId = ids.trackId();
    tracks.push({ mid: section.mid, kind: section.kind, trackId });
    return [...lines.filter((line) => !NAMES_TRACK.test(line)), `a=msid:${ids.streamId} ${trackId}`];
  });
  return { sdp: joinLines([session, ...named].flat()), tracks };
}

/**
 * The same offer once more, of the same peer connection: a version later, and with these credentials if they are given
 * (RFC 8445, 9).
 */
export function offerAgain(offer: string, credentials?: IceCredentials): string {
  const lines = linesOf(offer).map((line) => {
    if (credentials && line.startsWith('a=ice-ufrag:')) return `a=ice-ufrag:${credentials.iceUfrag}`;
    if (credentials && line.startsWith('a=ice-pwd:')) return `a=ice-pwd:${credentials.icePwd}`;
    const [, before, version, after] = /^(o=\S+ \d+ )(\d+)( .*)$/.exec(line) ?? [];
    return version === undefined ? line : `${before}${BigInt(version) + 1n}${after}`;
  });
  return joinLines(lines);
}

/**
 * Credentials in a fragment by which a client trickles or restarts ICE (RFC 8840, 9): those of its first section, or of
 * all of it. Undefined when there are none; candidates are not looked at, as the server is ICE-lite.
 * @throws CodedError `invalid_sdp`
 */
export function readIceCredentials(fragment: string): IceCredentials | undefined {
  const lineOf = (name: string): string | undefined =>
    linesOf(fragment)
      .find((line) => line.startsWith(`a=${name}:`))
      ?.slice(name.length + 3)
      .trim();
  const iceUfrag = lineOf('ice-ufrag');
  const icePwd = lineOf('ice-pwd');
  if (iceUfrag === undefined && icePwd === undefined) return undefined;
  if (!UFRAG.test(iceUfrag ?? '')) {
    throw invalidSdp('a=ice-ufrag', `${shown(iceUfrag)}, needed are 4–256 ICE characters`);
  }
  if (!PWD.test(icePwd ?? '')) throw invalidSdp('a=ice-pwd', 'missing or malformed, needed are 22–256 ICE characters');
  return { iceUfrag: iceUfrag ?? '', icePwd: icePwd ?? '' };
}

/** What a client has to know of an answer after it has restarted ICE: the server's credentials and candidates. */
export function iceFragmentOf(answer: string): string {
  const [session = [], ...bodies] = splitSections(answer);
  const transport = bodies.find((lines) => lines.some((line) => line.startsWith('a=ice-ufrag:'))) ?? [];
  return joinLines([
    ...session.filter((line) => /^a=(ice-lite|ice-options|group)\b/.test(line)),
    ...transport.filter((line) => /^(m=|a=(mid|ice-ufrag|ice-pwd|candidate|end-of-candidates)\b)/.test(line)),
  ]);
}

/**
 * An answer for an encoder on the server's own machine: one candidate, UDP, at an address of this machine. What others are told may be the
 * outside of a NAT, which not every NAT lets in from the inside.
 * @param ip that media are received on, with the ports that the answer tells
 */
export function answerForThisMachine(answer: string, ip: string): string {
  const sections = splitSections(answer).map((lines) => {
    const kept = lines.find((line) => UDP_CANDIDATE.test(line));
    return lines.flatMap((line) => {
      if (line === kept) return [line.replace(UDP_CANDIDATE, (_, before: string, port: string) => before + ip + port)];
      return line.startsWith('a=candidate:') ? [] : [line];
    });
  });
  return joinLines(sections.flat());
}

/** RTP over UDP (RFC 8839, 5.1): what stands before its address, and the port behind. */
const UDP_CANDIDATE = /^(a=candidate:\S+ 1 udp \d+ )\S+( \d+)/i;

/** `a=msid` itself, and what older senders write of it beside an SSRC (RFC 5576). */
const NAMES_TRACK = /^a=(?:msid:|ssrc:\d+ (?:msid|mslabel|label):)/;

function sends({ stopped, direction }: MediaSection): boolean {
  return !stopped && direction.startsWith('send');
}

function linesOf(text: string): string[] {
  return text.split(/\r\n|\r|\n/).filter((line) => line !== '');
}

function joinLines(lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n`;
}

/** Lines of the session, then those of each section. */
function splitSections(text: string): string[][] {
  const parts: string[][] = [[]];
  for (const line of linesOf(text)) {
    if (line.startsWith('m=')) parts.push([]);
    parts.at(-1)?.push(line);
  }
  return parts;
}
