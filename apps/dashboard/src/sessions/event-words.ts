import type { SessionEvent } from '../api/rest.ts';

/** An event of a session as a sentence. Pure. */

/** Of a peer who is or was in the session. */
type NameOf = (peerId: string) => string | undefined;

const NAMELESS = 'Somebody without a name';

export function wordsOf(event: SessionEvent, nameOf: NameOf): string {
  const who = event.user_name || NAMELESS;
  const by = byWhom(event, nameOf);
  const because = event.reason ? `: ${event.reason}` : '';
  const output = OUTPUTS[event.output ?? ''] ?? 'The recording';
  switch (event.type) {
    case 'session.open':
      return 'The session began';
    case 'session.close':
      if (event.reason === 'lost') return 'The session ended: the server was gone';
      return `The session ended${by === '' ? '' : `, ended${by}`}${because}`;
    case 'peer.join':
      return `${who} joined as ${event.role}`;
    case 'peer.leave':
      return `${who} ${LEAVINGS[event.reason ?? ''] ?? 'left'}${event.reason === 'removed' ? by : ''}`;
    case 'peer.role-change':
      return `${who} went from ${event.previous_role} to ${event.role}${by === '' ? '' : `, changed${by}`}`;
    case 'peer.role-refused':
      return `${who} could not change role: there are as many as there may be`;
    case 'stream.initialised':
      return 'The live stream was asked for';
    case 'stream.started':
      return 'The live stream began';
    case 'stream.stopped':
      return 'The live stream ended';
    case 'stream.failed':
      return `The live stream failed${because}`;
    case 'output.initialised':
      return `${output} was asked for`;
    case 'output.started':
      return `${output} began`;
    case 'output.stopped':
      return `${output} ended`;
    case 'output.failed':
      return `${output} failed${because}`;
    case 'recording.ready':
      return 'Recorded files are ready';
    case 'encoder.connected':
      return 'An encoder connected';
    case 'encoder.gone':
      return event.reason === 'closed' ? 'The encoder stopped' : 'The encoder was lost';
    case 'poll.started':
      return `A poll was opened${by}`;
    case 'poll.stopped':
      return `A poll was closed${by}`;
    case 'room.locked':
      return `The room was closed${by}`;
    default:
      return FAILURES[event.type]?.(who) ?? event.type;
  }
}

/** Whether it went wrong, so that it should be seen among the others. */
export function isFailure({ type }: Pick<SessionEvent, 'type'>): boolean {
  return type.startsWith('client.') || type.endsWith('.failed') || type.endsWith('-refused');
}

const OUTPUTS: Readonly<Record<string, string>> = {
  browser: 'The recording',
  hls: 'The recording of the stream',
  rtmp: 'Sending to other platforms',
};

const LEAVINGS: Readonly<Record<string, string>> = {
  removed: 'was put out',
  lost: 'was lost: no connection any more',
  replaced: 'left: came again elsewhere',
  yielded: 'was away for long and gave the place to somebody else',
  flooded: 'was cut off: sent far too much',
  sessionEnded: 'left with the end of the session',
};

const FAILURES: Readonly<Record<string, (who: string) => string>> = {
  'client.publish.failed': (who) => `${who} could not send picture or sound`,
  'client.subscribe.failed': (who) => `${who} could not receive somebody`,
  'client.join.failed': (who) => `${who} could not join`,
  'client.connect.failed': (who) => `${who} could not connect`,
  'client.disconnected': (who) => `${who} lost the connection`,
};

function byWhom({ requested_by: by }: SessionEvent, nameOf: NameOf): string {
  return by === undefined ? '' : ` by ${nameOf(by) || NAMELESS.toLowerCase()}`;
}
