import { defineRoomElement, ROOM_EVENTS } from '@amphi/client/embed';

/** `<amphi-room>`: attributes in, DOM events out, methods for what the page wants of the room. */

defineRoomElement();
const room = document.querySelector('amphi-room')!;
const events = document.querySelector<HTMLOListElement>('#events')!;
const problem = document.querySelector<HTMLParagraphElement>('#problem')!;

for (const name of ROOM_EVENTS) {
  room.addEventListener(name, (event) => {
    const line = document.createElement('li');
    line.textContent = `${name} ${JSON.stringify((event as CustomEvent).detail)}`;
    events.append(line);
  });
}

onClick('mute', () => room.setMicrophone(false));
onClick('hand', () => room.setHand(true));
onClick('leave', () => room.leave());

// The join link, and a name, come in this page's own address.
const query = new URLSearchParams(location.search);
room.setAttribute('name', query.get('name') ?? '');
room.setAttribute('link', query.get('link') ?? '');

function onClick(id: string, act: () => Promise<void>): void {
  document.querySelector(`#${id}`)?.addEventListener('click', () => {
    // A refusal has a code, for programs, and words.
    act().catch((error: Error) => {
      problem.textContent = error.message;
    });
  });
}
