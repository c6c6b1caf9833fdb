import type { Notification, NotificationName } from '@amphi/protocol';
import { serializeNotification } from '../signaling/frames.ts';
import type { Importance } from '../signaling/receiving.ts';
import { textFrame } from '../signaling/text-frame.ts';
import { holdsPlace, withAddresses } from './addresses.ts';
import type { PeerLink } from './peer-link.ts';
import type { Lane } from './turns.ts';

/** What a receiver that is behind goes without, and what sooner; all else is the truth. */
const IMPORTANCE: ReadonlyMap<NotificationName, Importance> = new Map([
  ['active-speakers', 'passing'],
  ['on-connection-quality-update', 'passing'],
  ['on-broadcast', 'chat'],
]);

/** Frames that are sent in one step of a lane: the clock is asked after each, which costs a good part of a frame. */
const FRAMES_PER_STEP = 16;

/** Brings notifications to the sockets of peers, in the order of the session's lane: written once, however many get them. */
export class FanOut {
  readonly #links: ReadonlyMap<string, PeerLink>;
  readonly #lane: Lane;

  constructor(links: ReadonlyMap<string, PeerLink>, lane: Lane) {
    this.#links = links;
    this.#lane = lane;
  }

  /** Peers without a socket miss it. */
  send(to: readonly string[], notification: Notification): void {
    this.#lane.push(this.steps(to, notification), to.length);
  }

  /** The same as a part of other work of the lane. */
  *steps(to: readonly string[], notification: Notification, except?: string): Generator<void> {
    const frameFor = framesOf(notification);
    const importance = IMPORTANCE.get(notification.method);
    let sent = 0;
    for (const peerId of to) {
      if (peerId === except) continue;
      const connection = this.#links.get(peerId)?.connection;
      if (!connection) continue;
      if (connection.takesFrames) connection.send(frameFor(connection.reachedAt), importance);
      else connection.notify(notification);
      if (++sent % FRAMES_PER_STEP === 0) yield;
    }
  }
}

/**
 * The bytes of a notification for who reached the server at an address: one text for all of them, or one for each
 * address where places of the server are named.
 */
function framesOf(notification: Notification): (reachedAt: string) => Buffer {
  const frames = new Map<string, Buffer>();
  const hasPlace = holdsPlace(notification);
  return (reachedAt) => {
    const address = hasPlace ? reachedAt : '';
    let frame = frames.get(address);
    if (!frame) {
      frame = textFrame(serializeNotification(hasPlace ? withAddresses(notification, address) : notification));
      frames.set(address, frame);
    }
    return frame;
  };
}
