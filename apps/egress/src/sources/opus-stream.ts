import type { DecodedAudio, OpusDecoder } from '@amphi/media';
import type { RtpPacket } from '@amphi/rtp';

/** Of one loss; longer ones are silence in the middle, as nobody knows any more what would have been heard. */
const MAX_CONCEALED_SAMPLES = 5_760;

type OpusPacket = Pick<RtpPacket, 'sequenceNumber' | 'timestamp' | 'payload'>;

interface Heard {
  readonly sequenceNumber: number;
  /** Of the first sample behind it. */
  readonly nextTimestamp: number;
  readonly samples: number;
}

/** @param at of the first sample, counted from the packet's first: negative for what was lost before it */
export type TakeAudio = (audio: DecodedAudio, at: number) => void;

/** One sender's Opus packets as sound, with what a loss leaves out made up. */
export class OpusStream {
  readonly #decoder: Pick<OpusDecoder, 'decode' | 'conceal' | 'recover'>;
  #last: Heard | undefined;

  constructor(decoder: Pick<OpusDecoder, 'decode' | 'conceal' | 'recover'>) {
    this.#decoder = decoder;
  }

  /** Packets in order, some of them missing. One that cannot be decoded is as good as lost. */
  push(packet: OpusPacket, take: TakeAudio): void {
    const { sequenceNumber, timestamp, payload } = packet;
    try {
      if (this.#last) this.#fill(this.#last, packet, take);
      const audio = this.#decoder.decode(payload);
      const samples = audio.left.length;
      this.#last = { sequenceNumber, samples, nextTimestamp: (timestamp + samples) >>> 0 };
      take(audio, 0);
    } catch {
      // Its own time passes as a loss before the next one does.
    }
  }

  /** Time passes without packets, too: where a sender is silent (DTX), the numbers of packets go on without a gap. */
  #fill(last: Heard, { sequenceNumber, timestamp, payload }: OpusPacket, take: TakeAudio): void {
    const packets = (sequenceNumber - last.sequenceNumber - 1) & 0xffff;
    const missing = (timestamp - last.nextTimestamp) | 0;
    if (packets === 0 || missing <= 0) return;
    // Packets of a stream are of one length.
    const { samples } = last;
    const frames = Math.min(packets, Math.floor(missing / samples), Math.floor(MAX_CONCEALED_SAMPLES / samples));
    for (let frame = 0; frame < frames - 1; frame++) {
      take(this.#decoder.conceal(samples), frame * samples - missing);
    }
    if (frames > 0) take(this.#decoder.recover(payload, samples), -samples);
  }
}
