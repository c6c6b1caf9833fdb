import { millis } from '@amphi/base';
import { decodeAuthToken } from './auth-token.ts';
import { Connection } from './connection.ts';
import { fetchTokenByRoomCode } from './endpoints.ts';
import { ClientError } from './errors.ts';
import type { SessionContext } from './session-context.ts';
import type { Access } from './session-types.ts';

/** The server sends the role by itself right after the socket opens (client protocol, 4.1). */
const POLICY_TIMEOUT_MS = millis(10_000);

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

  /** Resolves when the role is known. */
  #policyArrived(): Promise<void> {
    const { store, scope } = this.#context;
    if (store.get().self.role) return Promise.resolve();
    return new Promise<void>((resolve, reject) => {
      const off = store.subscribe(() => {
        if (!store.get().self.role) return;
        off();
        cancel();
        resolve();
      });
      const cancel = scope.after(POLICY_TIMEOUT_MS, () => {
        off();
        reject(new ClientError('malformed_answer', 'the server did not say which role we have'));
      });
      scope.defer(() => reject(new ClientError('closed', 'left while connecting')));
    });
  }

  #assertOpen(): void {
    if (this.#context.scope.isClosed) throw new ClientError('closed', 'the session was left');
  }
}
