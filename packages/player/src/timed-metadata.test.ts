import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTimedMetadata, type TimedMetadata, TimedMetadataSchedule } from './timed-metadata.ts';

const encode = (value: unknown): string => btoa(JSON.stringify(value));
const START = Date.UTC(2026, 4, 4, 10, 20, 30, 500);
const GOOD = {
  payload: 'poll:1',
  start_date: '2026-05-04T10:20:30.500Z',
  end_date: '2026-05-04T10:20:35.500Z',
  version: 'v1.1',
};

describe('decodeTimedMetadata', () => {
  it('reads the message of any attribute; the dates in it count', () => {
    expect(decodeTimedMetadata({ id: 'md-17', custom: ['1.5', encode(GOOD)] })).toEqual({
      id: 'md-17',
      payload: 'poll:1',
      startDate: START,
      endDate: START + 5000,
      durationMs: 5000,
    });
  });

  it('reads offsets without a colon', () => {
    const value = { ...GOOD, start_date: '2026-05-04T12:20:30.500+0200' };
    expect(decodeTimedMetadata({ id: 'a', custom: [encode(value)] })?.startDate).toBe(START);
  });

  it.each([
    ['nothing', []],
    ['no base64', ['%%%']],
    ['no JSON', [btoa('{')]],
    ['no object', [encode('text')]],
    ['another payload', [encode({ ...GOOD, payload: { a: 1 } })]],
    ['no date', [encode({ ...GOOD, start_date: 'soon' })]],
    ['too long a text', [encode({ ...GOOD, payload: 'x'.repeat(20_000) })]],
  ])('takes %s for a date range of somebody else', (_what, custom) => {
    expect(decodeTimedMetadata({ id: 'a', custom })).toBeUndefined();
  });

  it('answers any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.jsonValue().map((value) => encode(value).slice(0, 200)),
        ),
        (text) => {
          const message = decodeTimedMetadata({ id: 'a', custom: [text] });
          expect(message === undefined || typeof message.payload === 'string').toBe(true);
        },
      ),
    );
  });
});

describe('TimedMetadataSchedule', () => {
  const message = (id: string, startDate: number, durationMs = 5000): TimedMetadata => ({
    id,
    payload: id,
    startDate,
    endDate: startDate + durationMs,
    durationMs,
  });
  const ids = (messages: readonly TimedMetadata[]): string[] => messages.map(({ id }) => id);

  it('fires each once, when its time has come, in order', () => {
    const schedule = new TimedMetadataSchedule();
    const playlist = [message('late', 3000), message('second', 2000), message('first', 1000)];
    schedule.add(playlist);
    expect(ids(schedule.due(999))).toEqual([]);
    expect(ids(schedule.due(2100))).toEqual(['first', 'second']);
    schedule.add(playlist);
    expect(ids(schedule.due(2500))).toEqual([]);
    expect(ids(schedule.due(7000))).toEqual(['late']);
  });

  it('drops what was over before this viewer came, but no short message between two looks', () => {
    const schedule = new TimedMetadataSchedule();
    schedule.add([message('over', 1000, 2000), message('still on', 2000, 60_000), message('short', 9900, 10)]);
    expect(ids(schedule.due(10_000))).toEqual(['still on', 'short']);
  });
});
