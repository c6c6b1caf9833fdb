import {
  commandMessage,
  type EmbedErrorCode,
  type RoomCommand,
  type RoomCommandName,
  type RoomCommands,
  type RoomEvent,
  type RoomEventName,
  type RoomEvents,
  readAnswer,
  readEvent,
} from './messages.ts';
import { type RoomOptions, roomUrl } from './room-url.ts';

/** What a command rejects with. `code` is one of `EmbedErrorCode`, or a later one of the room app. */
export class EmbedError extends Error {
  override name = 'EmbedError';
  /** What was wrong, for programs. */
  readonly code: EmbedErrorCode | (string & {});

  constructor(code: EmbedErrorCode | (string & {}), message: string) {
    super(message);
    this.code = code;
  }
}

/** What the room app may use of what the page itself may; only while it is of the server's origin. */
const ALLOW =
  'camera; microphone; display-capture; autoplay; fullscreen; picture-in-picture; speaker-selection; clipboard-write';
/** Commands that wait for the page or for its answers. */
const MAX_WAITING = 64;
/** From the frame's `load` to the room app's first word. */
const ANSWER_MS = 10_000;

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: EmbedError) => void;
}

type Listener = (event: RoomEvent) => void;

/**
 * The room app in an iframe: events come from it, commands go to it. Put `iframe` where it is to be shown. It is loaded when it
 * is in the document; `close` takes it away, and with it the person leaves the room.
 */
export class RoomFrame {
  /** To be put where the room is to be. */
  readonly iframe: HTMLIFrameElement;
  readonly #origin: string;
  readonly #listeners = new Set<Listener>();
  readonly #waiting = new Map<number, Waiting>();
  /** Until the room app is ready. */
  #held: (() => void)[] | undefined = [];
  #lastId = 0;
  #silence: ReturnType<typeof setTimeout> | undefined;
  /** Why nobody is there to answer, as far as we know. */
  #noAnswer: string | undefined;
  #isClosed = false;

  /** @throws TypeError when the link is no address of the web */
  constructor(options: RoomOptions) {
    const url = roomUrl(options, window.location.origin);
    this.#origin = new URL(url).origin;
    this.iframe = document.createElement('iframe');
    this.iframe.title = 'Room';
    this.iframe.allow = ALLOW;
    this.iframe.style.border = '0';
    this.iframe.addEventListener('load', this.#awaitWord);
    window.addEventListener('message', this.#receive);
    this.iframe.src = url;
  }

  /** Calls `listener` for each event of a name. @returns ends it */
  on<Name extends RoomEventName>(name: Name, listener: (detail: RoomEvents[Name]) => void): () => void {
    return this.onAny((event) => {
      if (event.name === name) listener(event.detail as RoomEvents[Name]);
    });
  }

  /** Calls `listener` for all events. @returns ends it */
  onAny(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Asks the room app for something, as soon as it is ready. Resolves when it is done.
   * @throws EmbedError (rejects)
   */
  send<Name extends RoomCommandName>(name: Name, params: RoomCommands[Name]): Promise<void> {
    if (this.#isClosed) return Promise.reject(new EmbedError('closed', 'the room was taken away'));
    if (this.#noAnswer !== undefined) return Promise.reject(new EmbedError('no_answer', this.#noAnswer));
    if (this.#waiting.size >= MAX_WAITING) {
      return Promise.reject(new EmbedError('too_many_commands', `${MAX_WAITING} commands wait`));
    }
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const post = (): void => this.#post(commandMessage(id, { name, params } as RoomCommand));
      if (this.#held) this.#held.push(post);
      else post();
    });
  }

  /** Leaves the room; the frame stays, with the way back. */
  leave(): Promise<void> {
    return this.send('leave', {});
  }

  /** Switches the microphone, as far as the role has one. */
  setMicrophone(isOn: boolean): Promise<void> {
    return this.send('set-microphone', { isOn });
  }

  /** Switches the camera, as far as the role has one. */
  setCamera(isOn: boolean): Promise<void> {
    return this.send('set-camera', { isOn });
  }

  /** Raises the person's hand, or takes it down. */
  setHand(isRaised: boolean): Promise<void> {
    return this.send('set-hand', { isRaised });
  }

  /** Takes the frame away. Harmless when it already is. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#silence);
    window.removeEventListener('message', this.#receive);
    this.iframe.removeEventListener('load', this.#awaitWord);
    this.iframe.remove();
    this.#giveUp('closed', 'the room was taken away');
    this.#listeners.clear();
  }

  readonly #receive = ({ source, origin, data }: MessageEvent<unknown>): void => {
    // Other windows, and another page that took the room's place in the frame, say nothing to us.
    if (source !== this.iframe.contentWindow || origin !== this.#origin) return;
    const answer = readAnswer(data);
    if (answer) {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if (answer.isDone) waiting?.resolve();
      else waiting?.reject(new EmbedError(answer.code, answer.message));
      return;
    }
    const event = readEvent(data);
    if (!event) return;
    if (event.name === 'ready') this.#begin();
    this.#tell(event);
  };

  readonly #awaitWord = (): void => {
    if (!this.#held) return;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      const message = `${this.#origin} does not answer: it is no Amphi server, or its settings do not let ${window.location.origin} show its rooms`;
      this.#noAnswer = message;
      this.#held = [];
      this.#giveUp('no_answer', message);
      this.#tell({ name: 'error', detail: { code: 'no_answer', message } });
    }, ANSWER_MS);
  };

  #begin(): void {
    clearTimeout(this.#silence);
    this.#noAnswer = undefined;
    const held = this.#held;
    this.#held = undefined;
    // Loaded anew: what was asked for before nobody answers any more.
    if (!held) this.#giveUp('closed', 'the room was loaded anew');
    for (const post of held ?? []) post();
  }

  #giveUp(code: EmbedErrorCode, message: string): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(new EmbedError(code, message));
  }

  #tell(event: RoomEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  #post(message: object): void {
    this.iframe.contentWindow?.postMessage(message, this.#origin);
  }
}
