import qrcode from 'qrcode';
import { expect, it } from 'vitest';
import { PublicAddress } from '../http/public-address.ts';
import { describeLan, lanHelp, terminalCode } from './lan.ts';

const FINGERPRINT = 'AA:BB:CC:DD';

function address(name?: string): PublicAddress {
  const at = new PublicAddress({ tls: { mode: 'self-signed' } });
  at.listensOn(8443, '0.0.0.0', name);
  return at;
}

it('TLS13: names every address beside that of the links, and where the authority is to be had by it', () => {
  const help = lanHelp(address('192.0.2.7'), { fingerprint: FINGERPRINT });
  expect(help.authorityUrl).toBe('https://192.0.2.7:8443/ca.crt');
  expect(help.fingerprint).toBe(FINGERPRINT);
  expect(help.others).toContain('https://localhost:8443');
  for (const other of help.others) expect(new URL(other)).toMatchObject({ protocol: 'https:', port: '8443' });
  expect(lanHelp(address('localhost'), { fingerprint: FINGERPRINT }).others).not.toContain('https://localhost:8443');
});

it('TLS13: says how a device is made to trust it, what to compare, and no empty line of addresses', () => {
  const help = {
    others: ['https://192.0.2.8', 'https://localhost'],
    authorityUrl: 'https://a/ca.crt',
    fingerprint: FINGERPRINT,
  };
  const text = describeLan(help);
  expect(text).toMatch(/^ {2}Also at {6}https:\/\/192\.0\.2\.8 {2}https:\/\/localhost\n/);
  for (const said of [
    help.authorityUrl,
    FINGERPRINT,
    'iPhone',
    'Certificate Trust Settings',
    'Android',
    'CA certificate',
  ]) {
    expect(text).toContain(said);
  }
  expect(describeLan({ ...help, others: [] })).not.toContain('Also at');
});

it('TLS13: draws a link as a code whose every module is that of the link, with a margin for the camera', async () => {
  const link = 'https://192.168.1.20:8443/meeting/abc-defg-hij';
  const { modules } = qrcode.create(link, { errorCorrectionLevel: 'L' });
  const drawn = await terminalCode(link);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of a terminal
  const lines = drawn.split('\n').map((line) => [...line.replace(/\u001b\[\d+m/g, '')]);
  const isDark = (row: number, column: number): boolean => {
    // Two rows of modules in one of characters, after a margin of one module.
    const half = lines[Math.floor(row / 2)]?.[column + 1];
    return half === '█' || half === (row % 2 === 0 ? '▀' : '▄');
  };
  const rows = Array.from({ length: modules.size }, (_, row) =>
    Array.from({ length: modules.size }, (_, column) => isDark(row + 1, column)),
  );
  expect(rows).toEqual(
    Array.from({ length: modules.size }, (_, row) =>
      Array.from({ length: modules.size }, (_, column) => modules.get(row, column) === 1),
    ),
  );
  // The last line is half a line, drawn in other colours.
  for (const line of lines.slice(0, modules.size >> 1))
    expect([line[0] ?? ' ', line.at(-1) ?? ' ']).toEqual([' ', ' ']);
});
