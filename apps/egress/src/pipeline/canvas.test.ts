import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { composition } from '@amphi/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { Canvas } from './canvas.ts';
import { createCanvasRing, type FrameMessage } from './messages.ts';

const FRAMES_PER_PART = 10;

let open: { readonly canvas: Canvas; readonly ports: readonly MessagePort[] }[] = [];

afterEach(() => {
  for (const { canvas, ports } of open) {
    canvas.close();
    for (const port of ports) port.close();
  }
  open = [];
});

/** A canvas of two rungs whose encoders are done at once. */
function canvasOf(keepsTop: boolean, rungs = [0, 1]) {
  const ring = createCanvasRing({ width: 320, height: 180 });
  const channels = [new MessageChannel(), new MessageChannel()];
  const canvas = new Canvas(
    { ring, encoderPorts: channels.map(({ port1 }) => port1), composition: composition.parse({}), rungs, keepsTop },
    {
      framesPerPart: FRAMES_PER_PART,
      framesPerSegment: 3 * FRAMES_PER_PART,
      firstTick: 0,
      title: 'Town hall',
      letterer: () => new Promise(() => {}),
    },
  );
  const ports = channels.map(({ port2 }) => port2);
  open.push({ canvas, ports });
  const readers = new Int32Array(ring.readers);
  return {
    canvas,
    readers,
    draw: (tick: number, step: number, isLate = false) =>
      canvas.draw(tick, { pictureOf: () => undefined, dueAt: tick, isLate, step }),
    /** By rung: what was sent since the last call. */
    sent: () => {
      readers.fill(0);
      return ports.map((port) => {
        const messages: FrameMessage[] = [];
        for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
          messages.push(next.message as FrameMessage);
        }
        return messages.map((message) => (message.type === 'end' ? 'end' : `${message.type} ${message.tick}`));
      });
    },
  };
}

describe('Canvas', () => {
  it.each([
    [true, 2, ['frame 0', 'frame 1', 'frame 2', 'frame 3', 'frame 4'], ['frame 0', 'frame 2', 'frame 4']],
    [false, 2, ['frame 0', 'frame 2', 'frame 4'], ['frame 0', 'frame 2', 'frame 4']],
    [false, 4, ['frame 0', 'frame 4'], ['frame 0', 'frame 4']],
  ])('EG42 EG46: keeping its top (%s), by steps of %i the top gets %j', (keepsTop, step, top, lower) => {
    const { draw, sent } = canvasOf(keepsTop);
    const got: string[][] = [[], []];
    const outcomes = Array.from({ length: 5 }, (_, tick) => {
      const outcome = draw(tick, step);
      sent().forEach((messages, rung) => {
        got[rung]!.push(...messages);
      });
      return outcome;
    });
    expect(got).toEqual([top, lower]);
    // What is left out on purpose is no skipped picture.
    expect(outcomes).not.toContain('skipped');
  });

  it('EG46: is not drawn when nobody takes it', () => {
    const { canvas, draw, sent } = canvasOf(false, []);
    expect(draw(0, 1)).toBe('idle');
    expect(canvas.want([1])).toBe(3 * FRAMES_PER_PART);
    expect(draw(29, 1)).toBe('idle');
    expect(draw(30, 1)).toBe('drawn');
    expect(sent()).toEqual([[], ['frame 30']]);
  });

  it('EG11 EG27: without a free slot, or late, a tick is left out, and a part begins with the last picture once more', () => {
    const { draw, readers, sent } = canvasOf(true);
    readers.fill(1);
    expect([draw(9, 1), draw(10, 1)]).toEqual(['skipped', 'skipped']);
    expect(sent()).toEqual([['repeat 10'], ['repeat 10']]);
    expect([draw(11, 1, true), draw(20, 1, true)]).toEqual(['skipped', 'drawn']);
    expect(sent()).toEqual([['frame 20'], ['frame 20']]);
  });
});
