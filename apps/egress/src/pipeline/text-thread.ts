import { parentPort } from 'node:worker_threads';
import { messageOf } from '@amphi/base';
import { drawLettering, type Overlay } from '@amphi/media';
import type { LetteringAnswer, LetteringRequest } from './lettering.ts';

/** Thread that draws texts and images: a first name in a script takes tens of milliseconds, in emoji most of a second. */

parentPort?.on('message', (message: LetteringRequest) => {
  if (message === 'end') parentPort?.close();
  else void answer(message);
});

async function answer({ id, lettering }: Exclude<LetteringRequest, 'end'>): Promise<void> {
  try {
    const overlay = await drawLettering(lettering);
    post({ id, overlay }, buffersOf(overlay));
  } catch (error) {
    post({ id, error: messageOf(error) });
  }
}

function post(message: LetteringAnswer, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

function buffersOf({ luma, alpha, u, v, chromaAlpha }: Overlay): ArrayBuffer[] {
  return [luma, alpha, u, v, chromaAlpha].map((plane) => plane.buffer as ArrayBuffer);
}
