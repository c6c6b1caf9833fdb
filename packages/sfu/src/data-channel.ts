import { Scope } from '@amphi/base';
import type { types } from 'mediasoup';
import { MAX_DATA_MESSAGE_BYTES } from './webrtc-transport.ts';

/** Label under which the genuine client expects the channel. */
const LABEL = 'ion-sfu';

/** Payload protocol identifiers of SCTP messages (RFC 8831, section 8). */
const PPID_DCEP = 50;
const PPID_TEXT = 51;
const PPID_EMPTY_TEXT = 56;

/** Text waiting here for a slow receiver; what comes on top is dropped. */
const MAX_WAITING_BYTES = 262_144;
/** Text handed to the worker without asking how much it still holds. Well below its send buffer of 1 MiB. */
const MAX_UNCONFIRMED_BYTES = 65_536;

export interface DataChannelOptions {
  readonly transport: types.WebRtcTransport;
  /** Of the same router; how this process puts messages in and takes them out. */
  readonly direct: types.DirectTransport;
  readonly onText: (text: string) => void;
}

/**
 * A reliable, ordered data channel that the server opens in-band (DCEP, RFC 8832) on a subscribe connection. mediasoup
 * gives the stream and carries messages; the OPEN message is written here, once SCTP is up, with the handler of incoming
 * messages attached before. The browser's ACK stays in the worker.
 */
export class DataChannel {
  readonly #options: DataChannelOptions;
  readonly #scope = new Scope();
  readonly #waiting: { readonly text: string; readonly bytes: number }[] = [];
  #waitingBytes = 0;
  #down: { readonly producer: types.DataProducer; readonly consumer: types.DataConsumer } | undefined;
  #isOpen = false;
  #isPumping = false;
  #onLow = (): void => {};

  /** Makes both directions and opens the channel as soon as SCTP is connected. */
  static async create(options: DataChannelOptions): Promise<DataChannel> {
    const channel = new DataChannel(options);
    try {
      await channel.#prepare();
    } catch (error) {
      channel.close();
      throw error;
    }
    return channel;
  }

  private constructor(options: DataChannelOptions) {
    this.#options = options;
  }

  /**
   * Queues text. Paced by what the worker reports as sent, because the worker drops messages when its buffer is full.
   * @returns false when dropped: not open, larger than 256 KiB, or 256 KiB wait already
   */
  send(text: string): boolean {
    const bytes = Buffer.byteLength(text);
    if (!this.#isOpen || bytes > MAX_DATA_MESSAGE_BYTES) return false;
    if (this.#waitingBytes + bytes > MAX_WAITING_BYTES) return false;
    this.#waiting.push({ text, bytes });
    this.#waitingBytes += bytes;
    void this.#pump();
    return true;
  }

  close(): void {
    this.#isOpen = false;
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    this.#onLow();
    this.#scope.close();
  }

  async #prepare(): Promise<void> {
    const { transport, direct } = this.#options;
    const producer = await direct.produceData();
    this.#scope.defer(() => producer.close());
    const consumer = await transport.consumeData({ dataProducerId: producer.id, ordered: true });
    this.#scope.defer(() => consumer.close());
    const streamId = consumer.sctpStreamParameters?.streamId ?? 0;
    const upProducer = await transport.produceData({ sctpStreamParameters: { streamId, ordered: true }, label: LABEL });
    this.#scope.defer(() => upProducer.close());
    const upConsumer = await direct.consumeData({ dataProducerId: upProducer.id });
    this.#scope.defer(() => upConsumer.close());
    upConsumer.on('message', (message, ppid) => {
      if (ppid === PPID_TEXT) this.#options.onText(message.toString('utf8'));
      else if (ppid === PPID_EMPTY_TEXT) this.#options.onText('');
    });
    consumer.on('bufferedamountlow', () => this.#onLow());
    await consumer.setBufferedAmountLowThreshold(MAX_UNCONFIRMED_BYTES);
    this.#down = { producer, consumer };
    if (transport.sctpState === 'connected') this.#open();
    else {
      transport.on('sctpstatechange', (state) => {
        if (state === 'connected') this.#open();
        if (state === 'failed' || state === 'closed') this.close();
      });
    }
  }

  #open(): void {
    if (this.#isOpen || this.#scope.isClosed) return;
    this.#down?.producer.send(openMessage(LABEL), PPID_DCEP);
    this.#isOpen = true;
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#waiting.length > 0 && this.#down) {
        this.#handOver(this.#down.producer);
        await this.#room(this.#down.consumer);
      }
    } catch {
      // The transport closed while asking; whatever waits goes with it.
      this.close();
    } finally {
      this.#isPumping = false;
    }
  }

  #handOver(producer: types.DataProducer): void {
    let handedOver = 0;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      this.#waitingBytes -= next.bytes;
      handedOver += next.bytes;
      producer.send(next.text);
      if (handedOver >= MAX_UNCONFIRMED_BYTES) return;
    }
  }

  /** Resolves when the worker holds no more than `MAX_UNCONFIRMED_BYTES` for this receiver, or the channel closed. */
  async #room(consumer: types.DataConsumer): Promise<void> {
    const low = new Promise<void>((resolve) => {
      this.#onLow = resolve;
    });
    const buffered = await consumer.getBufferedAmount();
    if (buffered > MAX_UNCONFIRMED_BYTES && !this.#scope.isClosed) await low;
  }
}

/** DATA_CHANNEL_OPEN (RFC 8832, 5.1): reliable and ordered, normal priority, no protocol. */
function openMessage(label: string): Buffer {
  const name = Buffer.from(label, 'utf8');
  const header = Buffer.alloc(12);
  header.writeUInt8(0x03, 0);
  header.writeUInt8(0x00, 1);
  header.writeUInt16BE(256, 2);
  header.writeUInt32BE(0, 4);
  header.writeUInt16BE(name.length, 8);
  header.writeUInt16BE(0, 10);
  return Buffer.concat([header, name]);
}
