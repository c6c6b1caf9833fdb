import { createSocket, type Socket } from 'node:dgram';
import { type Millis, Scope } from '@amphi/base';
import {
  type CaptureReport,
  isRtcp,
  JitterBuffer,
  NackSchedule,
  type NtpOffset,
  parseRtcp,
  parseRtpPacket,
  RtpClock,
  type RtpPacket,
  type SyncedStream,
  type SyncGroup,
  serializeGenericNack,
  serializePictureLossIndication,
  unwrapRtx,
} from '@amphi/rtp';
import type { SourceStream } from './source-stream.ts';

export interface ReceiverHandlers {
  /** In order; `arrivedAt` on the wall clock. */
  readonly onPacket: (packet: RtpPacket, arrivedAt: number) => void;
  /** Packets before the next one are lost for good. */
  readonly onGap: () => void;
}

/** Our SSRC in feedback; the SFU does not look at it. */
const OWN_SSRC = 1;
/** Asking more often makes an encoder send nothing but keyframes. */
const KEYFRAME_REQUEST_PERIOD_MS = 500;
const RECEIVE_BUFFER_BYTES = 1 << 20;
/** From the SFU, whose reports are compared with what comes from it. */
const MAX_WAY_OF_SOUND_MS: Millis = 30;

export const wallClock = (): number => performance.timeOrigin + performance.now();

/**
 * One track's RTP on a socket of its own: filters by SSRC (the SFU may send probes), reorders, asks for what is
 * missing, unwraps retransmissions, keeps the sender's clock.
 */
export class RtpReceiver {
  readonly closed;
  readonly #scope = new Scope();
  readonly #socket: Socket;
  readonly #handlers: ReceiverHandlers;
  readonly #ntpOffset: NtpOffset;
  readonly #syncGroup: SyncGroup;
  readonly #jitter: JitterBuffer;
  readonly #nacks = new NackSchedule();
  #stream: SourceStream | undefined;
  #clock: RtpClock | undefined;
  #sync: SyncedStream | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;
  #cancelWake = (): void => {};
  #keyframeAskedAt = Number.NEGATIVE_INFINITY;

  constructor(options: {
    readonly handlers: ReceiverHandlers;
    readonly ntpOffset: NtpOffset;
    /** Of the publisher. */
    readonly syncGroup: SyncGroup;
    /** How long packets wait for a missing one. */
    readonly maxWaitMs: Millis;
  }) {
    this.#jitter = new JitterBuffer({ maxWaitMs: options.maxWaitMs });
    this.#handlers = options.handlers;
    this.#ntpOffset = options.ntpOffset;
    this.#syncGroup = options.syncGroup;
    this.closed = this.#scope.closed;
    this.#socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
    this.#scope.defer(() => void this.#socket.close());
    this.#socket.on('message', (datagram) => this.#receive(datagram));
    // Nothing to be done about a datagram that could not be sent; the next request will.
    this.#socket.on('error', () => {});
  }

  /** @returns the port it listens on; never, when it is closed before */
  open(ip: string): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#scope.isClosed) return;
      this.#socket.once('error', reject);
      this.#socket.bind(0, ip, () => {
        this.#socket.off('error', reject);
        // Closed meanwhile, the socket has no address.
        if (!this.#scope.isClosed) resolve(this.#socket.address().port);
      });
    });
  }

  connect(stream: SourceStream): void {
    this.#stream = stream;
    const isVideo = stream.clockRate === 90_000;
    this.#clock = new RtpClock({
      clockRate: stream.clockRate,
      ntpOffset: this.#ntpOffset,
      ...(isVideo ? { slew: 0.03 } : { slew: 0.01, maxWayMs: MAX_WAY_OF_SOUND_MS }),
    });
    const sync = this.#syncGroup.join(stream.clockRate);
    this.#sync = sync;
    this.#scope.defer(() => sync.close());
  }

  /**
   * When the sender captured this, on the wall clock, or as much later as other sources of the same publisher come.
   * Call once for every frame or audio packet, in order.
   */
  capturedAt(timestamp: number, arrivedAt: number): number {
    const at = this.#clock?.capturedAt(timestamp, arrivedAt) ?? arrivedAt;
    this.#sync?.observe(timestamp, at);
    return at + (this.#sync?.delay ?? 0);
  }

  onCaptureReport(report: CaptureReport): void {
    this.#sync?.onReport(report);
  }

  /** At most twice a second. */
  requestKeyframe(): void {
    const now = performance.now();
    if (!this.#stream || now - this.#keyframeAskedAt < KEYFRAME_REQUEST_PERIOD_MS) return;
    this.#keyframeAskedAt = now;
    this.#send(serializePictureLossIndication({ senderSsrc: OWN_SSRC, mediaSsrc: this.#stream.ssrc }));
  }

  close(): void {
    this.#cancelWake();
    this.#scope.close();
  }

  #receive(datagram: Buffer): void {
    const stream = this.#stream;
    if (!stream || this.#scope.isClosed) return;
    const now = wallClock();
    if (isRtcp(datagram)) {
      for (const packet of parseRtcp(datagram)) {
        if (packet.type === 'senderReport' && packet.ssrc === stream.ssrc) this.#clock?.onSenderReport(packet, now);
      }
      return;
    }
    let packet = parseRtpPacket(datagram);
    if (!packet) return;
    if (packet.ssrc === stream.rtxSsrc) packet = unwrapRtx(packet, stream);
    else if (packet.ssrc !== stream.ssrc) return;
    if (!packet) return;
    const sequence = this.#jitter.push(packet, now);
    if (sequence === undefined) return;
    const worthAsking = this.#nacks.onReceived(sequence, now);
    if (!worthAsking) this.requestKeyframe();
    this.#drain(now);
  }

  #drain(now: number): void {
    for (let out = this.#jitter.pop(now); out; out = this.#jitter.pop(now)) {
      if (out.type === 'packet') {
        this.#nacks.onGivenUp(out.sequence);
        this.#handlers.onPacket(out.packet, now);
      } else this.#handlers.onGap();
    }
    const missing = this.#nacks.take(now);
    if (missing.length > 0 && this.#stream?.rtxSsrc !== undefined) {
      this.#send(
        serializeGenericNack({ senderSsrc: OWN_SSRC, mediaSsrc: this.#stream.ssrc, sequenceNumbers: missing }),
      );
    }
    this.#wake(
      Math.min(this.#jitter.deadline ?? Number.POSITIVE_INFINITY, this.#nacks.nextAt ?? Number.POSITIVE_INFINITY),
      now,
    );
  }

  /** One timer for the next thing that falls due; none while packets come in order. */
  #wake(at: number, now: number): void {
    if (at === this.#wakeAt) return;
    this.#cancelWake();
    this.#wakeAt = at;
    if (at === Number.POSITIVE_INFINITY) return;
    this.#cancelWake = this.#scope.after(Math.max(1, at - now), () => {
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.#drain(wallClock());
    });
  }

  #send(packet: Uint8Array): void {
    if (this.#stream) this.#socket.send(packet, this.#stream.remotePort, this.#stream.remoteIp);
  }
}
