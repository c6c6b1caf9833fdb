import type { Socket } from 'node:net';
import { percentile } from '@amphi/testkit';
import { progress } from '../result.ts';
import { cpuMicrosOf, residentBytesOf } from './process-usage.ts';
import type { Subject } from './subject.ts';

const IN_FLIGHT = 4;
const SILENCE_MS = 1_500;

export interface Round {
  readonly deliveriesPerSecond: number;
  readonly cpuMicrosPerDelivery: number;
}

/** A server process with its sender and listeners. */
export class Crowd {
  readonly name: string;
  /** Of one frame as it arrives, header included. */
  deliveryBytes = 0;
  /** What the server holds for each who listens, once all are there and nothing happens. */
  bytesPerSocket = 0;
  readonly #subject: Subject;
  readonly #sender: Socket;
  readonly #listeners: readonly Socket[];
  #received = 0;
  #answered = 0;
  #onData: ((bytes: number) => void) | undefined;
  #wake = (): void => {};

  static async gather(subject: Subject, size: number): Promise<Crowd> {
    const sender = await subject.speak();
    const before = residentBytesOf(subject.pid);
    const listeners: Socket[] = [];
    for (let i = 0; i < size; i++) listeners.push(await subject.listen());
    const crowd = new Crowd(subject, sender, listeners);
    await crowd.#silence();
    crowd.bytesPerSocket = (residentBytesOf(subject.pid) - before) / size;
    await crowd.#learnDelivery();
    progress(`${subject.name}: ${size} listeners, ${crowd.deliveryBytes} bytes a delivery`);
    return crowd;
  }

  private constructor(subject: Subject, sender: Socket, listeners: readonly Socket[]) {
    this.name = subject.name;
    this.#subject = subject;
    this.#sender = sender;
    this.#listeners = listeners;
    for (const socket of listeners) {
      socket.on('data', (data) => {
        this.#received += data.length;
        this.#onData?.(data.length);
        this.#wake();
      });
    }
    sender.on('data', (data) => {
      this.#answered += subject.countAnswers(data.toString('latin1'));
      this.#wake();
    });
  }

  /** As fast as it goes, some messages on the way at a time. */
  async round(messages: number): Promise<Round> {
    const cpuBefore = cpuMicrosOf(this.#subject.pid);
    const receivedBefore = this.#received;
    const answeredBefore = this.#answered;
    const startedAt = performance.now();
    let sent = 0;
    const deliveries = messages * this.#listeners.length;
    await this.#until(() => {
      while (sent < messages && sent - (this.#answered - answeredBefore) < IN_FLIGHT) {
        this.#sender.write(this.#subject.message());
        sent += 1;
      }
      return this.#received - receivedBefore >= deliveries * this.deliveryBytes;
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const extra = this.#received - receivedBefore - deliveries * this.deliveryBytes;
    if (extra !== 0) throw new Error(`${this.name}: ${extra} bytes more than the deliveries`);
    const cpu = cpuMicrosOf(this.#subject.pid) - cpuBefore;
    return { deliveriesPerSecond: deliveries / seconds, cpuMicrosPerDelivery: cpu / deliveries };
  }

  /** One message after the other. @returns p99 of the time from sending it to its arrival at each listener, in ms */
  async delays(messages: number): Promise<number> {
    const delays: number[] = [];
    for (let message = 0; message < messages; message++) {
      const wanted = this.#received + this.#listeners.length * this.deliveryBytes;
      const sentAt = performance.now();
      this.#onData = (bytes) => {
        for (let got = 0; got < bytes; got += this.deliveryBytes) delays.push(performance.now() - sentAt);
      };
      this.#sender.write(this.#subject.message());
      await this.#until(() => this.#received >= wanted);
    }
    this.#onData = undefined;
    return percentile(delays, 0.99);
  }

  async close(): Promise<void> {
    for (const socket of [this.#sender, ...this.#listeners]) socket.destroy();
    await this.#subject.close();
  }

  /** Waits for silence, then takes one delivery's size from what one message causes. */
  async #learnDelivery(): Promise<void> {
    const before = this.#received;
    this.#sender.write(this.#subject.message());
    await this.#until(() => this.#received > before);
    await this.#silence();
    this.deliveryBytes = (this.#received - before) / this.#listeners.length;
    if (!Number.isInteger(this.deliveryBytes)) throw new Error(`${this.name}: listeners got different bytes`);
  }

  async #silence(): Promise<void> {
    for (let before = -1; before !== this.#received; ) {
      before = this.#received;
      await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
    }
  }

  #until(isDone: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        if (!isDone()) return;
        this.#wake = () => {};
        resolve();
      };
      this.#wake();
    });
  }
}
