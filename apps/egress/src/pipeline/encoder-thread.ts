import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '@amphi/base';
import { pictureBytes, pictureOver, quietCodecLibrary } from '@amphi/media';
import type { EncodedPicture } from '../sinks/sink.ts';
import type { EncoderEvent, EncoderThreadSettings, FrameMessage } from './messages.ts';
import { RungEncoder } from './rung-encoder.ts';
import { ThumbnailSheets } from './thumbnail-sheets.ts';

/** Thread of one rung: scales canvases to its size, encodes them, posts samples. */

const { ring, rung, frameRate, framesPerSegment, preset, frames, makesThumbnails } =
  workerData as EncoderThreadSettings;
const readers = new Int32Array(ring.readers);
const canvases = Array.from({ length: ring.slots }, (_, slot) =>
  pictureOver(ring.pixels, slot * pictureBytes(ring.width, ring.height), ring.width, ring.height),
);

function post(event: EncoderEvent, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(event, transfer);
}

// Main has one word for this thread: it is to end. Waiting for it keeps no thread alive.
parentPort?.on('message', () => process.exit()).unref();

quietCodecLibrary();
try {
  const encoder = new RungEncoder({ rung, frameRate, framesPerSegment, preset });
  const thumbnails = makesThumbnails
    ? new ThumbnailSheets({ width: ring.width, height: ring.height, frameRate, framesPerSegment })
    : undefined;
  post({ type: 'ready', config: encoder.config });

  const send = (pictures: readonly EncodedPicture[]): void => {
    for (const picture of pictures) post({ type: 'picture', ...picture }, [picture.data.buffer as ArrayBuffer]);
  };
  /** After the picture itself, which nobody has to wait longer for. What goes wrong in it is told once and costs nothing else. */
  const takeThumbnail = (tick: number, slot: number): void => {
    if (!thumbnails || hasFailed) return;
    try {
      const sheet = thumbnails.take(canvases[slot]!, tick);
      if (sheet) post({ type: 'thumbnails', sheet }, [sheet.data.buffer as ArrayBuffer]);
    } catch (error) {
      hasFailed = true;
      post({ type: 'trouble', severity: 'warning', code: 'thumbnails_failed', message: messageOf(error) });
    }
  };
  let hasFailed = false;
  const encode = (tick: number, keyframe: boolean, slot: number | undefined): void => {
    try {
      send(slot === undefined ? encoder.encodeAgain(tick, keyframe) : encoder.encode(canvases[slot]!, tick, keyframe));
      if (slot !== undefined) takeThumbnail(tick, slot);
    } catch (error) {
      post({ type: 'trouble', severity: 'fatal', code: 'encoder_failed', message: messageOf(error) });
    } finally {
      if (slot !== undefined) Atomics.sub(readers, slot, 1);
    }
  };

  frames.on('message', (message: FrameMessage) => {
    switch (message.type) {
      case 'frame':
        encode(message.tick, message.keyframe, message.slot);
        break;
      case 'repeat':
        encode(message.tick, message.keyframe, undefined);
        break;
      case 'end':
        frames.close();
        send(encoder.flush());
        encoder.close();
        thumbnails?.close();
        post({ type: 'stopped' });
        break;
    }
  });
} catch (error) {
  post({ type: 'trouble', severity: 'fatal', code: 'encoder_failed', message: messageOf(error) });
}
