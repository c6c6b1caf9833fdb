/**
 * What a page and the room app in a frame of it say to each other: events one way, commands the other way, and an answer to
 * each command. What comes is another origin's, so it is read field by field; what is not as described here is not there.
 */

/** Marks our messages among all others that a window gets. */
export const EMBED_PROTOCOL = 'amphi-room';
/** Grows when a message changes its meaning. New events, commands and fields leave it as it is: who does not know them passes over them. */
export const EMBED_VERSION = 1;

/** What happens in the room app, by name, with what is told of it. */
export interface RoomEvents {
  /** The page is there and takes commands; again after it was loaded anew. */
  readonly ready: Record<never, never>;
  readonly joined: {
    readonly peerId: string;
    readonly name: string;
    readonly role: string;
    /** `stage`, `webinar` (watches in real time) or `stream` (watches the composed stream). */
    readonly level: string;
  };
  /** The visit is over. */
  readonly left: {
    /** `left`, `removed`, `ended` or `failed`. */
    readonly reason: string;
    /** Words of whoever ended it, or of the failure; may be empty. */
    readonly message: string;
  };
  readonly 'role-changed': { readonly from: string; readonly to: string };
  readonly 'live-started': { readonly url: string };
  readonly 'live-stopped': Record<never, never>;
  readonly 'microphone-changed': { readonly isOn: boolean };
  readonly 'camera-changed': { readonly isOn: boolean };
  readonly 'hand-changed': { readonly isRaised: boolean };
  /** Something failed; `left` follows when it was the end of the visit. */
  readonly error: { readonly code: string; readonly message: string };
}

/** What the page around can ask of the room app, by name, with what it says along. */
export interface RoomCommands {
  readonly leave: Record<never, never>;
  readonly 'set-microphone': { readonly isOn: boolean };
  readonly 'toggle-microphone': Record<never, never>;
  readonly 'set-camera': { readonly isOn: boolean };
  readonly 'toggle-camera': Record<never, never>;
  readonly 'set-hand': { readonly isRaised: boolean };
  readonly 'toggle-hand': Record<never, never>;
}

/** Why a command was not carried out. */
export type EmbedErrorCode =
  /** There is no such command in this version of the room app. */
  | 'unknown_command'
  /** The page speaks another version than the room app; the message says which. */
  | 'unsupported_version'
  /** The room app is not in the room, or over. */
  | 'wrong_state'
  /** The role or the server does not allow it, or a device does not work. */
  | 'refused'
  /** More commands wait than are kept. */
  | 'too_many_commands'
  /** The frame was taken away or loaded anew before it answered. */
  | 'closed'
  /** The frame does not answer: no room app is in it, or it may not be framed by this page. */
  | 'no_answer';

/** Names of events. */
export type RoomEventName = keyof RoomEvents;
/** Names of commands. */
export type RoomCommandName = keyof RoomCommands;

/** An event with what is told of it. */
export type RoomEvent = {
  [Name in RoomEventName]: { readonly name: Name; readonly detail: RoomEvents[Name] };
}[RoomEventName];

/** A command with what is said along. */
export type RoomCommand = {
  [Name in RoomCommandName]: { readonly name: Name; readonly params: RoomCommands[Name] };
}[RoomCommandName];

/** What became of a command. */
export type CommandAnswer =
  | { readonly id: number; readonly isDone: true }
  | { readonly id: number; readonly isDone: false; readonly code: string; readonly message: string };

type Field = 'text' | 'flag';
type Fields<T> = { readonly [Name in keyof T]: { readonly [Key in keyof T[Name]]: Field } };

const EVENTS: Fields<RoomEvents> = {
  ready: {},
  joined: { peerId: 'text', name: 'text', role: 'text', level: 'text' },
  left: { reason: 'text', message: 'text' },
  'role-changed': { from: 'text', to: 'text' },
  'live-started': { url: 'text' },
  'live-stopped': {},
  'microphone-changed': { isOn: 'flag' },
  'camera-changed': { isOn: 'flag' },
  'hand-changed': { isRaised: 'flag' },
  error: { code: 'text', message: 'text' },
};

const COMMANDS: Fields<RoomCommands> = {
  leave: {},
  'set-microphone': { isOn: 'flag' },
  'toggle-microphone': {},
  'set-camera': { isOn: 'flag' },
  'toggle-camera': {},
  'set-hand': { isRaised: 'flag' },
  'toggle-hand': {},
};

/** Names of all events, for who passes them on. */
export const ROOM_EVENTS = Object.keys(EVENTS) as readonly RoomEventName[];

/** Of texts that come; longer ones are none of ours. */
const MAX_TEXT = 4096;

/** The message that tells of an event. */
export function eventMessage({ name, detail }: RoomEvent): object {
  return envelope('event', { name, detail });
}

/** The message of a command; its answer carries the same `id`. */
export function commandMessage(id: number, { name, params }: RoomCommand): object {
  return envelope('command', { id, name, params });
}

/** The message that says what became of a command. */
export function answerMessage(answer: CommandAnswer): object {
  return envelope('answer', answer);
}

/** @returns undefined for what is no event of this version */
export function readEvent(data: unknown): RoomEvent | undefined {
  const message = messageOf(data, 'event');
  if (message?.version !== EMBED_VERSION) return undefined;
  const detail = read(EVENTS, message.name, message.detail);
  return detail && ({ name: message.name, detail } as RoomEvent);
}

/** @returns undefined for what is no answer of this version */
export function readAnswer(data: unknown): CommandAnswer | undefined {
  const message = messageOf(data, 'answer');
  if (message?.version !== EMBED_VERSION || !isId(message.id)) return undefined;
  const { id } = message;
  if (message.isDone === true) return { id, isDone: true };
  return isText(message.code) && isText(message.message)
    ? { id, isDone: false, code: message.code, message: message.message }
    : undefined;
}

/** A command with its number, or why it is none that can be carried out. */
export type ReceivedCommand =
  | { readonly id: number; readonly command: RoomCommand }
  | { readonly id: number; readonly code: EmbedErrorCode; readonly message: string };

/** @returns undefined for what is not meant for us, or has no number under which it could be answered */
export function readCommand(data: unknown): ReceivedCommand | undefined {
  const message = messageOf(data, 'command');
  if (!message || !isId(message.id)) return undefined;
  const { id, version, name } = message;
  if (version !== EMBED_VERSION) {
    return { id, code: 'unsupported_version', message: `this room app speaks version ${EMBED_VERSION}` };
  }
  const params = read(COMMANDS, name, message.params);
  if (!params) {
    return { id, code: 'unknown_command', message: 'there is no such command, or it lacks what it needs' };
  }
  return { id, command: { name, params } as RoomCommand };
}

function envelope(type: string, content: object): object {
  return { protocol: EMBED_PROTOCOL, version: EMBED_VERSION, type, ...content };
}

function messageOf(data: unknown, type: string): Readonly<Record<string, unknown>> | undefined {
  const message = recordOf(data);
  return message?.protocol === EMBED_PROTOCOL && message.type === type ? message : undefined;
}

/** The fields that are known of `name`, each of its kind. */
function read<T>(all: Fields<T>, name: unknown, given: unknown): Record<string, unknown> | undefined {
  if (typeof name !== 'string' || !Object.hasOwn(all, name)) return undefined;
  const fields = Object.entries(all[name as keyof T] as Record<string, Field>);
  const content = recordOf(given ?? {});
  if (!content || !fields.every(([key, kind]) => (kind === 'text' ? isText : isFlag)(content[key]))) return undefined;
  return Object.fromEntries(fields.map(([key]) => [key, content[key]]));
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT;
}

function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
