import type { Clock, Emitter, Logger, Scope } from '@amphi/base';
import type { Permissions } from '@amphi/protocol';
import type { Connection } from './connection.ts';
import type { Environment } from './environment.ts';
import { ClientError } from './errors.ts';
import type { SessionEvents } from './session-types.ts';
import type { SessionState } from './state.ts';
import type { StateStore } from './state-store.ts';

/** What the parts of one session share. */
export interface SessionContext {
  readonly store: StateStore<SessionState>;
  readonly events: Emitter<SessionEvents>;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Closes with the session. */
  readonly scope: Scope;
  /** Absent before the first connect. */
  readonly connection: () => Connection | undefined;
  /** Ends the session as failed. */
  readonly fail: (error: ClientError) => void;
}

/** @throws ClientError `connection_lost` while reconnecting, `wrong_state` outside of a joined session */
export function joinedConnection({ store, connection }: SessionContext, what: string): Connection {
  const { status } = store.get().connection;
  const open = connection();
  if (open && status === 'joined') return open;
  const code = status === 'reconnecting' ? 'connection_lost' : 'wrong_state';
  throw new ClientError(code, `${what}: possible in a joined session, this one is ${status}`);
}

/** @throws ClientError `not_allowed` */
export function expectPermission({ store }: SessionContext, permission: keyof Permissions): void {
  const { role } = store.get().self;
  if (!role?.permissions[permission]) {
    throw new ClientError('not_allowed', `the role ${role?.name ?? '(none)'} lacks ${permission}`);
  }
}
