export {
  answerForThisMachine,
  type EncoderTrack,
  type IceCredentials,
  iceFragmentOf,
  nameTracks,
  offerAgain,
  readIceCredentials,
} from './encoder-offer.ts';
export type { SdpErrorCode } from './errors.ts';
export { type Direction, isMsidToken, type MediaSection, type OtherSection, type Section } from './media-section.ts';
export {
  buildPlayAnswer,
  type PlayAnswerOptions,
  type PlayedSection,
  type PlayerSections,
  playerSections,
} from './play-answer.ts';
export {
  answeringSetup,
  buildPublishAnswer,
  type PublishAnswerOptions,
  type SectionDecision,
} from './publish-answer.ts';
export { SDP_LIMITS } from './raw-session.ts';
export { receiveParameters } from './receive-parameters.ts';
export { parseAnswer, parseOffer, type RemoteDescription } from './remote-description.ts';
export * from './rtp-parameters.ts';
export type { SessionIdentity } from './section-text.ts';
export { lowestFirst } from './simulcast-order.ts';
export { buildSubscribeOffer, type OfferedSection, type SubscribeOfferOptions } from './subscribe-offer.ts';
export type { Fingerprint, IceCandidate, LocalTransport, RemoteTransport } from './transport-description.ts';
