import { assert } from '@amphi/base';
import { isMsidToken } from './media-section.ts';
import type { MediaKind, RtpParameters } from './rtp-parameters.ts';
import {
  dataLines,
  type Lines,
  mediaLines,
  type SessionIdentity,
  sdpText,
  sessionLines,
  transportLines,
} from './section-text.ts';
import type { LocalTransport } from './transport-description.ts';

/** A section of the server's offer. Mids must be decimal numbers: the genuine client looks them up as numbers. */
export type OfferedSection =
  | { readonly kind: 'data'; readonly mid: string }
  | {
      readonly kind: MediaKind;
      readonly mid: string;
      /** `inactive`: its track is gone. The section stays and may get a new track in a later offer. */
      readonly state: 'active' | 'inactive';
      readonly streamId: string;
      readonly trackId: string;
      readonly parameters: RtpParameters;
    };

export interface SubscribeOfferOptions extends SessionIdentity {
  readonly transport: LocalTransport;
  /** Every section ever offered, in the order of their first offer. */
  readonly sections: readonly OfferedSection[];
}

/**
 * Writes the server's offer of a subscribe connection: `sendonly` sections named by `a=msid:<stream> <track>`
 * (RFC 8830), with SSRC and retransmission SSRC; `a=setup:actpass` in every offer (RFC 8842, 5.2).
 */
export function buildSubscribeOffer(options: SubscribeOfferOptions): string {
  const body = options.sections.flatMap((section, index) => sectionLines(section, index === 0, options.transport));
  const mids = options.sections.map(({ mid }) => mid);
  return sdpText([...sessionLines(options, mids), ...body]);
}

function sectionLines(section: OfferedSection, isFirst: boolean, transport: LocalTransport): Lines {
  const { mid } = section;
  assert(/^(0|[1-9]\d*)$/.test(mid), `mid ${mid} is a decimal number`);
  const lines = transportLines(transport, 'actpass', isFirst);
  if (section.kind === 'data') return dataLines({ mid, transport, lines });
  const isActive = section.state === 'active';
  const { parameters } = section;
  return [
    ...mediaLines({
      kind: section.kind,
      mid,
      direction: isActive ? 'sendonly' : 'inactive',
      codecs: parameters.codecs,
      headerExtensions: parameters.headerExtensions,
      lines,
    }),
    ...(isActive ? trackLines(section.streamId, section.trackId, parameters) : []),
  ];
}

export function trackLines(streamId: string, trackId: string, parameters: RtpParameters): Lines {
  assert(
    isMsidToken(streamId) && streamId !== '-' && isMsidToken(trackId),
    `msid ${streamId} ${trackId} is two tokens`,
  );
  const encoding = parameters.encodings[0];
  assert(encoding?.ssrc !== undefined, `a sent track has an SSRC (mid ${parameters.mid})`);
  const ssrcs = encoding.rtx ? [encoding.ssrc, encoding.rtx.ssrc] : [encoding.ssrc];
  return [
    `a=msid:${streamId} ${trackId}`,
    ...(encoding.rtx ? [`a=ssrc-group:FID ${ssrcs.join(' ')}`] : []),
    ...ssrcs.map((ssrc) => `a=ssrc:${ssrc} cname:${parameters.rtcp.cname ?? streamId}`),
  ];
}
