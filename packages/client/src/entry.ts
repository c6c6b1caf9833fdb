import { type Millis, millis, Scope } from '@amphi/base';
import { decodeAuthToken } from './auth-token.ts';
import { Connection } from './connection.ts';
import { fetchTokenByRoomCode } from './endpoints.ts';
import { ClientError } from './errors.ts';
import type { SessionContext } from './session-context.ts';
import type { Access } from './session-types.ts';
import type { SessionState } from './state.ts';

/** The server sends the role by itself right after the socket opens (client protocol, 4.1). */
const POLICY_TIMEOUT_MS = millis(10_000);

const ROOM_TIMEOUT_MS = millis(5_000);

/** The way in: from a room code or a token to an open connection with a known role. */
export class Entry {
  readonly #context: SessionContext;
  readonly #endpoint: string;
  readonly #adopt: (connection: Connection) => void;
  #forgetToken = (): void => {};

  /** @param adopt takes each connection before it is opened: it owns it and listens to it */
  constructor(context: SessionContext, endpoint: string, adopt: (connection: Connection) => void) {
    this.#context = context;
    this.#endpoint = endpoint;
    this.#adopt = adopt;
  }

  /** @throws ClientError */
  async connect(access: Access): Promise<void> {
    if ('token' in access) {
      await this.#connectWith(access.token);
      return;
    }
    const { roomCode, userId, keeper } = access;
    this.#forgetToken = () => keeper?.write(roomCode, undefined);
    const kept = keeper?.read(roomCode);
    if (kept !== undefined && (await this.#isTaken(kept))) return;
    const token = await fetchTokenByRoomCode(this.#context, this.#endpoint, { code: roomCode, userId });
    await this.#connectWith(token);
    keeper?.write(roomCode, token);
  }

  /** The place in the room is given up: a later visit starts afresh. */
  forgetToken(): void {
    this.#forgetToken();
  }

  /** Connects with a token from an earlier visit. @returns false when the server, or its form, says that it is too old */
  async #isTaken(token: string): Promise<boolean> {
    const { connection, scope } = this.#context;
    try {
      await this.#connectWith(token);
      return true;
    } catch (error) {
      if (!(error instanceof ClientError) || scope.isClosed) throw error;
      const isStale = error.code === 'invalid_token' || (error.code === 'refused' && !error.isTransient);
      if (!isStale) throw error;
      connection()?.close();
      this.#forgetToken();
      return false;
    }
  }

  async #connectWith(token: string): Promise<void> {
    const { environment, clock, logger, store } = this.#context;
    const claims = decodeAuthToken(token);
    store.update((state) => ({ ...state, self: { ...state.self, userId: claims.user_id } }));
    this.#assertOpen();
    const { peerId } = store.get().self;
    const connection = new Connection({ endpoint: this.#endpoint, token, peerId, environment, clock, logger });
    this.#adopt(connection);
    await connection.open();
    await this.#policyArrived();
    this.#assertOpen();
  }

  /**
   * Resolves when what a preview shows of the room is known. It follows the role in a message of its own, where the role may see
   * it (client protocol, 4.4): without it a room that is live would look as if it were not.
   */
  async roomShown(): Promise<void> {
    const isShown = ({ self, room }: SessionState): boolean =>
      self.role?.permissions.sendRoomState !== true || room.peerCount !== undefined;
    // A server that never tells it is no reason to stay out.
    await this.#until(isShown, ROOM_TIMEOUT_MS);
    this.#assertOpen();
  }

  /** Resolves when the role is known. */
  async #policyArrived(): Promise<void> {
    if (await this.#until(({ self }) => self.role !== undefined, POLICY_TIMEOUT_MS)) return;
    throw new ClientError('malformed_answer', 'the server did not say which role we have');
  }

  /** @returns false when it has not come to that in time @throws ClientError `closed` */
  #until(isReached: (state: SessionState) => boolean, timeout: Millis): Promise<boolean> {
    const { store, scope, clock } = this.#context;
    if (isReached(store.get())) return Promise.resolve(true);
    return new Promise((resolve, reject) => {
      const attempt = new Scope({ clock });
      const end = (isReached: boolean): void => {
        attempt.close();
        resolve(isReached);
      };
      attempt.defer(
        store.subscribe(() => {
          if (isReached(store.get())) end(true);
        }),
      );
      attempt.after(timeout, () => end(false));
      attempt.defer(scope.defer(() => reject(new ClientError('closed', 'left while connecting'))));
    });
  }

  #assertOpen(): void {
    if (this.#context.scope.isClosed) throw new ClientError('closed', 'the session was left');
  }
}
