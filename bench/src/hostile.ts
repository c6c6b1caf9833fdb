import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { getPriority, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseMultivariantPlaylist } from '@amphi/hls';
import { type AmphiServer, percentile, startAmphi, waitFor } from '@amphi/testkit';
import { ATTACKS, type AttackName, type Tally } from './hostile/attacks.ts';
import { type House, join, Visitor } from './hostile/guest.ts';
import { type Experience, Innocents } from './hostile/innocents.ts';
import { heard, startPart } from './parts/part.ts';
import { printResult, progress } from './result.ts';
import { cpuSeconds } from './rtp-peers/cores.ts';

/**
 * What one who was sent a link can do to the others. One attacker goes through the attacks of `hostile/attacks.ts`, one
 * after the other and all in some rounds, on the product's server with its default limits and a live stream, while ten people elsewhere chat,
 * watch and come in to publish (`hostile/innocents.ts`). Server, stream, innocents and attacker are processes of their
 * own. Before each attack and after the last the innocents are alone; their p95 beside an attack is divided by that of all
 * this quiet time. Aims: `worst_chat_ratio`, `worst_playlist_ratio`, `worst_join_ratio` ≤ 3, `innocents_dropped` = 0.
 * They are of attackers with one token, or none. A link hands out as many tokens as are asked for: what one with twenty
 * does is told beside (`worst_many_…`), without an aim.
 *
 * `control` is no attack: a process that takes a core and leaves the server alone. On a machine of few cores its ratios
 * tell what of the others is the attacker's own appetite, which in life is its own machine's. It is in none of the worst.
 *
 * `npm run bench -- hostile NAME…` runs some attacks only.
 */

const ROUNDS = 2;
const QUIET_MS = 5_000;
const ATTACK_MS = 8_000;
/** What an attack has left behind (sockets to close, peers that may come back) is none of the quiet's. */
const SETTLE_MS = 1_000;
/** Of the attacker: a tenth of the others' share while they want the processor. */
const NICER = 10;

const KINDS = ['chat', 'playlist', 'join', 'part'] as const;
type Kind = (typeof KINDS)[number];

/** The innocents' experience and the processor time of the server's main process in the same span. */
interface Span {
  readonly experience: Experience;
  readonly serverCores: number;
}

/** One turn of one attack, with the quiet on both sides of it: what a busy machine changes by the minute is in both. */
interface Turn {
  readonly attack: Span;
  readonly quiet: readonly [Span, Span];
  readonly tally: Tally;
}

const [role, ...words] = process.argv.slice(2);
if (role === 'innocents') await beInnocents(JSON.parse(words[0]!) as House);
else if (role === 'attacker') await attack(words[0] as AttackName, JSON.parse(words[1]!) as House);
else await measure(namesOf(process.argv.slice(2)));

async function measure(names: readonly AttackName[]): Promise<void> {
  const children: ChildProcess[] = [];
  const server = await startAmphi({ env: { AMPHI_TRUST_PROXY: '1' } });
  try {
    const house = await goLive(server);
    const innocents = startPart('innocents', JSON.stringify(house));
    children.push(innocents);
    await heard(innocents);
    progress('live, and ten people are there');
    const take = async (ms: number): Promise<Span> => {
      await experienceOf(innocents);
      const before = cpuSeconds(server.serverPid());
      await sleep(ms);
      const serverCores = ((cpuSeconds(server.serverPid()) - before) * 1000) / ms;
      return { experience: await experienceOf(innocents), serverCores };
    };
    // The first warms all up.
    await take(QUIET_MS);
    const turns = new Map<AttackName, Turn[]>(names.map((name) => [name, []]));
    let before = await take(QUIET_MS);
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of names) {
        const attacker = startPart('attacker', name, JSON.stringify(house));
        children.push(attacker);
        await heard(attacker);
        attacker.send('go');
        const attack = await take(ATTACK_MS);
        const told = heard<Tally>(attacker);
        attacker.send('stop');
        const tally = await told;
        attacker.kill('SIGKILL');
        await sleep(SETTLE_MS);
        const after = await take(QUIET_MS);
        turns.get(name)!.push({ attack, quiet: [before, after], tally });
        report('quiet', before);
        report(name, attack, tally);
        before = after;
      }
    }
    printResult(figuresOf(turns));
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await server.stop();
  }
}

function figuresOf(turns: ReadonlyMap<AttackName, readonly Turn[]>): Record<string, number | string> {
  const real = [...turns.keys()].filter((name) => name !== 'control');
  const attacksOf = (name: AttackName): Span[] => turns.get(name)!.map(({ attack }) => attack);
  const quietOf = (name: AttackName): Span[] => turns.get(name)!.flatMap(({ quiet }) => quiet);
  const ratio = (name: AttackName, kind: Kind): number => p95(attacksOf(name), kind) / p95(quietOf(name), kind);
  const all = [...turns.keys()];
  const attacked = real.flatMap(attacksOf);
  const quiet = [...new Set(all.flatMap(quietOf))];

  const figures: Record<string, number | string> = {};
  const isOfMany = (name: AttackName): boolean => name.endsWith('_many');
  for (const [prefix, among] of [
    ['worst', real.filter((name) => !isOfMany(name))],
    ['worst_many', real.filter(isOfMany)],
  ] as const) {
    for (const kind of KINDS) {
      const [worst] = [...among].sort((a, b) => ratio(b, kind) - ratio(a, kind));
      if (worst === undefined) continue;
      figures[`${prefix}_${kind}_ratio`] = ratio(worst, kind);
      figures[`${prefix}_${kind}_attack`] = worst;
    }
  }
  for (const fault of ['dropped', 'refused'] as const) {
    figures[`innocents_${fault}`] = total(attacked, (span) => span.experience[fault]);
    figures[`quiet_${fault}`] = total(quiet, (span) => span.experience[fault]);
  }
  for (const kind of KINDS) figures[`quiet_${kind}_p95_ms`] = p95(quiet, kind);
  figures.quiet_server_cores = total(quiet, ({ serverCores }) => serverCores) / quiet.length;
  for (const name of all) {
    const spans = attacksOf(name);
    for (const kind of KINDS) figures[`${name}_${kind}_p95_ms`] = p95(spans, kind);
    for (const kind of KINDS) figures[`${name}_${kind}_ratio`] = ratio(name, kind);
    for (const fault of ['dropped', 'refused'] as const) {
      figures[`${name}_${fault}`] = total(spans, (span) => span.experience[fault]);
    }
    figures[`${name}_server_cores`] = total(spans, ({ serverCores }) => serverCores) / spans.length;
    figures[`${name}_sent`] = turns.get(name)!.reduce((sum, { tally }) => sum + tally.sent, 0);
  }
  return figures;
}

function report(name: string, span: Span, tally?: Tally): void {
  const { experience, serverCores } = span;
  const shown = KINDS.map((kind) => `${kind} ${p95([span], kind).toFixed(1)} (${experience[kind].length})`);
  const lost = `dropped ${experience.dropped}, refused ${experience.refused}`;
  const did = tally ? `; sent ${tally.sent}, refused ${tally.refused}, closed ${tally.closed}` : '';
  progress(`${name}: p95 in ms ${shown.join(', ')}; ${lost}; server ${serverCores.toFixed(2)} cores${did}`);
}

function p95(spans: readonly Span[], kind: Kind): number {
  return percentile(
    spans.flatMap(({ experience }) => experience[kind]),
    0.95,
  );
}

function total(spans: readonly Span[], of: (span: Span) => number): number {
  return spans.reduce((sum, span) => sum + of(span), 0);
}

/** A broadcaster without a camera goes live: the stage is composed and encoded all the same. */
async function goLive({ links }: AmphiServer): Promise<House> {
  const codeOf = (as: string): string => links.rooms[as]!.split('/').at(-1)!;
  const house: House = {
    url: links.local,
    codes: { viewer: codeOf('hls-viewer'), broadcaster: codeOf('broadcaster') },
    playlist: '',
  };
  const host = new Visitor(house.url, '192.0.2.1');
  const socket = await host.socket(await host.token(house.codes.broadcaster));
  let master: string | undefined;
  socket.on('message', (data: Buffer) => {
    const { method, params } = JSON.parse(String(data)) as { method?: string; params?: { variants?: Variant[] } };
    const [variant] = params?.variants ?? [];
    if (method === 'on-hls-update' && variant?.state === 'started') master = variant.url;
  });
  await join(socket, { name: 'Host' });
  socket.send(JSON.stringify({ id: 'live', method: 'hls-start', params: {} }));
  setInterval(() => socket.send(JSON.stringify({ id: 'ping', method: 'ping', params: {} })), 3_000).unref();
  const url = await waitFor('the stream is live', () => master, 60_000);
  const { variants } = parseMultivariantPlaylist((await host.ask('GET', new URL(url).pathname)).body);
  return { ...house, playlist: new URL(variants[0]!.uri, url).pathname };
}

interface Variant {
  readonly state: string;
  readonly url: string;
}

async function beInnocents(house: House): Promise<void> {
  process.on('disconnect', () => process.exit());
  const innocents = await Innocents.gather(house);
  process.on('message', () => void innocents.take().then((experience) => process.send?.(experience)));
  process.send?.('ready');
}

async function attack(name: AttackName, house: House): Promise<void> {
  process.on('disconnect', () => process.exit());
  // In life it has a processor of its own: here it takes what the others leave.
  setPriority(getPriority() + NICER);
  const tally: Tally = { sent: 0, refused: 0, closed: 0 };
  const go = once(process, 'message');
  process.send?.('ready');
  await go;
  process.on('message', () => process.send?.(tally));
  await ATTACKS[name](house, tally);
}

async function experienceOf(innocents: ChildProcess): Promise<Experience> {
  const told = heard<Experience>(innocents);
  innocents.send('take');
  return told;
}

function namesOf(wanted: readonly string[]): AttackName[] {
  const names = Object.keys(ATTACKS) as AttackName[];
  for (const name of wanted) {
    if (!names.includes(name as AttackName)) throw new Error(`no attack "${name}"; there are ${names.join(', ')}`);
  }
  return wanted.length === 0 ? names : names.filter((name) => wanted.includes(name));
}
