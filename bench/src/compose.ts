import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quietCodecLibrary } from '@amphi/media';
import { percentile } from '@amphi/testkit';
import { CASES } from './composing/cases.ts';
import { makeInput } from './composing/inputs.ts';
import { composeOurs } from './composing/ours.ts';
import { PEERS } from './composing/peers.ts';
import { printResult, progress } from './result.ts';

/**
 * What composing costs: CPU seconds (user and system) per second of output, for people in a grid and their voices mixed to
 * AAC (`composing/cases.ts`: 1, 4 and 16 people at 720p30, 4 with a ladder of three, 4 at 1080p). Beside it, in turns, the
 * ffmpeg command line and GStreamer's compositor with the same encoder, its settings and one thread each. Targets:
 * `ratio_to_ffmpeg` ≤ 1.0, `core_4` ≤ 0.6, `core_4_ladder` ≤ 1.2. Arguments: `--seconds N` of output a run (10), `--rounds N`
 * (7): the median counts; `--case NAME`: this one alone.
 */

const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};
const seconds = Number(option('seconds') ?? 10);
const rounds = Number(option('rounds') ?? 7);
const only = option('case');
const cases = CASES.filter(({ name }) => only === undefined || name === only);
if (cases.length === 0) throw new Error(`--case ${only}: allowed are ${CASES.map(({ name }) => name).join(', ')}`);

quietCodecLibrary();
const folder = mkdtempSync(join(tmpdir(), 'amphi-compose-'));
try {
  const result: Record<string, number> = {};
  for (const work of cases) {
    const { name, people, camera } = work;
    const inputs = Array.from({ length: people }, (_, index) => makeInput(folder, index, camera, seconds));
    const used: Record<string, number[]> = {
      core: [],
      ...Object.fromEntries(Object.keys(PEERS).map((peer) => [peer, []])),
    };
    for (let round = 1; round <= rounds; round++) {
      used.core!.push((await composeOurs(work, inputs, seconds)) / seconds);
      for (const [peer, run] of Object.entries(PEERS)) used[peer]!.push((await run(work, inputs)) / seconds);
      const figures = Object.entries(used).map(([who, values]) => `${who} ${values.at(-1)!.toFixed(3)}`);
      progress(`${name}, round ${round} of ${rounds}, CPU s/s: ${figures.join(', ')}`);
    }
    for (const [who, values] of Object.entries(used)) result[`${who}_${name}`] = percentile(values, 0.5);
    for (const peer of Object.keys(PEERS)) {
      const ratios = used.core!.map((value, round) => value / used[peer]![round]!);
      result[`ratio_to_${peer}_${name}`] = percentile(ratios, 0.5);
    }
  }
  const ratio = result.ratio_to_ffmpeg_4;
  printResult({ ...(ratio === undefined ? {} : { ratio_to_ffmpeg: ratio }), ...result, seconds, rounds });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
