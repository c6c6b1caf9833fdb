import { invalidSdp, shown } from './errors.ts';
import { type Direction, isDirection, readSection, type Section } from './media-section.ts';
import { type RawSession, readSession } from './raw-session.ts';
import { type RemoteTransport, readRemoteTransport } from './transport-description.ts';

/** A description by a browser, as far as a server with one bundled transport needs it. */
export interface RemoteDescription {
  /** `o=`: names the peer connection for its whole life … */
  readonly sessionId: string;
  /** … and grows with each description it makes (RFC 3264, section 8). */
  readonly sessionVersion: bigint;
  readonly transport: RemoteTransport;
  /** Mid of the first section of the BUNDLE group (RFC 9143, 7.2.1: the one that decides the transport). */
  readonly bundleTag: string;
  /** Whether there is a BUNDLE group at all; without one a single section can be used. */
  readonly isBundled: boolean;
  /** Mids of the sections that share the transport. */
  readonly bundle: ReadonlySet<string>;
  /** In the order of the text, which an answer must keep. */
  readonly sections: readonly Section[];
}

/**
 * Reads a browser's offer. Throws `CodedError` `invalid_sdp` with the reason, and nothing else, whatever it is given.
 * A section that can be read but not used does not make the offer invalid: an answer refuses it.
 */
export function parseOffer(text: string): RemoteDescription {
  return describe(readSession(text), 'active');
}

/** Reads a browser's answer, likewise. `a=setup:actpass` is not allowed in it (RFC 5763, section 5). */
export function parseAnswer(text: string): RemoteDescription {
  const answer = describe(readSession(text), 'active');
  if (answer.transport.setup === 'actpass') {
    throw invalidSdp('a=setup', `${shown('actpass')}, allowed in an answer are active, passive`);
  }
  return answer;
}

function describe(session: RawSession, withoutSetup: 'active' | 'passive'): RemoteDescription {
  const written = session.attributes.text('direction');
  const direction: Direction = isDirection(written) ? written : 'sendrecv';
  const sections = session.sections.map((raw, index) => readSection(raw, index, direction));
  checkMids(sections);
  const live = sections.filter((section) => !section.stopped);
  const grouped = session.bundle?.filter((mid) => live.some((section) => section.mid === mid)) ?? [];
  const tagged = live.find((section) => section.mid === grouped[0]) ?? live[0];
  if (!tagged) throw invalidSdp('m=', 'every section has port 0, so there is no transport');
  const raw = session.sections[sections.indexOf(tagged)];
  if (!raw) throw invalidSdp('m=', 'there is no media section');
  return {
    sessionId: session.sessionId,
    sessionVersion: session.sessionVersion,
    transport: readRemoteTransport(raw, session.attributes, withoutSetup),
    bundleTag: tagged.mid,
    isBundled: session.bundle !== undefined,
    bundle: new Set([tagged.mid, ...grouped]),
    sections,
  };
}

function checkMids(sections: readonly Section[]): void {
  const seen = new Set<string>();
  sections.forEach((section, index) => {
    if (section.stopped) return;
    if (seen.has(section.mid)) {
      throw invalidSdp(`section ${index}, a=mid`, `${shown(section.mid)} stands twice, mids must differ`);
    }
    seen.add(section.mid);
  });
}
