import { createSocket, type Socket } from 'node:dgram';
import {
  concatBytes,
  isRtcp,
  parseRtcp,
  type RtpPacket,
  serializeRtpPacket,
  serializeSenderReport,
  serializeSourceDescription,
  wrapRtx,
} from '@amphi/rtp';

export interface RtpSenderOptions {
  readonly ssrc: number;
  readonly payloadType: number;
  readonly clockRate: number;
  readonly rtx?: { readonly ssrc: number; readonly payloadType: number } | undefined;
  /** A keyframe was asked for. */
  readonly onKeyframeRequest?: () => void;
}

/** Packets kept for sending again. */
const HISTORY = 512;
const REPORT_PERIOD_MS = 500;

export const wallClockMs = (): number => performance.timeOrigin + performance.now();

/**
 * One RTP stream on a socket of its own, as an SFU sends it to a plain receiver: sender reports whose NTP counts from
 * an arbitrary moment, retransmissions on request, keyframe requests. Losses can be made on purpose.
 */
export class RtpSender {
  /** Share of packets that are not sent, 0 to 1; retransmissions are. */
  lossRate = 0;
  /**
   * As on a slow uplink to an SFU: packets come so much later, and sender reports claim that what comes now is captured
   * now. The time stamps stay true.
   */
  heldUpMs = 0;
  readonly stats = { packets: 0, lost: 0, resent: 0, reports: 0, keyframeRequests: 0 };
  /** Where it takes feedback, on the loopback address. */
  readonly port: Promise<number>;
  readonly #options: RtpSenderOptions;
  readonly #socket: Socket = createSocket('udp4');
  readonly #history = new Map<number, RtpPacket>();
  readonly #timestampBase = Math.floor(Math.random() * 2 ** 32);
  readonly #startedAt = wallClockMs();
  readonly #timer: NodeJS.Timeout;
  #enabled = true;
  #remote: { readonly ip: string; readonly port: number } | undefined;
  #sequence = Math.floor(Math.random() * 2 ** 16);
  #rtxSequence = 0;
  #octets = 0;

  constructor(options: RtpSenderOptions) {
    this.#options = options;
    this.port = new Promise((resolve, reject) => {
      this.#socket.once('error', reject);
      this.#socket.bind(0, '127.0.0.1', () => {
        this.#socket.off('error', reject);
        resolve(this.#socket.address().port);
      });
    });
    this.#socket.on('message', (datagram) => this.#receive(datagram));
    this.#timer = setInterval(() => this.#report(), REPORT_PERIOD_MS);
  }

  /** While false nothing is sent. Going on starts with a keyframe, as an SFU sees to it. */
  get enabled(): boolean {
    return this.#enabled;
  }

  set enabled(enabled: boolean) {
    if (enabled && !this.#enabled) this.#options.onKeyframeRequest?.();
    this.#enabled = enabled;
  }

  /** Starts to send there. */
  connect(ip: string, port: number): void {
    this.#remote = { ip, port };
    this.#report();
  }

  /** @param payloads of one frame; the last one gets the marker @param capturedAt wall clock in ms */
  send(payloads: readonly Uint8Array[], capturedAt: number): void {
    for (const [i, payload] of payloads.entries()) {
      const packet: RtpPacket = {
        payloadType: this.#options.payloadType,
        marker: i === payloads.length - 1,
        sequenceNumber: this.#sequence,
        timestamp: this.#timestampAt(capturedAt),
        ssrc: this.#options.ssrc,
        extensions: [],
        payload,
      };
      if (!this.#enabled || !this.#remote) continue;
      this.#sequence = (this.#sequence + 1) & 0xffff;
      this.stats.packets++;
      this.#octets += payload.length;
      this.#history.set(packet.sequenceNumber, packet);
      if (this.#history.size > HISTORY) this.#history.delete(this.#history.keys().next().value as number);
      if (Math.random() < this.lossRate) this.stats.lost++;
      else if (this.heldUpMs === 0) this.#write(serializeRtpPacket(packet));
      else this.#writeLater(serializeRtpPacket(packet));
    }
  }

  /** The RTP timestamp of what is captured at that moment, for a publisher's own report. */
  captureReport(): { readonly ssrc: number; readonly ntp: number; readonly rtpTimestamp: number } {
    const now = wallClockMs();
    return { ssrc: this.#options.ssrc, ntp: now, rtpTimestamp: this.#timestampAt(now) };
  }

  close(): void {
    this.#remote = undefined;
    clearInterval(this.#timer);
    this.#socket.close();
  }

  #timestampAt(wallMs: number): number {
    return (
      ((this.#timestampBase + Math.round(((wallMs - this.#startedAt) * this.#options.clockRate) / 1000)) % 2 ** 32) >>>
      0
    );
  }

  #report(): void {
    if (!this.#remote) return;
    const now = wallClockMs();
    const { ssrc } = this.#options;
    this.stats.reports++;
    this.#write(
      concatBytes([
        serializeSenderReport({
          ssrc,
          // As mediasoup does: not the time of day, but since the machine's start (here: of the process).
          ntp: performance.now() + 1_000_000,
          rtpTimestamp: this.#timestampAt(now - this.heldUpMs),
          packetCount: this.stats.packets,
          octetCount: this.#octets,
          reports: [],
        }),
        serializeSourceDescription(ssrc, 'synthetic'),
      ]),
    );
  }

  #receive(datagram: Uint8Array): void {
    if (!isRtcp(datagram)) return;
    for (const packet of parseRtcp(datagram)) {
      if (packet.type === 'pli' || packet.type === 'fir') {
        this.stats.keyframeRequests++;
        this.#options.onKeyframeRequest?.();
      } else if (packet.type === 'nack') this.#resend(packet.sequenceNumbers);
    }
  }

  #resend(sequenceNumbers: readonly number[]): void {
    const { rtx } = this.#options;
    if (!rtx) return;
    for (const sequenceNumber of sequenceNumbers) {
      const packet = this.#history.get(sequenceNumber);
      if (!packet) continue;
      this.stats.resent++;
      this.#rtxSequence = (this.#rtxSequence + 1) & 0xffff;
      this.#write(serializeRtpPacket(wrapRtx(packet, { ...rtx, sequenceNumber: this.#rtxSequence })));
    }
  }

  #writeLater(datagram: Uint8Array): void {
    setTimeout(() => this.#write(datagram), this.heldUpMs);
  }

  #write(datagram: Uint8Array): void {
    if (this.#remote) this.#socket.send(datagram, this.#remote.port, this.#remote.ip);
  }
}
