import type { ChatMessage } from '@amphi/client';
import { describe, expect, it } from 'vitest';
import { firstShown, SHOWN_AT_END } from './use-shown-messages.ts';

const chatOf = (count: number): ChatMessage[] =>
  Array.from({ length: count }, (_, number) => ({ id: `m${number}` }) as ChatMessage);

describe('the messages that are drawn', () => {
  it('are all of a short chat, and the last of a long one', () => {
    expect(firstShown(chatOf(0), undefined)).toBe(0);
    expect(firstShown(chatOf(SHOWN_AT_END), undefined)).toBe(0);
    expect(firstShown(chatOf(SHOWN_AT_END + 5), undefined)).toBe(5);
  });

  it('begin where one has read above the end, whatever comes', () => {
    expect(firstShown(chatOf(900), 'm700')).toBe(700);
    expect(firstShown(chatOf(990), 'm700')).toBe(700);
    expect(firstShown([{ id: 'earlier' } as ChatMessage, ...chatOf(900)], 'beginning')).toBe(0);
  });

  it('are the last ones when that message has gone', () => {
    expect(firstShown(chatOf(900).slice(800), 'm700')).toBe(0);
    expect(firstShown(chatOf(900).slice(300), 'm200')).toBe(600 - SHOWN_AT_END);
  });
});
