import { buildPublishAnswer, parseOffer, receiveParameters, type SectionDecision } from '../src/index.ts';
import { capabilities, transport } from './capabilities.ts';

/** The answer of a server that takes every section it can. */
export function answerTo(sdp: string, sessionVersion = 1): string {
  const offer = parseOffer(sdp);
  const decisions = new Map<string, SectionDecision>();
  for (const section of offer.sections) {
    if (section.kind === 'other' || section.stopped) continue;
    const parameters = receiveParameters(section, capabilities);
    if (parameters) decisions.set(section.mid, { state: 'receive', parameters });
  }
  return buildPublishAnswer({
    offer,
    transport,
    decisions,
    sessionId: '4711',
    sessionVersion,
    videoStartBitrateBps: 1_000_000,
  });
}
