import { commandMessage, readAnswer, readEvent } from '@amphi/client/embed';
import { describe, expect, it } from 'vitest';
import { CommandRefusal, type FrameWindow, type ParentPage, parentPage } from './parent-page.ts';

const ORIGIN = 'https://www.example.org';

/** A window in a frame, with what its parent was sent and a way to be that parent. */
function framed() {
  const sent: { readonly data: unknown; readonly origin: unknown }[] = [];
  const parent = {
    postMessage: (data: unknown, origin: unknown) => {
      sent.push({ data, origin });
    },
  };
  let listener: ((event: MessageEvent<unknown>) => void) | undefined;
  const window = {
    parent: parent as unknown as Window,
    addEventListener: (_type: string, listen: (event: MessageEvent<unknown>) => void) => {
      listener = listen;
    },
  } satisfies FrameWindow;
  const page = parentPage(window, ORIGIN) as ParentPage;
  const say = async (data: unknown, from: { source?: unknown; origin?: string } = {}): Promise<void> => {
    listener?.({ source: parent, origin: ORIGIN, data, ...from } as MessageEvent<unknown>);
    // What is carried out at once has been answered after this.
    await new Promise<void>((resolve) => setImmediate(resolve));
  };
  const answers = () => sent.map(({ data }) => readAnswer(data)).filter((answer) => answer !== undefined);
  return { page, say, sent, answers };
}

const LEAVE = { name: 'leave', params: {} } as const;

describe('the page around', () => {
  it('EMB3: is told by its origin, and heard by window and origin', async () => {
    const { page, say, sent, answers } = framed();
    page.tell({ name: 'ready', detail: {} });
    expect(sent.map(({ data, origin }) => [readEvent(data)?.name, origin])).toEqual([['ready', ORIGIN]]);
    let done = 0;
    page.serve(async () => {
      done += 1;
    });
    await say(commandMessage(1, LEAVE), { origin: 'https://evil.example' });
    await say(commandMessage(1, LEAVE), { source: {} });
    expect([done, answers()]).toEqual([0, []]);
    await say(commandMessage(1, LEAVE));
    expect([done, answers()]).toEqual([1, [{ id: 1, isDone: true }]]);
    expect(sent.every(({ origin }) => origin === ORIGIN)).toBe(true);
  });

  it('is nobody when the page is in no frame', () => {
    const window = { addEventListener: () => {} } as unknown as { parent: unknown };
    window.parent = window;
    expect(parentPage(window as unknown as FrameWindow, ORIGIN)).toBeUndefined();
  });

  it('EMB7: gets one answer to each command, with a code where it was not carried out', async () => {
    const { page, say, answers } = framed();
    await say(commandMessage(1, LEAVE));
    page.serve(() => Promise.reject(new CommandRefusal('refused', 'the role has no camera')));
    await say(commandMessage(2, LEAVE));
    page.serve(() => Promise.reject(new Error('503')));
    await say(commandMessage(3, LEAVE));
    await say({ ...commandMessage(4, LEAVE), name: 'explode' });
    await say('anything');
    expect(answers().map((answer) => [answer.id, 'code' in answer && answer.code])).toEqual([
      [1, 'wrong_state'],
      [2, 'refused'],
      [3, 'refused'],
      [4, 'unknown_command'],
    ]);
  });

  it('EMB7: has at most 16 commands under way', async () => {
    const { page, say, answers } = framed();
    const finish: (() => void)[] = [];
    page.serve(() => new Promise((resolve) => finish.push(resolve)));
    for (let id = 1; id <= 17; id += 1) await say(commandMessage(id, LEAVE));
    expect(answers()).toEqual([expect.objectContaining({ id: 17, code: 'too_many_commands' })]);
    for (const end of finish) end();
    await say('a turn later');
    await say(commandMessage(18, LEAVE));
    expect(answers().filter(({ isDone }) => isDone)).toHaveLength(16);
    expect(finish).toHaveLength(17);
  });
});
