import type { LeaveReason } from '@amphi/client';
import { failureText } from '../words/error-text.ts';
import type { Words } from '../words/words.ts';

export interface LeftTexts {
  readonly title: string;
  readonly text: string;
  /** Words of the way back; undefined where there is none. */
  readonly rejoin: string | undefined;
}

/** What to tell a person whose visit is over, by why it is. */
export function describeLeaving(words: Words, reason: LeaveReason): LeftTexts {
  const { end } = words;
  switch (reason.kind) {
    case 'left':
      return { title: end.left, text: end.leftHelp, rejoin: end.rejoin };
    case 'removed':
      return { title: end.removed, text: reason.message || end.removedHelp, rejoin: end.askBack };
    case 'ended':
      return { title: end.ended, text: reason.message || end.endedHelp, rejoin: end.openAgain };
    case 'failed':
      return describeFailure(words, reason);
  }
}

function describeFailure(words: Words, reason: Extract<LeaveReason, { kind: 'failed' }>): LeftTexts {
  const { end, page } = words;
  const why = failureText(words, reason);
  switch (reason.code) {
    case 'refused':
      switch (reason.serverCode) {
        case 401:
          return { title: end.notInvited, text: why, rejoin: undefined };
        case 403:
          return { title: end.refused, text: why, rejoin: page.tryAgain };
        case 404:
          return { title: end.noRoom, text: end.noRoomHelp, rejoin: undefined };
        case 410:
          return { title: end.gone, text: why, rejoin: end.rejoin };
        case 429:
          return { title: end.tooMuch, text: why, rejoin: page.tryAgain };
        default:
          return { title: end.serverRefused, text: why, rejoin: page.tryAgain };
      }
    case 'invalid_token':
      return { title: end.notInvited, text: end.notInvitedHelp, rejoin: undefined };
    case 'endpoint_unreachable':
      return { title: end.unreachable, text: end.unreachableHelp, rejoin: page.tryAgain };
    case 'reconnect_failed':
    case 'media_lost':
    case 'connection_lost':
      return { title: end.lost, text: end.lostHelp, rejoin: end.rejoin };
    default:
      return { title: end.wrong, text: why, rejoin: end.rejoin };
  }
}
