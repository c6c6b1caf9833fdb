import type { LeaveReason } from '@amphi/client';

export interface LeftTexts {
  readonly title: string;
  readonly text: string;
  /** Words of the way back; undefined where there is none. */
  readonly rejoin: string | undefined;
}

/** What to tell a person whose visit is over, by why it is. */
export function describeLeaving(reason: LeaveReason): LeftTexts {
  switch (reason.kind) {
    case 'left':
      return { title: 'You left the room', text: 'You can come back as long as the room is open.', rejoin: 'Rejoin' };
    case 'removed':
      return {
        title: 'You were removed from the room',
        text: reason.message || 'Somebody who runs the room asked you to leave.',
        rejoin: 'Ask to come back in',
      };
    case 'ended':
      return {
        title: 'The session has ended',
        text: reason.message || 'It was ended for everyone. Thank you for being there.',
        rejoin: 'Open the room again',
      };
    case 'failed':
      return describeFailure(reason);
  }
}

function describeFailure(reason: Extract<LeaveReason, { kind: 'failed' }>): LeftTexts {
  const { code, message, serverCode } = reason;
  if (code === 'refused') {
    if (serverCode === 404) {
      return { title: 'There is no such room', text: `Please check the link: ${message}.`, rejoin: undefined };
    }
    if (serverCode === 403) return { title: 'You cannot come in', text: `${sentence(message)}`, rejoin: 'Try again' };
    if (serverCode === 401) {
      return { title: 'Your invitation is not valid', text: `${sentence(message)}`, rejoin: undefined };
    }
    if (serverCode === 429) {
      return { title: 'Too much at once', text: `${sentence(message)} Please wait a moment.`, rejoin: 'Try again' };
    }
    if (serverCode === 410) return { title: 'Your place is gone', text: `${sentence(message)}`, rejoin: 'Rejoin' };
    return { title: 'The server could not let you in', text: `${sentence(message)}`, rejoin: 'Try again' };
  }
  if (code === 'invalid_token') {
    return { title: 'Your invitation is not valid', text: 'Please ask for a new link.', rejoin: undefined };
  }
  if (code === 'endpoint_unreachable') {
    return {
      title: 'The server cannot be reached',
      text: 'Check your connection to the internet, then try again.',
      rejoin: 'Try again',
    };
  }
  if (code === 'reconnect_failed' || code === 'media_lost' || code === 'connection_lost') {
    return {
      title: 'The connection was lost',
      text: 'We tried for a minute to bring it back. Check your connection, then rejoin.',
      rejoin: 'Rejoin',
    };
  }
  return { title: 'Something went wrong', text: sentence(message), rejoin: 'Rejoin' };
}

function sentence(text: string): string {
  const trimmed = text.trim();
  if (!trimmed) return 'No reason was given.';
  return `${trimmed.charAt(0).toLocaleUpperCase()}${trimmed.slice(1)}${/[.!?…]$/.test(trimmed) ? '' : '.'}`;
}
