import {
  answerMessage,
  type CommandAnswer,
  eventMessage,
  type ReceivedCommand,
  type RoomCommand,
  type RoomEvent,
  readCommand,
} from '@amphi/client/embed';

/** The page that has this one in a frame. */
export interface ParentPage {
  tell(event: RoomEvent): void;
  /** Who carries out commands from now on; undefined: nobody. What it rejects with becomes the answer. */
  serve(run: ((command: RoomCommand) => Promise<void>) | undefined): void;
}

/** A command that was not carried out, for the page that gave it. */
export class CommandRefusal extends Error {
  override name = 'CommandRefusal';
  readonly code: 'wrong_state' | 'refused';

  constructor(code: 'wrong_state' | 'refused', message: string) {
    super(message);
    this.code = code;
  }
}

/** What is needed of `window`. */
export interface FrameWindow {
  readonly parent: Pick<Window, 'postMessage'>;
  addEventListener(type: 'message', listener: (event: MessageEvent<unknown>) => void): void;
}

/** Commands under way at a time. */
const MAX_COMMANDS = 16;

/**
 * Talks to the page around this one, if its origin is the one that the address names: the browser gives what is told to no other,
 * and what others say is not heard. Whether a page may have this one in a frame at all, the server's headers say.
 * @returns undefined when this page is in no frame
 */
export function parentPage(window: FrameWindow, origin: string): ParentPage | undefined {
  const { parent } = window;
  if ((parent as unknown) === window) return undefined;
  let run: ((command: RoomCommand) => Promise<void>) | undefined;
  let underWay = 0;
  const answer = (given: CommandAnswer): void => parent.postMessage(answerMessage(given), origin);

  const carryOut = async (received: ReceivedCommand): Promise<void> => {
    const { id } = received;
    const refuse = (code: string, message: string): void => answer({ id, isDone: false, code, message });
    if ('code' in received) {
      refuse(received.code, received.message);
      return;
    }
    if (underWay >= MAX_COMMANDS) {
      refuse('too_many_commands', `${MAX_COMMANDS} commands are under way`);
      return;
    }
    underWay += 1;
    try {
      if (!run) throw new CommandRefusal('wrong_state', 'there is no room to do it in');
      await run(received.command);
      answer({ id, isDone: true });
    } catch (error) {
      refuse(
        error instanceof CommandRefusal ? error.code : 'refused',
        error instanceof Error ? error.message : String(error),
      );
    } finally {
      underWay -= 1;
    }
  };

  window.addEventListener('message', (event) => {
    if (event.source !== parent || event.origin !== origin) return;
    const received = readCommand(event.data);
    if (received) void carryOut(received);
  });
  return {
    tell: (event) => parent.postMessage(eventMessage(event), origin),
    serve(next) {
      run = next;
    },
  };
}
