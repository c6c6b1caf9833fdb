import { HlsError } from '@amphi/hls';
import { PublicError } from '@amphi/protocol';
import { VirtualClock } from '@amphi/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Origin } from '../src/index.ts';
import { DESCRIPTION } from './origin-server.ts';

/**
 * A packager sends one request at a time per rendition and sends again what was not answered. So each request may come
 * twice, the second time at any later moment: after other requests of the run, or after another run has taken over.
 */

const STREAM = 's1';
const RENDITION = DESCRIPTION.renditions[0]!;
const ALONE = { ...DESCRIPTION, renditions: [RENDITION] };

it('OR12: an attach whose answer was lost is answered the same, late or at once; a new run gets the next generation', async () => {
  const origin = new Origin({ clock: new VirtualClock() });
  const first = await origin.attach(STREAM, ALONE, 'a');
  expect(await origin.attach(STREAM, ALONE, 'a')).toEqual(first);
  const stream = origin.stream(STREAM)!;
  await stream.putInit(RENDITION.id, 0, Buffer.from('init'));
  await stream.putPart(RENDITION.id, 0, partOf(0, 0), Buffer.from('x'));
  // The first request, which nobody waits for any more, comes through at last.
  expect(await origin.attach(STREAM, ALONE, 'a')).toEqual(first);
  await stream.putPart(RENDITION.id, 0, partOf(0, 1), Buffer.from('y'));
  expect(await origin.attach(STREAM, ALONE, 'b')).toEqual({ generation: 1, nextMsn: 1 });
  origin.close();
});

it('OR12: whatever comes late, twice, or from a run that was replaced, the parts of the run that feeds are all taken', async () => {
  // Per step: how many steps later the same request arrives once more, if at all; and whether the run is replaced.
  const step = fc.record({ again: fc.option(fc.integer({ min: 0, max: 12 })), replace: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      const origin = new Origin({ clock: new VirtualClock() });
      const late: { at: number; send: () => Promise<unknown> }[] = [];
      let run = 0;
      let requests = requestsOf(origin, `run-${run}`);
      for (const [at, { again, replace }] of steps.entries()) {
        if (replace && at % 7 === 6) {
          run++;
          requests = requestsOf(origin, `run-${run}`);
        }
        const send = requests.next().value!;
        // This is the run that feeds: none of its requests is refused.
        await send();
        if (again !== null) late.push({ at: at + again, send });
        for (const request of late.filter((l) => l.at === at)) {
          await request.send().catch((error: unknown) => {
            expect(error instanceof PublicError || error instanceof HlsError).toBe(true);
          });
        }
      }
      origin.close();
    }),
    { numRuns: 200 },
  );
});

function* requestsOf(origin: Origin, run: string): Generator<() => Promise<unknown>> {
  let answer = { generation: -1, nextMsn: 0 };
  let isAnswered = false;
  yield async () => {
    const got = await origin.attach(STREAM, ALONE, run);
    if (!isAnswered) answer = got;
    isAnswered = true;
  };
  const stream = origin.stream(STREAM)!;
  yield () => stream.putInit(RENDITION.id, answer.generation, Buffer.from(run));
  for (let index = 0; ; index++) {
    const part = partOf(answer.nextMsn + Math.floor(index / 4), index % 4);
    yield () => stream.putPart(RENDITION.id, answer.generation, part, Buffer.from(`${run} ${index}`));
  }
}

function partOf(msn: number, part: number) {
  const programDateTime = 1_793_000_000_000 + (msn * 4 + part) * 500;
  return { msn, part, duration: 0.5, independent: part === 0, last: part === 3, programDateTime };
}
