import { type Access, createSession, type JoinLink, type Session, type UiLayout } from '@amphi/client';
import { Effects } from '../effects/effects.ts';
import { readPreferences, tabUserId, tokenKeeperOf } from '../page/preferences.ts';
import type { PageOptions } from '../page/read-page-options.ts';
import { loadShownPlayer, loadStreamViewer } from '../viewer/load-stream-viewer.ts';
import { isOfAudience } from './audience.ts';
import { EarlyPlayer } from './early-player.ts';

/** One visit of the room, on its way in whether or not there is anything to show it. */
export interface OpenedVisit {
  readonly session: Session;
  readonly effects: Effects;
  /** Loads the stream before there is a room to show it in. */
  readonly early: EarlyPlayer;
  /** How the room is to look: asked beside the connecting; empty without an answer. */
  readonly layouts: Promise<readonly UiLayout[]>;
  /** Leaves the room, if it is still in it. */
  readonly close: () => void;
}

/**
 * Goes in by a join link. Nothing here draws: the page's first visit begins while the code that draws is still on its way.
 * A failure is a state of the session, which the screens show.
 */
export function openVisit(link: JoinLink, { microphone, camera }: PageOptions): OpenedVisit {
  const session = createSession({ endpoint: link.endpoint });
  // Before a camera is switched on: nobody sees it without.
  const effects = new Effects(session, readPreferences());
  const early = new EarlyPlayer(session, loadShownPlayer);
  const access = 'roomCode' in link.access ? asPerson(link.access) : link.access;
  const isReady = link.skipsPreview && link.name !== '';
  const entered = isReady
    ? session.join({ access, name: link.name, microphone: microphone ?? false, camera: camera ?? false })
    : session.preview(access);
  entered.catch(() => {});
  const layouts = session.readLayouts().catch((): readonly UiLayout[] => []);
  // Our level comes over the socket, a few round trips later; the player is half of what a viewer needs.
  void layouts.then(([own]) => (isOfAudience(own) ? loadStreamViewer() : undefined)).catch(() => {});
  return {
    session,
    effects,
    early,
    layouts,
    close: () => {
      early.close();
      effects.close();
      session.leave();
    },
  };
}

/** Whom the link names, or the same person while this tab lives; with their place in the room. */
function asPerson(access: Extract<Access, { roomCode: string }>): Access {
  const { roomCode, userId } = access;
  return { roomCode, userId: userId ?? tabUserId(), keeper: tokenKeeperOf(userId) };
}
