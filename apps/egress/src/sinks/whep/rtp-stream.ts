import {
  concatBytes,
  type RtpPacket,
  serializeRtpPacket,
  serializeSenderReport,
  serializeSourceDescription,
} from '@amphi/rtp';

/** Packets kept for sending again: a second of the largest pictures. */
const HISTORY = 1024;

/** One RTP stream as datagrams, without a socket: numbered, kept for a while for who has lost one, and reported. */
export class RtpStream {
  readonly ssrc: number;
  readonly #payloadType: number;
  readonly #cname: string;
  /** By sequence number, the oldest first. */
  readonly #sent = new Map<number, Uint8Array>();
  #sequence: number;
  #packets = 0;
  #octets = 0;

  /** @param options.firstSequence 16 bits; not to be guessed where it matters (RFC 3550, 5.1) */
  constructor(options: {
    readonly ssrc: number;
    readonly payloadType: number;
    readonly cname: string;
    readonly firstSequence: number;
  }) {
    this.ssrc = options.ssrc;
    this.#payloadType = options.payloadType;
    this.#cname = options.cname;
    this.#sequence = options.firstSequence & 0xffff;
  }

  /** @param payloads of one picture or piece of sound; the last one gets the marker @param timestamp of 32 bits, it wraps */
  packets(payloads: readonly Uint8Array[], timestamp: number): Uint8Array[] {
    return payloads.map((payload, index) => {
      const packet: RtpPacket = {
        payloadType: this.#payloadType,
        marker: index === payloads.length - 1,
        sequenceNumber: this.#sequence,
        timestamp: timestamp % 2 ** 32,
        ssrc: this.ssrc,
        extensions: [],
        payload,
      };
      const datagram = serializeRtpPacket(packet);
      this.#sent.delete(this.#sequence);
      this.#sent.set(this.#sequence, datagram);
      if (this.#sent.size > HISTORY) this.#sent.delete(this.#sent.keys().next().value as number);
      this.#sequence = (this.#sequence + 1) & 0xffff;
      this.#packets++;
      this.#octets += payload.length;
      return datagram;
    });
  }

  /** Those of them that are still kept. */
  again(sequenceNumbers: readonly number[]): Uint8Array[] {
    return sequenceNumbers.flatMap((sequence) => this.#sent.get(sequence) ?? []);
  }

  /** What was captured at `ntp`, wall clock in ms, has this timestamp. */
  report(ntp: number, timestamp: number): Uint8Array {
    return concatBytes([
      serializeSenderReport({
        ssrc: this.ssrc,
        ntp,
        rtpTimestamp: timestamp % 2 ** 32,
        packetCount: this.#packets,
        octetCount: this.#octets,
        reports: [],
      }),
      serializeSourceDescription(this.ssrc, this.#cname),
    ]);
  }
}
