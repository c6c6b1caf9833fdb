import type { Millis } from '@amphi/base';
import {
  boardOpened,
  boardPage,
  MAX_BOARD_CHANGES,
  type MethodName,
  type MethodParams,
  type Notification,
  type BoardElement as WireElement,
} from '@amphi/protocol';
import type { BoardDrawing, BoardElement, BoardState } from '../board-state.ts';
import { ClientError, toClientError } from '../errors.ts';
import { readAnswer } from '../read-answer.ts';
import { boardRights } from '../selectors.ts';
import { joinedConnection, type SessionContext } from '../session-context.ts';

/** What is drawn within this time goes out together. */
const GATHER_MS: Millis = 100;
/** When the server asks to wait, and does not say how long. */
const WAIT_MS: Millis = 1_000;
/** Of one message, in UTF-16 units of JSON: a frame's bytes are bounded. */
const MESSAGE_UNITS = 60_000;
const NONCES = 2_147_483_647;

type BoardMethod = Extract<MethodName, `board-${string}`>;

/**
 * The whiteboard. What is drawn is in `state.board` at once, and goes to the others by and by, also after a loss of the
 * connection; of two changes of one element that happen at once, one holds for everyone.
 */
export class Board {
  readonly #context: SessionContext;
  #id: string | undefined;
  #sessionId = '';
  /** As we have them; those that are deleted, too. */
  readonly #elements = new Map<string, WireElement>();
  /** As the state shows them. */
  readonly #shown = new Map<string, BoardElement>();
  /** Ids of what we have changed, and the server has not taken yet. */
  readonly #unsent = new Set<string>();
  #isSendDue = false;
  /** The message that is on its way. */
  #sending: Promise<void> | undefined;
  /** While the board is read: ids of what is on it. What we or others have changed meanwhile is newer than what is read. */
  #reading: { readonly seen: Set<string>; readonly changed: Set<string> } | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /**
   * Opens the board for everyone whose role may see it; we may draw from then on.
   * @param options.fresh with nothing on it; otherwise with what was on it before, in this session
   * @throws ClientError `not_allowed` without the right; `refused` while it is open
   */
  async open(options: { readonly fresh?: boolean } = {}): Promise<void> {
    this.#expectRight('canOpen', 'open');
    const answer = await this.#ask('board-open', { fresh: options.fresh ?? false });
    const { board_id: id } = readAnswer(boardOpened, 'board-open', answer);
    if (this.#id === id) return;
    // All are told after the answer, we too, when it was opened, and then it is read.
    const { peerId, name } = this.#context.store.get().self;
    this.#close();
    this.#id = id;
    this.#update({ status: 'loading', owner: { peerId, name }, openedAt: this.#context.clock.now() });
  }

  /**
   * Closes it for everyone; what is on it stays for the next time, our last strokes included.
   * @throws ClientError `not_allowed` for who neither opened it nor may open one
   */
  async close(): Promise<void> {
    this.#expectRight('canClose', 'close');
    const id = this.#id;
    await this.#sendAll();
    // It may have been closed, by another, meanwhile.
    if (id !== undefined && id === this.#id) await this.#ask('board-close', { board_id: id });
  }

  /**
   * Changes elements, for everyone. Many changes of one element in a row are told as the last of them.
   * @throws ClientError `not_allowed` without the right; `wrong_state` while it is closed. What the server refuses (a board
   *   that is full) is told by the event `error`, and taken back.
   */
  draw(drawings: readonly BoardDrawing[]): void {
    this.#expectRight('canDraw', 'draw');
    if (this.#id === undefined) throw new ClientError('wrong_state', 'board.draw: the whiteboard is closed');
    for (const { id, data = null } of drawings) {
      const version = (this.#elements.get(id)?.version ?? 0) + 1;
      this.#put({ id, version, nonce: Math.floor(Math.random() * NONCES), data });
      this.#unsent.add(id);
      this.#reading?.changed.add(id);
    }
    this.#show();
    this.#sendSoon();
  }

  /**
   * To be called when the session is joined, also after a loss: reads what is on the board.
   * @internal for the session
   */
  sync(): void {
    if (this.#id !== undefined && this.#context.store.get().connection.status === 'joined') void this.#read(this.#id);
  }

  /** @internal for the session */
  handle(notification: Notification): void {
    switch (notification.method) {
      case 'peer-list': {
        const { session_id: sessionId } = notification.params.room;
        // The session that had it is over, and nobody says so.
        if (sessionId !== this.#sessionId) this.#close();
        this.#sessionId = sessionId;
        return;
      }
      case 'on-board-update': {
        const { board_id: id, state, owner, owner_name: name, opened_at: openedAt } = notification.params;
        if (state === 'closed' || id !== this.#id) this.#close();
        if (state === 'closed') return;
        this.#id = id;
        const status = this.#context.store.get().board.status === 'open' ? 'open' : 'loading';
        this.#update({ status, owner: { peerId: owner, name }, openedAt });
        this.sync();
        return;
      }
      case 'on-board-change': {
        const { board_id: id, elements } = notification.params;
        if (id !== this.#id) return;
        for (const element of elements) {
          this.#take(element);
          this.#reading?.changed.add(element.id);
        }
        this.#show();
      }
    }
  }

  /** Page by page; what is not there any more goes in the end, but for what is ours and not sent yet. */
  async #read(id: string): Promise<void> {
    const reading = { seen: new Set<string>(), changed: new Set(this.#unsent) };
    this.#reading = reading;
    try {
      for (let after = 0, isLast = false; !isLast; ) {
        const page = readAnswer(boardPage, 'board-get', await this.#ask('board-get', { board_id: id, after }));
        if (this.#reading !== reading) return;
        for (const element of page.elements) {
          reading.seen.add(element.id);
          // Ours may be newer than what a server knows that was killed.
          if (reading.changed.has(element.id)) this.#take(element);
          else this.#put(element);
        }
        this.#show();
        after = page.position;
        isLast = page.last;
      }
    } catch (thrown) {
      if (this.#reading !== reading) return;
      const error = toClientError(thrown, 'refused', 'board-get');
      if (error.isTransient) this.#retry(error, () => this.sync());
      // A server that was killed may not know that it was opened.
      else this.#close();
      return;
    }
    this.#reading = undefined;
    for (const { id: elementId } of [...this.#elements.values()]) {
      if (!reading.seen.has(elementId) && !reading.changed.has(elementId)) this.#elements.delete(elementId);
    }
    this.#show({ status: 'open' });
    this.#sendSoon();
  }

  #sendSoon(): void {
    if (this.#isSendDue || this.#sending || this.#unsent.size === 0) return;
    this.#isSendDue = true;
    this.#context.scope.after(GATHER_MS, () => {
      this.#isSendDue = false;
      void this.#send();
    });
  }

  /** What is not sent yet, at once: message after message, until one does not get through. */
  async #sendAll(): Promise<void> {
    for (let left = Number.POSITIVE_INFINITY; this.#unsent.size > 0 && this.#unsent.size < left; ) {
      if (!this.#sending) left = this.#unsent.size;
      await this.#send();
    }
  }

  /** One message at a time: who draws faster than it may sends less often. */
  #send(): Promise<void> {
    this.#sending ??= this.#sendOnce()
      .finally(() => {
        this.#sending = undefined;
      })
      .then((goOn) => goOn());
    return this.#sending;
  }

  /** @returns how it goes on; never rejects */
  async #sendOnce(): Promise<() => void> {
    const id = this.#id;
    const changes = this.#nextChanges();
    // After a loss `sync` begins anew.
    if (id === undefined || changes.length === 0 || this.#context.store.get().connection.status !== 'joined') {
      return () => {};
    }
    try {
      await this.#ask('board-draw', { board_id: id, changes });
      this.#forget(changes);
    } catch (thrown) {
      const error = toClientError(thrown, 'refused', 'board-draw');
      if (error.isTransient) return () => this.#retry(error, () => this.#sendSoon());
      this.#forget(changes);
      this.#context.events.emit('error', { error });
      this.sync();
    }
    return () => this.#sendSoon();
  }

  #nextChanges(): WireElement[] {
    const changes: WireElement[] = [];
    let units = 0;
    for (const id of this.#unsent) {
      const element = this.#elements.get(id);
      if (!element) continue;
      units += JSON.stringify(element.data).length;
      if (changes.length === MAX_BOARD_CHANGES || (changes.length > 0 && units > MESSAGE_UNITS)) break;
      changes.push(element);
    }
    return changes;
  }

  /** They need not be sent any more, but for those that have changed since. */
  #forget(changes: readonly WireElement[]): void {
    for (const change of changes) if (this.#elements.get(change.id) === change) this.#unsent.delete(change.id);
  }

  /** A lost connection brings `sync` by itself. */
  #retry(error: ClientError, run: () => void): void {
    if (error.code !== 'connection_lost') this.#context.scope.after(error.retryAfterMs ?? WAIT_MS, run);
  }

  /** Of two versions the higher one holds, of equal ones that with the lower nonce: so the server decides as well. */
  #take(element: WireElement): void {
    const present = this.#elements.get(element.id);
    if (present) {
      const { version, nonce } = present;
      const isNewer = element.version === version ? element.nonce < nonce : element.version > version;
      if (!isNewer) return;
    }
    this.#put(element);
    this.#unsent.delete(element.id);
  }

  #put(element: WireElement): void {
    const { id, version, data } = element;
    const isSame = this.#elements.get(id)?.version === version && this.#elements.get(id)?.nonce === element.nonce;
    this.#elements.set(id, element);
    if (data === null || data === undefined) this.#shown.delete(id);
    else if (!isSame || !this.#shown.has(id)) this.#shown.set(id, { id, version, data });
  }

  #close(): void {
    this.#id = undefined;
    this.#reading = undefined;
    this.#elements.clear();
    this.#shown.clear();
    this.#unsent.clear();
    if (this.#context.store.get().board.status === 'closed') return;
    this.#update({ status: 'closed', owner: undefined, openedAt: 0, elements: {} });
  }

  #show(change: Partial<BoardState> = {}): void {
    for (const id of [...this.#shown.keys()]) if (!this.#elements.has(id)) this.#shown.delete(id);
    this.#update({ ...change, elements: Object.fromEntries(this.#shown) });
  }

  #update(change: Partial<BoardState>): void {
    this.#context.store.update((state) => ({ ...state, board: { ...state.board, ...change } }));
  }

  #ask<Name extends BoardMethod>(method: Name, params: MethodParams<Name>): Promise<unknown> {
    return joinedConnection(this.#context, method).request(method, params);
  }

  /** @throws ClientError `not_allowed` */
  #expectRight(right: 'canOpen' | 'canClose' | 'canDraw', what: string): void {
    const state = this.#context.store.get();
    if (boardRights(state)[right]) return;
    const { role } = state.self;
    throw new ClientError('not_allowed', `board.${what}: the role ${role?.name ?? '(none)'} may not`);
  }
}
