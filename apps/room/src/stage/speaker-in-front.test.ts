import { NOBODY_SPEAKS, type SpeakerHold } from '@amphi/layout';
import { expect, it } from 'vitest';
import { inFrontAfter } from './speaker-in-front.ts';
import type { StageTile } from './stage-items.ts';

/** Reports of loudness come so often while anybody speaks. */
const REPORT_MS = 600;

const person = (id: string): StageTile => ({
  kind: 'person',
  id,
  peerId: id,
  name: id,
  isSelf: id === 'me',
  isMuted: false,
  videoId: undefined,
  hasVideo: false,
  isDegraded: false,
  isUnplayable: false,
  isHeldBack: false,
});

/** Who is in front after each report. */
function inFront(tiles: readonly StageTile[], reports: readonly Readonly<Record<string, number>>[]) {
  let hold: SpeakerHold = NOBODY_SPEAKS;
  return reports.map((speakers, index) => {
    hold = inFrontAfter(hold, speakers, tiles, index * REPORT_MS);
    return hold.activeId;
  });
}

const tiles = ['me', 'ann', 'bob'].map(person);

it('STG17: who speaks is in front, and stays there in a pause and while another coughs or they talk in turns', () => {
  expect(inFront(tiles, [{}, { ann: 50 }, {}, { bob: 90 }, { ann: 50 }, { bob: 60, ann: 55 }, { ann: 40 }])).toEqual([
    undefined,
    ...Array(6).fill('ann'),
  ]);
});

it('STG17: another comes to the front who is clearly louder for a while', () => {
  const louder = { bob: 80, ann: 20 };
  expect(inFront(tiles, [{ ann: 50 }, { ann: 50 }, louder, louder, louder, louder]).at(-1)).toBe('bob');
});

it('STG17: our own voice brings nobody to the front, and who has gone is there no more', () => {
  expect(inFront(tiles, [{ me: 90 }, { me: 90, ann: 20 }])).toEqual([undefined, 'ann']);
  const hold = inFrontAfter(NOBODY_SPEAKS, { ann: 50 }, tiles, 0);
  expect(inFrontAfter(hold, {}, tiles.slice(0, 1), 1).activeId).toBeUndefined();
});
