/** The room app in an iframe, and its messages by hand: what a page does that loads nothing of ours. */

const PROTOCOL = { protocol: 'amphi-room', version: 1 } as const;

// The join link, and a name, come in this page's own address.
const query = new URLSearchParams(location.search);
const room = new URL(query.get('link') ?? 'http://localhost:8080/meeting/');
room.searchParams.set('name', query.get('name') ?? '');
room.searchParams.set('camera', 'off');
room.searchParams.set('hide', 'polls,settings');
// The room app talks to this origin, and to no other.
room.searchParams.set('embed', location.origin);

const frame = document.querySelector<HTMLIFrameElement>('#room')!;
const events = document.querySelector<HTMLOListElement>('#events')!;

window.addEventListener('message', ({ source, origin, data }: MessageEvent<unknown>) => {
  // Any window can send messages here: only those of the room are taken, and only in the form that is known.
  if (source !== frame.contentWindow || origin !== room.origin || !isOfRoom(data)) return;
  if (data.type === 'event') show(`${data.name} ${JSON.stringify(data.detail)}`);
  if (data.type === 'answer') show(`answer ${data.id} ${data.isDone ? 'done' : data.code}`);
});

let lastId = 0;
function command(name: string, params: object = {}): void {
  lastId += 1;
  // Whatever else may be in the frame by now does not get it.
  frame.contentWindow?.postMessage({ ...PROTOCOL, type: 'command', id: lastId, name, params }, room.origin);
}

document.querySelector('#microphone')?.addEventListener('click', () => command('toggle-microphone'));
document.querySelector('#leave')?.addEventListener('click', () => command('leave'));

// Last: nothing is told before somebody listens.
frame.src = room.href;

function show(text: string): void {
  const line = document.createElement('li');
  line.textContent = text;
  events.append(line);
}

function isOfRoom(data: unknown): data is Record<string, unknown> {
  const message = data as Partial<Record<string, unknown>> | null;
  return message?.protocol === PROTOCOL.protocol && message.version === PROTOCOL.version;
}
