/** NTP timestamp in milliseconds of whatever epoch the sender uses (RFC 3550, 4; wraps in 2036, not handled). */
export type NtpMillis = number;

/** RFC 3550, 6.4.1. */
export interface ReportBlock {
  readonly ssrc: number;
  /** Of the last interval, 0 to 1 in steps of 1/256. */
  readonly fractionLost: number;
  /** Signed, 24 bits. */
  readonly packetsLost: number;
  readonly extendedHighestSequenceNumber: number;
  /** In ticks of the payload's clock rate. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP timestamp of the last sender report; 0 before the first. */
  readonly lastSenderReport: number;
  /** Time since then in 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

export interface SenderReport {
  readonly type: 'senderReport';
  readonly ssrc: number;
  readonly ntp: NtpMillis;
  /** Middle 32 bits of the NTP timestamp, to be echoed as `lastSenderReport`. */
  readonly ntpMiddle: number;
  /** The same instant on the RTP clock, 32 bits. */
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
  readonly reports: readonly ReportBlock[];
}

export interface ReceiverReport {
  readonly type: 'receiverReport';
  readonly ssrc: number;
  readonly reports: readonly ReportBlock[];
}

/** RFC 4585, 6.2.1. */
export interface GenericNack {
  readonly type: 'nack';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  /** 16 bits each, in the order of the message. */
  readonly sequenceNumbers: readonly number[];
}

/** Picture loss indication (RFC 4585, 6.3.1) or full intra request (RFC 5104, 4.3.1). */
export interface KeyframeRequest {
  readonly type: 'pli' | 'fir';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
}

export interface OtherRtcp {
  readonly type: 'other';
  readonly payloadType: number;
}

export type RtcpPacket = SenderReport | ReceiverReport | GenericNack | KeyframeRequest | OtherRtcp;
