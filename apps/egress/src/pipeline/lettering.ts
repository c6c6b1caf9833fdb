import type { Worker } from 'node:worker_threads';
import { messageOf } from '@amphi/base';
import type { Letterer, Lettering, Overlay } from '@amphi/media';

/** To the text thread. */
export type LetteringRequest = { readonly id: number; readonly lettering: Lettering } | 'end';

/** From the text thread. */
export type LetteringAnswer =
  | { readonly id: number; readonly overlay: Overlay }
  | { readonly id: number; readonly error: string };

/** Has texts and images drawn in a thread of their own. What cannot be drawn is told, and the picture goes on without it. */
export class LetteringThread {
  readonly #thread: Worker;
  readonly #waiting = new Map<number, { resolve(overlay: Overlay): void; reject(error: Error): void }>();
  readonly #onTrouble: (message: string) => void;
  #last = 0;
  #isOver = false;

  constructor(thread: Worker, onTrouble: (message: string) => void) {
    this.#thread = thread;
    this.#onTrouble = onTrouble;
    thread.on('message', (answer: LetteringAnswer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ('overlay' in answer) waiting?.resolve(answer.overlay);
      else {
        onTrouble(answer.error);
        waiting?.reject(new Error(answer.error));
      }
    });
    thread.on('error', (error) => this.#end(`texts are not drawn any more: ${messageOf(error)}`));
    thread.on('exit', () => this.#end(this.#isOver ? undefined : 'texts are not drawn any more'));
  }

  readonly letter: Letterer = (lettering: Lettering) =>
    new Promise<Overlay>((resolve, reject) => {
      if (this.#isOver) {
        reject(new Error('no thread for texts'));
        return;
      }
      const id = ++this.#last;
      this.#waiting.set(id, { resolve, reject });
      this.#thread.postMessage({ id, lettering } satisfies LetteringRequest);
    });

  close(): void {
    this.#isOver = true;
    this.#thread.postMessage('end' satisfies LetteringRequest);
  }

  #end(trouble: string | undefined): void {
    if (trouble !== undefined && !this.#isOver) this.#onTrouble(trouble);
    this.#isOver = true;
    for (const { reject } of this.#waiting.values()) reject(new Error('the thread for texts has ended'));
    this.#waiting.clear();
  }
}
