import {
  type ChatMessage,
  type ConnectionState,
  createSession,
  isCapturing,
  type JoinLink,
  readJoinLink,
  type Session,
} from '@amphi/client';
import { element, fieldsOf } from './page.ts';
import { showStage } from './stage.ts';

/** A room in a plain page: the session's state in, elements out. */

const entrance = element('entrance', HTMLFormElement);
const notice = element('notice', HTMLElement);
const room = element('room', HTMLElement);

// A link and a name may come in the page's own address, so that it can be sent to somebody.
const query = new URLSearchParams(location.search);
for (const name of ['link', 'name']) fieldsOf(entrance)(name).value = query.get(name) ?? '';

entrance.addEventListener('submit', (event) => {
  event.preventDefault();
  const field = fieldsOf(entrance);
  const link = readJoinLink(field('link').value);
  if (link) void enter(link, field('name').value);
  else notice.textContent = 'This is no join link: it ends with a room code such as abc-defg-hij.';
});

/** A session is one visit: it is made here, and of no further use once it is left. */
async function enter(link: JoinLink, name: string): Promise<void> {
  const session = createSession({ endpoint: link.endpoint });
  const page = new AbortController();
  session.watch((state) => state.connection, showConnection);
  session.watch((state) => state.messages, showMessages);
  const clearStage = showStage(session, element('stage', HTMLElement));
  connectControls(session, page.signal);
  // `error` is for what failed while the session goes on; what ends it is the reason of `left`.
  session.events.on('error', ({ error }) => {
    notice.textContent = error.message;
  });
  session.events.on('left', () => {
    page.abort();
    clearStage();
  });
  try {
    // A role that may not publish leaves the devices off; so does a person who says no.
    await session.join({ access: link.access, name, microphone: true, camera: true });
  } catch {
    // Why is the session's last state: showConnection has told it.
  }
}

function showConnection(connection: ConnectionState): void {
  const isInside = connection.status === 'joined' || (connection.status === 'reconnecting' && connection.wasJoined);
  room.hidden = !isInside;
  entrance.hidden = connection.status !== 'idle' && connection.status !== 'left';
  notice.textContent = noticeOf(connection);
}

function noticeOf(connection: ConnectionState): string {
  switch (connection.status) {
    case 'connecting':
    case 'joining':
      return 'Joining …';
    case 'reconnecting':
      // Nothing to do: the session comes back by itself, or leaves with the reason `failed`.
      return 'The connection is lost. Trying again …';
    case 'left':
      return 'message' in connection.reason ? connection.reason.message || 'The session is over.' : 'You have left.';
    default:
      return '';
  }
}

function connectControls(session: Session, signal: AbortSignal): void {
  const microphone = element('microphone', HTMLButtonElement);
  const camera = element('camera', HTMLButtonElement);
  const chat = element('chat', HTMLFormElement);
  session.watch(
    (state) => state.microphone,
    (state) => showDevice(microphone, isCapturing(state)),
  );
  session.watch(
    (state) => state.camera,
    (state) => showDevice(camera, isCapturing(state)),
  );
  const onClick = (button: HTMLButtonElement, act: () => unknown): void =>
    button.addEventListener('click', act, { signal });
  onClick(microphone, () => session.setMicrophone(!isCapturing(session.state.microphone)));
  onClick(camera, () => session.setCamera(!isCapturing(session.state.camera)));
  onClick(element('leave', HTMLButtonElement), () => session.leave());
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    const text = fieldsOf(chat)('text');
    // One that did not get through stays in the list as `failed`.
    session.sendMessage(text.value).catch(() => {});
    text.value = '';
  };
  chat.addEventListener('submit', send, { signal });
}

function showDevice(button: HTMLButtonElement, isOn: boolean): void {
  button.setAttribute('aria-pressed', String(isOn));
}

function showMessages(messages: readonly ChatMessage[]): void {
  const lines = messages.map(({ sender, text, delivery }) => {
    const line = document.createElement('li');
    // As text, never as markup: what others write is not ours.
    line.textContent = `${sender.name}: ${text}${delivery === 'failed' ? ' (not sent)' : ''}`;
    return line;
  });
  element('messages', HTMLElement).replaceChildren(...lines);
}
