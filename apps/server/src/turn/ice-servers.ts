import { createHmac } from 'node:crypto';
import type { Clock } from '@amphi/base';
import type { InitAnswer } from '@amphi/protocol';
import type { Settings } from '../settings.ts';

type IceServer = NonNullable<NonNullable<InitAnswer['rtcConfiguration']>['ice_servers']>[number];

export interface TurnCredentials {
  readonly username: string;
  readonly credential: string;
}

/**
 * What a TURN server that knows `secret` accepts from this peer until `expiresAtS` (draft-uberti-behave-turn-rest-00, 2.2;
 * coturn: `use-auth-secret`). The server needs no list of users: the name carries its end, the password proves it.
 * @param expiresAtS Unix time
 */
export function turnCredentials(options: {
  readonly secret: string;
  readonly peerId: string;
  readonly expiresAtS: number;
}): TurnCredentials {
  // coturn writes the name to its log, and so to the terminal of who reads it.
  const username = `${Math.floor(options.expiresAtS)}:${options.peerId.replace(/[^\w-]/g, '')}`;
  return { username, credential: createHmac('sha1', options.secret).update(username).digest('base64') };
}

/**
 * The STUN and TURN servers for one peer: the static ones, and each TURN server with credentials of its own for it.
 * An allocation that was made goes on after their end; only a new one (ICE restart, another network) needs valid ones.
 */
export class IceServers {
  readonly #rtc: Pick<Settings['rtc'], 'iceServers' | 'turn'>;
  readonly #clock: Clock;

  constructor(options: { readonly rtc: Pick<Settings['rtc'], 'iceServers' | 'turn'>; readonly clock: Clock }) {
    this.#rtc = options.rtc;
    this.#clock = options.clock;
  }

  /** @param peerId of somebody who is let in: who has these relays at our cost */
  forPeer(peerId: string): IceServer[] {
    const nowS = this.#clock.now() / 1000;
    return [
      ...this.#rtc.iceServers,
      ...this.#rtc.turn.map(({ urls, secret, lifetimeS }) => ({
        urls,
        ...turnCredentials({ secret, peerId, expiresAtS: nowS + lifetimeS }),
      })),
    ];
  }
}
