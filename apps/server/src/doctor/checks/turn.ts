import { currentMediaAddresses } from '../../network/media-addresses.ts';
import { checkTurn, type TurnFinding } from '../../turn/check-turn.ts';
import { type Check, type Finding, fail, ok, warn } from '../check.ts';

export const turnCheck: Check = {
  id: 'turn',
  title: 'TURN',
  timeoutMs: 15_000,
  async run({ settings: { rtc }, clock }) {
    // What cannot be told to browsers is the matter of the check of addresses.
    const { announced } = await currentMediaAddresses({ rtc, clock });
    return judgeTurn(await checkTurn({ rtc, peers: announced, clock }));
  },
};

export function judgeTurn(findings: readonly TurnFinding[]): readonly Finding[] {
  if (findings.length === 0) {
    return [
      warn(
        'no TURN server: people behind firewalls that let only web traffic out cannot take part',
        'Set one up if you expect such people: docs/deploy.md, "TURN".',
      ),
    ];
  }
  return findings.map(({ url, problem }) =>
    problem
      ? fail(`${url}: ${problem.what}`, problem.remedy)
      : ok(`${url} gives a relay that reaches the media workers`),
  );
}
